"""Say until when one may answer: an offered seat, the question whether one comes."""

from datetime import datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

NIGHT = time(22)
MORNING = time(9)
"""An answer is never due between these hours, unless what is offered begins before."""


LETTERS_AT = time(10)
"""When letters before an event leave."""

NOTICE = timedelta(hours=48)
"""How long before a seat is given back its owner was told of it, at least."""


class Step(NamedTuple):
    """Give ``span`` to answer while what is offered is at least ``before`` its start away."""

    before: timedelta
    span: timedelta


STEPS = (
    Step(timedelta(days=3), timedelta(hours=24)),
    Step(timedelta(days=1), timedelta(hours=6)),
    Step(timedelta(hours=6), timedelta(hours=2)),
    Step(timedelta(hours=2), timedelta(minutes=45)),
    Step(timedelta(0), timedelta(minutes=15)),
)
"""The nearer the start, the shorter."""


def span(left: timedelta) -> timedelta:
    """Return how long one has to answer when so much is left before the start."""
    return next((step.span for step in STEPS if left >= step.before), STEPS[-1].span)


def deadline(told_at: datetime, starts_at: datetime, zone: ZoneInfo) -> datetime:
    """Return until when an offer told at ``told_at`` holds, in UTC like its arguments.

    A moment of the night becomes the next morning's; none is later than the start. Who is told
    later never has to answer earlier: a letter may be written before a step and sent after it.
    """
    due = max(min(told_at, starts_at - step.before) + step.span for step in STEPS)
    return min(awake(due, zone), max(starts_at, told_at))


def awake(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return a moment, or the next morning's if it falls at night where the event takes place."""
    local = moment.astimezone(zone)
    if MORNING <= local.time() < NIGHT:
        return moment
    day = local.date() + timedelta(days=local.time() >= NIGHT)
    return datetime.combine(day, MORNING, zone).astimezone(moment.tzinfo)


def days_before(starts_at: datetime, days: int, zone: ZoneInfo) -> datetime:
    """Return when the letters leave so many days before a start, where the event takes place."""
    day = starts_at.astimezone(zone).date() - timedelta(days=days)
    return datetime.combine(day, LETTERS_AT, zone).astimezone(starts_at.tzinfo)


def midnight_before(starts_at: datetime, zone: ZoneInfo) -> datetime:
    """Return when the day of a start begins, where the event takes place."""
    day = starts_at.astimezone(zone).date()
    return datetime.combine(day, time(), zone).astimezone(starts_at.tzinfo)


def answer_by(
    told_at: datetime, starts_at: datetime, release_days: int, zone: ZoneInfo
) -> datetime | None:
    """Return until when to say that one comes, so as to keep a seat; None if nothing is at stake.

    Nothing is where seats are not given back (``release_days`` is 0), or the notice is too short.
    """
    if not release_days:
        return None
    due = awake(max(told_at + NOTICE, days_before(starts_at, release_days, zone)), zone)
    return due if due < starts_at else None
