"""By the secret link one sees, takes away and erases what is kept, and objects to reminders."""

import json
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from conf_app.database import db, transaction
from conf_app.journal.models import JournalEntry
from conf_app.mail.models import OutboxMail
from conf_app.privacy.erasure import erase_party
from conf_app.programme.models import Event
from conf_app.registration import actions, queries
from conf_app.registration.messages import COMPOSERS
from conf_app.registration.models import (
    Party,
    Registration,
    RegistrationState,
    Submission,
    Wait,
    WaitState,
)
from conf_app.registration.rules import Attendee
from conf_app.registration.words import LETTERS
from conf_app.settings import Settings
from tests.conftest import NOON_IN_NOVEMBER, TestClock
from tests.events import make_conference, paris
from tests.registration.test_messages import delivered
from tests.team import ticket_of, volunteer
from tests.visitor import Visitor

FORM = "/e/conf/inscription"


@pytest.fixture
def ticket(app: Flask) -> str:
    """Register Zélie for the last seat, have Yann wait for one; return the path of her ticket."""
    with app.app_context(), transaction() as session:
        make_conference(session, capacity=1)
    path = (
        Visitor(app)
        .get(FORM)
        .submit(name="Zélie </script>", email="zelie@exemple.org", sessions=["ag"], consent="y")
        .path
    )
    with app.app_context(), transaction() as session:
        actions.register(
            session,
            session.scalars(select(Event)).one(),
            people=[Attendee("Yann")],
            email="yann@exemple.org",
            keys=app.extensions["conf_app.settings"].ticket_keys,
            now=NOON_IN_NOVEMBER,
            may_wait=True,
        )
    return path


def test_the_ticket_leads_to_all_that_is_kept(visitor: Visitor, ticket: str) -> None:
    page = visitor.get(ticket).follow("Voir mes données")

    assert "zelie@exemple.org" in page.text
    assert "Assemblée générale" in page.text
    assert "Yann" not in page.text


def test_one_person_goes_back_to_one_ticket(visitor: Visitor, ticket: str) -> None:
    for page in ("Voir mes données", "Rappels"):
        assert visitor.get(ticket).follow(page).follow("Revenir au billet").path == ticket


@pytest.mark.parametrize("rehearsal", [False, True])
def test_in_a_rehearsal_one_is_told_which_clock_tells_the_hours(
    app: Flask, visitor: Visitor, ticket: str, rehearsal: bool
) -> None:
    with app.app_context(), transaction() as session:
        event = session.scalars(select(Event)).one()
        event.clock_shift = timedelta(hours=1) if rehearsal else None
    for name in ("mes-donnees", "mes-donnees.html"):
        page = visitor.get(f"{ticket}/{name}")
        assert ("ces heures sont celles de son horloge" in page.text) is rehearsal


def test_the_file_is_read_by_people_and_by_machines(
    app: Flask, clock: TestClock, visitor: Visitor, ticket: str
) -> None:
    with app.app_context():
        code = ticket_of(db.session().scalars(select(Registration)).first())  # type: ignore[arg-type]
    volunteer(app, clock).get(f"/B/{code}").submit()

    page = visitor.get(f"{ticket}/mes-donnees.html")

    assert page.response.headers["Content-Disposition"] == (
        'attachment; filename="mes-donnees-conf.html"'
    )
    assert page.texts("h2")[0] == "Zélie </script>"
    (script,) = page.select("script")
    data = json.loads(script.text_content())
    (person,) = data["personnes"]
    assert (person["nom"], person["reservations"]) == ("Zélie </script>", ["Assemblée générale"])
    assert [each["reponse"] for each in person["entrees"]] == ["entrée"]
    assert data["adresse"] == "zelie@exemple.org"
    assert [each["sorte"] for each in data["courriels"]] == ["billets"]
    assert data["effacement_le"] == "2023-01-14"


def test_who_is_passed_a_ticket_is_not_told_who_came_in_with_it_before(
    app: Flask, clock: TestClock, visitor: Visitor, ticket: str
) -> None:
    with app.app_context():
        code = ticket_of(db.session().scalars(select(Registration)).first())  # type: ignore[arg-type]
    volunteer(app, clock).get(f"/B/{code}").submit()
    assert "Poste 1" in visitor.get(f"{ticket}/mes-donnees").text
    clock.advance(minutes=5)

    passed = visitor.get(f"{ticket}/transmettre").submit(name="Noor", consent="y")

    assert "Poste 1" not in visitor.get(f"{passed.path}/mes-donnees").text


def test_every_kind_of_letter_has_a_name() -> None:
    assert LETTERS.keys() == COMPOSERS.keys()


def test_erasing_frees_the_seat_for_whoever_waits(
    app: Flask, settings: Settings, visitor: Visitor, ticket: str
) -> None:
    page = visitor.get(ticket).follow("Tout effacer")
    assert "la place sera rendue" in page.text

    assert page.submit().heading == "C’est effacé"

    assert visitor.get(ticket).status == 404
    with app.app_context():
        session = db.session()
        zelie, yann = session.scalars(select(Registration).order_by(Registration.id))
        assert (zelie.name, zelie.name_key, zelie.state) == ("", "", RegistrationState.CANCELLED)
        assert (zelie.party.email, zelie.party.consented_at, zelie.party.consent_version) == (
            None,
            None,
            "",
        )
        assert yann.state is RegistrationState.OFFERED
        assert [wait.state for wait in session.scalars(select(Wait))] == [WaitState.OFFERED]
        assert session.scalars(select(Submission)).all() == []
        assert set(session.scalars(select(OutboxMail.recipient))) == {"yann@exemple.org"}
        (line,) = session.scalars(select(JournalEntry)).all()
        assert (line.actor, line.act, line.subject, line.count) == (
            "personne inscrite",
            "privacy.erase",
            "conf",
            1,
        )
    assert {mail["To"] for mail in delivered(app, settings)} == {"yann@exemple.org"}


def test_erasing_twice_changes_nothing(visitor: Visitor, ticket: str) -> None:
    page = visitor.get(f"{ticket}/effacer")

    assert [page.submit().heading for _ in range(2)] == ["C’est effacé"] * 2


def test_a_second_erasure_that_waited_for_the_first_writes_nothing_down(
    app: Flask, ticket: str
) -> None:
    with app.app_context():
        with transaction() as session:
            party = queries.by_manage_token(session, ticket.rpartition("/")[2])
            for _ in range(2):
                erase_party(session, party, now=NOON_IN_NOVEMBER)
        acts = db.session().scalars(select(JournalEntry.act)).all()
        assert acts.count("privacy.erase") == 1


def test_the_link_of_a_ticket_passed_on_can_be_erased_too(visitor: Visitor, ticket: str) -> None:
    visitor.get(f"{ticket}/transmettre").submit(name="Noor", consent="y")

    assert visitor.get(f"{ticket}/effacer").submit().heading == "C’est effacé"
    assert visitor.get(ticket).status == 404


def test_once_the_event_has_begun_the_seat_stays_counted(
    app: Flask, clock: TestClock, visitor: Visitor, ticket: str
) -> None:
    clock.moment = paris(12)
    page = visitor.get(f"{ticket}/effacer")
    assert "ta place reste comptée" in page.text

    page.submit()

    with app.app_context():
        event = db.session().scalars(select(Event)).one()
        assert event.pool is not None
        assert event.pool.taken == 1
        assert set(db.session().scalars(select(Registration.name))) == {"", "Yann"}


def test_one_click_of_a_mail_program_objects_to_reminders_and_drops_nothing(
    app: Flask, visitor: Visitor, ticket: str
) -> None:
    answer = Visitor(app).client.post(f"{ticket}/rappels", data={"List-Unsubscribe": "One-Click"})

    assert answer.status_code == 200
    with app.app_context():
        zelie = db.session().scalars(select(Party).order_by(Party.id)).first()
        assert zelie is not None
        assert not zelie.reminders
        assert zelie.registrations[0].state is RegistrationState.CONFIRMED
    page = visitor.get(f"{ticket}/rappels")
    assert page.heading == "Pas de rappels"
    assert page.submit(rappels="oui").heading == "Recevoir des rappels\u00a0?"


def test_every_letter_but_the_ticket_can_be_objected_to(
    app: Flask, settings: Settings, ticket: str
) -> None:
    with app.app_context(), transaction() as session:
        event = session.scalars(select(Event)).one()
        actions.tell_everybody(session, event, "event_postponed", now=NOON_IN_NOVEMBER)

    confirmed, *others = delivered(app, settings)

    assert confirmed["List-Unsubscribe"] is None
    assert len(others) == 3
    for letter in others:
        assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert f"<http://localhost{ticket}/rappels>" in {each["List-Unsubscribe"] for each in others}
