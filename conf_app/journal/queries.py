"""Read the journal."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from conf_app.journal.models import JournalEntry

PAGE = 50
"""How many lines a page of the journal shows."""


class Sought(NamedTuple):
    """Hold what the journal is narrowed to; empty is everything."""

    actor: str = ""
    acts: tuple[str, ...] = ()


class Pages(NamedTuple):
    """Hold one page of the journal, the latest first, and the number that the next goes before."""

    lines: Sequence[JournalEntry]
    older: int | None


def of_act(session: Session, act: str) -> Sequence[JournalEntry]:
    """Return the lines about one kind of act, oldest first."""
    return session.scalars(
        select(JournalEntry).where(JournalEntry.act == act).order_by(JournalEntry.id)
    ).all()


def page(session: Session, sought: Sought, *, before: int | None = None) -> Pages:
    """Return a page of lines, those before a number if one is given.

    Pages go by number, not by counting, so that the last is as fast as the first, and lines that
    come meanwhile move nothing.
    """
    found = select(JournalEntry).order_by(JournalEntry.id.desc()).limit(PAGE + 1)
    if sought.actor:
        found = found.where(JournalEntry.actor == sought.actor)
    if sought.acts:
        found = found.where(JournalEntry.act.in_(sought.acts))
    if before is not None:
        found = found.where(JournalEntry.id < before)
    lines = session.scalars(found).all()
    shown = lines[:PAGE]
    return Pages(shown, shown[-1].id if len(lines) > PAGE else None)
