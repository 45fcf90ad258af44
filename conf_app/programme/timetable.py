"""Lay out a programme: days, and in each the hours at which something begins."""

import enum
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from conf_app.programme.models import Event, Session


class Place(enum.Enum):
    """Where a session stands, on its day, against the hour."""

    NOW = "now"
    NEXT = "next"
    ELSE = ""


@dataclass
class Slot:
    """Hold the sessions that begin at one moment, in the order of their rooms."""

    starts_at: datetime
    sessions: list[Session]
    place: Place = Place.ELSE

    @property
    def ends_at(self) -> datetime | None:
        """When they end, if they all end together."""
        ends = {session.ends_at for session in self.sessions}
        return ends.pop() if len(ends) == 1 else None


@dataclass
class Day:
    """Hold one day of a programme."""

    date: date
    slots: list[Slot] = field(default_factory=list)


def timetable(event: Event, now: datetime) -> list[Day]:
    """Lay out an event's sessions as they stand at ``now``, by the event's clock."""
    days: dict[date, Day] = {}
    slots: dict[datetime, Slot] = {}
    for session in sorted(event.sessions, key=_order):
        slot = slots.get(session.starts_at)
        if slot is None:
            slot = slots[session.starts_at] = Slot(session.starts_at, [])
            day = session.starts_at.astimezone(event.zone).date()
            days.setdefault(day, Day(day)).slots.append(slot)
        slot.sessions.append(session)
    _mark(days.get(now.astimezone(event.zone).date()), now)
    return list(days.values())


def boundaries(event: Event) -> set[datetime]:
    """Return the moments, by the event's clock, at which its pages may change by themselves."""
    moments = {event.ends_at}
    for session in event.sessions:
        midnight = session.starts_at.astimezone(event.zone).replace(
            hour=0, minute=0, second=0, microsecond=0
        )
        moments |= {session.starts_at, session.ends_at, midnight, midnight + timedelta(days=1)}
    return moments


def _order(session: Session) -> tuple[datetime, int, int]:
    return session.starts_at, session.room.position if session.room else -1, session.position


def _mark(today: Day | None, now: datetime) -> None:
    """Mark what is going on, and what begins next; a cancelled session is neither."""
    for slot in today.slots if today else ():
        held = list(_held(slot.sessions))
        if any(session.starts_at <= now < session.ends_at for session in held):
            slot.place = Place.NOW
        elif held and now < slot.starts_at:
            slot.place = Place.NEXT
            break


def _held(sessions: Iterable[Session]) -> Iterable[Session]:
    return (session for session in sessions if not session.cancelled)
