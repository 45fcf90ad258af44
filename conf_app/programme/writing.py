"""Write event files: one way only to write the same thing, made to be read and edited by hand."""

from dataclasses import fields
from typing import Any
from zoneinfo import ZoneInfo

from conf_app.programme.document import FORMAT, Document, key

_HEADER = """\
# Un fichier d’évènements de conf-app, à modifier avec n’importe quel éditeur de texte,
# puis à importer avec « conf-app event import ».
#
# [[event]] ouvre un évènement, [[event.session]] un créneau de son programme, et de même pour
# theme, notice (les informations pratiques), room et speaker. Leur ordre est celui des pages.
# Le slug nomme une chose dans les adresses : il ne change plus une fois publié.
# Les heures sont celles du lieu. Une date sans heure veut dire que l’heure n’est pas annoncée.
# Les longs textes vont entre trois guillemets ; une ligne vide y sépare les paragraphes.
# revision numérote ce contenu : l’import l’augmente seul, et refuse un fichier dépassé.
"""
_LONG = 100
_ESCAPES = {"\\": "\\\\", "\b": "\\b", "\t": "\\t", "\f": "\\f", "\r": "\\r"}


def write(document: Document) -> str:
    """Return the canonical text of a document."""
    lines = [_HEADER, f'format = "{FORMAT}"']
    for event in document.events:
        _table(lines, "[[event]]", event, "event", event.zone)
    return "\n".join(lines) + "\n"


def toml(value: Any) -> str:
    """Return one plain value as it stands in a file, on one line if it is short."""
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            long_words = len(value) > _LONG and " " in value
            return _prose(value) if "\n" in value or long_words else _line(value)
        case list():
            items = [_line(item) for item in value]
            short = f"[{', '.join(items)}]"
            tall = "".join(f"    {item},\n" for item in items)
            return short if len(short) <= _LONG else f"[\n{tall}]"
        case _:
            written: str = value.isoformat()
            return written


def _table(lines: list[str], heading: str, entry: Any, path: str, zone: ZoneInfo) -> None:
    lines += ["", heading]
    inner: list[str] = []
    for described in fields(entry):
        value = getattr(entry, described.name)
        if value == described.default:
            continue
        name = key(described)
        if "entries" in described.metadata:
            for item in value:
                _table(inner, f"[[{path}.{name}]]", item, f"{path}.{name}", zone)
        elif "entry" in described.metadata:
            _table(inner, f"[{path}.{name}]", value, f"{path}.{name}", zone)
        else:
            lines.append(f"{name} = {toml(described.metadata['shape'].write(value, zone))}")
    lines += inner


def _line(text: str) -> str:
    return '"' + _escape(text).replace('"', '\\"').replace("\n", "\\n") + '"'


def _prose(text: str) -> str:
    return '"""\n' + _escape(text).replace('"""', '""\\"') + '\n"""'


def _escape(text: str) -> str:
    return "".join(
        _ESCAPES.get(character)
        or (f"\\u{ord(character):04X}" if _must_escape(character) else character)
        for character in text
    )


def _must_escape(character: str) -> bool:
    return character != "\n" and (character < " " or character == "\x7f")
