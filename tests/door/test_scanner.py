"""What stands beside the scanner: its worker, what it may use, the ticket to rehearse with."""

import json
import re

import pytest
from flask import Flask

from conf_app.door import sealing
from conf_app.tickets import qr
from tests.conftest import TestClock
from tests.door.test_api import Hall
from tests.events import paris
from tests.visitor import Visitor


@pytest.fixture
def hall(app: Flask, clock: TestClock) -> Hall:
    clock.moment = paris(12)
    return Hall(app, clock)


def files(worker: str) -> list[str]:
    found = re.search(r"const FILES = (\[.*?\]);", worker)
    assert found
    named: list[str] = json.loads(found[1])
    return named


def test_the_worker_keeps_all_that_the_scanner_is_made_of(hall: Hall) -> None:
    answer = hall.post().client.get("/entree/sw.js")
    assert answer.mimetype == "text/javascript"
    kept = files(answer.text)
    for path in kept:
        assert hall.post("Poste 2").client.get(path).status_code == 200, path
    names = {path.partition("?")[0].removeprefix("/static/") for path in kept}
    assert {"style.css", "icon.svg", "vendor/qr/decode.js", "scanner/main.js"} <= names
    imported = {
        f"scanner/{name}"
        for path in kept
        if path.partition("?")[0].endswith(".js") and "/scanner/" in path
        for name in re.findall(r'from "\./([\w.]+)"', Visitor(hall.app).client.get(path).text)
    }
    assert imported <= names
    assert re.search(r'VERSION = "door-[0-9a-f]{12}"', answer.text)


def test_only_the_scanner_may_use_the_camera(hall: Hall) -> None:
    post = hall.post()
    used = {
        path: post.client.get(path).headers["Permissions-Policy"]
        for path in ("/entree/", "/entree/tableau", "/agenda")
    }
    assert "camera=(self)" in used["/entree/"]
    assert "camera=()" in used["/entree/tableau"]
    assert "camera=()" in used["/agenda"]


def test_the_page_works_without_script(hall: Hall) -> None:
    page = hall.post().get("/entree/")
    (scanner,) = page.select("#scanner")
    assert "hidden" in scanner.attrib
    assert "Ouvre l’appareil photo de ton téléphone" in page.text


def test_the_ticket_to_rehearse_with_is_shown_and_lets_nobody_in(hall: Hall) -> None:
    post = hall.post()
    page = post.get("/entree/billet-d-essai")
    assert page.select("svg[role=img]")
    url = qr.ticket_url("http://localhost", sealing.DRILL_CODE)
    card = post.client.get(url.removeprefix("HTTP://LOCALHOST"))
    assert "Refusé" in card.text
    assert hall.passages() == []
