"""Lay out a programme: days, and in each the hours at which something begins."""

import enum
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from conf_app.programme.models import Event, EventState, Session, Speaker


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

    @property
    def columns(self) -> list[int]:
        """The positions of the rooms in which something is held beside something else."""
        beside = [each for slot in self.slots if len(slot.sessions) > 1 for each in slot.sessions]
        return sorted({each.room.position for each in beside if each.room})


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
    if event.state not in (EventState.POSTPONED, EventState.CANCELLED):
        _mark(days.get(now.astimezone(event.zone).date()), now)
    return list(days.values())


def by_speaker(event: Event) -> dict[int, list[Session]]:
    """Return the sessions each speaker, by id, speaks in."""
    talks: dict[int, list[Session]] = defaultdict(list)
    for session in event.sessions:
        for talk in session.talks:
            talks[talk.speaker_id].append(session)
    return talks


def only_of(speaker: Speaker, days: list[Day]) -> list[Day]:
    """Return the days with only the sessions in which somebody speaks."""
    own = {talk.session_id for talk in speaker.talks}
    kept = []
    for day in days:
        slots = [
            Slot(slot.starts_at, sessions, slot.place)
            for slot in day.slots
            if (sessions := [session for session in slot.sessions if session.id in own])
        ]
        if slots:
            kept.append(Day(day.date, slots))
    return kept


def boundaries(spans: Iterable[tuple[datetime, datetime]], zone: ZoneInfo) -> set[datetime]:
    """Return when a programme of such sessions reads otherwise: their hours, and midnights."""
    moments: set[datetime] = set()
    for starts_at, ends_at in spans:
        midnight = starts_at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
        moments |= {starts_at, ends_at, midnight, midnight + timedelta(days=1)}
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
