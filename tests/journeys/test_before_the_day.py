"""Before the day people say what they need and whether they come; each keeps the last word."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from conf_app.database import transaction
from tests.browser import ON_SQLITE, PHONE, Live, OpenWindow
from tests.events import make_conference, paris
from tests.journeys.conftest import Look, OpenPhone
from tests.journeys.steps import FORM, come, expect_title, letters, link_in, scan, ticket_of
from tests.team import DOORS_OPEN, pass_token

pytestmark = ON_SQLITE  # tests/registration asks both

ASKING = paris(10) - timedelta(days=5)
RELEASE = paris(10) - timedelta(days=2)


@pytest.fixture
def ticket(live: Live, open_phone: OpenPhone) -> Page:
    """Publish a conference that gives back the seats of the silent; return Zélie's ticket."""
    with live.app.app_context(), transaction() as session:
        make_conference(session).release_days = 2
    page = open_phone()
    come(page, "Zélie", email="zelie@exemple.org")
    return page


def ask(live: Live) -> str:
    """Let the question leave, days before; return the link of Zélie's letter."""
    live.clock.moment = ASKING
    return link_in(letters(live, "zelie@exemple.org")[-1], "/venir")


def test_a_yes_is_one_touch_away(live: Live, ticket: Page, look: Look) -> None:
    ticket.goto(ask(live))
    expect_title(ticket, "Tu viens toujours\u00a0?")
    expect(ticket.get_by_role("main")).to_contain_text("Sans réponse avant le mardi 13")
    look(ticket)
    ticket.get_by_role("button", name="Je viens").click()

    expect(ticket.get_by_role("status")).to_contain_text("on t’attend")
    live.clock.moment = RELEASE
    letters(live, "zelie@exemple.org")
    ticket.reload()
    expect_title(ticket, "Zélie")


def test_a_place_is_given_back_in_two_touches(
    live: Live, open_phone: OpenPhone, ticket: Page
) -> None:
    seats = open_phone("/e/conf/")
    expect(seats.locator("#places .figure")).to_have_text("199")
    ticket.goto(ask(live))
    ticket.get_by_role("link", name="Je libère ma place").click()
    ticket.get_by_role("button", name="Oui, annuler").click()

    expect_title(ticket, "Inscription annulée")
    seats.reload()
    expect(seats.locator("#places .figure")).to_have_text("200")


def test_silence_gives_the_place_back_after_it_was_said(
    live: Live, ticket: Page, look: Look
) -> None:
    ask(live)
    ticket.reload()
    expect(ticket.get_by_role("main")).to_contain_text("ensuite, ta place passe à d’autres")
    look(ticket)
    live.clock.moment = RELEASE
    mail = letters(live, "zelie@exemple.org")[-1]

    assert str(mail["Subject"]).startswith("Place rendue")
    ticket.reload()
    expect_title(ticket, "Place rendue")
    look(ticket)


def test_needs_are_told_at_registration_and_read_at_the_door_by_agreement(
    live: Live, open_phone: OpenPhone, open_window: OpenWindow, look: Look
) -> None:
    with live.app.app_context(), transaction() as session:
        make_conference(session)
    page = open_phone(FORM)
    page.get_by_text("Besoins d’accessibilité").click()
    page.get_by_label("Une place assise gardée").check()
    page.get_by_label("Avec tes mots").fill("Près de la porte")
    page.get_by_label("Montrer aussi à l’entrée").check()
    look(page)
    page.get_by_label("Nom ou pseudonyme").fill("Zélie")
    page.get_by_role("checkbox", name=re.compile("lise ces besoins")).check()
    page.get_by_role("checkbox", name=re.compile("servent à m’accueillir")).check()
    page.get_by_role("button", name="M’inscrire").click()
    expect_title(page, "Zélie")

    path = scan(ticket_of(page, "Zélie"))
    live.clock.moment = DOORS_OPEN
    door = open_window(f"/entree/acces/{pass_token(live.app, live.clock)}", size=PHONE)
    door.get_by_role("button").first.click()
    door.goto(path)
    expect_title(door, "Zélie")
    expect(door.get_by_role("main")).to_contain_text("Près de la porte")
    look(door)

    page.get_by_role("link", name="Besoins d’accessibilité").click()
    expect(page.get_by_label("Avec tes mots")).to_have_value("Près de la porte")
    page.get_by_label("Montrer aussi à l’entrée").uncheck()
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("alert")).to_contain_text("sans ton accord")
    look(page)
    page.get_by_role("checkbox", name=re.compile("J’accepte")).check()
    page.get_by_role("button", name="Enregistrer").click()
    expect_title(page, "Zélie")
    door.reload()
    expect(door.get_by_role("main")).not_to_contain_text("Près de la porte")


def test_needs_are_erased_apart_and_the_ticket_stays(
    live: Live, open_phone: OpenPhone, look: Look
) -> None:
    with live.app.app_context(), transaction() as session:
        make_conference(session)
    page = open_phone()
    come(page, "Zélie")
    page.get_by_role("link", name="Besoins d’accessibilité").click()
    page.get_by_label("Un endroit calme où faire une pause").check()
    page.get_by_role("checkbox", name=re.compile("J’accepte")).check()
    page.get_by_role("button", name="Enregistrer").click()
    page.get_by_role("link", name="Besoins d’accessibilité").click()
    expect(page.get_by_role("button", name="Effacer ces besoins")).to_be_visible()
    look(page)
    page.get_by_role("button", name="Effacer ces besoins").click()

    expect(page.get_by_role("status")).to_contain_text("il ne reste rien")
    page.get_by_role("link", name="Voir mes données").click()
    expect(page.get_by_role("main")).not_to_contain_text("calme")
