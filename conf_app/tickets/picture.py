"""Draw a ticket as a picture for a phone: the code as large as it goes, and whose it is."""

from dataclasses import asdict

from conf_app.tickets import qr
from conf_app.tickets.facts import TicketFacts
from conf_app.tickets.typeset import typeset

_PIXELS = 72
"""Pixels an inch: one a point, so that the code keeps its whole pixels a module."""


def ticket_png(ticket: TicketFacts) -> bytes:
    """Return one ticket as a PNG, dark on white; the same ticket gives the same bytes."""
    # A machine's fonts serve only the letters that ours have not.
    return typeset(
        "picture.typ",
        {"ticket": asdict(ticket), "code": list(qr.png(ticket.code_url))},
        system_fonts=True,
        format="png",
        ppi=_PIXELS,
    )
