"""Measure everything, print a table, write it as JSON; short figures are said, not punished."""

import argparse
import contextlib
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.bench import decoders, lists, phone, sites
from tests.bench.door import Doors
from tests.bench.figures import Figure, Sense, Target, table
from tests.bench.rates import Rate, draw_tickets, nothing_new, pages, registrations
from tests.bench.sites import Bench, serving
from tests.load.databases import NewDatabase, postgres, sqlite
from tests.load.site import ROOT

AT_LEAST, AT_MOST = Sense.AT_LEAST, Sense.AT_MOST
FEW, SOME, MANY = 100, 1_000, 100_000
POSTS = 8
PHONE, PHONE_MANY = 3_000, 50_000
BUSY = 0.8
"""Above this share of its core the client itself may be what is measured."""


@dataclass
class Plan:
    """Say how long to measure, and on which cores."""

    rounds: int
    seconds: float
    server_core: int | None
    client_core: int | None

    def alternate(self, **measures: Callable[[float], Rate]) -> dict[str, Rate]:
        """Take the measures in turn, round after round; return the median of each.

        In turn, so that what else the machine does weighs on all of them alike.
        """
        taken: dict[str, list[Rate]] = {name: [] for name in measures}
        for number in range(self.rounds):
            for name, measure in measures.items():
                _say(f"round {number + 1}/{self.rounds}: {name}")
                taken[name].append(measure(self.seconds))
        return {
            name: Rate(
                statistics.median(rate.per_second for rate in rates),
                statistics.median(rate.p99 for rate in rates),
                max(rate.client_share for rate in rates),
                statistics.median(rate.server_cost for rate in rates),
            )
            for name, rates in taken.items()
        }


def main() -> None:
    """Run the whole bench."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.5, help="of each measure in a round")
    parser.add_argument("--output", type=Path, default=ROOT / "var" / "bench.json")
    asked = parser.parse_args()
    cores: list[int | None] = [*sorted(os.sched_getaffinity(0))]
    apart = len(cores) > 1
    plan = Plan(
        asked.rounds, asked.seconds, cores[0] if apart else None, cores[1] if apart else None
    )

    started = time.monotonic()
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="conf-bench-") as name:
        folder = Path(name)
        figures += _starts(plan, folder)
        sites.pin(plan.client_core)
        figures += _reading(plan, folder)
        for kind, make_database in (("SQLite", sqlite(folder)), ("PostgreSQL", postgres())):
            with make_database as new_database:
                figures += _registering(plan, folder, kind, new_database)
                figures += _scanning(plan, folder, kind, new_database)
                figures += _lists(plan, folder, kind, new_database)
        figures += decoders.compare(folder)
        figures += _scanner(plan, folder)
    took = time.monotonic() - started
    where = f"Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}"
    print(f"{table(figures)}\n")
    print(
        f"{where}; server on core {plan.server_core}, client on core {plan.client_core};"
        f" medians of {plan.rounds} rounds of {plan.seconds:g} s; {took:.0f} s in all.\n"
        "“of hello”: share of the rate of a route that answers one word, same app, 32 at once.\n"
        "“ms of server”: processor time of the web workers for one, whatever else the machine does."
    )
    asked.output.parent.mkdir(parents=True, exist_ok=True)
    asked.output.write_text(
        json.dumps(
            {
                "at": datetime.now(UTC).isoformat(timespec="seconds"),
                "machine": where,
                "figures": [figure.as_dict() for figure in figures],
            },
            ensure_ascii=False,
            indent=1,
        )
    )


def _starts(plan: Plan, folder: Path) -> list[Figure]:
    made = sites.settings(f"sqlite:///{folder / 'start.sqlite3'}", folder)
    sites.prepare(made, FEW)
    took = []
    for number in range(plan.rounds):
        _say(f"round {number + 1}/{plan.rounds}: start")
        took.append(sites.cold_start(made, folder))
    spread = f"conf-app serve, home page; {min(took):.2f} – {max(took):.2f} s"
    return [
        Figure("start to first answer", statistics.median(took), " s", Target(AT_MOST, 1.5), spread)
    ]


def _reading(plan: Plan, folder: Path) -> list[Figure]:
    with sqlite(folder) as new_database, _serving(plan, folder, new_database, FEW) as bench:
        programme = f"/e/{bench.event}/programme"
        places = f"/e/{bench.event}/places"
        rates = plan.alternate(
            hello=_hello(bench),
            programme=lambda seconds: pages(bench.site, programme, 32, seconds),
            places=lambda seconds: nothing_new(bench.site, places, 32, seconds),
        )
        hello = rates["hello"].per_second
        return [
            Figure("hello", hello, "/s", None, _detail(rates["hello"])),
            Figure(
                "programme page, 32 at once",
                rates["programme"].per_second / hello,
                " of hello",
                Target(AT_LEAST, 0.5),
                _detail(rates["programme"]),
                "54/s, p99 750 ms / 42/s, p99 1292 ms",
            ),
            Figure(
                "places, nothing new (204), 32 at once",
                rates["places"].per_second / hello,
                " of hello",
                Target(AT_LEAST, 0.65),
                _detail(rates["places"]),
                "no live seats",
            ),
        ]


def _registering(plan: Plan, folder: Path, kind: str, new_database: NewDatabase) -> list[Figure]:
    with (
        _serving(plan, folder, new_database, FEW) as few,
        _serving(plan, folder, new_database, MANY) as many,
    ):
        rates = plan.alternate(
            hello=_hello(few),
            eight=_register(few, 8),
            thirty_two=_register(few, 32),
            many=_register(many, 8),
        )
        hello = rates["hello"].per_second
        figures = [
            Figure(
                f"{kind}: whole registrations, {number} at once",
                rates[name].per_second / hello,
                " of hello",
                Target(AT_LEAST, 0.012),
                _detail(rates[name]),
                peers,
            )
            for name, number, peers in (
                ("eight", 8, ""),
                ("thirty_two", 32, "2.4/s / 7.9/s"),
            )
        ]
        figures.append(
            Figure(
                f"{kind}: the same with {MANY:,} registered, 8 at once",
                rates["many"].per_second / rates["eight"].per_second,
                f" of with {FEW}",
                Target(AT_LEAST, 0.9),
                _detail(rates["many"]),
            )
        )
        figures.append(
            Figure(
                f"{kind}: memory of a worker",
                max(_memory(few), _memory(many)),
                " MB",
                Target(AT_MOST, 110),
                "resident, after all of this and tickets drawn",
                "283 MB / 279 MB",
            )
        )
        return figures


def _scanning(plan: Plan, folder: Path, kind: str, new_database: NewDatabase) -> list[Figure]:
    with (
        _serving(plan, folder, new_database, SOME) as some,
        _serving(plan, folder, new_database, MANY) as many,
    ):
        doors = Doors(some, POSTS)
        rates = plan.alternate(
            hello=_hello(some),
            one=doors.scans(1),
            eight=doors.scans(POSTS),
            many=Doors(many, POSTS).scans(POSTS),
        )
        hello, eight = rates["hello"].per_second, rates["eight"]
        return [
            Figure(
                f"{kind}: scans, {number} at once",
                rates[name].per_second / hello,
                " of hello",
                Target(AT_LEAST, 0.04) if name == "eight" else None,
                _detail(rates[name]),
                peers,
            )
            for name, number, peers in (("one", 1, ""), ("eight", POSTS, ""))
        ] + [
            Figure(
                f"{kind}: p99 of scans, {POSTS} at once",
                eight.p99 * 1000,
                " ms",
                Target(AT_MOST, 20),
                f"hello, 32 at once: p99 {rates['hello'].p99 * 1000:.0f} ms",
            ),
            Figure(
                f"{kind}: the same with {MANY:,} tickets",
                rates["many"].per_second / eight.per_second,
                f" of with {SOME:,}",
                Target(AT_LEAST, 0.9),
                _detail(rates["many"]),
            ),
        ]


def _lists(plan: Plan, folder: Path, kind: str, new_database: NewDatabase) -> list[Figure]:
    with contextlib.ExitStack() as stack:
        benches = [
            stack.enter_context(_serving(plan, folder, new_database, number))
            for number in lists.ROWS
        ]
        _say("lists")
        return lists.figures(kind, benches)


def _scanner(plan: Plan, folder: Path) -> list[Figure]:
    with (
        sqlite(folder) as new_database,
        _serving(plan, folder, new_database, PHONE) as some,
        _serving(plan, folder, new_database, PHONE_MANY) as many,
    ):
        _say("the scanner in a browser")
        sites.pin(plan.server_core, plan.client_core)  # a phone has more than one core
        filmed = phone.camera_to_verdict(some, folder)
        return filmed + phone.offline_figures(some, many, (PHONE, PHONE_MANY))


def _hello(bench: Bench) -> Callable[[float], Rate]:
    return lambda seconds: pages(bench.site, "/hello", 32, seconds)


def _register(bench: Bench, connections: int) -> Callable[[float], Rate]:
    return lambda seconds: registrations(bench.site, bench.event, connections, 2 * seconds)


def _memory(bench: Bench) -> float:
    draw_tickets(bench.site, bench.event, 16)
    return bench.memory()


@contextlib.contextmanager
def _serving(
    plan: Plan, folder: Path, new_database: NewDatabase, registered: int
) -> Iterator[Bench]:
    _say(f"preparing a site with {registered:,} registrations")
    with serving(new_database(), folder, registered, plan.server_core) as bench:
        yield bench


def _detail(rate: Rate) -> str:
    busy = " (the client holds it back)" if rate.client_share > BUSY else ""
    return (
        f"{rate.per_second:.0f}/s, p99 {rate.p99 * 1000:.0f} ms,"
        f" {rate.server_cost * 1000:.2f} ms of server, client {rate.client_share:.0%}{busy}"
    )


def _say(what: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{what}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
