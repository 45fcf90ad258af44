"""The books of a soak see one wrong row."""

import dataclasses
import random
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from conf_app.clock import utc_now
from conf_app.database import db, transaction
from conf_app.journal import actions as journal
from conf_app.mail.delivery import PostOffice, deliver_due
from conf_app.mail.models import MailState, OutboxMail
from conf_app.mail.transports import SmtpTransport
from conf_app.programme.models import Event
from conf_app.registration import actions, queries
from conf_app.registration.models import Booking, Presence, Registration
from conf_app.registration.models import Party as PartyRow
from conf_app.registration.needs import Needs, kept
from conf_app.seats.models import SeatPool
from conf_app.settings import Settings
from tests.browser import ON_SQLITE
from tests.conftest import NOON_IN_NOVEMBER
from tests.events import make_conference
from tests.people import register
from tests.soak.agreement import Books, expected_traces, traces
from tests.soak.model import Guest, Party, Standing
from tests.soak.post import FicklePost

pytestmark = ON_SQLITE


@pytest.fixture
def mail() -> Iterator[FicklePost]:
    """Return a mail server that is kind."""
    with FicklePost(random.Random(1)) as mail:
        yield mail


@pytest.fixture
def told(app: Flask, settings: Settings, mail: FicklePost) -> Party:
    """Register somebody, deliver the letter, and return what they were told."""
    with app.app_context():
        with transaction() as session:
            made = register(
                *(session, make_conference(session), "Camille zq000001"),
                settings=settings,
                email="zq000002@exemple.org",
                sessions=("ag",),
            )
            token = queries.manage_token(made.party, settings.ticket_keys)
        post: PostOffice = app.extensions["conf_app.post"]
        transport = SmtpTransport(mail.url, "localhost")
        deliver_due(dataclasses.replace(post, transport=transport))
    guest = Guest("zq000001", 1, Standing.CONFIRMED, frozenset({"ag"}))
    party = Party(f"/billet/{token}", "zq000002", [guest])
    party.letters["registration_confirmed"] = 1
    return party


def disagreements(app: Flask, settings: Settings, party: Party, mail: FicklePost) -> list[str]:
    """Return what the books say."""
    with app.app_context():
        return list(Books(settings, [party], mail).disagreements([]))


def test_books_in_order_say_nothing(
    app: Flask, settings: Settings, told: Party, mail: FicklePost
) -> None:
    assert disagreements(app, settings, told, mail) == []
    with app.app_context():
        assert set(traces(db.session())) == expected_traces([told])


def _erase_a_line(session: Session) -> None:
    journal.write(session, actor="x", act="privacy.erase", subject="conf", now=utc_now())


def _release_a_seat(session: Session) -> None:
    journal.write(session, actor="x", act="seats.release", subject="conf", now=utc_now())


def _answer(session: Session) -> None:
    (number,) = session.scalars(select(PartyRow.id))
    session.add(Presence(party_id=number, asked_at=utc_now(), answered_at=utc_now()))


def _need(session: Session) -> None:
    (number,) = session.scalars(select(Registration.id))
    event = session.scalars(select(Event)).one()
    need = kept(event, Needs(text="Prévenir zq000009"), at=utc_now())
    assert need is not None
    need.registration_id = number
    session.add(need)


WRONG: dict[str, tuple[Callable[[Session], object], str]] = {
    "a seat too many": (
        lambda session: session.execute(update(SeatPool).values(taken=SeatPool.taken + 1)),
        "the ledger and the queues",
    ),
    "a booking lost": (
        lambda session: session.execute(delete(Booking)),
        "was told",
    ),
    "a name changed": (
        lambda session: session.execute(update(Registration).values(name="Camille zq000009")),
        "was told",
    ),
    "an address lost": (
        lambda session: session.execute(update(PartyRow).values(email=None)),
        "has the address None",
    ),
    "an objection lost": (
        lambda session: session.execute(update(PartyRow).values(reminders=False)),
        "objected to reminders",
    ),
    "a letter lost": (
        lambda session: session.execute(delete(OutboxMail)),
        "lacks 1 of registration_confirmed",
    ),
    "a letter that did not leave": (
        lambda session: session.execute(update(OutboxMail).values(state=MailState.QUEUED)),
        "MailState.QUEUED",
    ),
    "a letter that went elsewhere": (
        lambda session: session.execute(update(OutboxMail).values(message_id="a" * 32)),
        "was never received",
    ),
    "an erasure nobody asked for": (_erase_a_line, "the journal tells"),
    "a seat released for nothing": (
        lambda session: session.execute(update(Registration).values(released=True)),
        "lost its seats, and no row tells",
    ),
    "a release nobody saw": (_release_a_seat, "the journal tells"),
    "an answer nobody gave": (_answer, "never answered"),
    "needs nobody told": (_need, "needs {}, kept is"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_one_wrong_row_is_seen(
    app: Flask, settings: Settings, told: Party, mail: FicklePost, wrong: str
) -> None:
    deed, words = WRONG[wrong]
    with app.app_context(), transaction() as session:
        deed(session)

    assert any(words in line for line in disagreements(app, settings, told, mail))


def test_who_answered_and_lost_the_seat_is_seen(
    app: Flask, settings: Settings, told: Party, mail: FicklePost
) -> None:
    told.is_asked = told.has_answered = True
    with app.app_context(), transaction() as session:
        _answer(session)
        people = session.scalars(select(Registration)).all()
        actions.cancel(session, people, now=NOON_IN_NOVEMBER, released=True)

    assert f"{told.path} lost its seats, though it could not" in disagreements(
        *(app, settings, told, mail)
    )


def test_needs_of_who_does_not_come_are_to_be_gone(told: Party) -> None:
    (guest,) = told.guests
    guest.need = "zq000003"
    assert expected_traces([told]) == {"zq000001", "zq000002", "zq000003"}

    told.cancel([guest])

    assert expected_traces([told]) == {"zq000001", "zq000002"}


def test_a_letter_that_came_twice_for_no_reason_is_seen(
    app: Flask, settings: Settings, told: Party, mail: FicklePost
) -> None:
    mail.receptions *= 2

    (line,) = disagreements(app, settings, told, mail)
    assert "came twice, and nothing had broken" in line


def test_a_name_that_should_be_gone_is_found(
    app: Flask, settings: Settings, told: Party, mail: FicklePost
) -> None:
    told.is_erased = True

    assert any("was erased, and holds" in line for line in disagreements(app, settings, told, mail))
    with app.app_context():
        assert set(traces(db.session())) - expected_traces([told]) == {"zq000001", "zq000002"}
        assert db.session().scalars(select(Registration.name)).all() == ["Camille zq000001"]
