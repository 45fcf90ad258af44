"""Who lost a ticket gets its link again by letter; who never asked takes their address back."""

import pytest
from playwright.sync_api import expect

from conf_app.database import transaction
from tests.browser import ON_SQLITE, Live
from tests.events import make_conference
from tests.journeys.conftest import Look, OpenPhone
from tests.journeys.steps import expect_title, house, letters, link_in
from tests.people import register
from tests.registration.test_messages import text_of

pytestmark = ON_SQLITE  # tests/registration/test_owners.py asks both
ADDRESS = "zelie@exemple.org"


@pytest.fixture
def people(live: Live) -> None:
    """Register Zélie, then Yann, by one address."""
    with live.app.app_context(), transaction() as session:
        event = make_conference(session)
        for name in ("Zélie", "Yann"):
            register(session, event, name, settings=house(live), email=ADDRESS)


@pytest.mark.usefixtures("people")
def test_a_lost_ticket_is_opened_again_by_a_letter(
    live: Live, open_phone: OpenPhone, look: Look
) -> None:
    page = open_phone("/e/conf/")
    page.goto("/billet-perdu")
    page.get_by_label("Adresse e-mail").fill(" Zelie@Exemple.org ")
    page.get_by_role("button", name="Renvoyer mes billets").click()
    expect_title(page, "Regarde ta boîte")
    look(page)

    *_, letter = letters(live, ADDRESS)
    assert letter["Subject"] == "Tes billets onestla.tech"
    page.goto(link_in(letter))
    expect_title(page, "Zélie")


@pytest.mark.usefixtures("people")
def test_an_address_somebody_else_typed_is_taken_back(
    live: Live, open_phone: OpenPhone, look: Look
) -> None:
    first, _second = letters(live, ADDRESS)
    page = open_phone(link_in(first, "/pas-moi"))
    expect_title(page, "Ce n’est pas moi")
    look(page)
    page.get_by_role("checkbox", name="Annuler aussi l’inscription\u00a0: Zélie").check()
    page.get_by_role("button", name="Retirer mon adresse").click()

    expect_title(page, "Aucune adresse ici")
    page.goto(link_in(first))
    expect_title(page, "Inscription annulée")
    assert len(letters(live, ADDRESS)) == 2


@pytest.mark.usefixtures("people")
def test_of_two_tickets_of_one_address_one_is_kept(
    live: Live, open_phone: OpenPhone, look: Look
) -> None:
    first, second = letters(live, ADDRESS)
    assert "Cette adresse a d’autres billets" in text_of(second)
    page = open_phone(link_in(second, r"/garder/\w+"))
    expect_title(page, "Ne garder que ce billet\u00a0?")
    look(page)
    page.get_by_role("button", name="Oui, annuler l’autre").click()

    expect_title(page, "Yann")
    expect(page.get_by_role("status")).to_contain_text("ce billet reste, les autres sont annulés")
    page.goto(link_in(first))
    expect_title(page, "Inscription annulée")
