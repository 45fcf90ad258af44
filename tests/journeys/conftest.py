"""Put the real programme on the live site, or open phones with and without JavaScript."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from playwright.sync_api import Page
from sqlalchemy import select

from conf_app import resources
from conf_app.database import transaction
from conf_app.door.passes import demo_pass
from conf_app.organiser.access import demo_link
from conf_app.programme.actions import start_rehearsal
from conf_app.programme.importing import import_events
from conf_app.programme.models import Event
from conf_app.programme.reading import read
from tests.browser import (
    PHONE,
    Live,
    OpenWindow,
    assert_accessible,
    assert_no_sideways_scroll,
)
from tests.events import paris


@dataclass(frozen=True)
class RealProgramme:
    """Hold the addresses that a journey starts from."""

    event: str
    organiser: str
    door: str


@pytest.fixture
def real_programme(live: Live) -> RealProgramme:
    """Import the shipped files, rehearse the conference at 10 h 30 of its day."""
    now = live.clock()
    with live.app.app_context(), transaction() as session:
        for path in sorted(resources.SHIPPED.glob("*.toml")):
            import_events(session, read(path.read_bytes(), path.name), now=now, booked=lambda _: 0)
        event = session.scalars(select(Event).where(Event.featured)).one()
        start_rehearsal(session, event, now=now, at=paris(10) + timedelta(minutes=30))
        return RealProgramme(
            event=f"/e/{event.slug}",
            organiser=f"/orga/connexion/{demo_link(session, now=now)}",
            door=f"/entree/acces/{demo_pass(session, event, now=now)}",
        )


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def javascript(request: pytest.FixtureRequest) -> bool:
    """Whether the journey's phones run scripts: each journey is walked both ways."""
    enabled: bool = request.param
    return enabled


OpenPhone = Callable[..., Page]


@pytest.fixture
def open_phone(open_window: OpenWindow, javascript: bool) -> OpenPhone:
    """Return a function that opens somebody's phone, with or without JavaScript."""

    def open_phone(path: str | None = None) -> Page:
        return open_window(path, javascript=javascript, size=PHONE)

    return open_phone


Look = Callable[[Page], None]


@pytest.fixture
def look(javascript: bool) -> Look:
    """Return a function that asserts that a page is at everybody's ease, as it stands."""
    # axe-core is a script: it looks at the very same pages where scripts run.
    return assert_accessible if javascript else assert_no_sideways_scroll
