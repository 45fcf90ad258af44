"""The whole main job, on the real programme, in a real browser."""

import csv
import io
import re

from playwright.sync_api import Page, expect

from tests.browser import PHONE, Live, OpenWindow
from tests.journeys.conftest import RealProgramme
from tests.journeys.steps import cancel, scan

ASSEMBLY = "Assemblée générale du collectif"


def read_programme_and_register(page: Page, name: str, *, assembly: bool, email: str = "") -> None:
    """Walk from the home page to the ticket."""
    page.goto("/")
    page.get_by_role("navigation", name="Principale").get_by_role("link", name="Programme").click()
    expect(page.get_by_text("Le soin des choses, ou qui maintient la société")).to_be_visible()
    page.get_by_role("link", name=re.compile("^S’inscrire")).first.click()
    page.get_by_label("Nom ou pseudonyme").fill(name)
    if email:
        page.get_by_label("Adresse e-mail").fill(email)
    if assembly:
        page.get_by_role("checkbox", name=re.compile(ASSEMBLY)).check()
    page.get_by_role("checkbox", name=re.compile("J’accepte")).check()
    page.get_by_role("button", name="M’inscrire").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def test_the_main_job_from_programme_to_list(
    live: Live, open_window: OpenWindow, real_programme: RealProgramme
) -> None:
    watcher = open_window("/")
    day = watcher.locator("#places .figure")
    expect(day).to_have_text("200")

    zelie = open_window(size=PHONE)
    read_programme_and_register(zelie, "Zélie", assembly=True, email="zelie@exemple.org")
    expect(zelie.locator(".ticket")).to_contain_text(ASSEMBLY)
    yann = open_window(size=PHONE)
    read_programme_and_register(yann, "Yann", assembly=False)

    # The second browser sees the seats go and come back, without a reload.
    expect(day).to_have_text("198", timeout=30_000)
    expect(watcher.locator("#places-ag")).to_contain_text("119")
    cancel(yann)
    expect(day).to_have_text("199", timeout=30_000)

    volunteer = open_window(real_programme.door, size=PHONE)
    volunteer.get_by_role("button").first.click()
    qr = scan(zelie.locator(".ticket"))
    live.clock.advance(minutes=5)
    volunteer.goto(qr)
    expect(volunteer.get_by_role("heading", level=1)).to_have_text("Zélie")
    volunteer.get_by_role("button", name="Faire entrer").click()
    expect(volunteer.get_by_role("heading", level=1)).to_have_text("Entre")
    live.clock.advance(minutes=12)
    volunteer.goto(qr)
    volunteer.get_by_role("button", name="Noter son retour").click()
    expect(volunteer.get_by_role("heading", level=1)).to_have_text("Retour noté")
    expect(volunteer.get_by_role("main")).to_contain_text("10\u00a0h\u00a035")
    expect(volunteer.get_by_role("main")).to_contain_text("Entrée principale")

    stranger = open_window(qr)
    expect(stranger.get_by_role("main")).not_to_contain_text("Zélie")

    organiser = open_window(real_programme.organiser)
    organiser.get_by_role("button").first.click()
    with organiser.expect_download() as download:
        organiser.goto("/orga/")
        organiser.get_by_role("link", name=re.compile("conférence")).first.click()
        organiser.get_by_role("link", name="Inscriptions", exact=True).click()
        organiser.get_by_role("link", name="Emporter la liste").click()
        organiser.get_by_role("button", name="CSV pour tableur").click()
    content = download.value.path().read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
    states = {row["nom"]: (row["état"], row["courriel"], row["porte"]) for row in rows}
    assert states == {
        "Zélie": ("inscrit·e", "zelie@exemple.org", "Entrée principale"),
        "Yann": ("annulé·e", "", ""),
    }


def test_an_attendee_needs_no_javascript(
    open_window: OpenWindow, real_programme: RealProgramme
) -> None:
    page = open_window(javascript=False, size=PHONE)
    read_programme_and_register(page, "Zélie", assembly=True)
    page.get_by_role("link", name="Modifier le nom ou les créneaux").click()
    page.get_by_label("Nom ou pseudonyme").fill("Zoé")
    page.get_by_role("checkbox", name=re.compile(ASSEMBLY)).uncheck()
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Zoé")
    expect(page.locator(".ticket")).not_to_contain_text(ASSEMBLY)

    other = open_window("/", javascript=False)
    expect(other.locator("#places .figure")).to_have_text("199")
    cancel(page)
    other.reload()
    expect(other.locator("#places .figure")).to_have_text("200")


def test_a_form_is_filled_and_corrected_by_keyboard_alone(
    open_window: OpenWindow, real_programme: RealProgramme
) -> None:
    page = open_window(f"{real_programme.event}/inscription", size=PHONE)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Aller au contenu")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Nom ou pseudonyme")).to_be_focused()
    page.keyboard.type("Zélie")
    page.keyboard.press("Tab")
    page.keyboard.type("zelie@exemple")
    page.keyboard.press("Enter")

    email = page.get_by_label("Adresse e-mail")
    expect(email).to_be_focused()
    expect(email).to_have_value("zelie@exemple")
    expect(email).to_have_accessible_description(re.compile("Il manque la fin de l’adresse"))
    page.keyboard.press("End")
    page.keyboard.type(".org")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")  # the needs, which stay folded
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Zélie")
    expect(page.locator(".ticket")).to_contain_text(ASSEMBLY)
