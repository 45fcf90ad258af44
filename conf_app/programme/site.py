"""Know cheaply whether the public pages still hold: one small query a second at most."""

import threading
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask import current_app

from conf_app.clock import Clock
from conf_app.database import Writes, db
from conf_app.programme.models import Event, Session
from conf_app.programme.rules import PUBLIC_STATES
from conf_app.programme.timetable import boundaries
from conf_app.seats.models import SeatPool
from conf_app.seats.rules import Seats, SeatState

EXTENSION = "conf_app.site"
_GLANCE = timedelta(seconds=1)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_NEVER = datetime.max.replace(tzinfo=UTC)

_CONTENT_COLUMNS = 10  # of _EVENTS: those that tell the content and its hours
_EVENTS = (
    sa.select(
        *(Event.id, Event.slug, Event.state, Event.featured, Event.content_version),
        *(Event.clock_shift, Event.timezone, Event.opens_at, Event.closes_at, Event.ends_at),
        *(SeatPool.capacity, SeatPool.taken, SeatPool.held, SeatPool.version),
    )
    .outerjoin(SeatPool, SeatPool.id == Event.pool_id)
    .where(Event.state.in_(PUBLIC_STATES))
    .order_by(Event.id)
)
_HOURS = (
    sa.select(Event.id, Session.starts_at, Session.ends_at)
    .join(Session, Session.event_id == Event.id)
    .where(Event.state.in_(PUBLIC_STATES))
)


class Glance(NamedTuple):
    """Hold what was seen: it holds from ``since`` to ``until``, and while nothing is written.

    ``stamp`` changes within this process whenever a public page may have changed, ``content``
    whenever it may have by more than its count of seats.
    """

    stamp: int
    content: int
    seats: Mapping[str, Seats]
    since: datetime
    until: datetime
    writes: int


class Site:
    """Watch the events' versions and hours, the seats, and how many people watch them."""

    def __init__(self, clock: Clock, writes: Writes) -> None:
        self.clock = clock
        self._writes = writes
        self._lock = threading.Lock()
        self._glance = Glance(0, 0, {}, _LONG_AGO, _LONG_AGO, -1)
        self._seen: tuple[object, ...] = ()
        self._content: tuple[object, ...] | None = None
        self._phase = 0
        self._boundaries: list[datetime] = []
        self._asked = 0
        self._counted_at = clock()
        self.watchers = 0.0

    def glance(self, slug: str = "", version: int = 0) -> Glance:
        """Return the last glance, or look again if it is stale.

        It is stale after a second, after a write of this process, once a session began or ended,
        and when somebody saw a later ``version`` of an event's seats than it knows.
        """
        seen = self._glance
        now = self.clock()
        if (
            seen.writes == self._writes.count
            and seen.since <= now < seen.until
            and not (version and slug in seen.seats and version > seen.seats[slug].version)
        ):
            return seen
        with self._lock:
            if self._glance is seen:
                self._glance = self._look(now)
            return self._glance

    def count_watcher(self, pace: int) -> None:
        """Count somebody who asks every ``pace`` seconds: so many seconds stand for one."""
        self._asked += pace

    def _look(self, now: datetime) -> Glance:
        # Read before the query: a write that lands meanwhile makes the next request look again.
        written = self._writes.count
        self._count(now)
        last = self._glance
        same = True
        with _reader().connect() as connection:
            rows = connection.execute(_EVENTS).all()
            content = tuple(tuple(row)[:_CONTENT_COLUMNS] for row in rows)
            if content != self._content:
                self._boundaries = _boundaries(rows, connection.execute(_HOURS).all())
                self._content, same = content, False
        phase = bisect_right(self._boundaries, now)
        same = same and phase == self._phase
        seen = tuple(map(tuple, rows))
        stamp = last.stamp + (not same or seen != self._seen)
        since = self._boundaries[phase - 1] if phase else _LONG_AGO
        until = self._boundaries[phase] if phase < len(self._boundaries) else _NEVER
        self._phase, self._seen = phase, seen
        return Glance(
            stamp=stamp,
            content=last.content if same else stamp,
            seats={
                row.slug: Seats(row.capacity, row.taken, row.held, row.version)
                for row in rows
                if row.version is not None
            },
            since=max(since, now - _GLANCE),
            until=min(until, now + _GLANCE),
            writes=written,
        )

    def _count(self, now: datetime) -> None:
        span = abs(now - self._counted_at)  # a clock that is set back must not stop the count
        if span >= _GLANCE:
            self.watchers += (self._asked / span.total_seconds() - self.watchers) / 4
            self._asked, self._counted_at = 0, now


def _reader() -> sa.Engine:
    """Return the engine; on PostgreSQL without the two round trips of a transaction around."""
    if db.engine.dialect.name == "postgresql":
        return db.engine.execution_options(isolation_level="AUTOCOMMIT")
    return db.engine


def site() -> Site:
    """Return what watches this application's site."""
    found: Site = current_app.extensions[EXTENSION]
    return found


def stamp() -> int:
    """Return the stamp of the public pages: while it stays the same, so do they."""
    return site().glance().stamp


def second_stamp(slug: str) -> Hashable:
    """Return the stamp of a page of an event that may tell its seats a second late.

    Once they are few, it is not late: then each counts.
    """
    seen = site().glance()
    seats = seen.seats.get(slug)
    if seats is not None and seats.state is not SeatState.FREE:
        return seen.stamp
    return seen.content, int(site().clock().timestamp())


def _boundaries(rows: Sequence[Any], hours: Sequence[Any]) -> list[datetime]:
    """Return, in real time and in order, the moments at which pages change by themselves."""
    moments: set[datetime] = set()
    spans: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    for event_id, starts_at, ends_at in hours:
        spans[event_id].append((starts_at, ends_at))
    # A rehearsal of the featured event moves the others along: their ends are told by its clock.
    shifts = {row.clock_shift or timedelta() for row in rows}
    for row in rows:
        shift = row.clock_shift or timedelta()
        moments |= {
            end - each
            for end in [row.ends_at, *(end for _, end in spans[row.id])]
            for each in shifts
        }
        turns = boundaries(spans[row.id], ZoneInfo(row.timezone)) | {row.ends_at}
        moments |= {turn - shift for turn in turns}
        moments |= {moment for moment in (row.opens_at, row.closes_at) if moment is not None}
    return sorted(moments)
