"""Seat counts move by themselves in an open window, and say aloud only what matters."""

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from conf_app.database import transaction
from conf_app.seats import ledger
from tests.browser import ON_SQLITE, Live, OpenWindow
from tests.events import make_conference

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


@pytest.mark.parametrize("path", ["/", "/e/conf/", "/e/conf/places"])
def test_the_count_goes_down_and_up_without_reload(
    live: Live, open_window: OpenWindow, pools: dict[str, int], path: str
) -> None:
    page = open_window(path)
    expect(page.locator("#places .figure")).to_have_text("2")

    move(live.app, {pools[""]: 1})
    expect(page.locator("#places .figure")).to_have_text("1", timeout=LATE)

    move(live.app, {pools[""]: 1})
    expect(page.locator("#places .word")).to_contain_text("Complet", timeout=LATE)
    expect(page.locator("#places-said")).to_have_text("C’est complet.")
    # The words beside the count are never older than the count.
    expect(page.locator("#places-way")).to_contain_text("La journée est complète")

    move(live.app, {pools[""]: -1})
    expect(page.locator("#places-join")).to_be_visible(timeout=LATE)


def test_a_sessions_seats_move_in_the_programme_too(
    live: Live, open_window: OpenWindow, pools: dict[str, int]
) -> None:
    page = open_window("/")
    expect(page.locator("#places-ag")).to_contain_text("120")

    move(live.app, {pools[""]: 1, pools["ag"]: 1})

    expect(page.locator("#places-ag")).to_contain_text("119", timeout=LATE)
    expect(page.locator("#places-said")).to_be_empty()


@ON_SQLITE
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

    hide(page, hidden=False)

    expect(page.locator("#places .figure")).to_have_text("1", timeout=3_000)


def hide(page: Page, *, hidden: bool) -> None:
    """Tell the page that nobody looks at it, as the browser does when another tab is in front."""
    page.evaluate(
        """(hidden) => {
          Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
          document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


@ON_SQLITE
def test_without_javascript_the_count_is_right_at_load(
    open_window: OpenWindow, pools: dict[str, int], live: Live
) -> None:
    move(live.app, {pools[""]: 1})

    page = open_window("/e/conf/", javascript=False)

    expect(page.locator("#places .figure")).to_have_text("1")
