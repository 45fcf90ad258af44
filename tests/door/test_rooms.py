"""A room's door lets in who booked its session, once, and others where it may and has seats."""

import threading
from typing import NamedTuple
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from conf_app.database import db, transaction
from conf_app.door import admission, passes, queries, sync, walk_ins
from conf_app.door.admission import Admission
from conf_app.door.commands import make as make_command
from conf_app.door.models import Answer, Device, Passage, Reason, UndoReason, Verdict
from conf_app.door.sealing import ticket_id
from conf_app.door.sync import Claim
from conf_app.programme.models import Event, Session
from conf_app.registration import actions, waiting
from conf_app.registration.models import Booking, Registration, WaitState
from conf_app.registration.refusals import UnknownSession
from conf_app.seats import ledger
from tests.browser import ON_SQLITE
from tests.conftest import TestClock
from tests.events import make_conference, paris
from tests.team import DOORS_OPEN, enrol, ticket_of
from tests.visitor import Visitor


class House(NamedTuple):
    """Hold ids: people by name, phones by what they open."""

    people: dict[str, int]
    phones: dict[str, int]


@pytest.fixture
def house(app: Flask) -> House:
    """Set up a day with three sessions to book, a main door, two posts of a room."""
    with app.app_context(), transaction() as session:
        event = make_conference(session, workshop=2)
        people = {
            name: enrol(session, event, name, sessions=booked).id
            for name, booked in (
                ("Zélie", ("atelier-a", "ag")),
                ("Awa", ("atelier-b",)),
                ("Noor", ()),
            )
        }
        phones = {}
        for post, sessions, may_add in (
            ("jour", (), False),
            ("salle", ("atelier-a", "ag"), False),
            ("salle +", ("atelier-a",), True),
            ("salle + bis", ("atelier-a",), True),
        ):
            token, _ = passes.make(
                session,
                event,
                post=post,
                door=post,
                sessions=sessions,
                may_add=may_add,
                now=paris(9),
            )
            device = passes.device_of(
                session, passes.join(session, token, now=paris(10)), now=paris(10)
            )
            assert device is not None
            phones[post] = device.id
        return House(people, phones)


def scan(
    house: House, name: str, phone: str, hour: int = 14, minute: int = 0, *, add: bool = False
) -> Admission:
    """Scan somebody's ticket with a phone; ``add`` lets them in without a booking."""
    with transaction() as session:
        if add:
            waiting.lock(session, session.scalars(select(Event)).one())
        return admission.admit(
            session,
            session.get_one(Registration, house.people[name]),
            device=session.get_one(Device, house.phones[phone]),
            uuid=uuid4(),
            now=paris(hour, minute),
            add=add,
        )


def seats(slug: str) -> tuple[int, int]:
    """Return how many seats of a session are taken, and held back; bookings must agree."""
    session = db.session()
    entry = session.scalars(select(Session).where(Session.slug == slug)).one()
    assert entry.pool_id is not None
    count = ledger.count(session, [entry.pool_id])[entry.pool_id]
    booked = session.scalars(select(Booking).where(Booking.session_id == entry.id)).all()
    assert len(booked) == count.taken
    return count.taken, count.held


def hold(slug: str, *, capacity: int, held: int) -> None:
    """Hold seats of a session back."""
    with transaction() as session:
        entry = session.scalars(select(Session).where(Session.slug == slug)).one()
        ledger.resize(session, entry.pool_id or 0, capacity=capacity, held=held)


def test_a_room_lets_in_who_booked_it_once_and_the_main_door_counts_apart(
    app: Flask, house: House
) -> None:
    with app.app_context():
        assert scan(house, "Zélie", "jour", 11).kind is Verdict.ADMITTED

        first, again = scan(house, "Zélie", "salle"), scan(house, "Zélie", "salle +", 14, 1)

        assert first.kind is Verdict.ADMITTED
        assert (again.kind, again.first) == (Verdict.ALREADY_IN, (paris(14), "salle", "salle"))
        assert again.alert is not None
        assert scan(house, "Zélie", "jour", 14, 2).alert is None  # the room is no other main door
        event = db.session().scalars(select(Event)).one()
        rooms = {each.slug: each.id for each in event.sessions}
        counts = [
            queries.heads(db.session(), event.id, room)
            for room in (None, rooms["atelier-a"], rooms["ag"])
        ]
        assert counts == [1, 1, 0]


def test_each_session_of_a_room_lets_in_anew(app: Flask, house: House) -> None:
    with app.app_context():
        assert scan(house, "Zélie", "salle", 14, 59).kind is Verdict.ADMITTED
        # The first is over: the phone goes on to the next by itself.
        assert scan(house, "Zélie", "salle", 15).kind is Verdict.ADMITTED

        with transaction() as session:
            passes.set_to(session, session.get_one(Device, house.phones["salle"]), "atelier-a")
        back = scan(house, "Zélie", "salle", 15, 1)
        assert (back.kind, back.first) == (Verdict.ALREADY_IN, (paris(14, 59), "salle", "salle"))
        with pytest.raises(UnknownSession), transaction() as session:
            passes.set_to(session, session.get_one(Device, house.phones["salle"]), "atelier-b")


@pytest.mark.parametrize("name", ["Awa", "Noor"])
def test_who_did_not_book_is_refused_and_it_is_kept(app: Flask, house: House, name: str) -> None:
    with app.app_context():
        for add in (False, True):  # this pass may not add
            refused = scan(house, name, "salle", add=add)
            assert (refused.kind, refused.reason) == (Verdict.REFUSED, Reason.NOT_THIS_SESSION)
        assert seats("atelier-a") == (1, 0)
        kept = db.session().scalars(select(Passage)).all()
        assert [each.reason for each in kept] == [Reason.NOT_THIS_SESSION] * 2


def test_a_free_seat_is_given_then_one_held_back_then_none(app: Flask, house: House) -> None:
    with app.app_context():
        hold("atelier-a", capacity=3, held=1)
        assert scan(house, "Noor", "salle +", add=True).kind is Verdict.ADMITTED
        assert seats("atelier-a") == (2, 1)

        assert scan(house, "Awa", "salle +", add=True).kind is Verdict.ADMITTED
        assert (seats("atelier-a"), seats("atelier-b")) == ((3, 0), (0, 0))  # at the same hour

        with transaction() as session:
            event = session.scalars(select(Event)).one()
            house.people["Eve"] = enrol(session, event, "Eve").id
        refused = scan(house, "Eve", "salle +", add=True)
        assert (refused.kind, refused.reason) == (Verdict.REFUSED, Reason.NOT_THIS_SESSION)
        assert seats("atelier-a") == (3, 0)


@pytest.mark.parametrize("held", [0, 1])
@pytest.mark.parametrize("how", ["undone at the post", "refused by the phone meanwhile"])
def test_a_seat_given_at_the_door_is_taken_back_with_what_was_left_for_it(
    app: Flask, house: House, held: int, how: str
) -> None:
    with app.app_context():
        hold("atelier-a", capacity=2, held=held)
        assert scan(house, "Awa", "salle +", add=True).kind is Verdict.ADMITTED
        assert (seats("atelier-a"), seats("atelier-b")) == ((2, 0), (0, 0))
        with transaction() as session:
            passage = session.scalars(select(Passage)).one()
            device = passage.device
            if how == "undone at the post":
                walk_ins.undo(session, passage, UndoReason.NOT_IN, device=device, now=paris(14))
            else:
                claim = Claim(
                    passage.uuid,
                    paris(14),
                    Answer.REFUSED,
                    ticket=ticket_id(ticket_of(session.get_one(Registration, house.people["Awa"]))),
                    reason=Reason.NOT_THIS_SESSION,
                    room="atelier-a",
                )
                sync.merge(session, device, [claim], now=paris(14))
        assert (seats("atelier-a"), seats("atelier-b")) == ((1, held), (1, 0))
        event = db.session().scalars(select(Event)).one()
        assert queries.heads(db.session(), event.id, event.sessions[0].id) == 0


def test_what_somebody_else_took_meanwhile_is_not_booked_again(app: Flask, house: House) -> None:
    with app.app_context():
        hold("atelier-b", capacity=1, held=0)
        scan(house, "Awa", "salle +", add=True)
        with transaction() as session:
            noor = session.get_one(Registration, house.people["Noor"])
            wanted = frozenset({"atelier-b"})
            actions.change(session, noor, name="Noor", sessions=wanted, now=paris(10))
        with transaction() as session:
            passage = session.scalars(select(Passage)).one()
            walk_ins.undo(
                session, passage, UndoReason.MISTAKE, device=passage.device, now=paris(14)
            )
        assert (seats("atelier-a"), seats("atelier-b")) == ((1, 0), (1, 0))


def test_the_seat_that_a_change_of_room_frees_is_offered(app: Flask, house: House) -> None:
    with app.app_context():
        hold("atelier-b", capacity=1, held=0)
        with transaction() as session:
            noor = session.get_one(Registration, house.people["Noor"])
            actions.wait_for(session, [noor], "atelier-b", now=paris(10))

        scan(house, "Awa", "salle +", 13, add=True)

        with transaction() as session:
            waits = session.get_one(Registration, house.people["Noor"]).party.waits
            assert [each.state for each in waits] == [WaitState.OFFERED]


def test_two_posts_give_the_last_seat_to_one_person(app: Flask, house: House) -> None:
    with app.app_context():
        hold("atelier-a", capacity=2, held=1)
    ready = threading.Barrier(2)
    verdicts: list[Verdict] = []

    def let_in(name: str, phone: str) -> None:
        with app.app_context():
            ready.wait()
            verdicts.append(scan(house, name, phone, add=True).kind)

    threads = [
        threading.Thread(target=let_in, args=each)
        for each in (("Awa", "salle +"), ("Noor", "salle + bis"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert sorted(each.value for each in verdicts) == ["admitted", "refused"]
    with app.app_context():
        assert seats("atelier-a") == (2, 0)


def test_two_posts_at_once_let_one_ticket_in_first(app: Flask, house: House) -> None:
    ready = threading.Barrier(8)
    verdicts: list[Verdict] = []

    def let_in(phone: str) -> None:
        with app.app_context():
            ready.wait()
            verdicts.append(scan(house, "Zélie", phone).kind)

    threads = [
        threading.Thread(target=let_in, args=(phone,))
        for phone in ("salle", "salle +", "salle + bis", "jour") * 2
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert sorted(each.value for each in verdicts) == ["admitted"] * 2 + ["already_in"] * 6


def room_pass(app: Flask, *sessions: str, may_add: bool = False) -> str:
    """Return the link of a new pass of a room."""
    with app.app_context(), transaction() as session:
        token, _ = passes.make(
            session,
            session.scalars(select(Event)).one(),
            post="Salle 1",
            door="Salle",
            sessions=sessions,
            may_add=may_add,
            now=DOORS_OPEN,
        )
    return f"/entree/acces/{token}"


def code_of(house: House, name: str) -> str:
    return f"/B/{ticket_of(db.session().get_one(Registration, house.people[name]))}"


@pytest.fixture
def paths(app: Flask, house: House) -> dict[str, str]:
    """Return what each person's QR leads to."""
    with app.app_context():
        return {name: code_of(house, name) for name in house.people}


def test_a_phone_at_a_room_says_which_session_it_opens_and_changes_it(
    app: Flask, clock: TestClock, visitor: Visitor, paths: dict[str, str]
) -> None:
    clock.moment = paris(13, 45)
    post = visitor.get(room_pass(app, "atelier-a", "ag")).submit()
    assert "Atelier A 14\u00a0h\u00a0– 15\u00a0h" in post.texts(".facts dd")
    assert "0\u00a0personne sur 1\u00a0place prise" in post.texts(".facts dd")

    shown = visitor.get(paths["Zélie"]).submit()
    assert shown.heading == "Entre"
    assert "Atelier A" in shown.texts(".verdict p")

    changed = visitor.get("/entree/").submit("form.row", {"creneau": "ag"})
    assert "Assemblée générale 17\u00a0h\u00a0– 18\u00a0h" in changed.texts(".facts dd")
    assert visitor.get(paths["Zélie"]).heading == "Zélie"
    same = changed.submit("form.row", {"creneau": "atelier-b"})  # not one of this room's
    assert same.texts(".facts dd") == changed.texts(".facts dd")


def test_one_tap_lets_in_without_a_booking_where_the_pass_may(
    app: Flask, clock: TestClock, visitor: Visitor, paths: dict[str, str]
) -> None:
    clock.moment = paris(13, 45)
    visitor.get(room_pass(app, "atelier-a", may_add=True)).submit()

    card = visitor.get(paths["Awa"])
    assert card.heading == "Awa"
    assert "Pour Atelier A, il reste 1\u00a0place." in card.text
    assert "Atelier B" in card.text

    assert card.submit().heading == "Entre"
    assert card.submit().heading == "Entre"  # a double tap
    full = visitor.get(paths["Noor"])
    assert full.heading == "Refusé"
    assert "Pas de réservation pour «\u00a0Atelier A\u00a0»." in full.text
    assert "Noor\u00a0: la journée, sans créneau." in full.text


def test_a_pass_that_may_not_add_has_no_button_and_forging_one_adds_nobody(
    app: Flask, clock: TestClock, visitor: Visitor, paths: dict[str, str]
) -> None:
    clock.moment = paris(13, 45)
    post = visitor.get(room_pass(app, "atelier-a")).submit()
    assert visitor.get(paths["Noor"]).select("main form") == []

    sent = {"uuid": str(uuid4()), "ajouter": "1", "csrf_token": post.fields("form")["csrf_token"]}
    assert visitor.post(paths["Noor"], sent).heading == "Refusé"


def test_a_pass_whose_sessions_are_gone_opens_no_main_door(
    app: Flask, clock: TestClock, visitor: Visitor, paths: dict[str, str]
) -> None:
    clock.moment = paris(13, 45)
    visitor.get(room_pass(app, "atelier-a")).submit()
    with app.app_context(), transaction() as session:
        for entry in session.scalars(select(Session).where(Session.slug == "atelier-a")):
            entry.cancelled = True

    closed = visitor.get(paths["Zélie"])

    assert (closed.status, closed.heading) == (403, "Cette salle n’a plus de créneau")


@ON_SQLITE
def test_the_command_makes_a_room_and_names_what_can_be_booked(
    app: Flask, house: House, clock: TestClock
) -> None:
    clock.moment = DOORS_OPEN
    run = app.test_cli_runner().invoke
    asked = ["--event", "conf", "--post", "Salle 2", "--door", "Salle", "--session"]

    assert run(make_command, [*asked, "atelier-a", "--add"]).exit_code == 0
    unknown = run(make_command, [*asked, "ouverture"])

    assert unknown.exit_code == 2
    assert "se réservent\u00a0: atelier-a, atelier-b, ag" in unknown.output
    with app.app_context():
        made = db.session().get_one(Device, house.phones["jour"]).door_pass.door.event
        lines = [
            line.door_pass
            for line in passes.of_event(db.session(), made, now=DOORS_OPEN)
            if line.door_pass.post == "Salle 2"
        ]
        assert [
            (one.is_room, one.may_add, [each.slug for each in one.sessions]) for one in lines
        ] == [(True, True, ["atelier-a"])]
