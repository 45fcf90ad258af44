"""Measure the scanner in a real browser: from the camera's frame to the verdict, and offline."""

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright
from sqlalchemy import select

from conf_app import codes
from conf_app.clock import utc_now
from conf_app.codes import Seed
from conf_app.database import transaction
from conf_app.door import passes
from conf_app.programme.models import Event
from conf_app.registration.models import Registration
from conf_app.tickets import qr
from tests.bench.figures import Figure, Sense, Target
from tests.bench.sites import Bench
from tests.browser import launch
from tests.door.film import shoot
from tests.door.phone import TYPE
from tests.load.site import database_of

SLOWED = 6
"""How many times slower the browser's processor is made, to stand for an old phone."""
FILMED, TYPED = 40, 200


def camera_to_verdict(bench: Bench, folder: Path) -> list[Figure]:
    """Time what passes between a frame that shows a new ticket and its verdict, online."""
    tickets = _tickets(bench, FILMED)
    film = shoot(folder / "film.mjpeg", [(url, 0.6) for url in tickets])
    with _post(bench, film) as page:
        page.get_by_role("button", name="Démarrer la caméra").click()
        took = _verdicts(page, FILMED)
    return [
        Figure(
            "camera frame to verdict, online",
            statistics.median(took),
            " ms",
            Target(Sense.AT_MOST, 300),
            f"median of {len(took)}; p95 {_p95(took):.0f} ms; the server beside it on this machine",
        )
    ]


def offline(bench: Bench) -> tuple[float, list[float]]:
    """Return how long a snapshot takes to open, and each verdict, in ms, all slowed."""
    urls = _tickets(bench, TYPED)
    with _post(bench) as page:
        session = page.context.new_cdp_session(page)
        page.context.set_offline(True)
        opened = []
        for _ in range(3):
            page.reload()
            session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
            page.locator("#network").get_by_text("Hors ligne").wait_for()
            opened.append(_entries(page, "open")[-1])
        page.locator("#network").get_by_text("Hors ligne").wait_for()
        for url in urls:
            page.evaluate(TYPE, url)
            page.wait_for_timeout(150)  # nobody shows two tickets faster
        took = _verdicts(page, len(urls))
        session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    return statistics.median(opened), took


def offline_figures(few: Bench, many: Bench, numbers: tuple[int, int]) -> list[Figure]:
    """Return the figures of a phone without network, its processor slowed."""
    (opened, took), (opened_many, _) = offline(few), offline(many)
    return [
        Figure(
            f"offline verdict, {numbers[0]:,} tickets, processor / {SLOWED}",
            _p95(took),
            " ms",
            Target(Sense.AT_MOST, 10),
            f"p95 of {len(took)}; median {statistics.median(took):.1f} ms; on the disk before",
        ),
        Figure(
            f"{numbers[1]:,} tickets opened, processor / {SLOWED}",
            opened_many,
            " ms",
            Target(Sense.AT_MOST, 1000),
            f"median of 3; {numbers[0]:,} tickets: {opened:.0f} ms",
        ),
    ]


@contextmanager
def _post(bench: Bench, film: Path | None = None) -> Iterator[Page]:
    """Open the scanner of a new post, and wait until it holds the tickets."""
    with database_of(bench.settings), transaction() as session:
        event = session.scalars(select(Event).where(Event.slug == bench.event)).one()
        token = passes.demo_pass(session, event, post=f"Poste {time.time_ns()}", now=utc_now())
    with sync_playwright() as playwright:
        browser = launch(playwright.chromium, film=film)
        page = browser.new_page(base_url=bench.settings.public_url)
        page.goto(f"/entree/acces/{token}")
        page.get_by_role("button", name="Tenir ce poste").click()
        page.locator("#scanner[data-worker=ready]").wait_for(timeout=60_000)
        yield page
        browser.close()


def _tickets(bench: Bench, number: int) -> list[str]:
    """Return what the QRs of so many tickets hold."""
    with database_of(bench.settings), transaction() as session:
        found = session.execute(
            select(Registration.key_number, Registration.ticket_seed).limit(number)
        ).all()
    ring, site = bench.settings.ticket_keys, bench.settings.public_url
    return [
        qr.ticket_url(site, codes.ticket_code(ring[row.key_number], Seed(row.ticket_seed)))
        for row in found
    ]


def _verdicts(page: Page, number: int) -> list[float]:
    until = time.monotonic() + 120
    while len(took := _entries(page, "verdict")) < number:
        if time.monotonic() > until:
            raise TimeoutError(f"{len(took)} of {number} verdicts")
        page.wait_for_timeout(150)  # asking costs the page, which is slow enough
    return took


def _entries(page: Page, name: str) -> list[float]:
    took: list[float] = page.evaluate(
        "(name) => performance.getEntriesByName(name).map((each) => each.duration)", name
    )
    return took


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]
