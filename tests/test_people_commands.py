"""The commands that let people in say what they did, and print each link once."""

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from conf_app import codes
from conf_app.cli import commands
from conf_app.database import db, transaction
from conf_app.programme.actions import FarFromEvent
from conf_app.programme.models import Event
from conf_app.refusals import NotFound
from conf_app.registration.models import Registration
from tests.conftest import TestClock
from tests.events import make_conference, paris
from tests.team import enrol
from tests.visitor import Visitor

PASS = ("door", "pass", "--event", "conf", "--post", "Poste 1", "--door", "Entrée principale")


@pytest.fixture(autouse=True)
def conference(app: Flask) -> None:
    """Set up a conference."""
    with app.app_context(), transaction() as session:
        make_conference(session)


def run(app: Flask, *arguments: str) -> Result:
    """Run a command on the application under test."""
    result: Result = app.test_cli_runner().invoke(commands, arguments)
    return result


def test_an_invited_organiser_signs_in_by_the_link_printed(app: Flask, visitor: Visitor) -> None:
    said, link = run(app, "organiser", "invite", "  Alix  B. ").stdout.splitlines()

    assert said == ("Lien de connexion de Alix B., valable une fois, pendant 24\u00a0heures\u00a0:")
    page = visitor.get(link.removeprefix("http://localhost"))
    assert page.heading == "Bonjour Alix B."
    assert page.submit().path == "/orga/"


def test_a_removed_organiser_has_left(app: Flask, visitor: Visitor) -> None:
    link = run(app, "organiser", "invite", "Alix").stdout.splitlines()[1]

    removed = run(app, "organiser", "remove", "Alix")

    assert removed.stdout == "Alix n’est plus dans l’équipe\u00a0; ses connexions sont fermées.\n"
    assert visitor.get(link.removeprefix("http://localhost")).status == 410
    again = run(app, "organiser", "remove", "Alix").exception
    assert isinstance(again, NotFound)
    assert str(again) == "personne ne s’appelle «\u00a0Alix\u00a0» dans l’équipe."


@pytest.mark.parametrize("name", ["", "   ", "x" * 81])
def test_an_organiser_needs_a_name(app: Flask, name: str) -> None:
    assert run(app, "organiser", "invite", name).exit_code == 2


def test_a_door_pass_holds_from_two_hours_before_to_two_hours_after(
    app: Flask, clock: TestClock, visitor: Visitor
) -> None:
    said, link = run(app, *PASS).stdout.splitlines()
    clock.moment = paris(10)

    assert said == (
        "Accès de Poste 1 à Entrée principale, du jeudi 15\u00a0décembre 2022 à 9\u00a0h"
        " au jeudi 15\u00a0décembre 2022 à 20\u00a0h\u00a0:"
    )
    assert visitor.get(link.removeprefix("http://localhost")).submit().heading == "Poste 1"


def test_a_door_pass_can_have_its_own_hours(app: Flask, clock: TestClock, visitor: Visitor) -> None:
    hours = ("--from", "2022-12-14T18:00", "--until", "2022-12-14T20:30")
    link = run(app, *PASS, *hours).stdout.splitlines()[1].removeprefix("http://localhost")

    clock.moment = paris(18).replace(day=14)
    assert visitor.get(link).heading == "Poste 1"
    clock.moment = paris(20, 30).replace(day=14)
    assert visitor.get(link).heading == "Cet accès est terminé"


def test_a_revoked_post_is_closed(app: Flask, clock: TestClock, visitor: Visitor) -> None:
    links = [run(app, *PASS).stdout.splitlines()[1] for _ in range(2)]
    clock.moment = paris(10)

    revoked = run(app, "door", "revoke", "--event", "conf", "--post", "Poste 1")

    assert revoked.stdout == "2\u00a0accès retirés\u00a0: Poste 1.\n"
    for link in links:
        assert visitor.get(link.removeprefix("http://localhost")).status == 403
    assert run(app, "door", "revoke", "--event", "conf", "--post", "Poste 1").exit_code == 1


def test_a_ticket_is_made_anew(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        event = session.scalars(select(Event)).one()
        before = codes.spell(codes.Reference(enrol(session, event, "Zélie").reference))

    made = run(app, "tickets", "reissue", "--event", "conf", before.lower())

    with app.app_context():
        person = db.session().scalars(select(Registration)).one()
        now = codes.spell(codes.Reference(person.reference))
    assert made.stdout == (
        f"Le billet {before} n’ouvre plus\u00a0; le nouveau, {now}, est au lien secret,"
        " que la personne garde.\n"
    )
    assert run(app, "tickets", "reissue", "--event", "conf", before).exit_code == 1
    assert "il y manque un signe" in run(app, "tickets", "reissue", "--event", "conf", "K7Q").stderr


def test_a_post_knows_whom_to_call_and_how_many_may_hold_it(
    app: Flask, clock: TestClock, visitor: Visitor
) -> None:
    whom = ("--devices", "1", "--referent", "Camille", "--phone", "06 12 34 56 78")
    link = run(app, *PASS, *whom).stdout.splitlines()[1].removeprefix("http://localhost")
    clock.moment = paris(10)

    assert "Camille 06 12 34 56 78" in visitor.get(link).submit().text
    assert Visitor(app).get(link).submit().status == 403
    assert "--phone" in run(app, *PASS, "--phone", "sa voisine").stderr


def test_what_cannot_be_made_is_said(app: Flask) -> None:
    reversed_hours = ("--from", "2022-12-15T10:00", "--until", "2022-12-15T09:00")

    assert str(run(app, *PASS, *reversed_hours).exception) == (
        "l’accès doit commencer avant de finir."
    )
    assert str(run(app, *PASS, "--event", "ailleurs").exception) == (
        "aucun évènement ne s’appelle «\u00a0ailleurs\u00a0»."
    )


def test_a_moment_far_from_the_event_is_refused(app: Flask) -> None:
    far = (
        (*PASS, "--from", "0001-01-01T00:00"),
        (*PASS, "--until", "9999-12-31T23:59"),
        ("event", "rehearse", "conf", "on", "--at", "0001-01-01T00:00"),
        ("event", "rehearse", "conf", "on", "--at", "9999-12-31T23:59"),
    )
    for words in far:
        refusal = run(app, *words).exception
        assert isinstance(refusal, FarFromEvent)
        assert str(refusal).endswith(
            "est à plus d’un an de «\u00a0conf\u00a0», qui commence le 15/12/2022."
        )
