"""Bring people in for tests: organisers and volunteers by their links, attendees by rows."""

from datetime import datetime
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from conf_app import codes
from conf_app.codes import ManageToken, Seed, TicketCode
from conf_app.database import transaction
from conf_app.door import passes
from conf_app.organiser import members
from conf_app.programme.models import Event
from conf_app.registration import actions, queries
from conf_app.registration.models import Registration, RegistrationState
from conf_app.web.context import settings
from tests.conftest import NOON_IN_NOVEMBER, TestClock
from tests.events import paris
from tests.people import register
from tests.visitor import Visitor

DOORS_OPEN = paris(10, 42)


def organiser(app: Flask, clock: TestClock, name: str = "Alix") -> Visitor:
    """Return the browser of a signed-in organiser."""
    with app.app_context(), transaction() as session:
        token = members.invite(session, name, now=clock())
    visitor = Visitor(app)
    page = visitor.get(f"/orga/connexion/{token}").submit()
    assert page.path == "/orga/"
    return visitor


def volunteer(
    app: Flask,
    clock: TestClock,
    *,
    event: str = "conf",
    post: str = "Poste 1",
    door: str = "Entrée principale",
    at: datetime | None = DOORS_OPEN,
) -> Visitor:
    """Return the phone of a volunteer, when the doors open on the day."""
    if at is not None:
        clock.moment = at
    token = pass_token(app, clock, event=event, post=post, door=door)
    visitor = Visitor(app)
    page = visitor.get(f"/entree/acces/{token}").submit()
    assert page.path == "/entree/"
    return visitor


def pass_token(
    app: Flask,
    clock: TestClock,
    *,
    event: str = "conf",
    post: str = "Poste 1",
    door: str = "Entrée principale",
    **options: Any,
) -> str:
    """Return the token of a new door pass; the options are those of ``passes.make``."""
    with app.app_context(), transaction() as session:
        found = session.scalars(select(Event).where(Event.slug == event)).one()
        token, _ = passes.make(session, found, post=post, door=door, now=clock(), **options)
    return token


def enrol(
    session: Session,
    event: Event,
    name: str,
    *,
    email: str | None = None,
    sessions: tuple[str, ...] = (),
    state: RegistrationState = RegistrationState.CONFIRMED,
) -> Registration:
    """Register somebody in any state."""
    registration = register(
        session, event, name, settings=settings(), email=email, sessions=sessions
    )
    if state is RegistrationState.CANCELLED:
        actions.cancel(session, [registration], now=NOON_IN_NOVEMBER)
    registration.state = state
    session.flush()
    return registration


def ticket_of(registration: Registration) -> TicketCode:
    """Return the code in a person's QR."""
    key = settings().ticket_keys[registration.key_number]
    return codes.ticket_code(key, Seed(registration.ticket_seed))


def link_of(registration: Registration) -> ManageToken:
    """Return the token of a person's secret link."""
    return queries.manage_token(registration.party, settings().ticket_keys)
