"""Decide what an event's dates and state allow."""

import enum
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import NamedTuple

from conf_app.programme.models import Event, EventState, Session

PUBLIC_STATES = frozenset(
    {EventState.PUBLISHED, EventState.POSTPONED, EventState.CANCELLED, EventState.ARCHIVED}
)


class Entry(enum.Enum):
    """Whether one can register for an event now."""

    ELSEWHERE = "elsewhere"  # one does not register here
    NOT_YET = "not_yet"
    OPEN = "open"
    CLOSED = "closed"
    POSTPONED = "postponed"
    CANCELLED = "cancelled"


def entry(event: Event, now: datetime) -> Entry:
    """Say whether one can register at ``now``, real time; a rehearsal is always open."""
    if event.state is EventState.CANCELLED:
        return Entry.CANCELLED
    if event.pool_id is None:
        return Entry.ELSEWHERE
    if event.state is EventState.POSTPONED:
        return Entry.POSTPONED
    if event.state is not EventState.PUBLISHED:
        return Entry.CLOSED
    if event.rehearsal:
        return Entry.OPEN
    if event.opens_at is not None and now < event.opens_at:
        return Entry.NOT_YET
    return Entry.OPEN if now < closes_at(event) else Entry.CLOSED


def is_full(event: Event) -> bool:
    """Whether the day has no seat left."""
    return event.pool is not None and event.pool.seats.free == 0


def closes_at(event: Event) -> datetime:
    """Return when registration ends: as written, or with the event."""
    return event.closes_at or last_moment(event)


def first_moment(event: Event) -> datetime:
    """Return when the event begins: its announced start, or its first session's if earlier."""
    told = [event.starts_at] if event.start_told else []
    return min([*told, *(each.starts_at for each in event.sessions)], default=event.ends_at)


def has_begun(event: Event, now: datetime) -> bool:
    """Say whether an event has begun at ``now``, real time; one put off, with no date, has not."""
    return event.state is not EventState.POSTPONED and event.at(now) >= first_moment(event)


def last_moment(event: Event) -> datetime:
    """Return when the event is over: its announced end, or its last session's if later."""
    return max([event.ends_at, *(session.ends_at for session in event.sessions)])


class Span(NamedTuple):
    """Say when the first session begins and the last one ends."""

    first: datetime
    last: datetime


def span(sessions: Iterable[Session]) -> Span | None:
    """Return from when to when sessions take place, cancelled ones aside; None if none does."""
    held = [each for each in sessions if not each.cancelled]
    if not held:
        return None
    return Span(min(each.starts_at for each in held), max(each.ends_at for each in held))


def purge_day(event: Event, last: datetime | None = None) -> date:
    """Return the day by which the attendees' data is erased, in the event's time zone.

    ``last`` is when its last session ends, for whoever has not loaded them.
    """
    end = max(event.ends_at, last) if last else last_moment(event)
    return (end + timedelta(days=event.purge_after_days)).astimezone(event.zone).date()


FAR = timedelta(days=366)
"""Beyond this from an event, its clock shows nothing worth trying."""


def is_near(event: Event, moment: datetime) -> bool:
    """Say whether a moment is within about a year of an event: data goes a year after at most."""
    return event.starts_at - FAR <= moment <= last_moment(event) + FAR


def rehearsal_shift(event: Event, now: datetime, *, at: datetime | None = None) -> timedelta:
    """Return the shift that makes it ``at`` for the event, or 21 days before its start."""
    return (at or event.starts_at - timedelta(days=21)) - now
