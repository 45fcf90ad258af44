"""Public pages are kept as bytes: never stale, cheap to ask about again, the same for everybody."""

import gzip
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import select, update

from conf_app.database import db, transaction
from conf_app.programme.models import Event, EventState
from conf_app.seats import ledger
from tests.conftest import TestClock
from tests.events import make_conference, paris
from tests.visitor import Visitor

PUBLIC = (
    "/",
    "/agenda",
    "/agenda.ics",
    "/e/conf/",
    "/e/conf/programme",
    "/e/conf/programme.ics",
    "/e/conf/programme.xml",
    "/e/conf/programme.json",
    "/e/conf/intervenant-es",
    "/e/conf/intervenant-es/camille",
    "/e/conf/infos-pratiques",
    "/e/conf/places",
)


@pytest.fixture
def pool(app: Flask) -> int:
    with app.app_context(), transaction() as session:
        event = make_conference(session)
        assert event.pool_id is not None
        return event.pool_id


def take(app: Flask, pool: int, seats: int = 1) -> None:
    with app.app_context(), transaction() as session:
        ledger.move(session, {pool: seats})


def queries_of(app: Flask, ask: Callable[[], object]) -> int:
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith(("BEGIN", "ROLLBACK")):
            asked.append(statement)

    with app.app_context():
        engine = db.engine
    sqlalchemy_event.listen(engine, "before_cursor_execute", note)
    try:
        ask()
    finally:
        sqlalchemy_event.remove(engine, "before_cursor_execute", note)
    return len(asked)


@pytest.mark.usefixtures("pool")
@pytest.mark.parametrize("path", PUBLIC)
def test_a_public_page_is_revalidated_and_sets_no_cookie(visitor: Visitor, path: str) -> None:
    first = visitor.client.get(path, headers={"Accept-Encoding": "gzip"})

    assert first.status_code == 200
    assert "Set-Cookie" not in first.headers
    assert first.headers["Cache-Control"] == "public, no-cache"
    assert first.headers["Vary"] == "HX-Request, Accept-Encoding"
    again = visitor.client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert "Content-Type" not in again.headers


@pytest.mark.usefixtures("pool")
def test_a_page_travels_compressed_only_to_who_reads_it(visitor: Visitor) -> None:
    plain = visitor.client.get("/e/conf/programme")
    packed = visitor.client.get("/e/conf/programme", headers={"Accept-Encoding": "br, gzip"})
    refused = visitor.client.get("/e/conf/programme", headers={"Accept-Encoding": "gzip;q=0"})

    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data == refused.data
    assert packed.headers["ETag"] == plain.headers["ETag"]


@pytest.mark.usefixtures("pool")
def test_a_kept_page_asks_the_database_nothing(
    app: Flask, visitor: Visitor, clock: TestClock
) -> None:
    visitor.get("/e/conf/programme")

    # Once a second the versions are looked at.
    asked = []
    for seconds in (0, 0.9, 0.1, 0.9):
        clock.advance(seconds=seconds)
        asked.append(queries_of(app, lambda: visitor.get("/e/conf/programme")))
    assert asked == [0, 0, 1, 0]


def test_a_page_shows_at_once_what_this_process_wrote(
    app: Flask, visitor: Visitor, pool: int
) -> None:
    before = visitor.client.get("/e/conf/")
    take(app, pool, 3)

    after = visitor.client.get("/e/conf/", headers={"If-None-Match": before.headers["ETag"]})

    assert after.status_code == 200
    assert visitor.get("/e/conf/").texts("#places .figure") == ["197"]


def test_a_change_by_another_process_is_seen_within_a_second(
    visitor: Visitor, pool: int, build: Callable[..., Flask], clock: TestClock
) -> None:
    visitor.get("/e/conf/")
    take(build(), pool)
    clock.advance(seconds=1)

    assert visitor.get("/e/conf/").texts("#places .figure") == ["199"]


def test_two_processes_give_a_page_the_same_validator(
    visitor: Visitor, pool: int, build: Callable[..., Flask], app: Flask
) -> None:
    take(app, pool)
    other = Visitor(build())

    for path in PUBLIC:
        assert visitor.client.get(path).headers["ETag"] == other.client.get(path).headers["ETag"]


@pytest.mark.usefixtures("pool")
def test_a_page_changes_when_a_session_begins(visitor: Visitor, clock: TestClock) -> None:
    clock.moment = paris(10, 59)
    assert visitor.get("/e/conf/programme").texts(".now h3") == []

    clock.moment = paris(11)
    assert visitor.get("/e/conf/programme").texts(".now h3") == ["Ouverture"]


@pytest.mark.usefixtures("pool")
def test_a_rehearsal_follows_its_own_clock(app: Flask, visitor: Visitor, clock: TestClock) -> None:
    with app.app_context(), transaction() as session:
        session.execute(update(Event).values(clock_shift=paris(10, 59) - clock.moment))
    assert visitor.get("/e/conf/programme").texts(".now h3") == []

    clock.advance(minutes=1)
    assert visitor.get("/e/conf/programme").texts(".now h3") == ["Ouverture"]


@pytest.mark.usefixtures("pool")
def test_a_withdrawn_event_is_gone_at_once(app: Flask, visitor: Visitor) -> None:
    assert visitor.get("/e/conf/programme").status == 200
    with app.app_context(), transaction() as session:
        session.scalars(select(Event)).one().state = EventState.DRAFT

    assert visitor.get("/e/conf/programme").status == 404
