"""Put the real programme on the live site, in rehearsal on the morning of the day."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import select

from conf_app import resources
from conf_app.database import transaction
from conf_app.door.passes import demo_pass
from conf_app.organiser.access import demo_link
from conf_app.programme.actions import start_rehearsal
from conf_app.programme.importing import import_events
from conf_app.programme.models import Event
from conf_app.programme.reading import read
from tests.browser import Live
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
