"""Write the journal."""

from datetime import datetime

from sqlalchemy.orm import Session

from conf_app.journal.models import JournalEntry

WORKER = "travail de fond"
COMMAND_LINE = "ligne de commande"
"""The actor of what is done on the server itself."""


PURGE = "privacy.purge"
PURGE_NEEDS = "privacy.purge-needs"
"""The acts whose lines are shown to everybody, as receipts."""


def write(
    session: Session, *, actor: str, act: str, subject: str = "", count: int = 1, now: datetime
) -> None:
    """Add a line: who did what, to what, to how many. It never names an attendee."""
    session.add(JournalEntry(at=now, actor=actor, act=act, subject=subject[:120], count=count))
