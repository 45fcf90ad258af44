"""Ask as fast as the answers come, over kept connections, and count."""

import asyncio
import gzip
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import count

import uvloop

from tests.load.client import Line
from tests.load.person import Person
from tests.load.site import HOST, RunningSite

_WARM_UP = 0.3
_SEEN = re.compile(rb"vu=(\d+\.\d+)")
_numbers = count(1)


@dataclass(frozen=True)
class Rate:
    """Hold what one round measured.

    ``client_share`` is how much of its core the client used, ``server_cost`` the processor time in
    seconds that the web workers spent on one: unlike the rest it hardly depends on the neighbours.
    """

    per_second: float
    p99: float
    client_share: float
    server_cost: float


Work = Callable[[Line], Awaitable[None]]


def request(path: str, port: int, *headers: str) -> bytes:
    """Return the bytes of a GET, as a browser that reads gzip asks."""
    lines = [f"GET {path} HTTP/1.1", f"Host: {HOST}:{port}", "Accept-Encoding: gzip", *headers]
    return "\r\n".join([*lines, "", ""]).encode()


def pages(site: RunningSite, path: str, connections: int, seconds: float, *headers: str) -> Rate:
    """Measure how often an address is answered with 200."""
    asked = request(path, site.port, *headers)

    async def work(line: Line) -> None:
        answer = await line.ask(asked)
        assert answer.status == 200, answer

    return run(site, work, connections, seconds)


def nothing_new(site: RunningSite, path: str, connections: int, seconds: float) -> Rate:
    """Measure how often a poll for the seats is answered with 204."""
    asked = request(path, site.port, "HX-Request: true")

    async def work(line: Line) -> None:
        nonlocal asked
        answer = await line.ask(asked)
        while answer.status == 200:  # the pace has changed: take the new one, as htmx would
            found = _SEEN.search(gzip.decompress(answer.body))
            assert found, answer
            asked = request(f"{path}?vu={found[1].decode()}", site.port, "HX-Request: true")
            answer = await line.ask(asked)
        assert answer.status == 204, answer

    return run(site, work, connections, seconds)


def registrations(site: RunningSite, event: str, connections: int, seconds: float) -> Rate:
    """Measure whole registrations: open the form, send it, open the ticket."""

    async def work(line: Line) -> None:
        await _register(site, event, line)

    return run(site, work, connections, seconds)


def draw_tickets(site: RunningSite, event: str, connections: int) -> None:
    """Have tickets drawn as pictures and PDF, over enough connections that each worker has some."""

    async def draw(line: Line) -> None:
        ticket = await _register(site, event, line)
        for kind in ("png", "pdf"):
            answer = await line.ask(request(f"{ticket}.{kind}", site.port))
            assert answer.status == 200, answer
        line.close()

    async def draw_all() -> None:
        lines = await asyncio.gather(*(Line.open(HOST, site.port) for _ in range(connections)))
        await asyncio.gather(*map(draw, lines))

    asyncio.run(draw_all())


async def _register(site: RunningSite, event: str, line: Line) -> str:
    """Register somebody, and return the address of the ticket."""
    number = next(_numbers)
    email = f"personne{number}@exemple.org"
    person = Person(name=f"Personne {number}", port=site.port, email=email, line=line)
    await person.register(event)
    assert person.tickets
    assert not person.cuts
    return person.tickets[-1]


def run(site: RunningSite, work: Work, connections: int, seconds: float) -> Rate:
    """Measure a piece of work, done over so many connections at once."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_measure(site, work, connections, seconds))


async def _measure(site: RunningSite, work: Work, connections: int, seconds: float) -> Rate:
    lines = await asyncio.gather(*(Line.open(HOST, site.port) for _ in range(connections)))
    took: list[float] = []
    done = 0
    start = time.perf_counter() + _WARM_UP
    end = start + seconds

    async def keep_asking(line: Line) -> None:
        nonlocal done
        while (begun := time.perf_counter()) < end:
            await work(line)
            now = time.perf_counter()
            done += 1
            # What began before the window and ends in it stands for what is cut off at its end.
            if start <= now <= end:
                took.append(now - begun)

    cpu, wall, spent = time.process_time(), time.perf_counter(), site.processor_seconds()
    await asyncio.gather(*map(keep_asking, lines))
    share = (time.process_time() - cpu) / (time.perf_counter() - wall)
    cost = (site.processor_seconds() - spent) / done
    for line in lines:
        line.close()
    return Rate(len(took) / seconds, _percentile(took, 99), share, cost)


def _percentile(values: Sequence[float], share: int) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * share // 100)] if values else 0.0
