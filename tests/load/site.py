"""Run the real site, server processes and all, and leave nothing of it behind."""

import contextlib
import http.client
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import psycopg
from flask import Flask

from conf_app import create_app
from conf_app.database import db
from conf_app.serve import port_is_free
from conf_app.settings import Settings

HOST = "127.0.0.1"
ROOT = Path(__file__).parents[2]
SERVE = (sys.executable, "-m", "conf_app", "serve")
"""Runs one process that keeps the web server's, which has the web workers."""

_PATIENCE = 180.0


def free_port() -> int:
    """Return a port nobody listens on, out of the range the kernel gives away by itself."""
    ports = iter(lambda: random.SystemRandom().randrange(20_000, 32_000), None)
    return next(port for port in ports if port_is_free(HOST, port))


def on_free_port(settings: Settings) -> Settings:
    """Return the settings of a site on this machine, on a free port."""
    port = free_port()
    return replace(settings, public_url=f"http://{HOST}:{port}", bind_host=HOST, port=port)


@contextlib.contextmanager
def database_of(settings: Settings) -> Iterator[Flask]:
    """Open a site's database from here; leave no connection open, whatever happens."""
    app = create_app(settings)
    with app.app_context():
        try:
            yield app
        finally:
            db.session.remove()
            db.engine.dispose()


def deadlocks(settings: Settings) -> int:
    """Return how often two transactions waited for each other; SQLite knows no such thing."""
    if not settings.database_url.startswith("postgresql"):
        return 0
    with psycopg.connect(settings.database_url.replace("+psycopg", "")) as connection:
        row = connection.execute(
            "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        ).fetchone()
    return int(row[0]) if row else 0


def environ(settings: Settings) -> dict[str, str]:
    """Return the environment that leads to these settings."""
    ring = settings.ticket_keys
    return {
        **os.environ,
        "PUBLIC_URL": settings.public_url,
        "SECRET_KEY": settings.secret_key,
        "TICKET_KEYS": ",".join(f"{number}:{key.hex()}" for number, key in ring.keys.items()),
        "DATABASE_URL": settings.database_url,
        "MAIL_FROM": settings.mail_from,
        "MAIL_FOLDER": str(settings.mail_folder),
        "SMTP_URL": settings.smtp_url,
        "BIND_HOST": settings.bind_host,
        "PORT": str(settings.port),
        "WORKERS": str(settings.workers),
        "THREADS": str(settings.threads),
    }


class RunningSite:
    """Know a site's processes by their ids; its web workers are ``depth`` generations down."""

    def __init__(self, port: int, process: psutil.Popen, depth: int, log: Path) -> None:
        self.port = port
        self._process = process
        self._depth = depth
        self._log = log

    def web_workers(self) -> list[psutil.Process]:
        """Return the processes that answer requests, those that just start included."""
        found: list[psutil.Process] = [self._process]
        for _ in range(self._depth):
            found = [child for each in found for child in _children(each)]
        return found

    def worker(self) -> psutil.Process | None:
        """Return the background worker, the one that lets others go first; None if it starts."""
        with contextlib.suppress(psutil.NoSuchProcess):
            common = self._process.nice()
            for child in _children(self._process):
                with contextlib.suppress(psutil.NoSuchProcess):
                    if child.nice() > common:
                        return child
        return None

    def processor_seconds(self) -> float:
        """Return the processor time that the web workers have used so far."""
        times = [each.cpu_times() for each in self.web_workers()]
        return float(sum(each.user + each.system for each in times))

    def log(self) -> str:
        """Return what the site said."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def wait_until_it_answers(self, path: str) -> None:
        """Wait, within bounds, for the first answer."""
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline and self._process.poll() is None:
            if _answers(self.port, path):
                return
            time.sleep(0.01)
        raise AssertionError(f"the site does not answer:\n{self.log()}")

    def end(self) -> None:
        """End it as an installation does; see every process gone."""
        family = [self._process, *_children(self._process, recursive=True)]
        self._process.send_signal(signal.SIGTERM)
        _, left = psutil.wait_procs(family, timeout=_PATIENCE)
        for process in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(left, timeout=_PATIENCE)
        if left:
            raise AssertionError(f"processes did not end: {left}\n{self.log()}")


@contextlib.contextmanager
def running(
    settings: Settings,
    folder: Path,
    *,
    command: tuple[str, ...] = SERVE,
    depth: int = 2,
    path: str = "/",
    core: int | None = None,
) -> Iterator[RunningSite]:
    """Run the site, on one processor core if named, until the block ends."""
    log = folder / f"site-{settings.port}.log"
    with log.open("wb") as output:
        process = psutil.Popen(
            command,
            cwd=ROOT,
            env=environ(settings),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=None if core is None else lambda: os.sched_setaffinity(0, {core}),
        )
    site = RunningSite(settings.port, process, depth, log)
    try:
        site.wait_until_it_answers(path)
        yield site
    finally:
        site.end()


def _children(process: psutil.Process, *, recursive: bool = False) -> list[psutil.Process]:
    with contextlib.suppress(psutil.NoSuchProcess):
        return list(process.children(recursive))
    return []


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
