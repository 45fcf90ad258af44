"""The public statements in a real browser, and the weights they tell held to what is weighed."""

import pytest

from conf_app.database import transaction
from conf_app.statements.weights import weights
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
from tests.programme.days import make_shipped
from tests.test_statements import STATEMENTS
from tests.weights import PAGES, measure

pytestmark = ON_SQLITE


@pytest.mark.parametrize("path", STATEMENTS.values())
def test_a_statement_is_accessible_and_light(
    live: Live, open_window: OpenWindow, path: str
) -> None:
    with live.app.app_context(), transaction() as session:
        make_shipped(session)
    for scheme, size in (("light", NARROW), ("dark", DESK)):
        page = open_window(path, scheme=scheme, size=size)
        assert_accessible(page)
    page = open_window(size=DESK)
    weight = weigh(page, path)
    assert weight.bytes <= 40_000, weight
    assert weight.requests <= 6, weight
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert_no_sideways_scroll(page)


def test_the_links_to_the_statements_take_two_lines_on_a_phone(
    live: Live, open_window: OpenWindow
) -> None:
    page = open_window("/mentions-legales", size=PHONE)

    tops = page.locator("footer nav:last-of-type a").evaluate_all(
        "(links) => links.map((link) => Math.round(link.getBoundingClientRect().top))"
    )

    assert len(tops) == len(STATEMENTS)
    assert len(set(tops)) == 2


def test_the_weights_told_are_true_within_a_tenth(live: Live, open_window: OpenWindow) -> None:
    told = {weight.page: weight for weight in weights()}
    assert told.keys() == PAGES.keys()
    for measured in measure(live, open_window):
        written = told[measured.page]
        assert written.requests == measured.requests, measured
        off = abs(written.bytes - measured.bytes) / measured.bytes
        assert off <= 0.1, f"{measured} is written as {written.bytes}: make weights"
