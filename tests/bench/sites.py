"""Make the sites to measure: shipped programme, room for everybody, so many registrations."""

import contextlib
import os
import secrets
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine, insert, select, text, update

from conf_app import create_app
from conf_app.clock import utc_now
from conf_app.codes import KeyRing, new_reference
from conf_app.database import db, transaction
from conf_app.migrating import upgrade
from conf_app.programme.models import Event
from conf_app.programme.reading import read
from conf_app.programme.rules import rehearsal_shift
from conf_app.registration.importing import import_over_bookings
from conf_app.registration.models import Party, Registration, RegistrationState
from conf_app.registration.names import name_key
from conf_app.seats.models import SeatPool
from conf_app.settings import Settings
from tests.load.site import ROOT, RunningSite, on_free_port, running

SHIPPED = ROOT / "conf_app" / "programme" / "shipped"
SERVE_HELLO = (sys.executable, "-m", "tests.bench.server")
ROOM_FOR_EVERYBODY = 1_000_000
_BATCH = 10_000


@dataclass(frozen=True)
class Bench:
    """Hold a running site and the event it is measured with."""

    site: RunningSite
    settings: Settings
    event: str

    @property
    def port(self) -> int:
        """Where it listens."""
        return self.site.port

    def memory(self) -> float:
        """Return the resident memory of its largest worker, in MB."""
        return max(each.memory_info().rss for each in self.site.web_workers()) / 1e6


def settings(database_url: str, folder: Path) -> Settings:
    """Return the settings of an installation as it comes."""
    return Settings(
        public_url="http://127.0.0.1",
        secret_key=secrets.token_hex(32),
        ticket_keys=KeyRing({1: secrets.token_bytes(32)}, 1),
        database_url=database_url,
        mail_from="conf@exemple.org",
        mail_folder=folder / "courriels",
    )


def prepare(settings: Settings, registrations: int) -> str:
    """Migrate, import the shipped files, rehearse with a huge room; return the event's slug."""
    app = create_app(settings)
    upgrade(app)
    with app.app_context():
        with transaction() as session:
            for path in sorted(SHIPPED.glob("*.toml")):
                import_over_bookings(session, read(path.read_bytes(), path.name), now=utc_now())
            event = session.scalars(select(Event).where(Event.featured)).one()
            event.clock_shift = rehearsal_shift(event, utc_now())
            session.execute(
                update(SeatPool)
                .where(SeatPool.id == event.pool_id)
                .values(capacity=ROOM_FOR_EVERYBODY, taken=registrations)
            )
            event_id, slug = event.id, event.slug
        _fill(db.engine, event_id, registrations)
        db.session.remove()
        db.engine.dispose()
    return slug


def _fill(engine: Engine, event_id: int, number: int) -> None:
    """Write registrations straight into the table: a hundred thousand in seconds."""
    now = utc_now()
    references: set[str] = set()
    while len(references) < number:
        references.add(new_reference())
    shuffled = sorted(references, key=lambda _: secrets.randbits(32))
    parties = [
        {
            "id": number,
            "event_id": event_id,
            "email": f"{reference.lower()}@exemple.org",
            "key_number": 1,
            "manage_seed": secrets.token_bytes(16),
            "manage_hash": secrets.token_bytes(32),
            "consent_version": "bench",
            "consented_at": now,
            "purge_on": now.date(),
        }
        for number, reference in enumerate(shuffled, 1)
    ]
    rows = [
        {
            "event_id": event_id,
            "party_id": number,
            "number": 1,
            "state": RegistrationState.CONFIRMED,
            "name": f"Ancienne personne {reference}",
            "name_key": name_key(f"Ancienne personne {reference}"),
            "reference": reference,
            "key_number": 1,
            "ticket_seed": secrets.token_bytes(16),
            "ticket_hash": secrets.token_bytes(32),
            "created_at": now - timedelta(days=1),
            "cancelled_at": None,
        }
        for number, reference in enumerate(shuffled, 1)
    ]
    with engine.begin() as connection:
        for model, made in ((Party, parties), (Registration, rows)):
            for start in range(0, number, _BATCH):
                connection.execute(insert(model), made[start : start + _BATCH])
        if connection.dialect.name == "postgresql":  # it does not count numbers given by hand
            connection.execute(
                text("SELECT setval(pg_get_serial_sequence('party', 'id'), :last)"),
                {"last": number},
            )


@contextlib.contextmanager
def serving(
    database_url: str, folder: Path, registrations: int, core: int | None
) -> Iterator[Bench]:
    """Serve a fresh site on a migrated empty database, its web server on one core."""
    made = on_free_port(settings(database_url, folder))
    if core is not None:
        made = replace(made, workers=1)  # as an installation with one core starts
    event = prepare(made, registrations)
    with running(made, folder, command=SERVE_HELLO, depth=1, path="/hello", core=core) as site:
        yield Bench(site, made, event)


def cold_start(made: Settings, folder: Path) -> float:
    """Return the seconds from the command to the first answer of a site that was prepared."""
    made = on_free_port(made)
    start = time.perf_counter()
    with running(made, folder):
        return time.perf_counter() - start


def pin(*cores: int | None) -> None:
    """Keep this process, and those it starts, on these cores; None names none."""
    if named := {core for core in cores if core is not None}:
        os.sched_setaffinity(0, named)
