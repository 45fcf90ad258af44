"""Sixteen posts in two processes scan the same tickets at once: of each ticket one is first."""

import multiprocessing
import threading
from collections import Counter
from datetime import datetime
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any
from uuid import uuid4

from flask import Flask
from sqlalchemy import select

from conf_app import create_app
from conf_app.database import db, transaction
from conf_app.door import queries, sealing
from conf_app.door.models import Passage, Verdict
from conf_app.programme.models import Event
from tests.conftest import TestClock, make_settings
from tests.events import make_conference, paris
from tests.team import enrol, pass_token, ticket_of
from tests.visitor import Visitor

PROCESSES = 2
POSTS = 16
TICKETS = 200
PATIENCE = 120  # s

Verdicts = list[tuple[str, str]]


def test_of_each_ticket_one_scan_is_first(
    app: Flask, clock: TestClock, database_url: str, tmp_path: Path
) -> None:
    clock.moment = paris(12)
    with app.app_context(), transaction() as session:
        event = make_conference(session, capacity=TICKETS)
        people = [enrol(session, event, f"Personne {number}") for number in range(TICKETS)]
        tickets = [sealing.ticket_id(ticket_of(each)).hex() for each in people]
    tokens = [pass_token(app, clock, post=f"Poste {number}") for number in range(POSTS)]

    context = multiprocessing.get_context("spawn")
    start, told = context.Barrier(POSTS), context.Queue()
    processes = [
        context.Process(
            target=_scan_all,
            args=(database_url, tmp_path, paris(12), tokens[n::PROCESSES], tickets, start, told),
        )
        for n in range(PROCESSES)
    ]
    for process in processes:
        process.start()
    verdicts: Verdicts = [
        each for _ in processes for each in told.get(timeout=PATIENCE + PROCESSES * TICKETS / 4)
    ]
    for process in processes:
        process.join(PATIENCE)
        assert process.exitcode == 0

    assert Counter(verdicts) == {
        **{(ticket, "admitted"): 1 for ticket in tickets},
        **{(ticket, "already_in"): POSTS - 1 for ticket in tickets},
    }
    with app.app_context():
        event = db.session().scalars(select(Event)).one()
        assert queries.heads(db.session(), event.id) == TICKETS
        kept = Counter(db.session().scalars(select(Passage.verdict)))
    assert kept == {Verdict.ADMITTED: TICKETS, Verdict.ALREADY_IN: TICKETS * (POSTS - 1)}


def _scan_all(
    database_url: str,
    folder: Path,
    moment: datetime,
    tokens: list[str],
    tickets: list[str],
    start: Barrier,
    told: Any,
) -> None:
    """Scan every ticket with each of some posts, each ticket when all posts are at it."""
    clock = TestClock(moment)
    app = create_app(make_settings(database_url, folder / "courriels"), clock)
    verdicts: Verdicts = []

    def go(token: str) -> None:
        post = Visitor(app)
        post.get(f"/entree/acces/{token}").submit()
        for ticket in tickets:
            start.wait(PATIENCE)
            asked = {"id": str(uuid4()), "ticket": ticket}
            answer = post.client.post("/entree/api/scans", json=asked)
            verdicts.append((ticket, answer.get_json()["verdict"]))

    threads = [threading.Thread(target=go, args=(token,)) for token in tokens]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told.put(verdicts)
    with app.app_context():
        db.engine.dispose()
