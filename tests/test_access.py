"""Every address of the organisers and of the door refuses whoever is somebody else."""

from collections.abc import Callable, Iterator
from typing import NamedTuple
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from conf_app.database import transaction
from conf_app.door import passes
from conf_app.registration.models import Registration
from tests.conftest import TestClock
from tests.events import make_conference
from tests.team import DOORS_OPEN, enrol, link_of, organiser, ticket_of, volunteer
from tests.visitor import Visitor

OPEN_TO_ALL = {
    "organiser.how",
    "organiser.asked",
    "organiser.connect",
    "door.how",
    "door.join",
    "door.small_letters",
    "door.ticket",
    "scanner.worker",
    "scanner.offline",
    "scanner.decoder",
}


class Route(NamedTuple):
    """Hold one address and one method that it answers."""

    method: str
    path: str


@pytest.fixture
def known(app: Flask) -> dict[str, str]:
    """Return real values for what stands in addresses."""
    with app.app_context(), transaction() as session:
        event = make_conference(session)
        zelie = enrol(session, event, "Zélie", email="zelie@exemple.org")
        token, door_pass = passes.make(
            session, event, post="Poste 9", door="Porte B", now=DOORS_OPEN
        )
        passes.join(session, token, now=DOORS_OPEN)
        return {
            "event": "conf",
            "number": str(door_pass.id),
            "device": str(door_pass.devices[0].id),
            "code": ticket_of(zelie),
            "token": link_of(zelie),
            "reference": zelie.reference,
            "passage": str(uuid4()),
            "name": "inscriptions.csv",
        }


def routes(app: Flask, room: str, known: dict[str, str]) -> Iterator[Route]:
    """Walk over all guarded addresses of a room."""
    paths = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith(f"{room}.") or rule.endpoint in OPEN_TO_ALL:
            continue
        path = paths.build(rule.endpoint, {name: known[name] for name in rule.arguments})
        for method in sorted(rule.methods or ()):
            if method != "OPTIONS":
                yield Route(method, path)


def stranger(app: Flask, _clock: TestClock) -> Visitor:
    return Visitor(app)


def attendee(app: Flask, _clock: TestClock) -> Visitor:
    """Return somebody who holds a ticket, its secret link, and a cookie from a form."""
    visitor = Visitor(app)
    with app.app_context(), transaction() as session:
        zelie = session.scalars(select(Registration)).one()
        paths = (f"/billet/{link_of(zelie)}", f"/B/{ticket_of(zelie)}")
    for path in paths:
        visitor.get(path)
    with visitor.client.session_transaction() as cookie:
        cookie["csrf_token"] = "from a form"
    return visitor


def forger(app: Flask, _clock: TestClock) -> Visitor:
    """Return somebody whose cookie holds tokens that were never given out."""
    visitor = Visitor(app)
    with visitor.client.session_transaction() as cookie:
        cookie["organiser"] = cookie["device"] = "0" * 26
    return visitor


Kind = Callable[[Flask, TestClock], Visitor]


@pytest.mark.parametrize("kind", [stranger, attendee, forger, volunteer])
def test_the_organisers_side_refuses_all_others(
    app: Flask, clock: TestClock, known: dict[str, str], kind: Kind
) -> None:
    visitor = kind(app, clock)
    app.config["WTF_CSRF_ENABLED"] = False  # the guard must hold by itself
    walked = list(routes(app, "organiser", known))

    assert len(walked) >= 12
    for route in walked:
        check_refused(visitor, route, "/orga/connexion")


@pytest.mark.parametrize("kind", [stranger, attendee, forger, organiser])
def test_the_door_refuses_all_others(
    app: Flask, clock: TestClock, known: dict[str, str], kind: Kind
) -> None:
    visitor = kind(app, clock)
    clock.moment = DOORS_OPEN
    app.config["WTF_CSRF_ENABLED"] = False
    walked = [*routes(app, "door", known), *routes(app, "scanner", known)]

    assert len(walked) >= 5
    for route in walked:
        check_refused(visitor, route, "/entree/acces")


@pytest.mark.parametrize("kind", [stranger, attendee, forger, organiser])
def test_a_ticket_code_shows_them_nothing_and_admits_nobody(
    app: Flask, clock: TestClock, known: dict[str, str], kind: Kind
) -> None:
    visitor = kind(app, clock)
    clock.moment = DOORS_OPEN
    app.config["WTF_CSRF_ENABLED"] = False

    opened = visitor.get(f"/B/{known['code']}")
    sent = visitor.post(f"/B/{known['code']}", {"uuid": "0" * 32})

    assert (opened.status, sent.status) == (200, 403)
    assert opened.heading == sent.heading == "Cette adresse se lit à l’entrée"
    assert "Zélie" not in opened.response.text + sent.response.text


def test_no_change_is_made_without_the_forms_token(
    app: Flask, clock: TestClock, known: dict[str, str]
) -> None:
    post = volunteer(app, clock)
    signed_in = {"organiser": organiser(app, clock), "door": post, "scanner": post}

    for room, visitor in signed_in.items():
        for method, path in routes(app, room, known):
            if method not in {"GET", "HEAD"}:
                assert visitor.client.open(path, method=method).status_code == 400, path


def check_refused(visitor: Visitor, route: Route, way_in: str) -> None:
    """Assert that a browser is led to the way in, and anything but a GET refused."""
    response = visitor.client.open(route.path, method=route.method)
    if route.method in {"GET", "HEAD"}:
        assert (response.status_code, response.headers.get("Location")) == (303, way_in), route
    else:
        assert response.status_code == 403, route
    assert "Zélie" not in response.text
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Robots-Tag"] == "noindex, nofollow"
