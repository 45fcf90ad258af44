"""Make whole days for tests: a crowded fictional one, and the shipped programme."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy.orm import Session as DatabaseSession

from conf_app.programme import importing, reading
from conf_app.programme.models import Event, Room, Session, SessionKind, Speaker, Talk
from conf_app.seats import ledger
from tests.events import make_conference, paris

SHIPPED = Path(importing.__file__).parent / "shipped"
_WORDS = (
    *("logiciel", "libre", "réseau", "commun", "atelier", "machine", "liberté", "code", "énergie"),
    *("mesure", "syndicat", "mémoire", "carte", "langue", "soin", "ville", "forêt", "archive"),
)


def make_shipped(session: DatabaseSession) -> None:
    """Add the conference and the agenda that come with the program."""
    for name in ("conf-2022.toml", "agenda.toml"):
        document = reading.read((SHIPPED / name).read_bytes(), name)
        importing.import_events(
            session, document, now=datetime(2022, 11, 1, tzinfo=UTC), booked=lambda _session: 0
        )


def make_crowded_day(session: DatabaseSession) -> Event:
    """Add a day of 60 sessions in 3 rooms, each with a speaker, an abstract and some with seats."""
    event = make_conference(session)
    event.sessions = []
    session.flush()
    event.rooms = [
        Room(position=place, slug=f"salle-{place}", name=f"Salle {_WORDS[place]}")
        for place in range(3)
    ]
    event.speakers = [
        Speaker(
            position=number,
            slug=f"personne-{number}",
            name=f"Personne {_words(number, 1).capitalize()}-{number}",
            role=_words(number * 3, 2),
            organisation=_words(number * 7, 2),
        )
        for number in range(60)
    ]
    pools = [ledger.open_pool(session, capacity=30) for _ in range(7)]
    for number in range(60):
        start = paris(9) + timedelta(minutes=30 * (number // 3))
        talk = Session(
            slug=f"seance-{number}",
            kind=SessionKind.WORKSHOP if number % 9 == 0 else SessionKind.TALK,
            title=_words(number * 5, 7).capitalize(),
            abstract=f"{_words(number * 11, 25).capitalize()}.",
            starts_at=start,
            ends_at=start + timedelta(minutes=25),
            position=number,
            room=event.rooms[number % 3],
            talks=[Talk(speaker=event.speakers[number], position=0)],
        )
        talk.pool = pools[number // 9] if number % 9 == 0 else None
        event.sessions.append(talk)
    session.flush()
    return event


def _words(start: int, count: int) -> str:
    return " ".join(_WORDS[(start + step * (step + start)) % len(_WORDS)] for step in range(count))
