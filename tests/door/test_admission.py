"""One ticket is let in once; everybody else reads since when and by which door."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select

from conf_app.database import transaction
from conf_app.door import admission, passes
from conf_app.door.admission import Admission
from conf_app.door.models import Device, Passage, Reason, Verdict
from conf_app.registration.models import Registration, RegistrationState
from tests.events import make_conference, paris
from tests.team import enrol

TEN_FORTY_TWO = paris(10, 42)


class Scene(NamedTuple):
    """Hold the ids of a ticket, of phones at two posts, and of a second phone of the first."""

    ticket: int
    east: int
    west: int
    east_too: int


@pytest.fixture
def scene(app: Flask) -> Scene:
    """Set up one registered person and two posts on the day."""
    with app.app_context(), transaction() as session:
        event = make_conference(session)
        ticket = enrol(session, event, "Zélie", sessions=("ag",))
        tokens = {
            post: passes.make(session, event, post=post, door=f"Porte {post}", now=paris(9))[0]
            for post in ("est", "ouest")
        }
        phones = []
        for post in ("est", "ouest", "est"):
            secret = passes.join(session, tokens[post], now=paris(10))
            device = passes.device_of(session, secret, now=paris(10))
            assert device is not None
            phones.append(device.id)
        return Scene(ticket.id, *phones)


def scan(ticket: int, phone: int, minutes: float = 0, *, uuid: UUID | None = None) -> Admission:
    """Scan a ticket with a phone, some minutes after 10 h 42."""
    with transaction() as session:
        return admission.admit(
            session,
            session.get_one(Registration, ticket),
            device=session.get_one(Device, phone),
            uuid=uuid or uuid4(),
            now=TEN_FORTY_TWO + timedelta(minutes=minutes),
        )


def passages() -> list[tuple[Verdict, Reason | None]]:
    """Return what was kept."""
    with transaction() as session:
        rows = session.execute(select(Passage.verdict, Passage.reason).order_by(Passage.id))
        return [(row.verdict, row.reason) for row in rows]


def test_the_second_scan_says_since_when_and_by_which_door(app: Flask, scene: Scene) -> None:
    with app.app_context():
        first = scan(scene.ticket, scene.east)
        second = scan(scene.ticket, scene.west, 45)

        assert first.kind is Verdict.ADMITTED
        assert second.kind is Verdict.ALREADY_IN
        assert second.first == (TEN_FORTY_TWO, "Porte est", "est")
        assert second.alert is None
        assert passages() == [(Verdict.ADMITTED, None), (Verdict.ALREADY_IN, None)]


def test_another_post_within_two_minutes_is_an_alert(app: Flask, scene: Scene) -> None:
    with app.app_context():
        scan(scene.ticket, scene.east)

        assert scan(scene.ticket, scene.west, 2).alert == (TEN_FORTY_TWO, "Porte est", "est")


def test_the_same_post_within_two_minutes_is_calm(app: Flask, scene: Scene) -> None:
    with app.app_context():
        scan(scene.ticket, scene.east)

        assert scan(scene.ticket, scene.east_too, 1).alert is None


def test_a_return_seen_at_another_post_a_moment_ago_is_an_alert(app: Flask, scene: Scene) -> None:
    with app.app_context():
        scan(scene.ticket, scene.east)
        scan(scene.ticket, scene.east, 60)

        again = scan(scene.ticket, scene.west, 61)

        assert again.first is not None
        assert again.first.at == TEN_FORTY_TWO
        assert again.alert is not None
        assert again.alert.at == TEN_FORTY_TWO + timedelta(minutes=60)


def test_the_same_scan_sent_again_changes_nothing(app: Flask, scene: Scene) -> None:
    with app.app_context():
        first, second = uuid4(), uuid4()
        admitted = scan(scene.ticket, scene.east, uuid=first)
        returned = scan(scene.ticket, scene.west, 1, uuid=second)

        assert scan(scene.ticket, scene.east, 5, uuid=first) == admitted
        assert scan(scene.ticket, scene.west, 9, uuid=second) == returned
        assert len(passages()) == 2


def test_an_id_sent_again_with_another_ticket_or_phone_is_refused(app: Flask, scene: Scene) -> None:
    with app.app_context():
        uuid = uuid4()
        scan(scene.ticket, scene.east, uuid=uuid)
        with transaction() as session:
            event = session.get_one(Registration, scene.ticket).event
            other = enrol(session, event, "Yaël").id

        with pytest.raises(admission.PassageIdReused):
            scan(other, scene.east, uuid=uuid)
        with pytest.raises(admission.PassageIdReused):
            scan(scene.ticket, scene.west, uuid=uuid)


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (RegistrationState.CANCELLED, Reason.CANCELLED),
        (RegistrationState.WAITING, Reason.NO_SEAT),
        (RegistrationState.OFFERED, Reason.NO_SEAT),
    ],
)
def test_who_has_no_seat_is_refused_and_it_is_kept(
    app: Flask, scene: Scene, state: RegistrationState, reason: Reason
) -> None:
    with app.app_context():
        with transaction() as session:
            session.get_one(Registration, scene.ticket).state = state

        refused = scan(scene.ticket, scene.east)

        assert (refused.kind, refused.reason) == (Verdict.REFUSED, reason)
        assert passages() == [(Verdict.REFUSED, reason)]


def test_a_refusal_sent_again_stays_one_when_the_ticket_is_valid_again(
    app: Flask, scene: Scene
) -> None:
    with app.app_context():
        uuid = uuid4()
        with transaction() as session:
            session.get_one(Registration, scene.ticket).state = RegistrationState.WAITING
        refused = scan(scene.ticket, scene.east, uuid=uuid)
        with transaction() as session:
            session.get_one(Registration, scene.ticket).state = RegistrationState.CONFIRMED

        assert scan(scene.ticket, scene.east, 3, uuid=uuid) == refused


def test_a_ticket_of_another_event_is_refused(app: Flask, scene: Scene) -> None:
    with app.app_context():
        with transaction() as session:
            meetup = make_conference(session, slug="meetup", featured=False)
            stranger = enrol(session, meetup, "Wafa").id

        refused = scan(stranger, scene.east)

        assert (refused.kind, refused.reason) == (Verdict.REFUSED, Reason.OTHER_EVENT)


def test_of_sixteen_simultaneous_scans_one_is_first(
    scene: Scene, build: Callable[..., Flask]
) -> None:
    app = build(threads=16)
    start = threading.Barrier(16)
    told: list[Admission] = []
    failed: list[BaseException] = []

    def stand_at(phone: int) -> None:
        try:
            with app.app_context():
                start.wait(timeout=30)
                told.append(scan(scene.ticket, phone))
        except BaseException as error:  # a thread's failure must fail the test
            failed.append(error)

    phones = [scene.east, scene.west] * 8
    threads = [threading.Thread(target=stand_at, args=(phone,)) for phone in phones]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert not failed
    (first,) = [each for each in told if each.kind is Verdict.ADMITTED]
    others = [each for each in told if each is not first]
    assert [each.kind for each in others] == [Verdict.ALREADY_IN] * 15
    with app.app_context(), transaction() as session:
        admitted = session.scalars(select(Passage).where(Passage.verdict == Verdict.ADMITTED)).one()
        seen = (first.at, admitted.device.door_pass.door.name, admitted.device.door_pass.post)
        assert {each.first for each in others} == {seen}
        assert session.scalar(select(func.count(Passage.id))) == 16


def test_one_scan_sent_by_two_threads_at_once_is_kept_once(
    scene: Scene, build: Callable[..., Flask]
) -> None:
    app = build(threads=8)
    start = threading.Barrier(8)
    uuid = uuid4()
    told: list[Admission] = []

    def send() -> None:
        with app.app_context():
            start.wait(timeout=30)
            told.append(scan(scene.ticket, scene.east, uuid=uuid))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert [each.kind for each in told] == [Verdict.ADMITTED] * 8
    with app.app_context():
        assert passages() == [(Verdict.ADMITTED, None)]
