"""Serve the site: keep the web server and the worker running, and leave nothing behind."""

import contextlib
import http.client
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import NoReturn

import click
from flask import Flask
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from sqlalchemy.exc import SQLAlchemyError

from conf_app.database import db, transaction
from conf_app.operations import check_revision
from conf_app.processes import die_with_parent
from conf_app.refusals import Refusal
from conf_app.registration.keys import check_keys
from conf_app.settings import Settings
from conf_app.worker import run_worker

log = logging.getLogger(__name__)

GRACE = 10.0
"""Seconds that requests and mail under way are given to end."""

_TICK = 0.05
_AGAIN = 1.0
_YOUNG = 5.0
_TOO_OFTEN = 5
_STOPS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


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


def answers(host: str, port: int) -> bool:
    """Say whether a site answers there, be it with a no."""
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status < 500
    except OSError:
        return False
    finally:
        connection.close()


def let_forked_hear() -> None:
    """Let what this process forks end when told to, from its first instant.

    With the handlers it inherits, a web worker told to stop while it starts would not hear it.
    """
    stops = {signal.SIGTERM, signal.SIGINT}
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, ())

    def restore() -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)

    def forget_handlers() -> None:
        for number in stops:
            signal.signal(number, signal.SIG_DFL)
        restore()

    os.register_at_fork(
        before=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, stops),
        after_in_parent=restore,
        after_in_child=forget_handlers,
    )


def run_web(settings: Settings, target: str = "conf_app.wsgi:app") -> None:
    """Run the web server; its log never holds an address that was asked for."""
    let_forked_hear()
    Granian(
        target,
        address=settings.bind_host,
        port=settings.port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=settings.workers,
        respawn_failed_workers=True,
        blocking_threads=settings.threads,
        # Beyond this many requests under way a worker takes no new connection: they wait in the
        # backlog, where they cost nothing.
        backpressure=64 * settings.threads,
        backlog=2048,
        # A worker told to stop waits for a request come in half: not as long as we wait for it.
        http1_settings=HTTP1Settings(header_read_timeout=5_000),
        # No time limit for its workers: two of its threads wait for each, and the one that comes
        # second takes a worker that ended for one that refuses to. ``supervise`` ends the group.
        log_level=LogLevels.warning,
        log_access=False,
    ).serve()


def site(app: Flask, settings: Settings) -> dict[str, Callable[[], None]]:
    """Return what makes a whole site, by the names people are told."""
    return {
        "le serveur web": lambda: run_web(settings),
        "le travail de fond": lambda: run_worker(app),
    }


class Child:
    """Keep a function running in a process and process group of its own.

    The process is forked: what this one has imported need not be read again, at the start nor
    when a process is replaced.
    """

    def __init__(self, name: str, run: Callable[[], None]) -> None:
        self.name = name
        self._run = run
        self._early_deaths = 0
        self._start()

    def _start(self) -> None:
        self._started_at = time.monotonic()
        self._status: int | None = None
        parent = os.getpid()
        sys.stdout.flush()
        self._pid = os.fork()
        if self._pid == 0:
            self._be_child(parent)
        with contextlib.suppress(OSError):  # the child does it too: whoever comes first
            os.setpgid(self._pid, self._pid)

    def _be_child(self, parent: int) -> NoReturn:
        code = 1
        try:
            os.setpgid(0, 0)
            for number in _STOPS:
                signal.signal(number, signal.SIG_DFL)
            die_with_parent(signal.SIGTERM, parent)
            self._run()
            code = 0
        except BaseException:
            log.exception("%s s’arrête", self.name)
        finally:
            # Never back into the parent's frames, whatever happened.
            os._exit(code)

    @property
    def runs(self) -> bool:
        """Whether its main process is there."""
        if self._status is None:
            pid, status = os.waitpid(self._pid, os.WNOHANG)
            self._status = os.waitstatus_to_exitcode(status) if pid else None
        return self._status is None

    def keep(self, *, patiently: bool) -> None:
        """Start it again if it died; unless patient, raise CannotServe if it dies again and again.

        What ran well before, and dies now, is killed from outside: by hand, or for want of memory.
        """
        if self.runs:
            return
        self._kill_group()
        young = time.monotonic() - self._started_at < _YOUNG
        self._early_deaths = self._early_deaths + 1 if young else 0
        log.error("%s s’est arrêté (%s), redémarrage", self.name, self._status)
        if self._early_deaths >= _TOO_OFTEN and not patiently:
            raise CannotServe(f"{self.name} s’arrête aussitôt lancé")
        self._start()

    def ask_to_end(self, *, all_of_it: bool) -> None:
        """Ask the main process, or each of the group, to finish what it does and end."""
        if self.runs:
            (os.killpg if all_of_it else os.kill)(self._pid, signal.SIGTERM)

    def end(self) -> None:
        """End what is left of the group, and see it dead."""
        self._kill_group()
        if self.runs:
            os.waitpid(self._pid, 0)

    def _kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._pid, signal.SIGKILL)


def supervise(
    parts: Mapping[str, Callable[[], None]],
    *,
    ready: Callable[[], bool],
    grace: float = GRACE,
) -> None:
    """Run the parts until SIGTERM or SIGINT, then end them all, within ``grace`` seconds.

    ``ready`` is asked over and over until it says yes; from then on no death makes it give up: the
    parts are started again for as long as it takes. Must be called from the main thread, the
    only one: the kernel ties the children's lives to it, and forks nothing else.
    """
    stop = threading.Event()
    for number in _STOPS:
        signal.signal(number, lambda *_: stop.set())
    children: list[Child] = []
    try:
        for name, run in parts.items():
            children.append(Child(name, run))
        is_ready = False
        while not stop.wait(_TICK):
            for child in children:
                child.keep(patiently=is_ready)
            is_ready = is_ready or ready()
    finally:
        asked, deadline = 0.0, time.monotonic() + grace
        while any(child.runs for child in children) and time.monotonic() < deadline:
            if time.monotonic() - asked > _AGAIN:
                # A web worker that just starts can miss its server's word: all are told, again.
                for child in children:
                    child.ask_to_end(all_of_it=bool(asked))
                asked = time.monotonic()
            time.sleep(0.02)
        for child in children:
            child.end()


def serve(app: Flask, settings: Settings) -> None:
    """Check what must hold, then run the web server and the worker until told to stop."""
    check(app, settings)
    if not port_is_free(settings.bind_host, settings.port):
        raise CannotServe(f"le port {settings.port} est déjà pris")
    host = f"[{settings.bind_host}]" if ":" in settings.bind_host else settings.bind_host

    def ready() -> bool:
        if not answers(settings.bind_host, settings.port):
            return False
        click.echo(f"Le site répond sur http://{host}:{settings.port}")
        return True

    supervise(site(app, settings), ready=ready)
