"""Make events for tests: small, fictional, in no file."""

from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session as DatabaseSession

from conf_app.programme.models import (
    Event,
    EventKind,
    EventState,
    Room,
    Session,
    SessionKind,
    Speaker,
    Talk,
)
from conf_app.seats import ledger

DAY = datetime(2022, 12, 15, tzinfo=UTC)


def paris(hour: int, minute: int = 0) -> datetime:
    """Return an hour of 15 December 2022 in Paris, as UTC."""
    return DAY + timedelta(hours=hour - 1, minutes=minute)


def make_conference(
    session: DatabaseSession,
    *,
    slug: str = "conf",
    capacity: int = 200,
    assembly: int = 120,
    workshop: int = 20,
    state: EventState = EventState.PUBLISHED,
    featured: bool = True,
    email_required: bool = False,
    opens_at: datetime | None = None,
    closes_at: datetime | None = None,
    clock_shift: timedelta | None = None,
) -> Event:
    """Add a conference of one talk, two workshops at the same hour, and an assembly.

    The workshops ``atelier-a`` and ``atelier-b`` overlap (14 h – 15 h); ``ag`` is 17 h – 18 h.
    """
    event = Event(
        slug=slug,
        kind=EventKind.CONFERENCE,
        state=state,
        featured=featured,
        title="Conférence d’essai",
        tagline="Pour essayer",
        starts_at=paris(11),
        ends_at=paris(18),
        timezone="Europe/Paris",
        language="fr",
        venue="Grande salle",
        city="Paris",
        email_required=email_required,
        opens_at=opens_at,
        closes_at=closes_at,
        clock_shift=clock_shift,
        updated_at=DAY - timedelta(days=60),
        pool=ledger.open_pool(session, capacity=capacity),
    )
    event.rooms = [Room(position=0, slug="grande-salle", name="Grande salle")]
    event.speakers = [
        Speaker(position=0, slug="camille", name="Camille", role="bibliothécaire"),
        Speaker(position=1, slug="dominique", name="Dominique", role="électricienne"),
    ]
    talk = _session("ouverture", SessionKind.TALK, "Ouverture", paris(11), paris(12))
    talk.talks = [Talk(speaker=event.speakers[0], position=0)]
    talk.room = event.rooms[0]
    event.sessions = [
        talk,
        _session("pause", SessionKind.BREAK, "Pause", paris(12), paris(14)),
        _session("atelier-a", SessionKind.WORKSHOP, "Atelier A", paris(14), paris(15)),
        _session("atelier-b", SessionKind.WORKSHOP, "Atelier B", paris(14), paris(15)),
        _session("ag", SessionKind.ASSEMBLY, "Assemblée générale", paris(17), paris(18)),
    ]
    for entry, seats in zip(event.sessions[2:], (workshop, workshop, assembly), strict=True):
        entry.pool = ledger.open_pool(session, capacity=seats)
    session.add(event)
    session.flush()
    return event


def _session(
    slug: str, kind: SessionKind, title: str, starts_at: datetime, ends_at: datetime
) -> Session:
    return Session(slug=slug, kind=kind, title=title, starts_at=starts_at, ends_at=ends_at)
