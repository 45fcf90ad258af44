"""Seat counts move by themselves in an open window, and say aloud only what matters."""

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from conf_app.database import transaction
from conf_app.programme.models import Event, EventState
from conf_app.seats import ledger
from tests.browser import ON_SQLITE, Live, OpenWindow, assert_accessible
from tests.events import make_conference

pytestmark = ON_SQLITE  # tests/programme/test_places.py asks both for what the pages show here
LATE = 20_000
"""Milliseconds within which a page that asks every 5 s must have moved, slow machines included."""


@pytest.fixture
def pools(live: Live) -> dict[str, int]:
    """Add a conference with 20 seats of which 2 are left: the pages ask every 5 s."""
    with live.app.app_context(), transaction() as session:
        event = make_conference(session, capacity=20)
        assert event.pool_id is not None
        ledger.move(session, {event.pool_id: 18})
        return {"": event.pool_id} | {
            one.slug: one.pool_id for one in event.sessions if one.pool_id is not None
        }


def move(app: Flask, changes: dict[int, int]) -> None:
    with app.app_context(), transaction() as session:
        ledger.move(session, changes)


def test_the_count_goes_down_and_up_without_reload(
    live: Live, open_window: OpenWindow, pools: dict[str, int]
) -> None:
    pages = [open_window(path) for path in ("/", "/e/conf/", "/e/conf/places")]
    for page in pages:
        expect(page.locator("#places .figure")).to_have_text("2")

    move(live.app, {pools[""]: 1})
    for page in pages:
        expect(page.locator("#places .figure")).to_have_text("1", timeout=LATE)

    move(live.app, {pools[""]: 1})
    for page in pages:
        expect(page.locator("#places .word")).to_contain_text("Complet", timeout=LATE)
        expect(page.locator("#places-said")).to_have_text("C’est complet.")
        # The words beside the count are never older than the count.
        expect(page.locator("#places-way")).to_contain_text("La journée est complète")

    move(live.app, {pools[""]: -1})
    for page in pages:
        expect(page.locator("#places-join")).to_be_visible(timeout=LATE)


def test_an_event_called_off_takes_the_way_in_away(
    live: Live, open_window: OpenWindow, pools: dict[str, int]
) -> None:
    page = open_window("/")
    expect(page.locator("a[href$=inscription]:visible")).to_have_count(2)

    with live.app.app_context(), transaction() as session:
        event = session.scalars(select(Event)).one()
        event.state, event.banner = EventState.POSTPONED, "Rendez-vous au printemps."
        ledger.move(session, {pools[""]: 0})

    expect(page.locator("#places .word")).to_contain_text("Reporté", timeout=LATE)
    expect(page.locator("a[href$=inscription]:visible")).to_have_count(0)
    expect(page.locator(".strip.urgent")).to_be_visible()
    expect(page.locator("#places-said")).to_have_text("Les inscriptions sont arrêtées.")
    assert_accessible(page)
    page.get_by_role("link", name="Ce qui a changé").click()
    expect(page.locator(".state")).to_contain_text("Cet évènement est reporté.")


def test_a_seat_given_back_shows_the_way_in_where_it_was_full(
    live: Live, open_window: OpenWindow, pools: dict[str, int]
) -> None:
    move(live.app, {pools[""]: 2})
    page = open_window("/e/conf/inscription")
    expect(page.locator("#places .word")).to_contain_text("Complet")

    move(live.app, {pools[""]: -1})

    expect(page.locator("#places .figure")).to_have_text("1", timeout=LATE)
    page.locator("#places-join").click()
    expect(page.get_by_label("Nom ou pseudonyme")).to_be_visible()


def test_a_sessions_seats_move_in_the_programme_too(
    live: Live, open_window: OpenWindow, pools: dict[str, int]
) -> None:
    page = open_window("/e/conf/programme")
    expect(page.locator("#places-ag")).to_contain_text("120")

    move(live.app, {pools[""]: 1, pools["ag"]: 1})

    expect(page.locator("#places-ag")).to_contain_text("119", timeout=LATE)
    expect(page.locator("#places-said")).to_be_empty()


def test_a_sessions_box_follows_its_seats_on_an_open_form(
    live: Live, open_window: OpenWindow, pools: dict[str, int]
) -> None:
    page = open_window("/e/conf/inscription")
    box = page.locator("#sessions-atelier-a")
    page.locator("#sessions-atelier-b").check()

    move(live.app, {pools[""]: 0, pools["atelier-a"]: 20, pools["atelier-b"]: 20})
    expect(box).to_be_disabled(timeout=LATE)
    expect(page.locator("#places-atelier-a")).to_have_text("complet")
    # What is ticked can be unticked.
    expect(page.locator("#sessions-atelier-b")).to_be_enabled()

    move(live.app, {pools[""]: 0, pools["atelier-a"]: -1})
    expect(box).to_be_enabled(timeout=LATE)


def test_a_hidden_page_asks_nothing_and_asks_on_return(
    live: Live, open_window: OpenWindow, pools: dict[str, int]
) -> None:
    page = open_window("/e/conf/")
    polls: list[str] = []
    page.on("request", lambda asked: polls.extend([asked.url] if "vu=" in asked.url else []))
    hide(page, hidden=True)
    move(live.app, {pools[""]: 1})
    # One whole pace of the page, told by the page itself.
    page.evaluate("() => new Promise((done) => setTimeout(done, 5500))")
    assert polls == []

    with page.expect_request(lambda asked: "vu=" in asked.url, timeout=3_000):
        hide(page, hidden=False)

    expect(page.locator("#places .figure")).to_have_text("1")


def hide(page: Page, *, hidden: bool) -> None:
    """Tell the page that nobody looks at it, as the browser does when another tab is in front."""
    page.evaluate(
        """(hidden) => {
          Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
          document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


def test_without_javascript_the_count_is_right_at_load(
    open_window: OpenWindow, pools: dict[str, int], live: Live
) -> None:
    move(live.app, {pools[""]: 1})

    page = open_window("/e/conf/", javascript=False)

    expect(page.locator("#places .figure")).to_have_text("1")
