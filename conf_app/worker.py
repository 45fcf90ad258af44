"""Do in the background what no page should wait for: one process, lower priority, a heartbeat."""

import logging
import os
import signal
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Flask, current_app
from sqlalchemy import select

from conf_app.clock import Clock
from conf_app.database import transaction
from conf_app.mail.delivery import PostOffice, deliver_due
from conf_app.mail.models import Heartbeat
from conf_app.mail.transports import Unreachable
from conf_app.registration import queues, waiting

log = logging.getLogger(__name__)

Stop = Callable[[], bool]

_TICK = timedelta(milliseconds=500)
_LONGEST_PAUSE = timedelta(minutes=1)
_SILENCE = timedelta(minutes=2)
"""A longer one means that the site was down."""
_LONGEST_PASS = timedelta(seconds=30)


@dataclass(frozen=True)
class Job:
    """Say what to do and how often; ``run`` opens its own transactions and may ask to stop."""

    name: str
    run: Callable[[datetime, Stop], object]
    every: timedelta


@dataclass
class _Turn:
    """Remember when a job is due again and how often it has failed in a row."""

    job: Job
    due_at: datetime
    failures: int = 0


class Worker:
    """Run each job when its time has come; a job that fails is tried again later, less often."""

    def __init__(
        self,
        app: Flask,
        jobs: Sequence[Job],
        clock: Clock,
        stop: threading.Event,
        wait: Callable[[float], object] | None = None,
    ) -> None:
        self._app = app
        self._clock = clock
        self._stop = stop
        self._wait = wait or stop.wait
        self._turns = [_Turn(job, clock()) for job in (BEAT, *jobs)]

    def run(self) -> None:
        """Go on until told to stop."""
        while not self._stop.is_set():
            self.round()
            self._wait(_TICK.total_seconds())

    def round(self) -> None:
        """Run each job that is due, once."""
        for turn in self._turns:
            now = self._clock()
            # A clock set back by hours must not keep a job waiting for as long.
            if turn.due_at - now > _LONGEST_PAUSE + turn.job.every:
                turn.due_at = now
            if now >= turn.due_at and not self._stop.is_set():
                self._run(turn, now)

    def _run(self, turn: _Turn, now: datetime) -> None:
        pause = turn.job.every
        try:
            with self._app.app_context():  # its end gives the connection back, broken or not
                turn.job.run(now, self._stop.is_set)
            turn.failures = 0
        except Exception as fault:
            turn.failures += 1
            pause = min(pause * 2 ** min(turn.failures, 10), max(pause, _LONGEST_PAUSE))
            known = isinstance(fault, Unreachable)
            log.error(
                "%s : échec n° %d, nouvel essai dans %.0f s%s",
                turn.job.name,
                turn.failures,
                pause.total_seconds(),
                f" ({fault})" if known else "",
                exc_info=not known,
            )
        turn.due_at = now + pause


def beat(now: datetime, _stop: Stop) -> None:
    """Write down that the worker is alive; give open offers the time that it was not."""
    with transaction() as session:
        before = session.scalar(select(Heartbeat.at))
        if before is not None and (lost := now - before) > _SILENCE:
            for event in queues.events_with_offers(session):
                waiting.add_time(session, event, lost=lost)
        session.merge(Heartbeat(id=1, at=now))


def deliver(now: datetime, stop: Stop) -> None:
    """Send the mail that is due, and give way after a while: a slow server must not stop a beat."""
    post: PostOffice = current_app.extensions["conf_app.post"]
    deliver_due(post, stop=lambda: stop() or post.clock() - now > _LONGEST_PASS)


BEAT = Job("battement", beat, every=timedelta(seconds=5))


def run_worker(app: Flask) -> None:
    """Work until SIGTERM or SIGINT; a message being sent is finished first."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    os.nice(5)
    Worker(app, app.extensions["conf_app.jobs"], app.extensions["conf_app.clock"], stop).run()
