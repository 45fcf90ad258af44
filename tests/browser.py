"""Open the site in a real Chromium: a live server, windows that watch for faults, measures.

``live`` serves the application under test on a free loopback port, over both databases; mark a
test with ``ON_SQLITE`` where the database makes no difference. ``open_window`` opens windows that
fail the test if the page breaks its policy, asks another site or logs an error.
"""

import dataclasses
import os
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from flask import Flask
from playwright.sync_api import (
    Browser,
    BrowserType,
    ConsoleMessage,
    Error,
    Page,
    Request,
    Response,
    expect,
    sync_playwright,
)
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from conf_app import create_app
from conf_app.database import db
from conf_app.settings import Settings
from tests.conftest import TestClock

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

ROOT = Path(__file__).resolve().parent.parent
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
PHONE = (360, 740)
NARROW = (320, 640)
DESK = (1280, 900)

# How long a page takes says more of the machine than of the page.
expect.set_options(timeout=20_000)

_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_CAMERA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
# What a policy refuses is not always logged as an error: say it as one.
_TELL_VIOLATIONS = """document.addEventListener("securitypolicyviolation",
  (event) => console.error("policy: " + event.violatedDirective + " " + event.blockedURI))"""


@dataclasses.dataclass(frozen=True)
class Live:
    """Hold a site that is being served: its address, its application, its clock."""

    url: str
    app: Flask
    clock: TestClock
    server: BaseWSGIServer

    def go_away(self) -> None:
        """Drop every connection from now on: a browser set offline still asks for some scripts."""
        self.server.app = _drop


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_: Any) -> None:
        """Say nothing: the test's output is for the test."""


@pytest.fixture
def live(settings: Settings, clock: TestClock) -> Iterator[Live]:
    """Serve the application on a free port of this machine."""
    server: BaseWSGIServer = make_server(
        "127.0.0.1", 0, _not_ready, threaded=True, request_handler=_Quiet
    )
    url = f"http://127.0.0.1:{server.server_port}"
    app = create_app(dataclasses.replace(settings, public_url=url), clock)
    server.app = app.wsgi_app
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Live(url, app, clock, server)
    server.shutdown()
    thread.join()
    server.server_close()
    with app.app_context():
        db.engine.dispose()


def _drop(environ: dict[str, Any], _start: Any) -> list[bytes]:
    environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    raise ConnectionResetError


def _not_ready(*_: Any) -> list[bytes]:
    raise RuntimeError("the application was not set yet")


def chromium_path() -> str:
    """Return where Chromium is: ``CHROMIUM`` if set, else the system's."""
    found = (
        os.environ.get("CHROMIUM")
        or shutil.which("chromium")
        or shutil.which("chromium-browser")
        or shutil.which("google-chrome")
    )
    assert found, "Chromium is missing: apt-get install chromium, or set CHROMIUM to its path"
    return found


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Start the system's Chromium once; a fake camera stands in for a real one."""
    with sync_playwright() as playwright:
        browser = launch(playwright.chromium)
        yield browser
        browser.close()


def launch(browser_type: BrowserType, *, film: Path | None = None) -> Browser:
    """Start the system's Chromium; its camera plays a film (.mjpeg) if one is given."""
    film_flag = [f"--use-file-for-fake-video-capture={film}"] if film else []
    return browser_type.launch(
        executable_path=chromium_path(), args=[*_FLAGS, *_CAMERA, *film_flag]
    )


OpenWindow = Callable[..., Page]


@pytest.fixture
def open_window(chromium: Browser, live: Live) -> Iterator[OpenWindow]:
    """Return a function that opens a window of its own: no cookie, a cold cache, watched.

    At the end of the test, whatever went wrong in any of the windows fails it.
    """
    contexts = []
    faults: list[str] = []

    def open_window(
        path: str | None = None,
        *,
        scheme: Literal["light", "dark"] = "light",
        javascript: bool = True,
        size: tuple[int, int] = DESK,
        **options: Any,
    ) -> Page:
        context = chromium.new_context(
            base_url=live.url,
            locale="fr-FR",
            timezone_id="Europe/Paris",
            color_scheme=scheme,
            java_script_enabled=javascript,
            viewport={"width": size[0], "height": size[1]},
            **options,
        )
        contexts.append(context)
        page = context.new_page()
        watch(page, live.url, faults)
        if path is not None:
            page.goto(path)
        return page

    yield open_window
    for context in contexts:
        context.close()
    assert not faults, "\n".join(faults)


def watch(page: Page, url: str, faults: list[str]) -> None:
    """Note in ``faults`` each error, broken policy, failed file and request to another site."""

    def heard(message: ConsoleMessage) -> None:
        # A form shown again is a 422: the browser logs it, the answers below judge it.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            faults.append(f"console: {message.text}")

    def failed(error: Error) -> None:
        faults.append(f"script: {error}")

    def asked(request: Request) -> None:
        if not request.url.startswith((url, "data:", "blob:")):
            faults.append(f"another site: {request.url}")

    def answered(response: Response) -> None:
        kind = response.request.resource_type
        if response.status >= 500 or (
            response.status >= 400 and kind not in {"document", "fetch", "xhr"}
        ):
            faults.append(f"{response.status}: {response.url}")

    page.on("console", heard)
    page.on("pageerror", failed)
    page.on("request", asked)
    page.on("response", answered)
    page.add_init_script(_TELL_VIOLATIONS)


def assert_accessible(page: Page) -> None:
    """Assert that axe-core finds nothing on the page as it stands, and that it fits the width."""
    page.wait_for_load_state()
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    faults = [
        f"{fault['id']}: {node['html']} – {node['failureSummary']}"
        for fault in found["violations"]
        for node in fault["nodes"]
    ]
    assert not faults, "\n".join(faults)
    assert_no_sideways_scroll(page)


def assert_no_sideways_scroll(page: Page) -> None:
    """Assert that nothing of the page lies beyond its right edge."""
    page.wait_for_load_state()
    beyond = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert beyond == 0, f"{beyond} px beyond the right edge of {page.url}"


@dataclasses.dataclass(frozen=True)
class Weight:
    """Hold what a page weighs over the wire, headers included."""

    bytes: int
    requests: int
    files: dict[str, int]


def weigh(page: Page, path: str) -> Weight:
    """Open an address on a cold cache and add up what came, favicon included."""
    session = page.context.new_cdp_session(page)
    urls: dict[str, str] = {}
    files: dict[str, int] = {}
    session.on(
        "Network.requestWillBeSent",
        lambda event: urls.update({event["requestId"]: event["request"]["url"]}),
    )

    def add(event: dict[str, Any]) -> None:
        # What the page before this one had asked for may still come in.
        if url := urls.get(event["requestId"]):
            files[url] = int(event["encodedDataLength"])

    session.on("Network.loadingFinished", add)
    session.send("Network.enable")
    session.send("Network.clearBrowserCache")
    page.goto(path, wait_until="networkidle")
    # Headless, the browser leaves the favicon: ask for it as a window with a head would.
    icon = page.locator("link[rel=icon]").evaluate("(link) => link.href")
    if icon not in files:
        page.evaluate("async (icon) => void (await (await fetch(icon)).text())", icon)
        page.wait_for_load_state("networkidle")
    session.detach()
    return Weight(sum(files.values()), len(files), files)
