"""The form and the ticket in a real browser: light, accessible, at ease on any screen."""

import re
from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from conf_app.database import transaction
from tests.browser import (
    DESK,
    NARROW,
    ON_SQLITE,
    Live,
    OpenWindow,
    assert_accessible,
    assert_no_sideways_scroll,
    weigh,
)
from tests.events import make_conference
from tests.programme.test_pages import STATES, conference

pytestmark = ON_SQLITE
FORM = "/e/conf/inscription"
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def walk(page: Page) -> Iterator[str]:
    """Go through every page an attendee can see, one after the other."""
    page.goto(FORM)
    yield "form"
    page.get_by_label("Adresse e-mail").fill("zelie@exemple")
    page.get_by_role("button", name="M’inscrire").click()
    expect(page.locator("#erreurs")).to_be_visible()
    yield "form with errors"
    page.get_by_label("Nom ou pseudonyme").fill("Zélie")
    page.get_by_label("Adresse e-mail").fill("zelie@exemple.org")
    page.get_by_role("checkbox", name=re.compile("Assemblée")).check()
    page.get_by_role("checkbox", name=re.compile("J’accepte")).check()
    page.get_by_role("button", name="M’inscrire").click()
    expect(page.locator(".ticket")).to_be_visible()
    yield "ticket"
    page.get_by_role("link", name="Modifier le nom ou les créneaux").click()
    yield "change"
    page.go_back()
    for name in ("Voir mes données", "Rappels", "Tout effacer"):
        page.get_by_role("link", name=name).click()
        yield name
        page.go_back()
    ticket = page.url
    page.goto(f"{ticket}/pas-moi")
    yield "not me"
    page.goto("/billet-perdu")
    page.get_by_role("button", name="Renvoyer mes billets").click()
    expect(page.locator("#erreurs")).to_be_visible()
    yield "lost ticket with an error"
    page.get_by_label("Adresse e-mail").fill("zelie@exemple.org")
    page.get_by_role("button", name="Renvoyer mes billets").click()
    yield "asked"
    page.goto(ticket)
    page.get_by_role("link", name="Annuler mon inscription").click()
    yield "cancel"
    page.get_by_role("button", name="Oui, annuler").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Inscription annulée")
    yield "cancelled"
    page.goto(FORM)
    page.get_by_label("Nom ou pseudonyme").fill("Zélie")
    page.get_by_role("checkbox", name=re.compile("J’accepte")).check()
    page.get_by_role("button", name="Ajouter une personne").click()
    expect(page.locator("#others-0-name")).to_be_focused()
    yield "form for two"
    page.locator("#others-0-name").fill("Awa")
    page.get_by_role("button", name="Nous inscrire").click()
    expect(page.locator(".ticket")).to_have_count(2)
    yield "tickets"
    page.get_by_role("link", name="Transmettre le billet\u00a0: Awa").click()
    yield "pass on"
    page.go_back()
    page.get_by_role("link", name="Annuler pour une ou plusieurs personnes").click()
    page.get_by_role("button", name="Oui, annuler").click()
    expect(page.locator("#erreurs")).to_be_visible()
    yield "cancel nobody"
    page.goto("/billet/rien")
    yield "not found"


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("size", [NARROW, DESK])
def test_all_an_attendee_sees_is_accessible(
    live: Live, open_window: OpenWindow, scheme: str, size: tuple[int, int]
) -> None:
    conference(live.app)
    page = open_window(scheme=scheme, size=size)
    for _step in walk(page):
        assert_accessible(page)


def test_a_phone_tells_when_and_where_before_the_form_and_unfolds_with_a_thumb(
    live: Live, open_window: OpenWindow
) -> None:
    conference(live.app)
    when = "jeudi 15\u00a0décembre 2022, 11\u00a0h\u00a0–\u2060\u00a018\u00a0h\u00a0· Grande salle"
    phone, desk = open_window(FORM, size=NARROW), open_window(FORM)

    expect(phone.locator("h1 + .brief")).to_have_text(when)
    expect(desk.locator(".brief")).to_be_hidden()
    fold = phone.locator("summary").bounding_box()
    assert fold is not None
    assert fold["height"] >= 44
    phone.evaluate("document.documentElement.style.fontSize = '200%'")
    assert_no_sideways_scroll(phone)


@pytest.mark.parametrize(("scheme", "size"), [("light", NARROW), ("dark", DESK)])
def test_waiting_is_accessible_from_the_form_to_the_answer(
    live: Live, open_window: OpenWindow, scheme: str, size: tuple[int, int]
) -> None:
    with live.app.app_context(), transaction() as session:
        make_conference(session, capacity=1, assembly=0)
    first, page = open_window(FORM), open_window(FORM, scheme=scheme, size=size)
    for window, name in ((first, "Zélie"), (page, "Awa")):
        window.goto(FORM)
        assert_accessible(window)
        window.get_by_label("Nom ou pseudonyme").fill(name)
        window.get_by_role("checkbox", name=re.compile("J’accepte")).check()
        window.locator("main form .button").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Liste d’attente")
    assert_accessible(page)
    first.get_by_role("link", name="Listes d’attente").click()
    expect(first.get_by_role("heading", name="Attendre une place")).to_be_visible()
    assert_accessible(first)
    first.go_back()
    first.get_by_role("link", name="Annuler mon inscription").click()
    first.get_by_role("button", name="Oui, annuler").click()
    expect(first.get_by_role("heading", level=1)).to_have_text("Inscription annulée")

    page.reload()
    assert_accessible(page)
    page.get_by_role("link", name="Répondre").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Une place t’attend")
    assert_accessible(page)
    page.get_by_role("button", name="Prendre la place").click()
    expect(page.locator(".ticket")).to_be_visible()


@pytest.mark.parametrize("state", STATES)
def test_the_way_in_is_accessible_and_light_in_each_state(
    live: Live, open_window: OpenWindow, state: str
) -> None:
    conference(live.app, state)
    page = open_window(size=NARROW)
    weight = weigh(page, FORM)
    assert weight.bytes <= 40_000, weight
    assert weight.requests <= 6, weight
    assert_accessible(page)


def test_a_ticket_is_light_and_its_image_is_kept_without_network(
    live: Live, open_window: OpenWindow
) -> None:
    conference(live.app)
    page = open_window()
    steps = walk(page)
    while next(steps) != "ticket":
        pass
    ticket = page.url.removeprefix(live.url)
    weight = weigh(page, ticket)
    assert weight.bytes <= 40_000, weight
    assert weight.requests <= 6, weight
    with page.expect_download() as download:
        page.get_by_role("link", name="Enregistrer l’image").click()
    assert download.value.path().read_bytes().startswith(b"\x89PNG")
