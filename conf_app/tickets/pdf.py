"""Print tickets as a tagged PDF, one on an A4 page (PDF/UA-1, ISO 14289-1)."""

from collections.abc import Sequence
from dataclasses import asdict

from conf_app.tickets import qr
from conf_app.tickets.facts import TicketFacts
from conf_app.tickets.typeset import NotTypeset, typeset


def ticket_pdf(tickets: Sequence[TicketFacts]) -> bytes:
    """Return tickets of one event as a PDF; the same tickets give the same bytes."""
    drawn = [asdict(ticket) | {"qr": qr.svg(ticket.code_url, title="")} for ticket in tickets]
    # PDF/UA refuses a letter that no font has, and a name may hold any: try the fonts of the
    # machine, then print an empty box rather than no ticket.
    for system_fonts in (False, True):
        try:
            return _compile(drawn, system_fonts=system_fonts)
        except NotTypeset:
            continue
    return _compile(drawn, system_fonts=True, accessible=False)


def _compile(
    tickets: list[dict[str, object]], *, system_fonts: bool, accessible: bool = True
) -> bytes:
    return typeset(
        "ticket.typ",
        {"tickets": tickets},
        system_fonts=system_fonts,
        format="pdf",
        pdf_standards="ua-1" if accessible else None,
    )
