"""Measure what organisers read and take along, with few registrations and with many."""

import http.client
import re
import statistics
import time
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urlencode

from sqlalchemy import select

from conf_app import create_app
from conf_app.clock import utc_now
from conf_app.database import db, transaction
from conf_app.organiser import access
from conf_app.registration.models import Registration
from tests.bench.figures import Figure, Sense, Target
from tests.bench.sites import Bench

ROWS = 100, 10_000, 20_000, 100_000
TIMES = 7
FLAT, LINEAR = Target(Sense.AT_MOST, 1.5), Target(Sense.AT_MOST, 1.25)
EXPORTS = {"CSV": "inscriptions.csv", "XLSX": "inscriptions.xlsx", "JSON": "inscriptions.json"}
PEERS = {"CSV": "8.2 s / 23–29 s", "XLSX": "12.3 s / 18–27 s"}


class Taken(NamedTuple):
    """Hold how long a list took to come whole, in seconds, and how many bytes it is."""

    seconds: float
    size: int


class Office:
    """Hold a signed-in organiser's browser on one site."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        app = create_app(bench.settings)
        with app.app_context():
            with transaction() as session:
                token = access.demo_link(session, "Alix", now=utc_now())
            people = select(Registration.id, Registration.reference).order_by(Registration.id)
            # The list ends with the oldest: so many come after this one as fill its last page.
            self.edge, self.reference = db.session().execute(people.offset(50).limit(1)).one()
            db.session.remove()
            db.engine.dispose()
        self.cookie = self._sign_in(f"/orga/connexion/{token}")

    def pages(self) -> dict[str, str]:
        """Return the pages to read, by what they are called."""
        people = f"/orga/e/{self.bench.event}/inscriptions"
        return {
            "first page of the list": people,
            "last page of the list": f"{people}?apres={self.edge}",
            "list by name": f"{people}?tri=nom",
            "one person": f"{people}/{self.reference}",
        }

    def read(self, path: str) -> float:
        """Return the median seconds a page takes."""
        return statistics.median(self._get(path).seconds for _ in range(TIMES))

    def take(self, name: str) -> Taken:
        """Take a list along."""
        return self._get(f"/orga/e/{self.bench.event}/{name}")

    def _sign_in(self, path: str) -> str:
        line = http.client.HTTPConnection("127.0.0.1", self.bench.port, timeout=60)
        line.request("GET", path)
        page = line.getresponse()
        found = re.search(r'name="csrf_token" value="([^"]+)"', page.read().decode())
        assert found is not None
        cookies = _cookies(page)
        body = urlencode({"csrf_token": found[1]})
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookies}
        line.request("POST", path, body, headers)
        answer = line.getresponse()
        answer.read()
        line.close()
        assert answer.status == 303, answer.status
        return _cookies(answer)

    def _get(self, path: str) -> Taken:
        line = http.client.HTTPConnection("127.0.0.1", self.bench.port, timeout=60)
        began, size = time.perf_counter(), 0
        line.request("GET", path, headers={"Cookie": self.cookie})
        answer = line.getresponse()
        while piece := answer.read(64 * 1024):
            size += len(piece)
        took = time.perf_counter() - began
        line.close()
        assert answer.status == 200, (path, answer.status)
        return Taken(took, size)


def figures(kind: str, benches: Sequence[Bench]) -> list[Figure]:
    """Compare sites with as many registrations as ``ROWS`` says."""
    offices = [Office(bench) for bench in benches]
    return _pages(kind, offices) + _exports(kind, offices)


def _pages(kind: str, offices: Sequence[Office]) -> list[Figure]:
    told = []
    for name in offices[0].pages():
        took = [each.read(each.pages()[name]) * 1000 for each in offices]
        told.append(
            Figure(
                f"{kind}: {name}",
                took[-1] / took[0],
                f" of with {ROWS[0]}",
                FLAT,
                f"{' / '.join(f'{each:.1f}' for each in took)} ms with {_numbers()}",
            )
        )
    return told


def _exports(kind: str, offices: Sequence[Office]) -> list[Figure]:
    told = []
    limits = {"CSV": 1.0, "XLSX": 3.0}
    for name, file in EXPORTS.items():
        taken = [each.take(file) for each in offices]
        seconds = [each.seconds for each in taken]
        detail = f"{' / '.join(f'{each:.2f}' for each in seconds)} s with {_numbers()}"
        limit = Target(Sense.AT_MOST, limits[name]) if name in limits else None
        told += [
            Figure(
                f"{kind}: {name} of {ROWS[2]:,}",
                seconds[2],
                " s",
                limit,
                detail,
                PEERS.get(name, ""),
            ),
            Figure(
                f"{kind}: {name}, ten times the rows",
                seconds[3] / seconds[1] / (ROWS[3] / ROWS[1]),
                " of ten times the time",
                LINEAR,
                f"{taken[3].size / 1e6:.1f} MB with {ROWS[3]:,}",
            ),
        ]
    held = [each.bench.memory() for each in offices]
    told.append(
        Figure(
            f"{kind}: memory of a worker after taking {ROWS[3]:,} along",
            held[3],
            " MB",
            Target(Sense.AT_MOST, 100),
            f"{held[0]:.0f} MB after taking {ROWS[0]} along",
            "283 MB / 279 MB, 519 after an export",
        )
    )
    return told


def _numbers() -> str:
    return " / ".join(f"{each:,}" for each in ROWS)


def _cookies(answer: http.client.HTTPResponse) -> str:
    return "; ".join(each.split(";")[0] for each in answer.headers.get_all("Set-Cookie") or ())
