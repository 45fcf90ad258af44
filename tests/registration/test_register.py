"""Registering gives every seat asked for, or none and a reason."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from conf_app import codes
from conf_app.database import db, transaction
from conf_app.mail.models import OutboxMail
from conf_app.programme.models import Event, EventState
from conf_app.programme.rules import Entry
from conf_app.registration import actions, queries, submission
from conf_app.registration.models import Registration, RegistrationState
from conf_app.registration.refusals import (
    AlreadySubmitted,
    EventFull,
    NotConfirmed,
    RegistrationClosed,
    SessionsFull,
    SessionsOverlap,
    UnknownSession,
)
from conf_app.registration.submission import Form
from conf_app.seats.models import SeatPool
from conf_app.settings import Settings
from tests.conftest import NOON_IN_NOVEMBER
from tests.events import make_conference, paris
from tests.people import register


def taken(event: str = "conf") -> dict[str, int]:
    """Return the seats taken, by session slug; the day's under « jour »."""
    session = db.session()
    session.rollback()
    found = session.scalars(select(Event).where(Event.slug == event)).one()
    pools = {"jour": found.pool_id} | {s.slug: s.pool_id for s in found.sessions if s.pool_id}
    counts = {row.id: row.taken for row in session.execute(select(SeatPool.id, SeatPool.taken))}
    return {slug: counts[pool] for slug, pool in pools.items() if pool is not None}


def test_a_person_gets_the_day_and_the_sessions_asked_for(app: Flask, settings: Settings) -> None:
    with app.app_context():
        with transaction() as session:
            event = make_conference(session)
            zelie = register(session, event, settings=settings, sessions=("ag", "atelier-a"))

            assert zelie.state is RegistrationState.CONFIRMED
            assert [b.session.slug for b in zelie.bookings] == ["atelier-a", "ag"]
        assert taken() == {"jour": 1, "atelier-a": 1, "atelier-b": 0, "ag": 1}


def test_the_codes_are_stored_as_hashes_only(app: Flask, settings: Settings) -> None:
    with app.app_context(), transaction() as session:
        zelie = register(session, make_conference(session), settings=settings)

        code = queries.ticket_code(zelie, settings.ticket_keys)
        token = queries.manage_token(zelie.party, settings.ticket_keys)
        assert zelie.ticket_hash == codes.digest(code)
        assert queries.by_manage_token(session, token.lower()) is zelie.party
        stored = " ".join(
            str(value) for held in (zelie, zelie.party) for value in vars(held).values()
        )
        assert code not in stored
        assert token not in stored


def test_the_last_seat_of_the_day_goes_to_one_person_only(app: Flask, settings: Settings) -> None:
    with app.app_context():
        with transaction() as session:
            register(session, make_conference(session, capacity=1), settings=settings)

        with pytest.raises(EventFull), transaction() as session:
            event = session.scalars(select(Event)).one()
            register(session, event, "Yann", settings=settings)

        assert taken()["jour"] == 1
        assert db.session().scalar(select(func.count(Registration.id))) == 1


def test_a_full_session_is_named_and_nothing_else_is_taken(app: Flask, settings: Settings) -> None:
    with app.app_context():
        with transaction() as session:
            make_conference(session, assembly=0)

        with pytest.raises(SessionsFull) as refusal, transaction() as session:
            event = session.scalars(select(Event)).one()
            register(session, event, settings=settings, sessions=("ag", "atelier-a"))

        assert [each.slug for each in refusal.value.sessions] == ["ag"]
        assert taken() == {"jour": 0, "atelier-a": 0, "atelier-b": 0, "ag": 0}


def test_two_sessions_of_one_hour_are_refused(app: Flask, settings: Settings) -> None:
    with app.app_context(), pytest.raises(SessionsOverlap), transaction() as session:
        event = make_conference(session)
        register(session, event, settings=settings, sessions=("atelier-a", "atelier-b"))


@pytest.mark.parametrize("slug", ["ouverture", "nulle-part"])
def test_what_is_not_booked_on_its_own_is_refused(
    app: Flask, settings: Settings, slug: str
) -> None:
    with app.app_context(), pytest.raises(UnknownSession), transaction() as session:
        register(session, make_conference(session), settings=settings, sessions=(slug,))


@pytest.mark.parametrize(
    ("state", "opens_in", "closes_in", "entry"),
    [
        (EventState.PUBLISHED, 1, 2, Entry.NOT_YET),
        (EventState.PUBLISHED, -2, 0, Entry.CLOSED),
        (EventState.POSTPONED, -1, 1, Entry.POSTPONED),
        (EventState.CANCELLED, -1, 1, Entry.CANCELLED),
    ],
)
def test_dates_and_state_close_the_registration(
    app: Flask, settings: Settings, state: EventState, opens_in: int, closes_in: int, entry: Entry
) -> None:
    with app.app_context(), pytest.raises(RegistrationClosed) as refusal, transaction() as session:
        event = make_conference(
            session,
            state=state,
            opens_at=NOON_IN_NOVEMBER + timedelta(hours=opens_in),
            closes_at=NOON_IN_NOVEMBER + timedelta(hours=closes_in),
        )
        register(session, event, settings=settings)
    assert refusal.value.entry is entry


def test_a_rehearsal_is_open_and_lives_at_its_own_hour(app: Flask, settings: Settings) -> None:
    now = paris(9) + timedelta(days=1400)
    with app.app_context(), transaction() as session:
        event = make_conference(session, clock_shift=paris(13) - now, closes_at=paris(9))
        zelie = register(session, event, settings=settings, now=now)
        assert zelie.created_at == paris(13)


def test_the_same_form_sent_again_is_the_same_registration(app: Flask, settings: Settings) -> None:
    form = Form(b"k" * 32, b"c" * 32)
    with app.app_context():
        with transaction() as session:
            event = make_conference(session, capacity=1)
            first = register(session, event, settings=settings, form=form, email="z@exemple.org").id
        with transaction() as session:
            event = session.scalars(select(Event)).one()
            again = register(session, event, settings=settings, form=form, email="z@exemple.org")
            assert again.id == first
        assert taken()["jour"] == 1
        assert db.session().scalar(select(func.count(OutboxMail.id))) == 1


def test_the_same_form_with_something_else_in_it_is_refused(app: Flask, settings: Settings) -> None:
    with app.app_context():
        with transaction() as session:
            event = make_conference(session)
            first = register(session, event, settings=settings, form=Form(b"k", b"one"))
            party = first.party_id
        with pytest.raises(AlreadySubmitted) as refusal, transaction() as session:
            event = session.scalars(select(Event)).one()
            register(session, event, settings=settings, form=Form(b"k", b"two"))
        assert refusal.value.party.id == party


def test_sent_forms_are_forgotten_after_a_day(app: Flask, settings: Settings) -> None:
    form = Form(b"k", b"c")
    with app.app_context(), transaction() as session:
        event = make_conference(session)
        first = register(session, event, settings=settings, form=form)
        submission.forget(session, now=NOON_IN_NOVEMBER + timedelta(hours=24))
        assert register(session, event, settings=settings, form=form) is first
        submission.forget(session, now=NOON_IN_NOVEMBER + timedelta(hours=24, seconds=1))
        assert register(session, event, settings=settings, form=form) is not first


def test_a_swap_takes_the_new_seat_and_gives_the_old_one_back(
    app: Flask, settings: Settings
) -> None:
    with app.app_context():
        with transaction() as session:
            zelie = register(
                session, make_conference(session), settings=settings, sessions=("atelier-a", "ag")
            )
            actions.change(
                session,
                zelie,
                name="Zoé",
                sessions=frozenset({"atelier-b", "ag"}),
                now=NOON_IN_NOVEMBER,
            )
            assert zelie.name == "Zoé"
        assert taken() == {"jour": 1, "atelier-a": 0, "atelier-b": 1, "ag": 1}


def test_a_swap_to_a_full_session_keeps_the_old_seat(app: Flask, settings: Settings) -> None:
    with app.app_context():
        with transaction() as session:
            event = make_conference(session, workshop=1)
            register(session, event, "Yann", settings=settings, sessions=("atelier-b",))
            register(session, event, "Zélie", settings=settings, sessions=("atelier-a",))

        with pytest.raises(SessionsFull), transaction() as session:
            zelie = session.scalars(select(Registration).where(Registration.name == "Zélie")).one()
            actions.change(
                session,
                zelie,
                name="Zoé",
                sessions=frozenset({"atelier-b"}),
                now=NOON_IN_NOVEMBER,
            )

        kept = db.session().scalars(select(Registration).where(Registration.name == "Zélie")).one()
        assert [booking.session.slug for booking in kept.bookings] == ["atelier-a"]
        assert taken()["atelier-a"] == taken()["atelier-b"] == 1


def test_cancelling_frees_all_seats_and_twice_is_once(app: Flask, settings: Settings) -> None:
    with app.app_context():
        with transaction() as session:
            event = make_conference(session)
            zelie = register(
                session, event, settings=settings, sessions=("ag",), email="z@exemple.org"
            )
            register(session, event, "Yann", settings=settings)
            actions.cancel(session, [zelie], now=NOON_IN_NOVEMBER)
            actions.cancel(session, [zelie], now=NOON_IN_NOVEMBER)

            assert zelie.state is RegistrationState.CANCELLED
            with pytest.raises(NotConfirmed):
                actions.change(
                    session, zelie, name="Zoé", sessions=frozenset(), now=NOON_IN_NOVEMBER
                )
        assert taken() == {"jour": 1, "atelier-a": 0, "atelier-b": 0, "ag": 0}
        kinds = db.session().scalars(select(OutboxMail.kind).order_by(OutboxMail.id)).all()
        assert kinds == ["registration_confirmed", "registration_cancelled"]
