"""Print tickets, one on an A4 page, and lists as tagged PDFs (PDF/UA-1, ISO 14289-1)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from conf_app.tickets import qr
from conf_app.tickets.facts import TicketFacts
from conf_app.tickets.typeset import NotTypeset, typeset


def ticket_pdf(tickets: Sequence[TicketFacts]) -> bytes:
    """Return tickets of one event as a PDF; the same tickets give the same bytes."""
    drawn = [asdict(ticket) | {"qr": qr.svg(ticket.code_url, title="")} for ticket in tickets]
    return _readable("ticket.typ", {"tickets": drawn})


def list_pdf(facts: Mapping[str, object]) -> bytes:
    """Return a list of names to tick as a PDF: the words of ``list.typ``."""
    return _readable("list.typ", {"list": facts})


def _readable(source: str, inputs: Mapping[str, object]) -> bytes:
    # PDF/UA refuses a letter that no font has, and a name may hold any: try the fonts of the
    # machine, then print an empty box rather than no ticket.
    for system_fonts in (False, True):
        try:
            return _compile(source, inputs, system_fonts=system_fonts)
        except NotTypeset:
            continue
    return _compile(source, inputs, system_fonts=True, accessible=False)


def _compile(
    source: str, inputs: Mapping[str, object], *, system_fonts: bool, accessible: bool = True
) -> bytes:
    return typeset(
        source,
        inputs,
        system_fonts=system_fonts,
        format="pdf",
        pdf_standards="ua-1" if accessible else None,
    )
