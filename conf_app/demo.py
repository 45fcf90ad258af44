"""Try the whole site without setting anything: its own secrets, data and letters in one folder."""

import fcntl
import json
import os
import secrets
import socket
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import click
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from conf_app import resources
from conf_app.clock import utc_now
from conf_app.database import db, transaction
from conf_app.door import passes
from conf_app.migrating import upgrade
from conf_app.operations import NotMigrated, check_revision
from conf_app.organiser import access
from conf_app.programme.actions import start_rehearsal
from conf_app.programme.document import Document
from conf_app.programme.importing import import_events
from conf_app.programme.models import Event
from conf_app.programme.queries import featured_event
from conf_app.programme.reading import read
from conf_app.registration.importing import import_over_bookings
from conf_app.serve import CannotServe, answers, check, port_is_free, site, supervise
from conf_app.settings import Settings
from conf_app.web.context import site_address
from conf_app.wiring import create_app

_HOST = "127.0.0.1"
_GRACE = 1.5


def run_demo(folder: Path, *, port: int, now: datetime | None, events: Path | None) -> None:
    """Prepare the folder if need be, serve it, and say where to look, until told to stop.

    ``now`` is the hour it shall be for the featured event, in its time zone; ``events`` a file to
    bring in first.
    """
    folder = folder.resolve()
    letters = folder / "courriels"
    letters.mkdir(parents=True, exist_ok=True)
    _take(folder)
    free = next(_free_ports(port))
    if free != port:
        click.echo(f"Le port {port} est déjà pris : la démo prend le {free}.")
    os.environ.pop("SMTP_URL", None)  # a demo writes to nobody
    os.environ.update(_environ(folder, free))  # the web workers read it
    settings = Settings.from_environ(os.environ)
    app = create_app(settings)
    with app.app_context():
        links = _prepare(app, now, events)
        db.session.remove()
    check(app, settings)

    def ready() -> bool:
        if not answers(_HOST, free):
            return False
        links_and_letters = {**links, "courriels": str(letters)}
        for name, where in links_and_letters.items():
            click.echo(f"{name}  {where}")
        return True

    supervise(site(app, settings), ready=ready, grace=_GRACE)


def _take(folder: Path) -> None:
    """Hold the folder until this process ends: a second demo would make its links useless."""
    lock = os.open(folder / "demo.lock", os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise CannotServe(
            f"une démo tourne déjà sur {folder}\u00a0: choisis un autre DATA."
        ) from None


def _prepare(app: Flask, now: datetime | None, events: Path | None) -> dict[str, str]:
    """Bring the database up to date, the programme in, the clock to its hour; return the links."""
    try:
        check_revision(db.session())
    except NotMigrated:
        db.session.remove()
        click.echo("Préparation de la base…")
        upgrade(app)
    with transaction() as session:
        new = _import_shipped(session)
        if events is not None:
            # Of whatever revision: who tries things out edits one file again and again.
            document = read(events.read_bytes(), events.name)
            import_over_bookings(session, document, now=utc_now(), force=True)
        event = featured_event(session)
        if event is None:
            raise CannotServe("aucun évènement n’est à la une")
        if now is not None:
            start_rehearsal(session, event, now=utc_now(), at=now.replace(tzinfo=event.zone))
        elif event.slug in new:
            start_rehearsal(session, event, now=utc_now())
        return {"site": site_address("programme.home"), **_links(session, event)}


def _import_shipped(session: Session) -> set[str]:
    """Bring in the shipped events that the database does not know, and return their slugs."""
    known = set(session.scalars(select(Event.slug)))
    new: set[str] = set()
    for path in sorted(resources.SHIPPED.glob("*.toml")):
        document = read(path.read_bytes(), path.name)
        slugs = {entry.slug for entry in document.events}
        if not slugs <= known:
            unknown = tuple(entry for entry in document.events if entry.slug not in known)
            import_events(session, Document(unknown), now=utc_now(), booked=lambda _: 0)
            new |= slugs - known
    return new


def _links(session: Session, event: Event) -> dict[str, str]:
    """Make the links that stay usable until the demo stops."""
    made_at = utc_now()
    return {
        "orga": site_address("organiser.connect", token=access.demo_link(session, now=made_at)),
        "entree": site_address("door.join", token=passes.demo_pass(session, event, now=made_at)),
    }


def _environ(folder: Path, port: int) -> dict[str, str]:
    return {
        **_secrets(folder / "secrets.json"),
        "PUBLIC_URL": f"http://{_HOST}:{port}",
        "BIND_HOST": _HOST,
        "PORT": str(port),
        "DATABASE_URL": f"sqlite:///{folder / 'conf.sqlite3'}",
        "MAIL_FROM": "onestla.tech (démo) <demo@onestla.invalid>",
        "MAIL_FOLDER": str(folder / "courriels"),
        "PUBLISHER": "Une démo de conf-app",
        "PUBLISHER_ADDRESS": "sur cet ordinateur, sans autre adresse",
        "PUBLICATION_DIRECTOR": "la personne qui a lancé la démo",
        "HOSTING_PROVIDER": "cet ordinateur, pour lui seul",
    }


def _secrets(path: Path) -> dict[str, str]:
    """Read the demo's own secrets, or draw them; the tickets in its database hang on them."""
    if not path.exists():
        drawn = {"SECRET_KEY": secrets.token_hex(32), "TICKET_KEYS": f"1:{secrets.token_hex(32)}"}
        unfinished = path.with_suffix(".tmp")
        with open(unfinished, "w", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            json.dump(drawn, file)
        unfinished.replace(path)
    kept: dict[str, str] = json.loads(path.read_text())
    return kept


def _free_ports(wanted: int) -> Iterator[int]:
    """Tell the ports one can listen on: the one wanted, its neighbours, then any."""
    for port in range(wanted, min(wanted + 20, 65536)):
        if port_is_free(_HOST, port):
            yield port
    with socket.create_server((_HOST, 0)) as probe:
        port = probe.getsockname()[1]
    yield port
