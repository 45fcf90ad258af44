"""What doors answered against each other is listed until somebody settles it."""

from datetime import datetime
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from conf_app.database import db, transaction
from conf_app.door import conflicts, desk, passes, queries, sync, walk_ins
from conf_app.door.models import Answer, Device, Passage, Settlement, UndoReason, Verdict
from conf_app.door.sealing import ticket_id
from conf_app.door.sync import Claim, Outcome
from conf_app.programme import models as programme
from conf_app.programme.models import Event
from conf_app.refusals import NotFound
from tests.conftest import TestClock
from tests.events import make_conference, paris
from tests.team import enrol, ticket_of


@pytest.fixture
def ticket(app: Flask, clock: TestClock) -> bytes:
    """Return the id of a ticket, at a conference with two posts."""
    clock.moment = paris(13)
    with app.app_context(), transaction() as session:
        event = make_conference(session)
        for post in ("Est", "Ouest"):
            token, _ = passes.make(session, event, post=post, door=f"Porte {post}", now=paris(9))
            passes.join(session, token, now=paris(10))
        return ticket_id(ticket_of(enrol(session, event, "Zélie")))


def tell(
    post: int, ticket: bytes, at: datetime, answer: Answer, undone: UndoReason | None = None
) -> None:
    with transaction() as session:
        device = session.get_one(Device, post)
        claim = Claim(uuid4(), at, answer, ticket=ticket, undone=undone)
        sync.merge(session, device, [claim], now=paris(13))


def listed() -> list[tuple[str, list[str], str | None]]:
    """Return each conflict's post, the other posts, and how it was settled."""
    event = db.session().scalars(select(Event)).one()
    return [
        (
            each.passage.device.door_pass.post,
            [other.device.door_pass.post for other in each.others],
            each.passage.settled_how and each.passage.settled_how.value,
        )
        for each in conflicts.of_event(db.session(), event)
    ]


def test_two_entries_of_one_ticket_are_a_conflict_until_settled(app: Flask, ticket: bytes) -> None:
    with app.app_context():
        tell(2, ticket, paris(12, 4), Answer.ADMITTED)
        assert listed() == []
        tell(1, ticket, paris(12, 2), Answer.ADMITTED)
        assert listed() == [("Est", ["Ouest"], None)]

        with transaction() as session:
            event = session.scalars(select(Event)).one()
            assert conflicts.number(session, event) == 1
            (conflict,) = conflicts.of_event(session, event)
            two, same = Settlement.TWO_PEOPLE, Settlement.SAME_PERSON
            for how, by in ((two, "Alix"), (same, "Poste 2")):
                settled = conflict.passage.id
                conflicts.settle(session, event, settled, how, by=by, now=paris(13))
        event = db.session().scalars(select(Event)).one()
        assert listed() == [("Est", ["Ouest"], "two_people")]
        assert conflicts.number(db.session(), event) == 0
        assert queries.heads(db.session(), event.id) == 2


def inside() -> tuple[int, int, list[tuple[str, int]], int]:
    """Return the heads of the event, and of its desk: of the day, by door, and who is expected."""
    event = db.session().scalars(select(Event)).one()
    counted = desk.desk(db.session(), event)
    return (
        queries.heads(db.session(), event.id),
        counted.day.heads,
        counted.doors,
        counted.day.expected,
    )


def settle(how: Settlement) -> None:
    with transaction() as session:
        event = session.scalars(select(Event)).one()
        (conflict,) = conflicts.of_event(session, event)
        conflicts.settle(session, event, conflict.passage.id, how, by="Alix", now=paris(13))


def test_the_desk_counts_two_people_once_they_are_settled_so(app: Flask, ticket: bytes) -> None:
    with app.app_context():
        tell(1, ticket, paris(12, 2), Answer.ADMITTED)
        tell(2, ticket, paris(12, 4), Answer.ADMITTED)
        assert inside() == (1, 1, [("Porte Est", 1)], 0)
        settle(Settlement.TWO_PEOPLE)
        assert inside() == (2, 2, [("Porte Est", 1), ("Porte Ouest", 1)], 0)


def test_who_went_in_twice_is_still_inside_when_one_entry_is_taken_back(
    app: Flask, ticket: bytes
) -> None:
    with app.app_context():
        tell(1, ticket, paris(12, 2), Answer.ADMITTED)
        for minute in (4, 6):
            tell(2, ticket, paris(12, minute), Answer.ADMITTED)
        with transaction() as session:
            first = session.scalars(select(Passage).order_by(Passage.made_at)).first()
            assert first is not None
            walk_ins.undo(session, first, UndoReason.NOT_IN, device=first.device, now=paris(12, 30))
        assert inside() == (1, 1, [("Porte Ouest", 1)], 0)


@pytest.mark.parametrize(
    ("how", "heads"), [(Settlement.NOTED, 1), (Settlement.TURNED_BACK, 0), (None, 1)]
)
def test_who_a_phone_let_in_against_the_database_is_inside_until_they_left(
    app: Flask, ticket: bytes, how: Settlement | None, heads: int
) -> None:
    with app.app_context():
        tell(1, bytes(16), paris(12, 2), Answer.TRUSTED)
        if how:
            settle(how)
        assert inside()[:2] == (heads, heads)
        tell(2, ticket, paris(12, 4), Answer.ADMITTED)
        assert inside()[:2] == (heads + 1, heads + 1)


def test_who_came_back_or_was_refused_is_no_conflict(app: Flask, ticket: bytes) -> None:
    with app.app_context():
        tell(1, ticket, paris(12), Answer.ADMITTED)
        tell(1, ticket, paris(12, 30), Answer.ALREADY_IN)
        tell(2, bytes(16), paris(12, 31), Answer.TO_DESK)
        tell(2, ticket, paris(12, 32), Answer.ADMITTED, undone=UndoReason.NOT_IN)
        assert listed() == []
        tell(2, bytes(16), paris(12, 33), Answer.TRUSTED)
        assert listed() == [("Ouest", [], None)]


def test_only_a_conflict_can_be_settled(app: Flask, ticket: bytes) -> None:
    with app.app_context():
        tell(1, ticket, paris(12), Answer.ADMITTED)
        with pytest.raises(NotFound), transaction() as session:
            event = session.scalars(select(Event)).one()
            conflicts.settle(session, event, 1, Settlement.NOTED, by="Alix", now=paris(13))


@pytest.mark.parametrize("gone", ["cancelled", "removed"])
def test_a_room_whose_sessions_went_while_a_phone_was_away_loses_nothing(
    app: Flask, clock: TestClock, ticket: bytes, gone: str
) -> None:
    clock.moment = paris(13)
    with app.app_context():
        with transaction() as session:
            event = session.scalars(select(Event)).one()
            token, door_pass = passes.make(
                session, event, post="Salle", door="Salle", sessions=("ag",), now=paris(9)
            )
            passes.join(session, token, now=paris(10))
            session.flush()
            phone = door_pass.devices[0].id
            if gone == "cancelled":
                next(each for each in event.sessions if each.slug == "ag").cancelled = True
            else:
                door_pass.sessions = []
        with transaction() as session:
            claim = Claim(uuid4(), paris(12), Answer.ADMITTED, ticket=ticket, room="ag")
            (merged,) = sync.merge(session, session.get_one(Device, phone), [claim], now=paris(13))
            assert merged.outcome is Outcome.KEPT
            assert merged.passage is not None
            assert merged.passage.verdict is Verdict.REFUSED
            slug = (
                merged.passage.session_id
                and session.get_one(programme.Session, merged.passage.session_id).slug
            )
            assert slug == ("ag" if gone == "cancelled" else None)
        event = db.session().scalars(select(Event)).one()
        assert listed() == [("Salle", [], None)]
        assert queries.heads(db.session(), event.id) == 0
