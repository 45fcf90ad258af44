"""The worker goes on whatever happens, and ends when asked."""

import threading
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
import sqlalchemy as sa
from flask import Flask

from conf_app.database import db, transaction
from conf_app.mail.delivery import deliver_due
from conf_app.mail.models import Heartbeat, MailState
from conf_app.registration.models import Submission
from conf_app.registration.submission import Form
from conf_app.settings import Settings
from conf_app.worker import Job, Stop, Worker, deliver
from tests.conftest import TestClock
from tests.events import make_conference
from tests.mail.conftest import Queue, post_office, queue, rows, server
from tests.mail.servers import MailServer
from tests.people import register

__all__ = ["queue", "server"]


def worker_of(app: Flask, clock: TestClock, *jobs: Job, rounds: int = 1) -> Worker:
    """Return a worker that stops by itself after some rounds, a second apart."""
    stop = threading.Event()
    waited = 0

    def wait(_seconds: float) -> None:
        nonlocal waited
        waited += 1
        clock.advance(seconds=1)
        if waited == rounds:
            stop.set()

    return Worker(app, jobs, clock, stop, wait)


def heartbeat(app: Flask) -> datetime | None:
    """Return when the worker last beat."""
    with app.app_context():
        return db.session.scalar(sa.select(Heartbeat.at))


def test_it_beats_every_five_seconds(app: Flask, clock: TestClock) -> None:
    begun = clock()

    worker_of(app, clock, rounds=9).run()

    assert heartbeat(app) == begun + timedelta(seconds=5)


def test_a_job_runs_as_often_as_it_says(app: Flask, clock: TestClock) -> None:
    runs: list[datetime] = []
    job = Job("compter", lambda now, _stop: runs.append(now), every=timedelta(seconds=3))

    worker_of(app, clock, job, rounds=7).run()

    assert [(run - runs[0]).seconds for run in runs] == [0, 3, 6]


def test_a_job_that_fails_is_tried_less_and_less_often_and_stops_no_other(
    app: Flask, clock: TestClock, caplog: pytest.LogCaptureFixture
) -> None:
    tries: list[datetime] = []
    runs: list[datetime] = []

    def fail(now: datetime, _stop: Stop) -> None:
        tries.append(now)
        raise RuntimeError("tombé")

    failing = Job("tomber", fail, every=timedelta(seconds=1))
    healthy = Job("compter", lambda now, _stop: runs.append(now), every=timedelta(seconds=1))

    worker_of(app, clock, failing, healthy, rounds=200).run()

    waits = [(b - a).seconds for a, b in pairwise(tries)]
    assert waits[:7] == [2, 4, 8, 16, 32, 60, 60]
    assert len(runs) == 200
    assert "tomber : échec n° 1, nouvel essai dans 2 s" in caplog.text


def test_a_clock_set_back_does_not_stop_it(app: Flask, clock: TestClock) -> None:
    runs: list[datetime] = []
    job = Job("compter", lambda now, _stop: runs.append(now), every=timedelta(seconds=1))
    worker = worker_of(app, clock, job)
    worker.round()

    clock.advance(hours=-3)
    worker.round()

    assert len(runs) == 2


def test_it_sends_the_mail(app: Flask, clock: TestClock, queue: Queue, server: MailServer) -> None:
    app.extensions["conf_app.post"] = post_office(server.url, clock)
    ids = queue(3)

    worker_of(app, clock, Job("courriels", deliver, every=timedelta(seconds=1))).run()

    assert server.ids == ids


def test_it_stops_between_two_messages(
    app: Flask, clock: TestClock, queue: Queue, server: MailServer
) -> None:
    app.extensions["conf_app.post"] = post_office(server.url, clock)
    queue(3)
    stop = threading.Event()

    with app.app_context():
        deliver(clock(), lambda: bool(server.received) or stop.is_set())

    assert [row.state for row in rows(app)] == [
        MailState.SENT,
        MailState.QUEUED,
        MailState.QUEUED,
    ]


def test_it_survives_a_database_that_restarts(
    app: Flask, clock: TestClock, database_url: str, queue: Queue, server: MailServer
) -> None:
    app.extensions["conf_app.post"] = post_office(server.url, clock)
    worker = worker_of(app, clock, Job("courriels", deliver, every=timedelta(seconds=1)), rounds=20)
    worker.round()
    ids = queue()

    if database_url.startswith("postgresql"):
        killer = sa.create_engine(database_url)
        with killer.connect() as connection:
            connection.execute(
                sa.text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
        killer.dispose()
    worker.run()

    assert server.ids == ids
    assert heartbeat(app) is not None


def test_two_workers_are_harmless(
    app: Flask, clock: TestClock, queue: Queue, server: MailServer
) -> None:
    ids = queue(20)

    def send(_now: datetime, stop: Stop) -> None:
        deliver_due(post_office(server.url, clock), stop=stop)

    job = Job("courriels", send, every=timedelta(seconds=1))
    workers = [Worker(app, [job], clock, threading.Event()) for _ in range(2)]

    threads = [threading.Thread(target=worker.round) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert sorted(server.ids) == sorted(ids)


def test_forms_are_forgotten_after_a_day(app: Flask, settings: Settings, clock: TestClock) -> None:
    form = Form(key_hash=b"k" * 32, content_hash=b"c" * 32)
    with app.app_context(), transaction() as session:
        register(session, make_conference(session), settings=settings, now=clock(), form=form)
    (forget,) = [job for job in app.extensions["conf_app.jobs"] if job.name == "formulaires"]
    worker = worker_of(app, clock, forget)

    def kept() -> int | None:
        with app.app_context():
            return db.session.scalar(sa.select(sa.func.count()).select_from(Submission))

    clock.advance(hours=23)
    worker.round()
    assert kept() == 1
    clock.advance(hours=2)
    worker.round()
    assert kept() == 0


def test_a_slow_pass_of_mail_gives_way_to_the_heartbeat(
    app: Flask, clock: TestClock, queue: Queue, server: MailServer
) -> None:
    app.extensions["conf_app.post"] = post_office(server.url, clock)
    queue(3)

    def take_time() -> bool:
        clock.advance(seconds=20)
        return False

    with app.app_context():
        deliver(clock(), take_time)

    assert [row.state for row in rows(app)] == [
        MailState.SENT,
        MailState.QUEUED,
        MailState.QUEUED,
    ]
