"""An address is corrected, added or taken off; letters follow it, and nothing of others' leaks."""

import pytest
from flask import Flask
from sqlalchemy import select

from conf_app.database import db, transaction
from conf_app.mail.models import MailState, OutboxMail
from conf_app.programme.models import Event
from conf_app.registration.letters import LETTERS_A_DAY
from conf_app.registration.models import Party
from conf_app.settings import Settings
from tests.events import make_conference
from tests.registration.test_messages import delivered
from tests.registration.test_owners import path_in
from tests.visitor import Page, Visitor

FORM = "/e/conf/inscription"


@pytest.fixture(autouse=True)
def event(app: Flask) -> None:
    """Publish a conference of two seats."""
    with app.app_context(), transaction() as session:
        make_conference(session, capacity=2)


def come(visitor: Visitor, name: str = "Zélie", email: str = "zelie@gmial.com") -> Page:
    """Register somebody."""
    return visitor.get(FORM).submit(name=name, email=email, consent="y")


def queued(app: Flask) -> list[tuple[str, str]]:
    """Return kind and recipient of each letter that waits."""
    with app.app_context():
        waits = OutboxMail.state == MailState.QUEUED
        rows = db.session().execute(
            select(OutboxMail.kind, OutboxMail.recipient).where(waits).order_by(OutboxMail.id)
        )
        return [(kind, recipient) for kind, recipient in rows]


def test_a_mistyped_address_is_corrected_and_the_ticket_goes_to_the_new_one(
    app: Flask, visitor: Visitor
) -> None:
    page = come(visitor).follow("corrige l’adresse")
    assert page.fields()["email"] == "zelie@gmial.com"

    ticket = page.submit(email="zelie@gmail.com")

    assert ticket.heading == "Zélie"
    assert "on écrit maintenant à zelie@gmail.com" in ticket.text
    assert queued(app) == [("registration_confirmed", "zelie@gmail.com")]
    assert page.submit(email="zelie@gmail.com").status == 200
    assert queued(app) == [("registration_confirmed", "zelie@gmail.com")]


def test_an_address_is_added_later(app: Flask, visitor: Visitor) -> None:
    page = come(visitor, email="").follow("Adresse e-mail")
    assert "On n’écrit nulle part" in page.text

    page.submit(email="zelie@exemple.org")

    assert queued(app) == [("registration_confirmed", "zelie@exemple.org")]


def test_an_address_is_taken_off_unless_the_event_asks_for_one(
    app: Flask, visitor: Visitor
) -> None:
    ticket = come(visitor)
    with app.app_context(), transaction() as session:
        session.scalars(select(Event)).one().email_required = True
    refused = ticket.follow("Adresse e-mail").submit(email="")
    assert refused.status == 422
    assert "Écris ton adresse e-mail" in refused.texts("#email-erreur")[0]

    with app.app_context(), transaction() as session:
        session.scalars(select(Event)).one().email_required = False
    gone = refused.submit(email="")
    assert "plus aucun courriel ne partira" in gone.text
    assert queued(app) == []
    with app.app_context():
        assert db.session().scalars(select(Party.email)).all() == [None]


def test_an_address_that_cannot_be_is_refused_beside_its_field_and_kept(
    app: Flask, visitor: Visitor
) -> None:
    refused = come(visitor).follow("Adresse e-mail").submit(email="zelie.exemple.org")

    assert refused.status == 422
    assert "Il manque le" in refused.texts("#email-erreur")[0]
    assert refused.fields()["email"] == "zelie.exemple.org"
    assert queued(app) == [("registration_confirmed", "zelie@gmial.com")]


def test_who_waits_is_written_to_elsewhere_about_the_queue(app: Flask, visitor: Visitor) -> None:
    for name in ("Awa", "Noor"):
        come(Visitor(app), name, "")
    waiting = come(visitor)
    assert waiting.heading == "Liste d’attente"

    waiting.follow("corrige l’adresse").submit(email="zelie@gmail.com")

    assert queued(app) == [("waiting_joined", "zelie@gmail.com")]


def test_no_more_letters_than_its_share_reach_an_address(app: Flask, visitor: Visitor) -> None:
    page = come(visitor, email="").follow("Adresse e-mail")
    for _ in range(LETTERS_A_DAY + 2):
        page.submit(email="awa@exemple.org")
        with app.app_context(), transaction() as session:
            for each in session.scalars(select(OutboxMail)):
                each.state = MailState.SENT
        page.submit(email="")

    with app.app_context():
        assert len(db.session().scalars(select(OutboxMail)).all()) == LETTERS_A_DAY


def test_a_letter_to_an_old_address_opens_nothing_of_the_new_ones_owner(
    app: Flask, settings: Settings, visitor: Visitor
) -> None:
    come(Visitor(app), "Awa", "awa@exemple.org")
    with app.app_context(), transaction() as session:
        session.scalars(select(Event)).one().pool.capacity = 3  # type: ignore[union-attr]
    come(Visitor(app), "Mallory", "mallory@exemple.org")
    ticket = come(visitor, "Mallory", "mallory@exemple.org")
    proof = path_in(delivered(app, settings)[-1], "/garder/\\w+")
    assert visitor.get(proof).status == 200

    ticket.follow("Adresse e-mail").submit(email="awa@exemple.org")

    assert visitor.get(proof).status == 404
