"""Erase the attendees' data on the days that were printed; counts stay."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, delete, func, select
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.orm import Session as DatabaseSession

from conf_app.database import leave_no_trace
from conf_app.journal import actions as journal
from conf_app.mail.models import OutboxMail
from conf_app.privacy.erasure import ERASED, cut_ties, erase, free_seats
from conf_app.programme.models import Event
from conf_app.programme.rules import has_begun
from conf_app.registration import needs
from conf_app.registration.messages import COMPOSERS
from conf_app.registration.models import Need, Party, Registration, RegistrationState
from conf_app.seats import ledger


class Purged(NamedTuple):
    """Count what goes of an event, or is to go; ``cancelled`` of one that has not begun."""

    slug: str
    names: int = 0
    addresses: int = 0
    letters: int = 0
    needs: int = 0
    cancelled: int = 0


def due(session: DatabaseSession, *, now: datetime) -> list[Purged]:
    """Return the events that still hold what has had its day, on the event's own clock."""
    return [counts for _, counts in _due(session, now)]


def purge(session: DatabaseSession, *, now: datetime, actor: str = journal.WORKER) -> list[Purged]:
    """Erase the needs, then the names, addresses and letters that are due; write it down."""
    purged = []
    for event, counts in list(_due(session, now)):
        if event.pool_id is not None:
            ledger.move(session, {event.pool_id: 0})  # the public pages tell of it
        session.execute(delete(Need).where(_needs_over(event, now)))
        leave_no_trace(session.connection())
        acts = {journal.PURGE_NEEDS: counts.needs}
        if counts != Purged(counts.slug, needs=counts.needs):
            if counts.cancelled:
                free_seats(session, event, _over(event, now), now=now)
            erase(session, _over(event, now))
            cut_ties(session, _over(event, now))
            acts[journal.PURGE] = counts.names
        for act, count in acts.items():
            if count or act == journal.PURGE:
                journal.write(
                    session, actor=actor, act=act, subject=counts.slug, count=count, now=now
                )
        purged.append(counts)
    return purged


def _due(session: DatabaseSession, now: datetime) -> Iterator[tuple[Event, Purged]]:
    for event in session.scalars(select(Event).order_by(Event.starts_at, Event.id)).all():
        over = _over(event, now)
        parties = select(Party.id).where(over)
        named = Registration.party_id.in_(parties) & (Registration.name != ERASED)
        letters = OutboxMail.kind.in_(COMPOSERS) & OutboxMail.subject_id.in_(parties)
        holding = named & (Registration.state != RegistrationState.CANCELLED)
        counts = Purged(
            event.slug,
            names=_count(session, Registration.id, named),
            addresses=_count(session, Party.id, over & Party.email.is_not(None)),
            letters=_count(session, OutboxMail.id, letters),
            needs=_count(session, Need.registration_id, _needs_over(event, now)),
            cancelled=0 if has_begun(event, now) else _count(session, Registration.id, holding),
        )
        if any(counts[1:]):
            yield event, counts


def _count(
    session: DatabaseSession, column: InstrumentedAttribute[int], held: ColumnElement[bool]
) -> int:
    return session.scalar(select(func.count(column)).where(held)) or 0


def _over(event: Event, now: datetime) -> ColumnElement[bool]:
    """Match the parties of an event whose promised day has come."""
    return and_(Party.event_id == event.id, Party.purge_on <= _today(event, now))


def _needs_over(event: Event, now: datetime) -> ColumnElement[bool]:
    """Match the needs whose day has come: a few days after the event, as promised at the latest."""
    people = select(Registration.id).where(Registration.event_id == event.id)
    needed = Need.registration_id.in_(people)
    today = _today(event, now)
    if today >= needs.erasing_day(event):
        return needed
    over = people.join(Registration.party).where(_over(event, now))
    return needed & (Need.registration_id.in_(over) | (Need.erase_on <= today))


def _today(event: Event, now: datetime) -> date:
    return event.at(now).astimezone(event.zone).date()
