"""Print a ticket as a tagged A4 PDF (PDF/UA-1, ISO 14289-1) with typst."""

import json
import unicodedata
from dataclasses import asdict
from functools import cache
from pathlib import Path
from threading import Lock
from typing import cast

import typst

from conf_app.tickets import qr
from conf_app.tickets.facts import TicketFacts

_SOURCE = Path(__file__).with_name("ticket.typ")
_LOCK = Lock()

_SHAPELESS = {"Cc", "Cn", "Co", "Cs"}
_TURNING = {"LRE", "LRO", "RLE", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


def ticket_pdf(ticket: TicketFacts) -> bytes:
    """Return the ticket as a PDF; the same ticket gives the same bytes."""
    # What people typed travels as data: in the source it would be run as markup.
    data = json.dumps(_printable(asdict(ticket) | {"qr": qr.svg(ticket.code_url, title="")}))
    with _LOCK:
        # PDF/UA refuses a letter that no font has, and a name may hold any: try the fonts of the
        # machine, then print an empty box rather than no ticket.
        for system_fonts in (False, True):
            try:
                return _compile(data, system_fonts=system_fonts)
            except typst.TypstError:
                continue
        return _compile(data, system_fonts=True, accessible=False)


def _compile(data: str, *, system_fonts: bool, accessible: bool = True) -> bytes:
    document = _compiler(system_fonts).compile(
        format="pdf",
        sys_inputs={"ticket": data},
        pdf_standards="ua-1" if accessible else None,
    )
    return cast(bytes, document)  # one file, since the format is PDF


@cache
def _compiler(system_fonts: bool) -> typst.Compiler:
    # Made on first use, after the server's processes have parted. Without the system's fonts the
    # same ticket looks the same on every machine.
    return typst.Compiler(
        str(_SOURCE), root=str(_SOURCE.parent), ignore_system_fonts=not system_fonts
    )


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
