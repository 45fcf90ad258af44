"""Make trouble while people act: kill, cut the mail, let hours pass, find more seats."""

import asyncio
import contextlib
import random
import time
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import psutil
from flask import Flask
from sqlalchemy import select, update

from conf_app.clock import utc_now
from conf_app.database import db, transaction
from conf_app.door import rehearsal
from conf_app.mail.models import MailState, OutboxMail
from conf_app.mail.outbox import LEASE
from conf_app.programme import exporting
from conf_app.programme.document import Document, EventEntry
from conf_app.programme.models import Event
from conf_app.registration.importing import import_over_bookings
from conf_app.registration.models import Reminder
from conf_app.registration.reminders import LETTERS
from tests.load.site import RunningSite
from tests.soak.post import FicklePost

EARLIEST = timedelta(days=4)
LATEST = timedelta(hours=1)
"""How far from its start the event's clock stands, when people come and when all is over."""

CLOCK = (
    (0.0, EARLIEST),
    (0.35, timedelta(hours=74)),
    (0.55, timedelta(hours=49)),
    (0.7, timedelta(hours=24)),
    (1.0, LATEST),
)
"""How far at each share of the time: most people are there when they are asked if they come."""

A_MOVE = timedelta(hours=6)
"""How far the clock moves at once, at most."""
ASKED = timedelta(hours=66)
HELD = 0.65
"""Where the clock waits for the letters that ask to leave, and until which share of the time: told
much later, nobody would have notice enough to lose a seat."""

KILLS = 24
CLOCK_MOVES = 30
GROWTHS = 6
"""How often at most, however long it lasts."""

BREATH = 4.0
"""Seconds between two kills, at least on average: a new web worker takes its time to come."""


class Timing:
    """Say how much is over of so many seconds, which begin once there is a crowd."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._begun: float | None = None

    def begin(self) -> None:
        """Begin to count."""
        self._begun = self._begun or time.monotonic()

    @property
    def share(self) -> float:
        """How much is over, 0 to 1."""
        if self._begun is None:
            return 0.0
        return min((time.monotonic() - self._begun) / self.seconds, 1.0)

    @property
    def is_over(self) -> bool:
        """Whether nothing new is to be done."""
        return self.share >= 1.0


class Trouble:
    """Make trouble until the time is over."""

    def __init__(
        self, site: RunningSite, mail: FicklePost, app: Flask, *, seed: int, timing: Timing
    ) -> None:
        self.counts: Counter[str] = Counter()
        self.worker_killed_at: list[float] = []
        self._site = site
        self._mail = mail
        self._app = app
        self._seed = seed
        self._timing = timing
        self._dead_since: datetime | None = None

    async def make(self) -> None:
        """Make all kinds of trouble at once; leave the mail server up and kind."""
        try:
            async with asyncio.TaskGroup() as group:
                for kind in (self._kill, self._break_mail, self._let_time_pass, self._grow):
                    chance = random.Random(f"{self._seed} {kind.__name__}")
                    group.create_task(kind(chance))
                group.create_task(self._hurry_mail())
        finally:
            self._mail.share = 0.0

    def kill_worker(self) -> bool:
        """Kill the background worker; whether it was there."""
        worker = self._site.worker()
        if worker is None:
            return False
        with contextlib.suppress(psutil.NoSuchProcess):
            worker.kill()
            self.worker_killed_at.append(time.monotonic())
            self._dead_since = utc_now()
            self.counts["worker kills"] += 1
        return True

    def hurry(self) -> None:
        """Let the minutes pass that failed messages, and those of dead workers, have to wait.

        So do reminders: the worker thinks of them once a minute.
        """
        now, dead_since = utc_now(), self._dead_since
        waiting = update(OutboxMail).where(OutboxMail.state == MailState.QUEUED)
        with self._app.app_context(), transaction() as session:
            session.execute(
                waiting.where(OutboxMail.leased_until.is_(None), OutboxMail.due_at > now).values(
                    due_at=now
                )
            )
            if dead_since is not None:
                session.execute(
                    waiting.where(OutboxMail.leased_until <= dead_since + LEASE).values(
                        leased_until=now, due_at=now
                    )
                )
        with self._app.app_context():
            (remind,) = [x for x in self._app.extensions["conf_app.jobs"] if x.name == "rappels"]
            remind.run(now, lambda: False)

    async def _pause(self, seconds: float) -> bool:
        """Wait; whether there is time left."""
        await asyncio.sleep(min(seconds, (1 - self._timing.share) * self._timing.seconds))
        return not self._timing.is_over

    async def _kill(self, chance: random.Random) -> None:
        between = max(self._timing.seconds / KILLS, BREATH)
        while await self._pause(between * (0.5 + chance.random())):
            if self.counts["web worker kills"] and chance.random() < 0.4:
                self.kill_worker()
            elif workers := self._site.web_workers():
                with contextlib.suppress(psutil.NoSuchProcess):
                    chance.choice(workers).kill()
                    self.counts["web worker kills"] += 1

    async def _break_mail(self, chance: random.Random) -> None:
        try:
            while await self._pause(2 + 4 * chance.random()):
                self._mail.share = 0.0
                if chance.random() < 0.5:
                    self._mail.share = 0.1 + 0.3 * chance.random()
                else:
                    await asyncio.to_thread(self._mail.go_down)
                    try:
                        await self._pause(1 + 3 * chance.random())
                    finally:
                        await asyncio.to_thread(self._mail.come_back)
        finally:
            self._mail.share = 0.0

    async def _let_time_pass(self, _chance: random.Random) -> None:
        before = EARLIEST
        while await self._pause(self._timing.seconds / CLOCK_MOVES):
            held = self._timing.share < HELD and await asyncio.to_thread(_asks, self._app)
            least = ASKED if held else LATEST
            before = min(before, max(left(self._timing.share), before - A_MOVE, least))
            await asyncio.to_thread(move_clock, self._app, before)
            self.counts["clock moves"] += 1

    async def _grow(self, _chance: random.Random) -> None:
        while await self._pause(self._timing.seconds / GROWTHS):
            await asyncio.to_thread(_add_seats, self._app)
            self.counts["imports with more seats"] += 1

    async def _hurry_mail(self) -> None:
        while await self._pause(1.5):
            await asyncio.to_thread(self.hurry)


def left(share: float) -> timedelta:
    """Return how far from its start the event's clock stands at a share of the time, 0 to 1."""
    for (since, far), (until, near) in pairwise(CLOCK):
        if share <= until:
            return far + (near - far) * ((share - since) / (until - since))
    return LATEST


def move_clock(app: Flask, before: timedelta) -> None:
    """Set the event's clock to so long before its start."""
    with app.app_context(), transaction() as session:
        event = session.scalars(select(Event)).one()
        rehearsal.start(session, event, now=utc_now(), at=event.starts_at - before)


def _asks(app: Flask) -> bool:
    """Whether letters that ask people if they come have not left yet."""
    asking = OutboxMail.kind == LETTERS[Reminder.PRESENCE]
    with app.app_context():
        queued = select(OutboxMail.id).where(asking, OutboxMail.state == MailState.QUEUED).limit(1)
        return db.session.scalar(queued) is not None


def _add_seats(app: Flask) -> None:
    """Bring the event's own file in again, with what was held back and a few seats more."""
    with app.app_context():
        (entry,) = exporting.document(db.session()).events
        with transaction() as session:
            import_over_bookings(session, Document((_larger(entry),)), now=utc_now())


def _larger(entry: EventEntry) -> EventEntry:
    day = entry.registration
    assert day is not None
    return replace(
        entry,
        registration=replace(day, capacity=_more(day.capacity), held=day.held // 2),
        sessions=tuple(
            each if each.capacity is None else replace(each, capacity=_more(each.capacity))
            for each in entry.sessions
        ),
    )


def _more(seats: int) -> int:
    return seats + max(1, seats // 50)
