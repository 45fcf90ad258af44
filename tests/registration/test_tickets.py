"""The secret link stays true: of a cancelled event, an expired form, somebody who comes back."""

import secrets

import pytest
from flask import Flask
from sqlalchemy import select

from conf_app.database import db, transaction
from conf_app.programme.models import Event, EventState, Session
from conf_app.registration.models import Booking, Registration, RegistrationState
from tests.conftest import TestClock
from tests.events import make_conference, paris
from tests.visitor import Page, Visitor

FORM = "/e/conf/inscription"


@pytest.fixture
def ticket(app: Flask, visitor: Visitor) -> Page:
    """Return the ticket of somebody who booked the assembly."""
    with app.app_context(), transaction() as session:
        make_conference(session)
    return visitor.get(FORM).submit(name="Zélie", sessions=["ag"], consent="y")


def set_state(app: Flask, state: EventState) -> None:
    """Change what becomes of the event."""
    with app.app_context(), transaction() as session:
        session.scalars(select(Event)).one().state = state


@pytest.mark.usefixtures("ticket")
def test_the_page_says_sent_of_no_letter_that_may_still_wait(visitor: Visitor) -> None:
    page = visitor.get(FORM).submit(name="Wafa", email="wafa@exemple.org", consent="y", again="1")
    assert "On te l’envoie aussi à wafa@exemple.org." in page.text


def test_the_ticket_of_a_cancelled_event_opens_nothing(
    app: Flask, visitor: Visitor, ticket: Page
) -> None:
    form = visitor.get(f"{ticket.path}/modifier")
    set_state(app, EventState.CANCELLED)

    page = visitor.get(ticket.path)
    assert "Cet évènement est annulé." in page.text
    assert page.select(".ticket svg") == []
    for suffix in (".png", ".svg", ".pdf", ".ics"):
        assert visitor.get(ticket.path + suffix).status == 409
    refused = form.submit(name="Zoé")
    assert (refused.status, refused.heading) == (409, "L’évènement est annulé")


def test_the_ticket_of_a_postponed_event_says_so_and_holds(
    app: Flask, visitor: Visitor, ticket: Page
) -> None:
    set_state(app, EventState.POSTPONED)
    page = visitor.get(ticket.path)
    assert "Cet évènement est reporté." in page.text
    assert len(page.select(".ticket .stub svg")) == 1


def test_nothing_is_changed_once_the_event_is_over(
    visitor: Visitor, ticket: Page, clock: TestClock
) -> None:
    form = visitor.get(f"{ticket.path}/modifier")
    clock.moment = paris(18)
    assert form.submit(name="Zoé").heading == "L’évènement est passé"


def test_an_expired_change_is_shown_again_filled(app: Flask, ticket: Page) -> None:
    elsewhere = Visitor(app)  # another browser: the token of the first is worth nothing there
    page = elsewhere.post(f"{ticket.path}/modifier", {"name": "Zoé", "sessions": "ag"})
    assert page.status == 422
    assert page.fields()["name"] == "Zoé"
    assert page.submit().heading == "Zoé"


def test_a_cancel_without_its_token_cancels_nothing(app: Flask, ticket: Page) -> None:
    page = Visitor(app).post(f"{ticket.path}/annuler", {})
    assert page.status == 422
    with app.app_context():
        (made,) = db.session().scalars(select(Registration))
        assert made.state is RegistrationState.CONFIRMED


def test_a_change_of_name_keeps_a_booked_session_that_is_cancelled(
    app: Flask, visitor: Visitor, ticket: Page
) -> None:
    with app.app_context(), transaction() as session:
        session.scalars(select(Session).where(Session.slug == "ag")).one().cancelled = True
    changed = visitor.get(f"{ticket.path}/modifier").submit(name="Zoé")
    assert changed.heading == "Zoé"
    with app.app_context():
        assert len(db.session().scalars(select(Booking)).all()) == 1


def test_somebody_who_left_can_come_back_by_the_same_page(app: Flask, visitor: Visitor) -> None:
    with app.app_context(), transaction() as session:
        make_conference(session)
    form = visitor.get(FORM)
    first = form.submit(name="Zélie", consent="y")
    visitor.get(f"{first.path}/annuler").submit()

    again = form.submit(name="Zélie", consent="y")
    assert (again.status, again.heading) == (200, "Zélie")
    assert again.path != first.path


def test_a_form_sent_after_closing_is_told_why(
    app: Flask, visitor: Visitor, clock: TestClock
) -> None:
    with app.app_context(), transaction() as session:
        make_conference(session)
    form = visitor.get(FORM)
    clock.moment = paris(18)
    closed = form.submit(name="Zélie", consent="y")
    assert (closed.status, closed.heading) == (409, "Les inscriptions sont closes")


def test_a_reference_drawn_twice_is_drawn_again(
    app: Flask, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context(), transaction() as session:
        make_conference(session)
    drawn = iter([12345, 12345, 67890])
    real = secrets.randbits
    monkeypatch.setattr(secrets, "randbits", lambda bits: next(drawn) if bits == 30 else real(bits))
    for name in ("Zélie", "Yann"):
        assert visitor.get(FORM).submit(name=name, consent="y").heading == name
    with app.app_context():
        assert len(set(db.session().scalars(select(Registration.reference)))) == 2
