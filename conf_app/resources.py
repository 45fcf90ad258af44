"""Locate what is no code, templates and the like, in a checkout or a wheel."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_HOME = _PACKAGE if (_PACKAGE / "templates").is_dir() else _PACKAGE.parent

TEMPLATES = _HOME / "templates"
STATIC = _HOME / "static"
FONTS = _HOME / "fonts"
MIGRATIONS = _HOME / "migrations"
SHIPPED = _PACKAGE / "programme" / "shipped"
