"""By the secret link one sees, takes away and erases what is kept, and objects to reminders."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from conf_app.database import transaction
from tests.browser import ON_SQLITE, PHONE, Live
from tests.events import make_conference
from tests.journeys.conftest import Look, OpenPhone
from tests.journeys.steps import come, expect_title

pytestmark = ON_SQLITE  # tests/privacy/test_rights.py asks both


@pytest.fixture
def ticket(live: Live, open_phone: OpenPhone) -> Page:
    """Publish a conference and register Zélie; return her ticket."""
    with live.app.app_context(), transaction() as session:
        make_conference(session)
    page = open_phone()
    come(page, "Zélie", email="zelie@exemple.org", sessions={"Zélie": ["Assemblée générale"]})
    return page


def test_one_sees_what_is_kept_and_takes_it_away_in_a_file_that_reads_by_itself(
    chromium: Browser, ticket: Page, look: Look, javascript: bool, tmp_path: Path
) -> None:
    ticket.get_by_role("link", name="Voir mes données").click()
    expect_title(ticket, "Mes données")
    expect(ticket.get_by_role("main")).to_contain_text("zelie@exemple.org")
    look(ticket)
    with ticket.expect_download() as download:
        ticket.get_by_role("link", name="Télécharger").click()
    assert download.value.suggested_filename == "mes-donnees-conf.html"
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)

    context = chromium.new_context(
        java_script_enabled=javascript,
        offline=True,
        viewport={"width": PHONE[0], "height": PHONE[1]},
    )
    page = context.new_page()
    page.goto(file.as_uri())
    expect_title(page, "Mes données")
    expect(page.get_by_role("heading", name="Zélie")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("Assemblée générale")
    look(page)
    data = json.loads(page.locator("#donnees").text_content() or "")
    context.close()
    assert data["adresse"] == "zelie@exemple.org"
    assert [person["nom"] for person in data["personnes"]] == ["Zélie"]


def test_one_objects_to_reminders_and_changes_ones_mind(ticket: Page, look: Look) -> None:
    ticket.get_by_role("link", name="Rappels").click()
    ticket.get_by_role("button", name="Ne plus avoir de rappels").click()
    expect_title(ticket, "Pas de rappels")
    look(ticket)

    ticket.get_by_role("button", name="Avoir à nouveau des rappels").click()
    expect_title(ticket, "Recevoir des rappels\u00a0?")
    ticket.get_by_role("link", name="Revenir au billet").click()
    expect_title(ticket, "Zélie")


def test_one_erases_all_at_once_and_the_seat_is_free_again(
    open_phone: OpenPhone, ticket: Page, look: Look
) -> None:
    link = ticket.url
    seats = open_phone("/e/conf/")
    expect(seats.locator("#places .figure")).to_have_text("199")
    ticket.get_by_role("link", name="Tout effacer").click()
    expect_title(ticket, "Tout effacer\u00a0?")
    expect(ticket.get_by_role("main")).to_contain_text("la place sera rendue")
    look(ticket)
    ticket.get_by_role("button", name="Oui, tout effacer").click()

    expect_title(ticket, "C’est effacé")
    look(ticket)
    gone = ticket.goto(link)
    assert gone is not None
    assert gone.status == 404
    seats.reload()
    expect(seats.locator("#places .figure")).to_have_text("200")
