"""The public pages in a real browser: light, accessible, at ease on any screen."""

from datetime import timedelta

import pypdfium2  # type: ignore[import-untyped]  # it ships no types
import pytest
from playwright.sync_api import Page

from conf_app.database import transaction
from tests.browser import (
    DESK,
    NARROW,
    ON_SQLITE,
    PHONE,
    Live,
    OpenWindow,
    assert_accessible,
    assert_no_sideways_scroll,
    weigh,
)
from tests.events import make_conference, paris
from tests.programme.days import make_crowded_day, make_shipped
from tests.programme.test_pages import PAGES, STATES, conference

pytestmark = ON_SQLITE

SHIPPED = (
    "/",
    "/agenda",
    "/e/conf-2022/",
    "/e/conf-2022/programme",
    "/e/conf-2022/intervenant-es",
    "/e/conf-2022/intervenant-es/marine-gandy",
    "/e/conf-2022/infos-pratiques",
    "/e/conf-2022/places",
    "/e/meetup-lille/",
    "/e/contre-societe/",
)


def shipped(live: Live) -> None:
    with live.app.app_context(), transaction() as session:
        make_shipped(session)


def in_print(page: Page) -> None:
    page.emulate_media(media="print")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_shipped_pages_are_accessible_and_fit_any_screen(
    live: Live, open_window: OpenWindow, scheme: str
) -> None:
    shipped(live)
    for size in (NARROW, DESK):
        page = open_window(scheme=scheme, size=size)
        for path in SHIPPED:
            page.goto(path)
            assert_accessible(page)


@pytest.mark.parametrize("state", STATES)
def test_each_state_is_accessible_and_fits_a_narrow_phone(
    live: Live, open_window: OpenWindow, state: str
) -> None:
    conference(live.app, state)
    for scheme in ("light", "dark"):
        page = open_window("/e/conf/", scheme=scheme, size=NARROW)
        assert_accessible(page)
        page.goto("/e/conf/programme")
        assert_accessible(page)


def test_text_twice_as_large_still_fits(live: Live, open_window: OpenWindow) -> None:
    shipped(live)
    page = open_window(size=DESK)
    for path in SHIPPED:
        page.goto(path)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert_no_sideways_scroll(page)


def test_the_header_is_whole_in_two_lines_on_a_phone(live: Live, open_window: OpenWindow) -> None:
    shipped(live)
    page = open_window("/e/conf-2022/programme", size=PHONE)

    tops = page.locator(".top a:visible").evaluate_all(
        "(links) => links.map((link) => Math.round(link.getBoundingClientRect().top))"
    )

    assert len(tops) == 6
    assert len(set(tops)) == 2


def test_a_printed_programme_leaves_out_what_paper_cannot_do(
    live: Live, open_window: OpenWindow
) -> None:
    shipped(live)
    page = open_window("/e/conf-2022/programme", scheme="dark")
    in_print(page)

    assert (
        page.locator(".button, .top nav").evaluate_all(
            "(all) => all.filter((one) => one.checkVisibility()).length"
        )
        == 0
    )
    assert page.locator(".session").count() == 13


def test_no_printed_heading_stands_alone_at_the_foot_of_a_page(
    live: Live, open_window: OpenWindow
) -> None:
    shipped(live)
    page = open_window("/")

    printed = pypdfium2.PdfDocument(page.pdf(prefer_css_page_size=True, format="A4"))

    sheets = [sheet.get_textpage().get_text_range() for sheet in printed]
    (themes,) = [sheet for sheet in sheets if "De quoi on parle" in sheet]
    assert "Émancipation" in themes
    assert "La journée" in sheets[0]


def test_a_printed_programme_has_air_below_its_title(live: Live, open_window: OpenWindow) -> None:
    shipped(live)
    page = open_window("/e/conf-2022/programme")
    in_print(page)

    title, line = (page.locator(each).bounding_box() for each in ("h1", ".paper"))

    assert title is not None
    assert line is not None
    assert line["y"] - title["y"] - title["height"] > 10


def test_the_days_of_an_event_stand_on_one_line(live: Live, open_window: OpenWindow) -> None:
    with live.app.app_context(), transaction() as session:
        event = make_conference(session)
        event.starts_at, event.ends_at = paris(11) + timedelta(14), paris(18) + timedelta(17)

    page = open_window("/agenda", size=NARROW)

    date, months = (page.locator(each).bounding_box() for each in (".date", ".date small"))
    assert date is not None
    assert months is not None
    assert months["y"] - date["y"] < 50
    assert page.locator(".date").evaluate("(date) => date.scrollWidth <= date.clientWidth")


def test_what_is_urgent_is_printed(live: Live, open_window: OpenWindow) -> None:
    conference(live.app, "urgent")
    page = open_window("/e/conf/programme", scheme="dark")
    in_print(page)

    assert page.locator(".strip.urgent").is_visible()
    assert (
        page.locator(".strip.urgent").evaluate("(strip) => getComputedStyle(strip).color")
        == "rgb(26, 22, 19)"
    )


def test_words_stay_whole_beside_the_seats_at_twice_the_text_size(
    live: Live, open_window: OpenWindow
) -> None:
    shipped(live)
    page = open_window(size=NARROW)
    for path in ("/", "/e/conf-2022/places", "/e/conf-2022/inscription"):
        page.goto(path)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert_no_sideways_scroll(page)
        box = page.locator(".places .word").bounding_box()
        assert box is not None
        assert box["width"] > 120


@pytest.mark.parametrize("path", SHIPPED)
def test_a_first_visit_is_light(live: Live, open_window: OpenWindow, path: str) -> None:
    shipped(live)

    weight = weigh(open_window(), path)

    assert weight.bytes <= 40_000, weight
    assert weight.requests <= 6, weight


@pytest.mark.parametrize("path", ["/", "/e/conf/programme", "/e/conf/intervenant-es"])
def test_sixty_sessions_in_three_rooms_are_light_too(
    live: Live, open_window: OpenWindow, path: str
) -> None:
    with live.app.app_context(), transaction() as session:
        make_crowded_day(session)
    assert path in PAGES

    page = open_window()
    weight = weigh(page, path)

    assert weight.bytes <= 40_000, weight
    assert weight.requests <= 6, weight
    assert_accessible(page)


def test_keyboard_reaches_the_content_and_the_way_in(live: Live, open_window: OpenWindow) -> None:
    shipped(live)
    page = open_window("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Aller au contenu"

    page.keyboard.press("Enter")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('main .button')"):
            break

    page.keyboard.press("Enter")
    page.wait_for_url("**/inscription")
