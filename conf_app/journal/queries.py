"""Read the journal."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from conf_app.journal.models import JournalEntry


def of_act(session: Session, act: str) -> Sequence[JournalEntry]:
    """Return the lines about one kind of act, oldest first."""
    return session.scalars(
        select(JournalEntry).where(JournalEntry.act == act).order_by(JournalEntry.id)
    ).all()
