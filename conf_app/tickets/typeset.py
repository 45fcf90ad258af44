"""Typeset tickets with typst: what people typed travels as data, never as markup."""

import json
import subprocess
import sys
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Any

from conf_app import resources

_HERE = Path(__file__).parent

_LOCK = Lock()

_SHAPELESS = {"Cc", "Cn", "Co", "Cs"}
_TURNING = {"LRE", "LRO", "RLE", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


class NotTypeset(Exception):
    """What typst was given makes no file."""


def typeset(source: str, inputs: Mapping[str, object], *, system_fonts: bool, **how: Any) -> bytes:
    """Return the one file that a source of this folder makes of its inputs, written as JSON.

    Raises NotTypeset.
    """
    order = {
        "compiler": {
            "input": str(_HERE / source),
            "root": str(_HERE),
            "font_paths": [str(resources.FONTS)],
            # Without the system's fonts the same ticket looks the same on every machine.
            "ignore_system_fonts": not system_fonts,
        },
        "file": {
            "sys_inputs": {name: json.dumps(_printable(it)) for name, it in inputs.items()},
            **how,
        },
    }
    # In a process of its own, which ends with the file: typst keeps what it has read and laid out
    # for as long as its process lives, 40 MB in each web worker, and spares a tenth of a second.
    with _LOCK:  # one at a time, for the sake of memory too
        made = subprocess.run(  # noqa: S603 - our own arguments
            [sys.executable, "-I", _HERE / "press.py"],
            input=json.dumps(order).encode(),
            capture_output=True,
            check=False,
        )
    if made.returncode:
        raise NotTypeset(made.stderr.decode(errors="replace"))
    return made.stdout


def _printable(value: object) -> object:
    """Drop, all the way down, the characters that have no shape or turn the line around."""
    match value:
        case str():
            return "".join(c for c in value if not _hidden(c))
        case dict():
            return {name: _printable(item) for name, item in value.items()}
        case list() | tuple():
            return [_printable(item) for item in value]
        case _:
            return value


def _hidden(character: str) -> bool:
    return (
        unicodedata.category(character) in _SHAPELESS
        or unicodedata.bidirectional(character) in _TURNING
    )
