"""Several people come by one form: one link, one letter, a ticket each that is theirs alone."""

import pytest
from playwright.sync_api import Page, expect

from conf_app.database import transaction
from tests.browser import ON_SQLITE, Live
from tests.events import make_conference
from tests.journeys.conftest import Look, OpenPhone
from tests.journeys.steps import (
    come,
    expect_title,
    letters,
    link_in,
    scan,
    ticket_of,
)
from tests.registration.test_messages import text_of
from tests.team import DOORS_OPEN, pass_token

pytestmark = ON_SQLITE  # tests/registration/test_parties.py asks both


@pytest.fixture
def tickets(live: Live, open_phone: OpenPhone) -> Page:
    """Publish a conference; register Zélie and Awa together, each with her sessions."""
    with live.app.app_context(), transaction() as session:
        make_conference(session)
    page = open_phone()
    come(
        page,
        *("Zélie", "Awa"),
        email="zelie@exemple.org",
        sessions={"Zélie": ["Atelier A"], "Awa": ["Assemblée générale"]},
    )
    return page


def test_two_people_get_a_ticket_each_by_one_link_and_one_letter(
    live: Live, open_phone: OpenPhone, tickets: Page, look: Look
) -> None:
    expect(tickets.get_by_role("status")).to_contain_text("vos places sont réservées")
    look(tickets)

    (letter,) = letters(live, "zelie@exemple.org")
    assert "Zélie" in text_of(letter)
    assert "Awa" in text_of(letter)
    opened = open_phone(link_in(letter))
    expect_title(opened, "2 billets")
    expect(ticket_of(opened, "Zélie")).to_contain_text("Atelier A")
    expect(ticket_of(opened, "Awa")).to_contain_text("Assemblée générale")
    assert scan(ticket_of(opened, "Zélie")) != scan(ticket_of(opened, "Awa"))


def test_one_of_two_changes_and_the_other_stays_as_she_was(tickets: Page, look: Look) -> None:
    before = ticket_of(tickets, "Zélie").inner_text()
    tickets.get_by_role("link", name="Modifier le billet\u00a0: Awa").click()
    expect_title(tickets, "Modifier l’inscription\u00a0: Awa")
    look(tickets)

    tickets.get_by_label("Nom ou pseudonyme").fill("Ada")
    tickets.get_by_role("checkbox", name="Assemblée générale").uncheck()
    tickets.get_by_role("checkbox", name="Atelier B").check()
    tickets.get_by_role("button", name="Enregistrer").click()

    expect(tickets.get_by_role("status")).to_have_text("C’est enregistré.")
    expect(ticket_of(tickets, "Ada")).to_contain_text("Atelier B")
    expect(ticket_of(tickets, "Ada")).not_to_contain_text("Assemblée générale")
    assert ticket_of(tickets, "Zélie").inner_text() == before


def test_one_of_two_cancels_and_the_other_keeps_her_ticket(
    live: Live, open_phone: OpenPhone, tickets: Page, look: Look
) -> None:
    kept = scan(ticket_of(tickets, "Zélie"))
    tickets.get_by_role("link", name="Annuler pour une ou plusieurs personnes").click()
    expect_title(tickets, "Qui ne vient plus ?")
    look(tickets)

    tickets.get_by_role("checkbox", name="Awa").check()
    tickets.get_by_role("button", name="Oui, annuler").click()

    expect_title(tickets, "Zélie")
    assert scan(tickets.get_by_role("article")) == kept
    assert "Awa ne vient plus" in text_of(letters(live, "zelie@exemple.org")[-1])
    expect(open_phone("/e/conf/").locator("#places .figure")).to_have_text("199")


def test_a_ticket_passed_on_opens_no_door_any_more_and_says_so(
    live: Live, open_phone: OpenPhone, tickets: Page, look: Look
) -> None:
    link, old = tickets.url, scan(ticket_of(tickets, "Awa"))
    tickets.get_by_role("link", name="Transmettre le billet\u00a0: Awa").click()
    expect_title(tickets, "Transmettre le billet\u00a0: Awa")
    tickets.get_by_label("Nom ou pseudonyme").fill("Noor")
    tickets.get_by_label("Son adresse e-mail").fill("noor@exemple.org")
    tickets.get_by_role("checkbox", name="La personne est d’accord").check()
    tickets.get_by_role("button", name="Transmettre").click()
    expect(tickets.get_by_role("status")).to_contain_text("le billet est transmis")

    (letter,) = letters(live, "noor@exemple.org")
    noor = open_phone(link_in(letter))
    expect_title(noor, "Noor")
    expect(noor.get_by_role("article")).to_contain_text("Assemblée générale")
    tickets.goto(link)
    expect_title(tickets, "Zélie")

    live.clock.moment = DOORS_OPEN
    token = pass_token(live.app, live.clock)
    phone = open_phone(f"/entree/acces/{token}")
    phone.get_by_role("button", name="Tenir ce poste").click()
    phone.goto(old)
    expect(phone.get_by_role("main")).to_contain_text("Ce billet a été transmis")
    look(phone)
    phone.goto(scan(noor.get_by_role("article")))
    phone.get_by_role("button", name="Faire entrer").click()
    expect_title(phone, "Entre")
