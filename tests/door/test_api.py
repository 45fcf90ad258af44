"""A phone follows its event by a sealed blob, scans online, and tells what it did offline."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from conf_app import codes
from conf_app.codes import TicketCode
from conf_app.database import db, transaction
from conf_app.door import passes, queries, sealing
from conf_app.door.models import Answer, Device, DoorPass, Passage, Reason, UndoReason, Verdict
from conf_app.programme.models import Event, EventState
from conf_app.registration import actions
from conf_app.registration.models import Registration, RegistrationState
from conf_app.settings import Settings
from tests.conftest import TestClock
from tests.door.opening import Opened, opened, unsealed
from tests.events import make_conference, paris
from tests.team import enrol, pass_token, ticket_of, volunteer
from tests.visitor import Visitor

CANCELLED = RegistrationState.CANCELLED


class Hall:
    """Hold the tickets of a conference, and make its posts."""

    def __init__(self, app: Flask, clock: TestClock) -> None:
        self.app, self.clock = app, clock
        self.tickets: dict[str, TicketCode] = {}
        with app.app_context(), transaction() as session:
            event = make_conference(session)
            event.host_badge, event.host_name = True, "Salon d’à côté"
            for name, sessions in (("Zélie", ("ag",)), ("Awa", ()), ("Noé", ())):
                self.tickets[name] = ticket_of(enrol(session, event, name, sessions=sessions))
            for name, state in (("Max", CANCELLED), ("Lou", RegistrationState.WAITING)):
                self.tickets[name] = ticket_of(enrol(session, event, name, state=state))

    def post(self, name: str = "Poste 1") -> Visitor:
        return volunteer(self.app, self.clock, post=name, door=f"Porte {name}", at=None)

    def id(self, name: str) -> str:
        return sealing.ticket_id(self.tickets[name]).hex()

    def passages(self) -> list[tuple[Verdict, Reason | None, Answer | None]]:
        with self.app.app_context():
            rows = db.session().scalars(select(Passage).order_by(Passage.id))
            return [(row.verdict, row.reason, row.shown) for row in rows]

    def heads(self) -> int:
        with self.app.app_context():
            event = db.session().scalars(select(Event)).one()
            return queries.heads(db.session(), event.id)

    def change(self, act: Callable[[Any, Registration], object], name: str) -> None:
        with self.app.app_context(), transaction() as session:
            act(session, session.scalars(select(Registration).filter_by(name=name)).one())


@pytest.fixture
def hall(app: Flask, clock: TestClock) -> Hall:
    clock.moment = paris(12)
    return Hall(app, clock)


def blob(post: Visitor, since: str | None = None) -> Opened:
    answer = post.client.get("/entree/api/snapshot", query_string={"since": since} if since else {})
    assert answer.status_code == 200, answer.text
    return opened(answer.data)


def scan(post: Visitor, ticket: str, **more: Any) -> dict[str, Any]:
    answer = send(post, "scans", {"id": str(uuid4()), "ticket": ticket, **more})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.get_json()
    return told


def send(post: Visitor, what: str, body: Any) -> TestResponse:
    return post.client.post(f"/entree/api/{what}", json=body)


def claim(ticket: str, made_at: datetime, answer: str = "admitted", **more: Any) -> dict[str, Any]:
    told = {"id": str(uuid4()), "kind": "ticket", "ticket": ticket, "answer": answer}
    return {**told, "made_at": made_at.isoformat(), **more}


def tell(post: Visitor, clock: TestClock, *claims: dict[str, Any]) -> list[tuple[str, str | None]]:
    body = {"sent_at": clock().isoformat(), "passages": list(claims)}
    answer = send(post, "passages", body)
    assert answer.status_code == 200, answer.text
    return [(each["outcome"], each["verdict"]) for each in answer.get_json()["passages"]]


def test_a_snapshot_tells_each_ticket_to_who_shows_it_and_nothing_else(hall: Hall) -> None:
    post = hall.post()
    raw = post.client.get("/entree/api/snapshot").data
    snapshot = opened(raw)
    assert snapshot.facts["tickets"] == 3
    assert len(snapshot.records) == 4, "three and the drill's"
    assert unsealed(snapshot, hall.tickets["Zélie"]) == {"n": "Zélie", "s": [2]}
    assert snapshot.facts["sessions"][2]["slug"] == "ag"
    assert unsealed(snapshot, sealing.DRILL_CODE) == {"n": "Billet d’essai"}
    assert snapshot.tombstones == {
        bytes.fromhex(hall.id("Max")): sealing.WHY[Reason.CANCELLED],
        bytes.fromhex(hall.id("Lou")): sealing.WHY[Reason.NO_SEAT],
    }
    for name, code in hall.tickets.items():
        assert name.encode() not in raw
        assert code.encode() not in raw


def test_a_delta_tells_what_changed_and_nothing_older(hall: Hall) -> None:
    post = hall.post()
    with hall.app.app_context(), transaction() as session:
        long_ago = paris(1) - timedelta(days=30)
        session.execute(update(Registration).values(changed_at=long_ago))
    cursor = blob(post).facts["cursor"]
    still = blob(post, cursor)
    assert set(still.records) == {sealing.ticket_id(sealing.DRILL_CODE)}
    assert still.tombstones == {}

    hall.change(lambda session, who: actions.cancel(session, [who], now=paris(9)), "Awa")
    hall.change(
        lambda session, who: actions.change(
            session, who, name="Zélie", sessions=frozenset(), now=paris(12)
        ),
        "Zélie",
    )
    scan(post, hall.id("Noé"))
    delta = blob(post, cursor)
    assert not delta.facts["full"]
    assert unsealed(delta, hall.tickets["Zélie"]) == {"n": "Zélie"}
    assert delta.tombstones == {bytes.fromhex(hall.id("Awa")): sealing.WHY[Reason.CANCELLED]}
    noe = (bytes.fromhex(hall.id("Noé")), 0)
    assert delta.arrivals == {noe: (0, int(paris(12).timestamp()))}


@pytest.mark.parametrize("why", [Reason.PASSED_ON, Reason.REVOKED])
def test_an_old_ticket_is_refused_with_why_and_the_new_one_has_come_already(
    hall: Hall, settings: Settings, why: Reason
) -> None:
    post = hall.post()
    scan(post, hall.id("Awa"))
    with hall.app.app_context(), transaction() as session:
        session.execute(update(Passage).values(changed_at=paris(1) - timedelta(days=30)))
    cursor, keys = blob(post).facts["cursor"], settings.ticket_keys

    def replace(session: Session, who: Registration) -> None:
        if why is Reason.REVOKED:
            actions.reissue(session, who, keys=keys, by="Alix", now=paris(12))
        else:
            actions.pass_on(session, who, name="Eve", email=None, keys=keys, now=paris(12))
        hall.tickets["new"] = ticket_of(who)

    hall.change(replace, "Awa")
    delta = blob(post, cursor)
    assert delta.tombstones[bytes.fromhex(hall.id("Awa"))] == sealing.WHY[why]
    assert set(delta.arrivals) == {(bytes.fromhex(hall.id("new")), 0)}
    old = scan(post, hall.id("Awa"))
    assert (old["verdict"], old["reason"]) == ("refused", why.value)
    assert scan(post, hall.id("new"))["verdict"] == "already_in"


def test_a_delta_tells_that_a_passage_was_taken_back(hall: Hall) -> None:
    post = hall.post()
    cursor = blob(post).facts["cursor"]
    passage = claim(hall.id("Noé"), paris(12))
    tell(post, hall.clock, passage)
    assert tell(post, hall.clock, {**passage, "undone": "not_in"}) == [("kept", "admitted")]
    assert blob(post, cursor).arrivals == {(bytes.fromhex(hall.id("Noé")), 0): (0, 0)}
    assert hall.heads() == 0


def test_a_scan_tells_the_person_once_and_then_since_when(hall: Hall) -> None:
    east, west = hall.post("Est"), hall.post("Ouest")
    first = scan(east, hall.id("Zélie"))
    assert (first["verdict"], first["person"]["name"]) == ("admitted", "Zélie")
    assert first["person"]["sessions"] == ["Assemblée générale (17\u00a0h)"]

    hall.clock.advance(minutes=12)
    again = scan(west, hall.id("Zélie"))
    assert (again["verdict"], again["first"]["door"], again["alert"]) == (
        "already_in",
        "Porte Est",
        None,
    )
    hall.clock.advance(minutes=1)
    assert scan(east, hall.id("Zélie"))["alert"]["post"] == "Ouest"


@pytest.mark.parametrize(
    ("name", "reason"), [("Max", "cancelled"), ("Lou", "no_seat"), (None, "unknown")]
)
def test_a_refused_scan_says_why_and_names_nobody(
    hall: Hall, name: str | None, reason: str
) -> None:
    told = scan(hall.post(), hall.id(name) if name else "0" * 32)
    assert (told["verdict"], told["reason"], told["person"]) == ("refused", reason, None)


def test_a_ticket_of_another_day_says_so(hall: Hall) -> None:
    with hall.app.app_context(), transaction() as session:
        other = make_conference(session, slug="autre", featured=False)
        ticket = sealing.ticket_id(ticket_of(enrol(session, other, "Ida"))).hex()
    post = hall.post()
    assert scan(post, ticket)["reason"] == "other_event"
    with hall.app.app_context(), transaction() as session:
        other = session.scalars(select(Event).filter_by(slug="autre")).one()
        other.starts_at -= timedelta(days=2)
    told = scan(post, ticket)
    assert (told["reason"], told["person"]) == ("other_day", None)
    assert told["other"].startswith("Conférence d’essai, ")


def test_two_phones_without_network_admit_one_ticket_and_both_are_kept(hall: Hall) -> None:
    east, west = hall.post("Est"), hall.post("Ouest")
    early, late = (claim(hall.id("Awa"), paris(12, minute)) for minute in (2, 4))
    hall.clock.moment = paris(13)
    assert tell(west, hall.clock, late) == [("kept", "admitted")]
    assert tell(east, hall.clock, early) == [("kept", "already_in")]
    assert tell(east, hall.clock, early) == [("kept", "already_in")], "again changes nothing"
    assert hall.passages() == [
        (Verdict.ADMITTED, None, Answer.ADMITTED),
        (Verdict.ALREADY_IN, None, Answer.ADMITTED),
    ]
    assert hall.heads() == 1
    seen = scan(hall.post("Sud"), hall.id("Awa"))["first"]
    assert (seen["door"], seen["at"]) == ("Porte Est", paris(12, 2).isoformat())


def test_what_a_phone_answered_is_kept_as_it_was(hall: Hall) -> None:
    post = hall.post()
    outcomes = tell(
        post,
        hall.clock,
        claim(hall.id("Max"), paris(11, 50), "refused", reason="cancelled"),
        claim(hall.id("Awa"), paris(11, 51), "to_desk"),
        claim(hall.id("Noé"), paris(11, 52), "trusted"),
        claim("0" * 32, paris(11, 53), "trusted"),
        claim(hall.id("Max"), paris(11, 54)),
    )
    assert outcomes == [
        ("kept", "refused"),
        ("kept", "refused"),
        ("kept", "admitted"),
        ("kept", "refused"),
        ("kept", "refused"),
    ]
    assert hall.passages() == [
        (Verdict.REFUSED, Reason.CANCELLED, Answer.REFUSED),
        (Verdict.REFUSED, Reason.UNKNOWN, Answer.TO_DESK),
        (Verdict.ADMITTED, None, Answer.TRUSTED),
        (Verdict.REFUSED, Reason.UNKNOWN, Answer.TRUSTED),
        (Verdict.REFUSED, Reason.CANCELLED, Answer.ADMITTED),
    ]


def test_an_answer_that_came_too_late_is_confronted_with_the_phones_own(hall: Hall) -> None:
    east, west = hall.post("Est"), hall.post("Ouest")
    scan(east, hall.id("Awa"))
    lost = scan(west, hall.id("Awa"))
    own = {**claim(hall.id("Awa"), paris(12)), "id": lost["id"]}
    assert tell(west, hall.clock, own) == [("kept", "already_in")]
    assert hall.passages()[-1] == (Verdict.ALREADY_IN, None, Answer.ADMITTED)

    lost = scan(west, hall.id("Noé"))
    own = {**claim(hall.id("Noé"), paris(12), "to_desk"), "id": lost["id"]}
    tell(west, hall.clock, own)
    assert hall.heads() == 1, "sent to the desk, they are not inside"


def test_a_phones_clock_is_corrected(hall: Hall) -> None:
    post = hall.post()
    hall.clock.moment = paris(12, 10)
    wrong = timedelta(hours=3)
    body = {
        "sent_at": (paris(12, 10) + wrong).isoformat(),
        "passages": [claim(hall.id("Awa"), paris(12, 4) + wrong)],
    }
    assert send(post, "passages", body).status_code == 200
    with hall.app.app_context():
        (made_at,) = db.session().scalars(select(Passage.made_at))
    assert made_at == paris(12, 4)


def test_a_badge_is_counted_once(hall: Hall) -> None:
    post = hall.post()
    badge = {"id": str(uuid4()), "kind": "badge", "answer": "admitted"}
    badge["made_at"] = paris(12).isoformat()
    for _ in range(2):
        assert tell(post, hall.clock, badge) == [("kept", "admitted")]
    walk_in = {**badge, "id": str(uuid4()), "kind": "walk_in"}
    assert tell(post, hall.clock, walk_in) == [("no_walk_ins", None)]
    assert hall.heads() == 1


def revoke(hall: Hall) -> None:
    with hall.app.app_context(), transaction() as session:
        door_pass = session.scalars(select(DoorPass)).one()
        passes.close(session, door_pass, actor="Alix", now=hall.clock())


def test_a_revoked_pass_gets_nothing_and_its_passages_are_kept_aside(hall: Hall) -> None:
    post = hall.post()
    revoke(hall)
    for answer in (
        post.client.get("/entree/api/snapshot"),
        send(post, "scans", {"id": str(uuid4()), "ticket": hall.id("Awa")}),
    ):
        assert answer.mimetype == "application/problem+json"
        assert (answer.status_code, answer.get_json()["code"]) == (403, "pass-revoked")
    for _ in range(2):
        passage = claim(hall.id("Awa"), paris(11, 58))
        assert tell(post, hall.clock, passage, passage | {"id": str(uuid4())}) == [
            ("pass_revoked", "refused"),
            ("pass_revoked", "refused"),
        ]
    assert hall.heads() == 0
    assert {reason for _, reason, _ in hall.passages()} == {Reason.PASS_REVOKED}


def test_what_was_made_in_the_hours_of_a_pass_may_be_told_for_a_day(hall: Hall) -> None:
    post = hall.post()
    end = paris(20)
    inside, outside = claim(hall.id("Awa"), paris(19)), claim(hall.id("Noé"), paris(20, 30))
    hall.clock.moment = end + timedelta(hours=23)
    assert tell(post, hall.clock, inside, outside) == [
        ("kept", "admitted"),
        ("pass_over", "refused"),
    ]
    hall.clock.moment = end + timedelta(hours=25)
    assert tell(post, hall.clock, claim(hall.id("Zélie"), paris(19))) == [("pass_over", "refused")]


def test_a_post_given_back_and_opened_anew_keeps_the_hours_of_what_it_did(hall: Hall) -> None:
    with hall.app.app_context(), transaction() as session:
        event = session.scalars(select(Event)).one()
        token, _ = passes.make(session, event, post="Poste 1", door="Porte", now=paris(9))
    post, before = Visitor(hall.app), claim(hall.id("Awa"), paris(12, 10))
    for at in (paris(12), paris(13)):
        hall.clock.moment = at
        post.get(f"/entree/acces/{token}").submit()
        post.get("/entree/quitter").submit() if at < paris(13) else None
    assert tell(post, hall.clock, before) == [("kept", "admitted")]
    with hall.app.app_context():
        assert db.session().scalars(select(Passage.made_at)).one() == paris(12, 10)


def test_a_phone_that_was_given_back_may_tell_what_it_did_before(hall: Hall) -> None:
    post = hall.post()
    hall.clock.moment = paris(13)
    with hall.app.app_context(), transaction() as session:
        device = session.scalars(select(Device)).one()
        passes.take_off(session, device, actor="Alix", now=hall.clock())
    hall.clock.moment = paris(14)
    assert tell(
        post,
        hall.clock,
        claim(hall.id("Awa"), paris(12, 30)),
        claim(hall.id("Noé"), paris(13, 30)),
    ) == [("kept", "admitted"), ("pass_revoked", "refused")]


def test_an_id_belongs_to_the_phone_that_used_it(hall: Hall) -> None:
    east, west = hall.post("Est"), hall.post("Ouest")
    passage = claim(hall.id("Awa"), paris(12))
    tell(east, hall.clock, passage)
    assert tell(west, hall.clock, passage) == [("id_reused", None)]
    other = send(west, "scans", {"id": passage["id"], "ticket": hall.id("Awa")})
    assert (other.status_code, other.get_json()["code"]) == (409, "id-reused")


def test_a_reference_told_offline_names_its_person(hall: Hall) -> None:
    with hall.app.app_context():
        awa = db.session().scalars(select(Registration).filter_by(name="Awa")).one()
        reference = awa.reference
    passage = claim(hall.id("Awa"), paris(12), "trusted", reference=reference)
    del passage["ticket"]
    assert tell(hall.post(), hall.clock, passage) == [("kept", "admitted")]
    assert scan(hall.post("Est"), hall.id("Awa"))["verdict"] == "already_in"


def test_references_are_not_guessed_by_the_batch(hall: Hall) -> None:
    post, other = hall.post(), hall.post("Est")

    def guesses() -> dict[str, Any]:
        passages = []
        for _ in range(100):
            guess = claim("", paris(12), "trusted", reference=codes.new_reference())
            del guess["ticket"]
            passages.append(guess)
        return {"sent_at": hall.clock().isoformat(), "passages": passages}

    answers = [send(post, "passages", guesses()) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[-1].mimetype == "application/problem+json"
    assert answers[-1].get_json()["code"] == "too-many"
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert len(hall.passages()) == 300
    assert tell(post, hall.clock, claim(hall.id("Awa"), paris(12))) == [("kept", "admitted")]
    assert send(other, "passages", guesses()).status_code == 200  # each post has its share


def test_nobody_is_booked_in_at_an_event_that_is_cancelled(hall: Hall) -> None:
    token = pass_token(
        hall.app, hall.clock, post="Salle", door="Salle", sessions=("atelier-a",), may_add=True
    )
    room = Visitor(hall.app)
    room.get(f"/entree/acces/{token}").submit()
    with hall.app.app_context(), transaction() as session:
        session.scalars(select(Event)).one().state = EventState.CANCELLED

    answer = send(room, "scans", {"id": str(uuid4()), "ticket": hall.id("Awa"), "add": True})

    assert (answer.status_code, answer.mimetype) == (409, "application/problem+json")
    assert answer.get_json()["code"] == "registration-closed"


def test_sixteen_scans_of_one_ticket_let_one_in(hall: Hall) -> None:
    posts = [hall.post(f"Poste {number}") for number in range(16)]
    start = threading.Barrier(16)
    verdicts: list[str] = []

    def go(post: Visitor) -> None:
        start.wait()
        verdicts.append(scan(post, hall.id("Awa"))["verdict"])

    threads = [threading.Thread(target=go, args=(post,)) for post in posts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(verdicts) == ["admitted"] + ["already_in"] * 15
    assert hall.heads() == 1


def test_strangers_and_other_sites_get_a_problem(hall: Hall) -> None:
    stranger, post = Visitor(hall.app), hall.post()
    body = {"id": str(uuid4()), "ticket": hall.id("Awa")}
    assert stranger.client.get("/entree/api/snapshot").status_code == 401
    assert send(stranger, "scans", body).get_json()["code"] == "no-pass"
    path = "/entree/api/scans"
    form = post.client.post(path, data="{}", content_type="text/plain")
    assert form.status_code == 415
    foreign = post.client.post(path, json=body, headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.get_json()["code"] == "other-site"
    assert hall.passages() == []


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"id": "1", "ticket": "0" * 32},
        {"id": str(uuid4()), "ticket": "../../etc"},
        {"id": str(uuid4()), "ticket": "0" * 32, "admin": True},
    ],
)
def test_what_is_not_as_described_is_refused_in_words(hall: Hall, body: Any) -> None:
    answer = send(hall.post(), "scans", body)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "malformed")
    assert "Scan" in answer.get_json()["title"]


def test_a_phone_may_tell_each_reason_it_reads_in_a_tombstone(hall: Hall) -> None:
    post = hall.post()
    for number, reason in enumerate(sealing.WHY, start=1):
        told = claim(hall.id("Awa"), paris(12, number), "refused", reason=reason.value)
        assert tell(post, hall.clock, told) == [("kept", "refused")]
    assert {reason for _, reason, _ in hall.passages()} == set(sealing.WHY)


def test_undone_reasons_of_the_description_are_ours() -> None:
    assert {each.value for each in UndoReason} == {"not_in", "mistake"}
