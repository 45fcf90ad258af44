"""Try the whole site without setting anything: its own secrets, data and letters in one folder."""

import http.client
import json
import os
import secrets
import socket
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

import click
import flask_migrate
from flask import Flask

from conf_app.clock import utc_now
from conf_app.database import db, transaction
from conf_app.operations import NotMigrated, check_revision
from conf_app.programme.queries import featured_event
from conf_app.programme.rules import rehearsal_shift
from conf_app.serve import CannotServe, check, port_is_free, site_commands, supervise
from conf_app.settings import Settings
from conf_app.web.context import settings
from conf_app.wiring import create_app

_HOST = "127.0.0.1"
_GRACE = 1.5


def run_demo(folder: Path, *, port: int, now: datetime | None) -> None:
    """Prepare the folder if need be, serve it, and say where to look, until told to stop.

    ``now`` is the hour it shall be for the featured event, in its time zone.
    """
    folder = folder.resolve()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    free = next(_free_ports(port))
    if free != port:
        click.echo(f"Le port {port} est déjà pris : la démo prend le {free}.")
    environ = {**os.environ, **_environ(folder, free)}
    environ.pop("SMTP_URL", None)  # a demo writes to nobody
    read = Settings.from_environ(environ)
    app = create_app(read)
    with app.app_context():
        links = _prepare(now)
        db.session.remove()
    check(app, read)

    def ready() -> bool:
        if not _answers(free):
            return False
        links_and_letters = {**links, "courriels": str(folder / "courriels")}
        for name, where in links_and_letters.items():
            click.echo(f"{name}  {where}")
        return True

    supervise(site_commands(read), environ, ready=ready, grace=_GRACE)


def _prepare(now: datetime | None) -> dict[str, str]:
    """Bring the database up to date, the programme in, the clock to its hour; return the links."""
    try:
        check_revision(db.session())
    except NotMigrated:
        db.session.remove()
        click.echo("Préparation de la base…")
        flask_migrate.upgrade()
    with transaction() as session:
        event = featured_event(session)
        if event is None:
            raise CannotServe("aucun évènement n’est à la une")
        if now is not None:
            at = now.replace(tzinfo=event.zone)
            event.clock_shift = rehearsal_shift(event, utc_now(), at=at)
            event.content_version += 1
    return {"site": f"{settings().public_url}/"}


def _environ(folder: Path, port: int) -> dict[str, str]:
    return {
        **_secrets(folder / "secrets.json"),
        "PUBLIC_URL": f"http://{_HOST}:{port}",
        "BIND_HOST": _HOST,
        "PORT": str(port),
        "DATABASE_URL": f"sqlite:///{folder / 'conf.sqlite3'}",
        "MAIL_FROM": "onestla.tech (démo) <demo@onestla.invalid>",
        "MAIL_FOLDER": str(folder / "courriels"),
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


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(_HOST, port, timeout=5)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status < 500
    except OSError:
        return False
    finally:
        connection.close()
