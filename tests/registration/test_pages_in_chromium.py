"""The form and the ticket in a real browser: light, accessible, at ease on any screen."""

import re
from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from tests.browser import DESK, NARROW, ON_SQLITE, Live, OpenWindow, assert_accessible, weigh
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
    page.get_by_role("link", name="Annuler mon inscription").click()
    yield "cancel"
    page.get_by_role("button", name="Oui, annuler").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Inscription annulée")
    yield "cancelled"
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
