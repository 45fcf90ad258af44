"""The public pages in a real browser: light, accessible, at ease on any screen."""

import pytest

from conf_app.database import transaction
from tests.browser import (
    NARROW,
    ON_SQLITE,
    Live,
    OpenWindow,
    assert_accessible,
    weigh,
)
from tests.events import make_conference
from tests.programme.test_pages import PAGES

pytestmark = ON_SQLITE


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible_and_fits_a_narrow_phone(
    live: Live, open_window: OpenWindow, path: str, scheme: str
) -> None:
    with live.app.app_context(), transaction() as session:
        make_conference(session)

    page = open_window(path, scheme=scheme, size=NARROW)

    assert_accessible(page)


@pytest.mark.parametrize("path", PAGES)
def test_a_first_visit_is_light(live: Live, open_window: OpenWindow, path: str) -> None:
    with live.app.app_context(), transaction() as session:
        make_conference(session)

    weight = weigh(open_window(), path)

    assert weight.bytes <= 40_000, weight
    assert weight.requests <= 6, weight
