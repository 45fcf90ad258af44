"""A person registers, keeps a ticket, changes and cancels, with a browser without JavaScript."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from conf_app.database import db, transaction
from conf_app.programme.models import Event, EventState, Session
from conf_app.registration.models import Party, Registration
from conf_app.seats import ledger
from conf_app.settings import Settings
from tests.conftest import NOON_IN_NOVEMBER, TestClock
from tests.events import make_conference, paris
from tests.people import register
from tests.statements import counted
from tests.visitor import Visitor

FORM = "/e/conf/inscription"


@pytest.fixture
def conference(app: Flask) -> None:
    """Publish a conference."""
    with app.app_context(), transaction() as session:
        make_conference(session)


def people(app: Flask) -> list[str]:
    """Return the names of all who registered, in order."""
    with app.app_context():
        return list(db.session().scalars(select(Registration.name).order_by(Registration.id)))


@pytest.mark.usefixtures("conference")
def test_a_person_registers_and_gets_a_ticket(visitor: Visitor) -> None:
    ticket = visitor.get(FORM).submit(
        name="  Zélie  ", email="zelie@exemple.org", sessions=["ag"], consent="y"
    )

    assert ticket.heading == "Zélie"
    assert ticket.path.startswith("/billet/")
    assert "Assemblée générale 17\u00a0h\u00a0– 18\u00a0h" in ticket.text
    assert "17\u00a0h\u00a0–\u2060\u00a018\u00a0h" in ticket.response.text  # on one line
    assert len(ticket.select("article.ticket svg[role=img] title")) == 1
    assert ticket.response.headers["Cache-Control"] == "no-store"
    assert ticket.response.headers["X-Robots-Tag"] == "noindex, nofollow"


@pytest.mark.usefixtures("conference")
@pytest.mark.parametrize("name", ["Jean.Dupont", "Jean-Luc.Dupont", "J.R.R. Tolkien"])
def test_a_dot_between_two_names_makes_no_address(visitor: Visitor, name: str) -> None:
    assert visitor.get(FORM).submit(name=name, consent="y").heading == name


@pytest.mark.usefixtures("conference")
def test_a_ticket_is_shown_by_one_query_whatever_was_booked(app: Flask, visitor: Visitor) -> None:
    for sessions in ([], ["ag"], ["atelier-a", "ag"]):
        ticket = visitor.get(FORM).submit(name="Zélie", sessions=sessions, consent="y")
        with app.app_context(), transaction() as session:
            event = session.scalars(select(Event)).one()
            event.clock_shift = None if event.rehearsal else timedelta(hours=1)
        with counted(app) as statements:
            assert visitor.get(ticket.path).heading == "Zélie"
        assert len(statements) == 1, statements


@pytest.mark.usefixtures("conference")
@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"name": "   "}, "name", "Écris un nom ou un pseudonyme"),
        ({"name": "Z" * 81}, "name", "80 caractères au plus"),
        ({"name": "\u0301"}, "name", "Écris un nom ou un pseudonyme"),
        ({"name": "Gagne sur http://exemple.org"}, "name", "pas une adresse de site"),
        ({"name": "Viens sur exemple.org vite"}, "name", "pas une adresse de site"),
        ({"name": "Gagne.Com"}, "name", "pas une adresse de site"),
        ({"name": "Gagne.Casino"}, "name", "pas une adresse de site"),
        ({"name": "Jean.Gagne.Com"}, "name", "pas une adresse de site"),
        ({"name": "jean.dupont"}, "name", "pas une adresse de site"),
        ({"name": "EXEMPLE\uff0eORG"}, "name", "pas une adresse de site"),
        ({"email": "zelie@exemple"}, "email", "Il manque la fin de l’adresse"),
        ({"email": "zelie"}, "email", "Il manque le «\u00a0@\u00a0»"),
        ({"consent": None}, "consent", "sans ton accord"),
        ({"sessions": ["atelier-a", "atelier-b"]}, "sessions", "en même temps"),
        ({"sessions": ["pause"]}, "sessions", "n’existe plus"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_nothing_typed_is_lost(
    app: Flask, visitor: Visitor, typed: dict[str, Any], field: str, words: str
) -> None:
    filled: dict[str, Any] = {
        "name": "Zélie",
        "email": "z@exemple.org",
        "sessions": ["ag"],
        "consent": "y",
    }
    page = visitor.get(FORM).submit(**{**filled, **typed})

    assert page.status == 422
    (error,) = page.select(f"#{field}-erreur")
    assert words in error.text_content()
    kept = page.fields()
    for name, value in {**filled, **typed}.items():
        expected = value[0] if isinstance(value, list) and len(value) == 1 else value
        if name != "name" and value != ["pause"]:
            assert kept.get(name) == expected
    assert page.select(f"#{field}[aria-invalid], #{field}[aria-describedby]")
    assert people(app) == []


@pytest.mark.usefixtures("conference")
def test_a_form_without_its_token_is_shown_again_filled(app: Flask, visitor: Visitor) -> None:
    page = visitor.post(FORM, {"name": "Zélie", "consent": "y"})

    assert page.status == 422
    assert page.fields()["name"] == "Zélie"
    assert "envoie-le encore une fois" in page.text
    assert page.submit().heading == "Zélie"
    assert people(app) == ["Zélie"]


@pytest.mark.usefixtures("conference")
def test_a_double_click_makes_one_registration(app: Flask, visitor: Visitor) -> None:
    form = visitor.get(FORM)
    first = form.submit(name="Zélie", consent="y")
    again = form.submit(name="Zélie", consent="y")

    assert again.path == first.path
    assert people(app) == ["Zélie"]


@pytest.mark.usefixtures("conference")
def test_the_form_sent_again_for_somebody_else_asks_first(app: Flask, visitor: Visitor) -> None:
    form = visitor.get(FORM)
    first = form.submit(name="Zélie", consent="y")
    asked = form.submit(name="Yann", consent="y")

    assert asked.status == 409
    assert "Tu es déjà inscrit·e" in asked.text
    assert asked.follow("Voir mon billet").path == first.path
    assert asked.fields()["name"] == "Yann"
    assert asked.submit().heading == "Yann"
    assert people(app) == ["Zélie", "Yann"]


@pytest.mark.usefixtures("conference")
def test_the_form_opened_again_and_filled_alike_asks_first(app: Flask, visitor: Visitor) -> None:
    typed: dict[str, Any] = {"name": "Zélie", "consent": "y", "sessions": ["ag"]}
    first = visitor.get(FORM).submit(**typed)
    asked = visitor.get(FORM).submit(**typed)

    assert asked.status == 409
    assert asked.follow("Voir mon billet").path == first.path
    assert people(app) == ["Zélie"]
    second = asked.submit()
    assert second.heading == "Zélie"
    assert asked.submit().path == second.path  # a double click there, too
    assert people(app) == ["Zélie", "Zélie"]


@pytest.mark.usefixtures("conference")
def test_another_browser_may_send_the_same(app: Flask, visitor: Visitor) -> None:
    for browser in (visitor, Visitor(app)):
        assert browser.get(FORM).submit(name="Zélie", consent="y").heading == "Zélie"
    assert people(app) == ["Zélie", "Zélie"]


@pytest.mark.usefixtures("conference")
def test_who_cancelled_comes_back_by_the_same_words(app: Flask, visitor: Visitor) -> None:
    ticket = visitor.get(FORM).submit(name="Zélie", consent="y")
    ticket.follow("Annuler mon inscription").submit()

    assert visitor.get(FORM).submit(name="Zélie", consent="y").heading == "Zélie"


@pytest.mark.usefixtures("conference")
@pytest.mark.parametrize(
    "name",
    ["علی\u200cرضا", "🧑\u200d🚀", "O’Brien-Ğ", "<b>Z</b>", "=1+1", "Z" * 80, "J.R.R. Z. Jr."],
)
def test_any_name_people_have_is_kept_as_it_is(visitor: Visitor, name: str) -> None:
    assert visitor.get(FORM).submit(name=name, consent="y").heading == name


@pytest.mark.usefixtures("conference")
def test_the_case_of_an_address_makes_no_other_person(app: Flask, visitor: Visitor) -> None:
    visitor.get(FORM).submit(name="Zélie", email="Zelie@Exemple.ORG", consent="y")
    with app.app_context():
        assert db.session().scalars(select(Party.email)).all() == ["zelie@exemple.org"]


@pytest.mark.usefixtures("conference")
def test_the_same_address_may_register_again(app: Flask, visitor: Visitor) -> None:
    for name in ("Zélie", "Yann"):
        ticket = visitor.get(FORM).submit(name=name, email="z@exemple.org", consent="y")
        assert ticket.heading == name
    assert people(app) == ["Zélie", "Yann"]


@pytest.mark.usefixtures("conference")
def test_a_session_that_filled_meanwhile_is_named_and_the_rest_kept(
    app: Flask, visitor: Visitor
) -> None:
    form = visitor.get(FORM)
    with app.app_context(), transaction() as session:
        assembly = session.scalars(select(Session).where(Session.slug == "ag")).one()
        ledger.resize(session, assembly.pool_id or 0, capacity=0, held=0)
    page = form.submit(name="Zélie", sessions=["ag"], consent="y")

    assert page.status == 422
    assert "Plus de place pour «\u00a0Assemblée générale\u00a0»" in page.text
    assert page.fields()["name"] == "Zélie"
    assert page.submit(sessions=None).heading == "Zélie"


def test_a_full_event_says_so_before_the_form(
    app: Flask, visitor: Visitor, settings: Settings
) -> None:
    with app.app_context(), transaction() as session:
        register(session, make_conference(session, capacity=1), settings=settings)

    page = visitor.get(FORM)
    assert page.texts("#places .word") == ["Complet 1\u00a0place prise"]
    assert page.heading == "Rejoindre la liste d’attente"
    assert page.texts("main form button") == [
        "M’inscrire sur la liste",
        "Ajouter une personne",
    ]
    assert page.select("[name=sessions]") == []


def test_the_last_seat_taken_meanwhile_keeps_what_was_typed(
    app: Flask, visitor: Visitor, settings: Settings
) -> None:
    with app.app_context(), transaction() as session:
        make_conference(session, capacity=1)
    form = visitor.get(FORM)
    Visitor(app).get(FORM).submit(name="Yann", consent="y")
    page = form.submit(name="Zélie", consent="y")

    assert page.status == 409
    assert "La dernière place vient d’être prise" in page.text
    assert page.fields()["name"] == "Zélie"
    assert people(app) == ["Yann"]


def test_an_event_may_require_an_address(app: Flask, visitor: Visitor) -> None:
    with app.app_context(), transaction() as session:
        make_conference(session, email_required=True)
    page = visitor.get(FORM).submit(name="Zélie", consent="y")
    assert page.texts("#email-erreur") == [
        "▲ Écris ton adresse e-mail\u00a0: le billet y sera envoyé."
    ]


def test_before_the_opening_the_page_says_when(
    app: Flask, visitor: Visitor, clock: TestClock
) -> None:
    with app.app_context(), transaction() as session:
        make_conference(session, opens_at=NOON_IN_NOVEMBER + timedelta(hours=1))
    page = visitor.get(FORM)
    assert page.heading == "Les inscriptions ouvriront bientôt"
    assert "mardi 15\u00a0novembre 2022 à 13\u00a0h" in page.text
    clock.advance(hours=1)
    assert visitor.get(FORM).heading == "Réserver ma place"


@pytest.mark.usefixtures("conference")
def test_a_person_changes_name_and_sessions(app: Flask, visitor: Visitor) -> None:
    ticket = visitor.get(FORM).submit(name="Zélie", sessions=["atelier-a"], consent="y")
    form = ticket.follow("Modifier le nom ou les créneaux")
    assert form.fields()["sessions"] == "atelier-a"
    changed = form.submit(name="Zoé", sessions=["atelier-b", "ag"])

    assert changed.path == ticket.path
    assert changed.heading == "Zoé"
    assert "Atelier B 14\u00a0h\u00a0– 15\u00a0h" in changed.text
    assert "Atelier A" not in changed.text


@pytest.mark.usefixtures("conference")
def test_a_person_cancels_after_being_asked_once_more(app: Flask, visitor: Visitor) -> None:
    ticket = visitor.get(FORM).submit(name="Zélie", consent="y")
    asked = ticket.follow("Annuler mon inscription")
    assert visitor.get(ticket.path).heading == "Zélie"

    cancelled = asked.submit()
    assert cancelled.heading == "Inscription annulée"
    assert visitor.get(f"{ticket.path}.png").status == 409
    assert asked.submit().heading == "Inscription annulée"
    with app.app_context():
        assert db.session().scalar(select(func.count(Registration.id))) == 1


@pytest.mark.usefixtures("conference")
@pytest.mark.parametrize(
    ("suffix", "mimetype", "start"),
    [
        (".svg", "image/svg+xml", b"<svg"),
        (".png", "image/png", b"\x89PNG"),
        (".pdf", "application/pdf", b"%PDF-"),
        (".ics", "text/calendar", b"BEGIN:VCALENDAR"),
    ],
)
def test_the_ticket_comes_as_files(
    visitor: Visitor, suffix: str, mimetype: str, start: bytes
) -> None:
    ticket = visitor.get(FORM).submit(name="Zélie", consent="y", sessions=["ag"])
    answer = visitor.client.get(ticket.path + suffix)

    assert answer.mimetype == mimetype
    assert answer.data.startswith(start)
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["Cache-Control"] == "no-store"
    if suffix == ".ics":
        assert ticket.path.rpartition("/")[2] not in answer.text


@pytest.mark.usefixtures("conference")
@pytest.mark.parametrize("token", ["0" * 26, "x", "é", "0" * 500])
def test_a_wrong_link_reveals_nothing(visitor: Visitor, token: str) -> None:
    page = visitor.get(f"/billet/{token}")
    assert (page.status, page.heading) == (404, "Il n’y a rien ici")


@pytest.mark.usefixtures("conference")
def test_reading_the_pages_changes_nothing(app: Flask, visitor: Visitor) -> None:
    ticket = visitor.get(FORM).submit(name="Zélie", consent="y", sessions=["ag"])
    with app.app_context():
        before = [list(row) for row in db.session().execute(select(Registration.__table__))]
    for path in ("", "/modifier", "/annuler", ".pdf", ".ics", ".png", ".svg"):
        assert visitor.client.get(ticket.path + path).status_code == 200
    with app.app_context():
        after = [list(row) for row in db.session().execute(select(Registration.__table__))]
    assert before == after


@pytest.mark.usefixtures("conference")
def test_success_is_told_once_and_a_cancelled_ticket_has_no_forms(visitor: Visitor) -> None:
    ticket = visitor.get(FORM).submit(name="Zélie", consent="y")

    assert "C’est fait\u00a0: ta place est réservée." in ticket.text
    assert "C’est fait" not in visitor.get(ticket.path).text
    ticket.follow("Annuler mon inscription").submit()
    for page in ("modifier", "annuler"):
        left = visitor.get(f"{ticket.path}/{page}")
        assert (left.path, left.heading) == (ticket.path, "Inscription annulée")


@pytest.mark.usefixtures("conference")
def test_a_refused_session_is_where_the_person_is_led(app: Flask, visitor: Visitor) -> None:
    form = visitor.get(FORM)
    page = form.submit(name="Zélie", consent="y", sessions=["atelier-a", "atelier-b"])

    (led,) = page.select("[autofocus]")
    assert (led.get("id"), led.get("aria-invalid")) == ("sessions-atelier-a", "true")
    assert [box.get("id") for box in page.select("[aria-invalid]")] == [
        "sessions-atelier-a",
        "sessions-atelier-b",
    ]
    assert [link.get("href") for link in page.select("#erreurs a")] == ["#sessions-atelier-a"]
    assert page.response.text.count("<title>Erreur – Inscription") == 1

    with app.app_context(), transaction() as session:
        assembly = session.scalars(select(Session).where(Session.slug == "ag")).one()
        ledger.resize(session, assembly.pool_id or 0, capacity=0, held=0)
        # Few seats are left for the day too: then the blank form is never a second late.
        ledger.resize(session, assembly.event.pool_id or 0, capacity=10, held=9)
    (full,) = visitor.get(FORM).select("#sessions-ag")
    assert full.get("disabled") is not None


@pytest.mark.usefixtures("conference")
def test_nobody_cancels_once_the_event_has_begun(
    app: Flask, visitor: Visitor, clock: TestClock
) -> None:
    ticket = visitor.get(FORM).submit(name="Zélie", consent="y")
    asked = ticket.follow("Annuler mon inscription")
    clock.moment = paris(11)

    for page in (asked.submit(), visitor.get(f"{ticket.path}/annuler")):
        assert (page.status, page.heading) == (409, "C’est commencé")
        assert page.follow("Revenir au billet").heading == "Zélie"
        changing = page.follow("rends-la en modifiant ton inscription")
        assert changing.heading == "Modifier mon inscription"
    assert visitor.get(ticket.path).heading == "Zélie"


@pytest.mark.usefixtures("conference")
def test_a_change_is_confirmed_once(visitor: Visitor) -> None:
    ticket = visitor.get(FORM).submit(name="Zélie", consent="y")
    changed = ticket.follow("Modifier le nom ou les créneaux").submit(name="Zoé")

    assert changed.texts("[role=status]") == ["C’est enregistré."]
    assert visitor.get(ticket.path).select("[role=status]") == []


def moved_to(app: Flask, state: EventState) -> None:
    with app.app_context(), transaction() as session:
        event = session.scalars(select(Event)).one()
        event.state = state
        event.contact_email = "equipe@exemple.org"


@pytest.mark.usefixtures("conference")
def test_a_postponed_ticket_gives_no_date_to_keep(app: Flask, visitor: Visitor) -> None:
    ticket = visitor.get(FORM).submit(name="Zélie", consent="y")
    moved_to(app, EventState.POSTPONED)
    page = visitor.get(ticket.path)

    assert page.texts(".ticket s") == ["jeudi 15\u00a0décembre 2022, 11\u00a0h\u00a0– 18\u00a0h"]
    assert page.select("a[href$='.ics']") == []
    assert "equipe@exemple.org" in page.text


@pytest.mark.usefixtures("conference")
def test_a_cancelled_event_leaves_nothing_to_change_and_says_when_all_is_erased(
    app: Flask, visitor: Visitor
) -> None:
    ticket = visitor.get(FORM).submit(name="Zélie", consent="y")
    moved_to(app, EventState.CANCELLED)
    page = visitor.get(f"{ticket.path}/modifier")

    assert page.path == ticket.path
    assert "seront effacées le samedi 14\u00a0janvier 2023" in page.text


@pytest.mark.usefixtures("conference")
def test_hours_beyond_the_announced_ones_are_said_everywhere(app: Flask, visitor: Visitor) -> None:
    with app.app_context(), transaction() as session:
        first = session.scalars(select(Session).where(Session.slug == "ouverture")).one()
        first.starts_at -= timedelta(minutes=10)
    form = visitor.get(FORM)
    ticket = form.submit(name="Zélie", consent="y")

    said = "rogramme dès 10\u00a0h\u00a050"
    for page in (form, ticket):
        assert page.texts(".facts .more") == [f"p{said}"]
    assert f"P{said}" in visitor.client.get(f"{ticket.path}.ics").text
