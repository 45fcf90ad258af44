"""Freed seats are offered in order, answered in time or passed on, and never sold twice."""

import threading
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from conf_app.codes import KeyRing
from conf_app.database import db, transaction
from conf_app.mail.models import OutboxMail
from conf_app.programme import exporting
from conf_app.programme.document import Document, EventEntry
from conf_app.programme.models import Event, EventState, Session
from conf_app.refusals import NotFound
from conf_app.registration import actions, queues, waiting
from conf_app.registration.importing import import_over_bookings
from conf_app.registration.models import Party, Registration, RegistrationState, Wait, WaitState
from conf_app.registration.refusals import (
    EventFull,
    EventPostponed,
    OfferOver,
    SessionBegun,
    SessionsOverlap,
)
from conf_app.registration.rules import Attendee
from conf_app.seats import ledger
from conf_app.settings import Settings
from conf_app.worker import beat
from tests.conftest import NOON_IN_NOVEMBER, TestClock
from tests.events import make_conference, paris

NOW = NOON_IN_NOVEMBER
LATER = NOW + timedelta(minutes=5)


class Cast:
    """Let people come, wait and answer, each in a transaction of its own."""

    def __init__(self, keys: KeyRing) -> None:
        self.keys = keys

    def comes(
        self,
        *names: str,
        email: bool = True,
        sessions: tuple[str, ...] = (),
        waits: tuple[str, ...] = (),
        now: datetime = NOW,
    ) -> int:
        """Register people together, in the queue if the day is full; return their party's id."""
        with transaction() as session:
            event = session.scalars(select(Event)).one()
            people = [Attendee(name, frozenset(sessions)) for name in names]
            party = actions.register(
                session,
                event,
                people=people,
                email=f"{names[0].lower()}@exemple.org" if email else None,
                keys=self.keys,
                now=now,
                may_wait=True,
            )
            for slug in waits:
                actions.wait_for(session, party.registrations, slug, now=now)
            return party.id

    def leaves(self, name: str, *, now: datetime = NOW) -> None:
        """Cancel one person."""
        with transaction() as session:
            actions.cancel(session, [person(session, name)], now=now)

    def tells(self, party: int, *, now: datetime = NOW) -> None:
        """Begin to count a party's offers, as when their letter went."""
        with transaction() as session:
            waiting.count_from_letter(session, party, queued_at=now, now=now)

    def answers(self, party: int, *, yes: bool, now: datetime = LATER, swap: bool = False) -> None:
        """Accept or decline the oldest of what a party waits for."""
        with transaction() as session:
            wait = queues.open_waits(session, session.get_one(Party, party))[0]
            if yes:
                waiting.accept(session, wait, now=now, swap=swap)
            else:
                waiting.decline(session, wait, now=now)

    def time_passes(self, *, now: datetime) -> int:
        """Let go what nobody answered."""
        with transaction() as session:
            return waiting.lapse(session, session.scalars(select(Event)).one(), now=now)

    def states(self) -> dict[str, str]:
        """Return what becomes of everybody."""
        found = db.session().scalars(select(Registration)).all()
        db.session().rollback()
        return {each.name: each.state.value for each in found}

    def queue(self) -> dict[int, str]:
        """Return how far each wait got."""
        rows = db.session().execute(select(Wait.party_id, Wait.state).order_by(Wait.id)).all()
        db.session().rollback()
        return {party_id: state.value for party_id, state in rows}


def person(session: object, name: str) -> Registration:
    """Return the registration of a name."""
    return db.session().scalars(select(Registration).where(Registration.name == name)).one()


def taken() -> dict[str, int]:
    """Return the seats taken for the day and the assembly."""
    event = db.session().scalars(select(Event)).one()
    pools = {event.pool_id: "jour"}
    pools |= {each.pool_id: each.slug for each in event.sessions if each.slug == "ag"}
    counts = ledger.count(db.session(), [pool for pool in pools if pool is not None])
    db.session().rollback()
    return {pools[pool]: seats.taken for pool, seats in counts.items()}


def letters(kind: str) -> list[str]:
    """Return to whom letters of a kind are queued."""
    found = db.session().scalars(select(OutboxMail.recipient).where(OutboxMail.kind == kind)).all()
    db.session().rollback()
    return list(found)


@pytest.fixture
def cast(app: Flask, settings: Settings) -> Cast:
    """Publish a conference of two seats, one of them in the assembly too."""
    with app.app_context(), transaction() as session:
        make_conference(session, capacity=2, assembly=1)
    return Cast(settings.ticket_keys)


def test_who_comes_when_it_is_full_waits(app: Flask, cast: Cast) -> None:
    with app.app_context():
        cast.comes("Zélie", "Awa")
        cast.comes("Yann")
        assert cast.states() == {"Zélie": "confirmed", "Awa": "confirmed", "Yann": "waiting"}
        assert taken() == {"jour": 2, "ag": 0}
        assert letters("waiting_joined") == ["yann@exemple.org"]


def test_a_freed_seat_is_offered_to_the_first_who_waits(app: Flask, cast: Cast) -> None:
    with app.app_context():
        cast.comes("Zélie", "Awa")
        yann, _noor = cast.comes("Yann"), cast.comes("Noor")
        cast.leaves("Awa")

        assert cast.states()["Yann"] == "offered"
        assert cast.states()["Noor"] == "waiting"
        assert taken()["jour"] == 2
        assert letters("seat_offered") == ["yann@exemple.org"]

        cast.answers(yann, yes=True)
        assert cast.states()["Yann"] == "confirmed"
        assert letters("registration_confirmed")[-1] == "yann@exemple.org"
        assert taken()["jour"] == 2


def test_an_offer_declined_goes_to_the_next(app: Flask, cast: Cast) -> None:
    with app.app_context():
        cast.comes("Zélie", "Awa")
        yann, _noor = cast.comes("Yann"), cast.comes("Noor")
        cast.leaves("Awa")
        cast.answers(yann, yes=False)

        assert cast.states() == {
            "Zélie": "confirmed",
            "Awa": "cancelled",
            "Yann": "cancelled",
            "Noor": "offered",
        }
        assert taken()["jour"] == 2


def test_a_party_that_does_not_fit_keeps_its_place(app: Flask, cast: Cast) -> None:
    with app.app_context():
        cast.comes("Zélie")
        cast.comes("Awa")
        pair, alone = cast.comes("Yann", "Yaël"), cast.comes("Noor")
        cast.leaves("Awa")
        assert cast.queue() == {pair: "waiting", alone: "offered"}
        cast.answers(alone, yes=False)
        cast.leaves("Zélie")
        assert cast.queue() == {pair: "offered", alone: "declined"}
        assert cast.states()["Yann"] == cast.states()["Yaël"] == "offered"


def test_a_long_queue_is_not_read_to_find_whom_a_seat_is_for(app: Flask, cast: Cast) -> None:
    with app.app_context():
        cast.comes("Zélie", "Ange")
        for number in range(12):
            cast.comes(f"Yann {number}", f"Awa {number}", f"Noor {number}")
        cast.comes("Alix")

        with transaction() as session:
            event = session.scalars(select(Event)).one()
            assert waiting.serve(session, event, now=LATER) == []
            ledger.resize(session, event.pool_id or 0, capacity=3, held=0)
            (offered,) = waiting.serve(session, event, now=LATER)

            assert [each.name for each in offered.people] == ["Alix"]
            assert [each for each in session.identity_map.values() if isinstance(each, Wait)] == [
                offered
            ]


def test_if_only_a_party_waits_that_does_not_fit_the_seat_goes_to_the_public(
    app: Flask, cast: Cast
) -> None:
    with app.app_context():
        cast.comes("Zélie", "Awa")
        pair = cast.comes("Yann", "Yaël")
        cast.leaves("Awa")
        cast.comes("Noor")
        assert cast.states()["Noor"] == "confirmed"
        assert cast.queue() == {pair: "waiting"}


def test_a_seat_on_offer_is_nobody_elses(app: Flask, cast: Cast) -> None:
    with app.app_context():
        cast.comes("Zélie", "Awa")
        cast.comes("Yann")
        cast.leaves("Awa")
        with pytest.raises(EventFull), transaction() as session:
            event = session.scalars(select(Event)).one()
            actions.register(
                session, event, people=[Attendee("Noor")], email=None, keys=cast.keys, now=NOW
            )


def test_an_offer_is_counted_from_its_letter_and_lapses_in_time(app: Flask, cast: Cast) -> None:
    with app.app_context():
        cast.comes("Zélie", "Awa")
        yann, noor = cast.comes("Yann"), cast.comes("Noor")
        cast.leaves("Awa")
        told = NOW + timedelta(hours=1)
        cast.tells(yann, now=told)

        due = told + timedelta(hours=24)
        assert cast.time_passes(now=due - timedelta(seconds=1)) == 0
        assert cast.time_passes(now=due) == 1
        assert cast.time_passes(now=due) == 0
        assert cast.queue() == {yann: "lapsed", noor: "offered"}
        assert cast.states()["Yann"] == "cancelled"
        assert letters("offer_lapsed") == ["yann@exemple.org"]
        with pytest.raises(OfferOver), transaction() as session:
            waiting.accept(session, session.scalars(select(Wait)).first(), now=due)  # type: ignore[arg-type]


def test_an_offer_cannot_be_accepted_after_its_deadline(app: Flask, cast: Cast) -> None:
    with app.app_context():
        cast.comes("Zélie", "Awa")
        yann = cast.comes("Yann")
        cast.leaves("Awa")
        cast.tells(yann)
        with pytest.raises(OfferOver):
            cast.answers(yann, yes=True, now=NOW + timedelta(hours=24))
        assert cast.states()["Yann"] == "offered"


def test_an_offer_whose_letter_never_left_ends_with_the_start(app: Flask, cast: Cast) -> None:
    with app.app_context():
        cast.comes("Zélie", "Awa")
        yann, noor = cast.comes("Yann"), cast.comes("Noor")
        with transaction() as session:
            event = session.scalars(select(Event)).one()
            ledger.resize(session, event.pool_id or 0, capacity=4, held=0)
            waiting.serve(session, event, now=NOW)
        cast.answers(yann, yes=True, now=paris(11) - timedelta(seconds=1))
        with pytest.raises(OfferOver):
            cast.answers(noor, yes=True, now=paris(11))
        assert cast.time_passes(now=paris(11)) == 1
        assert taken()["jour"] == 3


def test_without_an_address_the_time_runs_at_once(app: Flask, cast: Cast) -> None:
    with app.app_context():
        cast.comes("Zélie", "Awa")
        cast.comes("Yann", email=False)
        cast.leaves("Awa")
        assert cast.time_passes(now=NOW + timedelta(hours=24)) == 1


def test_a_letter_that_cannot_leave_blocks_no_seat_for_ever(app: Flask, cast: Cast) -> None:
    with app.app_context():
        cast.comes("Zélie", "Awa")
        cast.comes("Yann")
        cast.leaves("Awa")
        day = timedelta(hours=24)
        assert cast.time_passes(now=NOW + day) == 0
        assert cast.time_passes(now=NOW + 2 * day - timedelta(seconds=1)) == 0
        assert cast.time_passes(now=NOW + 2 * day) == 1


def test_nothing_is_offered_once_the_event_has_begun(app: Flask, cast: Cast) -> None:
    with app.app_context():
        cast.comes("Zélie", "Awa")
        cast.comes("Yann")
        with transaction() as session:
            event = session.scalars(select(Event)).one()
            assert event.pool_id is not None
            ledger.resize(session, event.pool_id, capacity=9, held=0)
            assert waiting.serve(session, event, now=paris(11)) == []
            assert len(waiting.serve(session, event, now=paris(11) - timedelta(seconds=1))) == 1


def test_time_lost_while_the_site_was_down_is_given_back(app: Flask, cast: Cast) -> None:
    with app.app_context():
        cast.comes("Zélie", "Awa")
        yann = cast.comes("Yann")
        cast.leaves("Awa")
        cast.tells(yann)
        with transaction() as session:
            event = session.scalars(select(Event)).one()
            assert waiting.add_time(session, event, lost=timedelta(hours=3)) == 1
        assert cast.time_passes(now=NOW + timedelta(hours=26)) == 0
        assert cast.time_passes(now=NOW + timedelta(hours=27)) == 1


def test_the_worker_gives_back_what_it_slept(app: Flask, cast: Cast) -> None:
    with app.app_context():
        cast.comes("Zélie", "Awa")
        yann = cast.comes("Yann")
        cast.leaves("Awa")
        cast.tells(yann)
        for after in (timedelta(0), timedelta(minutes=2), timedelta(hours=3, minutes=2)):
            beat(NOW + after, lambda: False)
        assert cast.time_passes(now=NOW + timedelta(hours=26)) == 0
        assert cast.time_passes(now=NOW + timedelta(hours=27)) == 1


def test_more_capacity_is_offered_to_those_who_wait(app: Flask, cast: Cast) -> None:
    with app.app_context():
        cast.comes("Zélie", "Awa")
        pair = cast.comes("Yann", "Yaël")
        with transaction() as session:
            event = session.scalars(select(Event)).one()
            assert event.pool_id is not None
            ledger.resize(session, event.pool_id, capacity=4, held=0)
            assert [wait.party_id for wait in waiting.serve(session, event, now=NOW)] == [pair]
        assert taken()["jour"] == 4


def test_a_registered_person_waits_for_a_full_session_and_keeps_the_day(
    app: Flask, cast: Cast
) -> None:
    with app.app_context():
        cast.comes("Zélie", sessions=("ag",))
        awa = cast.comes("Awa", waits=("ag",))
        assert cast.states()["Awa"] == "confirmed"
        assert cast.queue() == {awa: "waiting"}
        cast.leaves("Zélie")
        assert cast.queue() == {awa: "offered"}
        assert taken() == {"jour": 1, "ag": 1}
        cast.answers(awa, yes=True)
        with transaction() as session:
            assert [each.session.slug for each in person(session, "Awa").bookings] == ["ag"]
        assert taken() == {"jour": 1, "ag": 1}


def test_an_offered_session_can_be_swapped_for_one_at_the_same_hour(app: Flask, cast: Cast) -> None:
    with app.app_context():
        with transaction() as session:
            both = session.scalars(select(Session).where(Session.slug.startswith("atelier")))
            for each in both:
                assert each.pool_id is not None
                ledger.resize(session, each.pool_id, capacity=1, held=0)
        cast.comes("Zélie", sessions=("atelier-a",))
        awa = cast.comes("Awa", sessions=("atelier-b",), waits=("atelier-a",))
        cast.leaves("Zélie")
        yann = cast.comes("Yann", waits=("atelier-b",))

        with pytest.raises(SessionsOverlap):
            cast.answers(awa, yes=True)
        assert cast.queue() == {awa: "offered", yann: "waiting"}
        cast.answers(awa, yes=True, swap=True)
        assert cast.queue() == {awa: "accepted", yann: "offered"}


def test_queues_end_with_what_is_waited_for(app: Flask, cast: Cast, clock: TestClock) -> None:
    with app.app_context():
        cast.comes("Zélie", sessions=("ag",))
        awa = cast.comes("Awa", waits=("ag",))
        yann = cast.comes("Yann")
        (job,) = [job for job in app.extensions["conf_app.jobs"] if job.name == "offres"]
        for clock.moment, yanns, awas in (
            (paris(11) - timedelta(seconds=1), "waiting", "waiting"),
            (paris(11), "left", "waiting"),
            (paris(17), "left", "left"),
        ):
            job.run(clock(), lambda: False)
            assert cast.queue() == {awa: awas, yann: yanns}
        assert cast.states() == {"Zélie": "confirmed", "Awa": "confirmed", "Yann": "cancelled"}
        assert taken() == {"jour": 2, "ag": 1}
        with pytest.raises(SessionBegun), transaction() as session:
            actions.wait_for(session, [person(session, "Awa")], "ag", now=clock())


def test_an_offer_is_kept_while_the_event_is_postponed_and_has_its_time_anew(
    app: Flask, cast: Cast
) -> None:
    with app.app_context():
        cast.comes("Zélie", "Awa")
        yann = cast.comes("Yann")
        cast.leaves("Awa")
        cast.tells(yann)
        later = NOW + timedelta(days=8)
        for state in (EventState.POSTPONED, EventState.PUBLISHED):
            with transaction() as session:
                entry = exporting.event_entry(session.scalars(select(Event)).one())
                import_over_bookings(session, Document((replace(entry, state=state),)), now=later)
            if state is EventState.POSTPONED:
                with pytest.raises(EventPostponed):
                    cast.answers(yann, yes=True)
        assert letters("seat_offered") == ["yann@exemple.org"]
        assert letters("event_rescheduled") == ["zélie@exemple.org", "yann@exemple.org"]
        assert cast.time_passes(now=later) == 0
        cast.tells(yann, now=later)
        cast.answers(yann, yes=True, now=later + timedelta(hours=23))
        assert taken()["jour"] == 2


@pytest.mark.parametrize(
    ("pool", "roomier"),
    [
        ("jour", {"capacity": 4}),
        ("jour", {"held": 0}),
        ("ag", {"capacity": 3}),
        ("ag", {"held": 0}),
    ],
)
def test_seats_that_an_import_frees_are_offered_in_the_same_transaction(
    app: Flask, cast: Cast, pool: str, roomier: dict[str, int]
) -> None:
    with app.app_context():
        with transaction() as session:
            event = session.scalars(select(Event)).one()
            (assembly,) = [each.pool_id for each in event.sessions if each.slug == "ag"]
            ledger.resize(session, event.pool_id or 0, capacity=3, held=1)
            ledger.resize(session, assembly or 0, capacity=2, held=1)
        cast.comes("Zélie", sessions=("ag",))
        cast.comes("Awa", waits=("ag",) if pool == "ag" else ())
        if pool == "jour":
            cast.comes("Yann")
        with transaction() as session:
            entry = exporting.event_entry(session.scalars(select(Event)).one())

        with transaction() as session:
            [report] = import_over_bookings(
                session, Document((with_more_room(entry, pool, roomier),)), now=LATER
            )

        assert report.lines[-1] == "1\u00a0place à proposer à la liste d’attente"
        assert list(cast.queue().values()) == ["offered"]
        assert taken()[pool] == {"jour": 3, "ag": 2}[pool]


def with_more_room(entry: EventEntry, pool: str, roomier: dict[str, int]) -> EventEntry:
    """Return an event's entry with other seats for the day, or for a session."""
    if pool == "jour":
        assert entry.registration is not None
        return replace(entry, registration=replace(entry.registration, **roomier))  # type: ignore[arg-type]
    sessions = (
        replace(each, **roomier) if each.slug == pool else each  # type: ignore[arg-type]
        for each in entry.sessions
    )
    return replace(entry, sessions=tuple(sessions))


def test_who_gets_a_seat_otherwise_waits_for_it_no_longer(app: Flask, cast: Cast) -> None:
    with app.app_context():
        cast.comes("Zélie", sessions=("ag",))
        with transaction() as session:
            event = session.scalars(select(Event)).one()
            ledger.resize(session, event.pool_id or 0, capacity=3, held=0)
        both = cast.comes("Awa", "Yann", waits=("ag",))
        cast.leaves("Zélie")  # one seat is not enough for both: it is anybody's

        with transaction() as session:
            awa = person(session, "Awa")
            actions.change(session, awa, name="Awa", sessions=frozenset({"ag"}), now=LATER)
        with transaction() as session:
            event = session.scalars(select(Event)).one()
            (pool,) = [each.pool_id for each in event.sessions if each.slug == "ag"]
            ledger.resize(session, pool or 0, capacity=2, held=0)
            waiting.serve(session, event, now=LATER)
        cast.answers(both, yes=True)

        assert taken() == {"jour": 2, "ag": 2}
        with transaction() as session:
            assert [len(person(session, name).bookings) for name in ("Awa", "Yann")] == [1, 1]


def test_who_cancels_leaves_every_queue(app: Flask, cast: Cast) -> None:
    with app.app_context():
        cast.comes("Zélie", sessions=("ag",))
        awa = cast.comes("Awa", waits=("ag",))
        cast.leaves("Awa")
        assert cast.queue() == {awa: "left"}
        cast.leaves("Zélie")
        assert taken() == {"jour": 0, "ag": 0}


def test_one_of_a_waiting_party_can_leave_it(app: Flask, cast: Cast) -> None:
    with app.app_context():
        cast.comes("Zélie")
        cast.comes("Awa")
        pair = cast.comes("Yann", "Yaël")
        cast.leaves("Awa")
        cast.leaves("Yaël")
        assert cast.queue() == {pair: "offered"}
        assert cast.states() == {
            "Zélie": "confirmed",
            "Awa": "cancelled",
            "Yann": "offered",
            "Yaël": "cancelled",
        }
        assert taken()["jour"] == 2


def test_accepting_twice_changes_nothing(app: Flask, cast: Cast) -> None:
    with app.app_context():
        cast.comes("Zélie", "Awa")
        cast.comes("Yann")
        cast.leaves("Awa")
        for _ in range(2):
            with transaction() as session:
                wait = session.scalars(select(Wait)).one()
                waiting.accept(session, wait, now=LATER)
                assert wait.state is WaitState.ACCEPTED
        assert taken()["jour"] == 2
        assert letters("registration_confirmed").count("yann@exemple.org") == 1


def test_the_worker_lapses_by_itself(app: Flask, cast: Cast, clock: TestClock) -> None:
    with app.app_context():
        cast.comes("Zélie", "Awa")
        yann = cast.comes("Yann")
        cast.leaves("Awa")
        cast.tells(yann)
        (job,) = [job for job in app.extensions["conf_app.jobs"] if job.name == "offres"]
        clock.moment = NOW + timedelta(hours=24)
        job.run(clock(), lambda: False)
        assert cast.states()["Yann"] == RegistrationState.CANCELLED.value


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_who_was_passed_on_meanwhile_waits_with_nobody_of_the_old_party(
    app: Flask, settings: Settings
) -> None:
    """SQLite lets nobody in between: there, reading takes the write lock already."""
    with app.app_context(), transaction() as session:
        make_conference(session, assembly=1)
    with app.app_context():
        cast = Cast(settings.ticket_keys)
        cast.comes("Ida", sessions=("ag",))
        party_id = cast.comes("Awa", "Noé")

    def pass_on() -> None:
        with app.app_context(), transaction() as session:
            _, noe = session.get_one(Party, party_id).registrations
            actions.pass_on(
                session, noe, name="Noor", email=None, keys=settings.ticket_keys, now=NOW
            )

    with app.app_context():
        with pytest.raises(NotFound), transaction() as session:
            people = list(session.get_one(Party, party_id).registrations)
            assert [each.party.id for each in people] == [party_id, party_id]
            other = threading.Thread(target=pass_on)
            other.start()
            other.join()
            actions.wait_for(session, people, "ag", now=NOW)
        assert db.session().scalars(select(Wait)).all() == []
