"""Real processes: they answer, outlive the loss of one of them, and leave nothing behind."""

import contextlib
import http.client
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

PATIENCE = 60.0


def until(
    condition: Callable[[], bool], what: str, patience: float = PATIENCE, pause: float = 0.02
) -> None:
    """Wait until something holds; between two looks, ``pause`` seconds go by."""
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, f"never: {what}"
        threading.Event().wait(pause)


def free_port() -> int:
    """Return a port nobody listens on, below those the system hands to outgoing connections."""
    while True:
        port = random.randint(10_000, 32_000)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


@dataclass
class Site:
    """Hold a running « conf-app serve » and all it started."""

    process: subprocess.Popen[str]
    port: int

    @property
    def family(self) -> list[psutil.Process]:
        """All the processes that descend from it, but itself."""
        return psutil.Process(self.process.pid).children(recursive=True)

    @property
    def server(self) -> psutil.Process:
        """The web server's main process."""
        (server,) = [p for p in psutil.Process(self.process.pid).children() if p.children()]
        return server

    @property
    def worker(self) -> psutil.Process:
        """The one that works in the background."""
        (worker,) = [p for p in psutil.Process(self.process.pid).children() if not p.children()]
        return worker

    def status(self, path: str = "/healthz") -> int | None:
        """Return the status a path answers with, None if nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except OSError:
            return None
        finally:
            connection.close()

    def wait_until_well(self) -> None:
        """Wait until the server answers, has both workers, and the background work beats."""
        until(lambda: self.status() == 200, "the site is well")
        until(lambda: len(self.family) == 4, "two web workers")


def gone(processes: list[psutil.Process]) -> bool:
    """Whether no process is left; one that waits to be buried is none."""
    left = []
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.status() != psutil.STATUS_ZOMBIE:
                left.append(process)
    return not left


@pytest.fixture
def environ(sqlite_template: Path, tmp_path: Path) -> dict[str, str]:
    """Return the environment of an installation on SQLite, at a free port."""
    database = tmp_path / "conf.sqlite3"
    database.write_bytes(sqlite_template.read_bytes())
    port = free_port()
    return {
        **os.environ,
        "WORKERS": "2",
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "PORT": str(port),
        "SECRET_KEY": "x" * 32,
        "TICKET_KEYS": "1:" + "0" * 64,
        "DATABASE_URL": f"sqlite:///{database}",
        "MAIL_FROM": "conf@exemple.org",
        "MAIL_FOLDER": str(tmp_path / "courriels"),
    }


def start(environ: dict[str, str], *words: str) -> "subprocess.Popen[str]":
    """Start a command."""
    return subprocess.Popen(
        [sys.executable, "-m", "conf_app", *words],
        env=environ,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@pytest.fixture
def site(environ: dict[str, str]) -> Iterator[Site]:
    """Start the site; end all of it whatever happened."""
    with start(environ, "serve") as process:
        site = Site(process, int(environ["PORT"]))
        family: list[psutil.Process] = []
        try:
            site.wait_until_well()
            family = site.family
            yield site
        finally:
            for left in [*family, *(site.family if process.poll() is None else [])]:
                with contextlib.suppress(psutil.NoSuchProcess):
                    left.kill()
            process.kill()


def test_it_says_once_where_it_answers_and_nothing_more(site: Site) -> None:
    assert site.process.stdout is not None
    assert site.process.stdout.readline() == f"Le site répond sur http://127.0.0.1:{site.port}\n"
    assert site.status("/") == 200

    site.process.send_signal(signal.SIGTERM)
    assert site.process.communicate(timeout=60) == ("", "")


def test_a_killed_web_worker_is_replaced_while_the_other_answers(site: Site) -> None:
    before = {child.pid for child in site.server.children()}
    site.server.children()[0].kill()

    until(lambda: site.status() == 200, "an answer", patience=5)
    until(
        lambda: len({child.pid for child in site.server.children()} - before) == 1,
        "a new web worker",
    )
    assert site.status() == 200


def test_a_killed_background_worker_is_started_again(site: Site) -> None:
    first = site.worker
    first.kill()

    until(lambda: gone([first]) and len(site.family) == 4, "a new worker")
    assert site.status() == 200


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_it_leaves_no_process(site: Site, number: signal.Signals) -> None:
    family = site.family
    assert len(family) >= 4

    site.process.send_signal(number)

    assert site.process.wait(60) == 0
    until(lambda: gone(family), "nobody is left", patience=5)
    assert site.status() is None


@pytest.mark.parametrize("processes", [2, 3, 4])
def test_told_to_stop_while_it_starts_it_stops(environ: dict[str, str], processes: int) -> None:
    with start(environ, "serve") as process:
        site = Site(process, int(environ["PORT"]))
        until(lambda: len(site.family) >= processes, "its processes", pause=0.001)
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=30)
    assert said == ""


FORKS = """
import os, signal, time
from conf_app.serve import let_forked_hear

heard = []
signal.signal(signal.SIGTERM, lambda *_: heard.append(True))
let_forked_hear()
for _ in range(20):
    if (pid := os.fork()) == 0:
        time.sleep(5)
        os._exit(0)
    os.kill(pid, signal.SIGTERM)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
os.kill(os.getpid(), signal.SIGTERM)
print(heard)
"""


def test_what_the_server_forks_hears_a_stop_from_its_first_instant() -> None:
    said = subprocess.check_output([sys.executable, "-c", FORKS], text=True)

    assert said.splitlines() == [str(-signal.SIGTERM)] * 20 + ["[True]"]


def test_a_request_come_in_half_does_not_outlast_a_stop(site: Site) -> None:
    with socket.create_connection(("127.0.0.1", site.port)) as half:
        half.sendall(b"GET / HTTP/1.1\r\n")
        site.process.send_signal(signal.SIGTERM)
        out, err = site.process.communicate(timeout=30)
    assert "Killing" not in out + err


def test_a_web_server_killed_whole_leaves_no_orphan_and_is_started_again(site: Site) -> None:
    server, orphans = site.server, site.server.children()
    server.kill()

    until(lambda: gone([server, *orphans]), "no orphan", patience=10)
    site.wait_until_well()


def test_a_supervisor_killed_takes_everything_with_it(site: Site) -> None:
    family = site.family

    site.process.kill()

    until(lambda: gone(family), "nobody is left", patience=20)


def refusal(environ: dict[str, str]) -> str:
    """Return the one line with which « serve » refuses."""
    with start(environ, "serve") as process:
        _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    (line,) = said.splitlines()
    return line


def test_it_refuses_a_taken_port(environ: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", int(environ["PORT"]))):
        assert refusal(environ) == f"conf-app : le port {environ['PORT']} est déjà pris"


def test_it_refuses_a_database_out_of_date(environ: dict[str, str], tmp_path: Path) -> None:
    environ["DATABASE_URL"] = f"sqlite:///{tmp_path / 'vide.sqlite3'}"

    assert refusal(environ) == "conf-app : la base n’est pas à jour : conf-app db upgrade"


def test_it_refuses_a_database_that_is_away(environ: dict[str, str]) -> None:
    environ["DATABASE_URL"] = f"postgresql://nobody@127.0.0.1:{free_port()}/conf"

    assert refusal(environ) == "conf-app : la base est injoignable (OperationalError)"


def test_it_refuses_another_ticket_key(site: Site, environ: dict[str, str]) -> None:
    environ |= {"TICKET_KEYS": "1:" + "1" * 64, "PORT": str(free_port())}

    assert "TICKET_KEYS" in refusal(environ)


def test_its_log_never_holds_a_secret_link(site: Site) -> None:
    site.status("/billet/0123456789ABCDEFGHJKMNPQRS")
    site.process.send_signal(signal.SIGTERM)

    out, err = site.process.communicate(timeout=60)
    assert "billet" not in out + err
