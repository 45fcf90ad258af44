"""Erase the attendees' names and addresses on the day that was printed; counts stay."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session as DatabaseSession

from conf_app.journal import actions as journal
from conf_app.mail.models import OutboxMail
from conf_app.programme.models import Event
from conf_app.programme.rules import purge_day
from conf_app.registration.messages import COMPOSERS
from conf_app.registration.models import Registration, Submission

WORKER = "travail de fond"
ERASED = ""
"""What stands where a name stood: nobody can type an empty one."""


class Purged(NamedTuple):
    """Say of how many people of an event the name and address went."""

    slug: str
    registrations: int


def due(session: DatabaseSession, *, now: datetime) -> list[Purged]:
    """Return the events whose day has come, on their own clock, and that still hold names."""
    return [
        Purged(event.slug, held)
        for event in session.scalars(select(Event).order_by(Event.starts_at, Event.id))
        if event.at(now).astimezone(event.zone).date() >= purge_day(event)
        and (held := _held(session, event))
    ]


def purge(session: DatabaseSession, *, now: datetime, actor: str = WORKER) -> list[Purged]:
    """Erase the names, addresses and letters of the events that are due, and write it down."""
    purged = due(session, now=now)
    for slug, count in purged:
        people = select(Registration.id).join(Event).where(Event.slug == slug)
        letters = OutboxMail.kind.in_(COMPOSERS) & OutboxMail.subject_id.in_(people)
        session.execute(delete(OutboxMail).where(letters))
        session.execute(delete(Submission).where(Submission.registration_id.in_(people)))
        session.execute(
            update(Registration)
            .where(Registration.id.in_(people))
            .values(name=ERASED, name_key=ERASED, email=None)
            .execution_options(synchronize_session=False)
        )
        journal.write(session, actor=actor, act="privacy.purge", subject=slug, count=count, now=now)
    return purged


def _held(session: DatabaseSession, event: Event) -> int:
    named = select(func.count(Registration.id)).where(
        Registration.event_id == event.id, Registration.name != ERASED
    )
    return session.scalar(named) or 0
