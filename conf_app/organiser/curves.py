"""Count registrations a day, and arrivals a quarter of an hour, on the event's clock: no names."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from conf_app.database import by_minute
from conf_app.door import queries as door
from conf_app.door.models import Passage
from conf_app.programme.models import Event
from conf_app.registration.models import Registration

QUARTER = timedelta(minutes=15)


class Day(NamedTuple):
    """Hold how many registered on a day, how many cancelled, and how many there are by its end."""

    day: date
    came: int
    left: int
    total: int


class Quarter(NamedTuple):
    """Hold when a quarter of an hour begins, how many came in during it, and by its end."""

    begins: datetime
    came: int
    total: int


def registrations(session: Session, event: Event) -> list[Day]:
    """Return the days from the first registration to the last change, none left out."""
    of_event = Registration.event_id == event.id
    came = _by_day(_minutes(session, Registration.created_at, of_event), event.zone)
    left = _by_day(
        _minutes(
            session, Registration.cancelled_at, of_event, Registration.cancelled_at.is_not(None)
        ),
        event.zone,
    )
    days: list[Day] = []
    total = 0
    if not came:
        return days
    day, last = min(came), max([*came, *left])
    while day <= last:
        total += came[day] - left[day]
        days.append(Day(day, came[day], left[day], total))
        day += timedelta(days=1)
    return days


def arrivals(session: Session, event: Event) -> dict[date, list[Quarter]]:
    """Return the quarters of each day on which people came in, from the first to the last."""
    minutes = _minutes(
        session,
        Passage.made_at,
        door.IS_HEAD,
        door.made_at(event.id),
        Passage.session_id.is_(None),
    )
    came: Counter[datetime] = Counter()
    for minute, number in minutes.items():
        there = minute.astimezone(event.zone)
        came[there - (there - there.replace(minute=0)) % QUARTER] += number
    days: dict[date, list[Quarter]] = {}
    for day in sorted({each.date() for each in came}):
        quarters = [each for each in came if each.date() == day]
        begins, last, total = min(quarters), max(quarters), 0
        while begins <= last:
            total += came[begins]
            days.setdefault(day, []).append(Quarter(begins, came[begins], total))
            begins += QUARTER
    return days


def _minutes(
    session: Session,
    column: Any,
    *only: ColumnElement[bool],
) -> dict[datetime, int]:
    minute = by_minute(column)
    rows: Select[str, int] = select(minute, func.count()).where(*only).group_by(minute)
    return {
        datetime.fromisoformat(told).replace(tzinfo=UTC): number
        for told, number in session.execute(rows)
    }


def _by_day(minutes: Mapping[datetime, int], zone: ZoneInfo) -> Counter[date]:
    days: Counter[date] = Counter()
    for minute, number in minutes.items():
        days[minute.astimezone(zone).date()] += number
    return days
