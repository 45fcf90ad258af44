"""Serve the site: keep the web server and the worker running, and leave nothing behind."""

import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from conf_app.database import db, transaction
from conf_app.operations import check_revision
from conf_app.processes import die_with_parent
from conf_app.refusals import Refusal
from conf_app.registration.keys import check_keys
from conf_app.settings import Settings

log = logging.getLogger(__name__)

GRACE = 10.0
"""Seconds that requests and mail under way are given to end."""

_TICK = 0.05
_YOUNG = 10.0
_TOO_OFTEN = 3


class CannotServe(Refusal):
    """Something outside keeps the site from starting."""


def check(app: Flask, settings: Settings) -> None:
    """Refuse to serve on a database that is away, out of date, or of other ticket keys."""
    with app.app_context():
        try:
            check_revision(db.session())
            with transaction() as session:
                check_keys(session, settings.ticket_keys)
        except SQLAlchemyError as fault:
            raise CannotServe(f"la base est injoignable ({type(fault).__name__})") from fault
        finally:
            db.session.remove()
            db.engine.dispose()


def port_is_free(host: str, port: int) -> bool:
    """Say whether one can listen there.

    The server shares its port between workers, and would as gladly share it with a stranger.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def web_command(settings: Settings) -> list[str]:
    """Return the command that runs the web server; its log never holds an address asked for."""
    return [
        *(sys.executable, "-m", "granian", "conf_app.wsgi:app"),
        *("--interface", "wsgi", "--http", "1", "--no-ws"),
        *("--host", settings.bind_host, "--port", str(settings.port)),
        *("--workers", str(settings.workers), "--respawn-failed-workers"),
        *("--blocking-threads", str(settings.threads)),
        # Beyond this many requests under way a worker takes no new connection: they wait
        # in the backlog, where they cost nothing.
        *("--backpressure", str(64 * settings.threads), "--backlog", "2048"),
        *("--http1-header-read-timeout", "10000"),
        *("--workers-kill-timeout", "8"),
        *("--no-access-log", "--log-level", "warning"),
    ]


def site_commands(settings: Settings) -> dict[str, list[str]]:
    """Return what makes a whole site, by the names people are told."""
    return {
        "le serveur web": web_command(settings),
        "le travail de fond": [sys.executable, "-m", "conf_app", "worker"],
    }


class Child:
    """Keep one command running, in a process group of its own."""

    def __init__(self, name: str, command: Sequence[str], environ: Mapping[str, str]) -> None:
        self.name = name
        self._command = command
        self._environ = environ
        self._early_deaths = 0
        self._start()

    def _start(self) -> None:
        supervisor = os.getpid()
        self._started_at = time.monotonic()
        self._process = subprocess.Popen(
            self._command,
            env=dict(self._environ),
            stdin=subprocess.DEVNULL,
            process_group=0,
            # Supervision has one thread, and the child asks nothing but one system call.
            preexec_fn=lambda: die_with_parent(signal.SIGTERM, supervisor),  # noqa: PLW1509
        )

    @property
    def runs(self) -> bool:
        """Whether its main process is there."""
        return self._process.poll() is None

    def keep(self) -> None:
        """Start it again if it died; raise CannotServe if it dies again and again at once."""
        if self.runs:
            return
        self.kill()
        young = time.monotonic() - self._started_at < _YOUNG
        self._early_deaths = self._early_deaths + 1 if young else 0
        log.error("%s s’est arrêté (%s), redémarrage", self.name, self._process.returncode)
        if self._early_deaths >= _TOO_OFTEN:
            raise CannotServe(f"{self.name} s’arrête aussitôt lancé")
        self._start()

    def ask_to_end(self) -> None:
        """Ask the main process to finish what it does and end."""
        if self.runs:
            self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End what is left of the group, and see it dead."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def supervise(
    commands: Mapping[str, Sequence[str]],
    environ: Mapping[str, str],
    *,
    ready: Callable[[], bool] = lambda: True,
    grace: float = GRACE,
) -> None:
    """Run the commands until SIGTERM or SIGINT, then end them all, within ``grace`` seconds.

    ``ready`` is asked over and over until it says yes. Must be called from the main thread: the kernel ties the children's lives to it.
    """
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    children: list[Child] = []
    try:
        for name, command in commands.items():
            children.append(Child(name, command, environ))
        is_ready = False
        while not stop.wait(_TICK):
            for child in children:
                child.keep()
            is_ready = is_ready or ready()
    finally:
        for child in children:
            child.ask_to_end()
        deadline = time.monotonic() + grace
        while any(child.runs for child in children) and time.monotonic() < deadline:
            time.sleep(0.02)
        for child in children:
            child.kill()


def serve(app: Flask, settings: Settings) -> None:
    """Check what must hold, then run the web server and the worker until told to stop."""
    check(app, settings)
    if not port_is_free(settings.bind_host, settings.port):
        raise CannotServe(f"le port {settings.port} est déjà pris")
    supervise(site_commands(settings), os.environ)
