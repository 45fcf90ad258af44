"""Tell those who keep the site running how it fares: readiness, figures, whom to warn."""

import hmac
import ipaddress
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache

from flask import Blueprint, Response, abort, request
from sqlalchemy import column, func, inspect, select, table
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session as DatabaseSession

from conf_app import resources
from conf_app.database import db
from conf_app.mail import outbox
from conf_app.mail.compose import address
from conf_app.mail.models import Heartbeat
from conf_app.programme.models import Event, Session
from conf_app.programme.queries import featured_event
from conf_app.refusals import Refusal
from conf_app.registration.models import Registration
from conf_app.seats.models import SeatPool
from conf_app.web.context import now, settings

operations = Blueprint("operations", __name__)

SILENCE = timedelta(minutes=2)
"""How long the worker may say nothing before the site calls itself unwell."""


_VERSION = table("alembic_version", column("version_num"))


class NotMigrated(Refusal):
    """The database is not at the revision this code was written for."""


@cache
def expected_revision() -> str:
    """Return the newest revision among the shipped migrations, by the names of their files.

    Alembic would run them all to tell: 20 MB more in every web worker that is asked for its health.
    """
    files = (resources.MIGRATIONS / "versions").glob("[0-9]*_*.py")
    return max(file.name.partition("_")[0] for file in files)


def check_revision(session: DatabaseSession) -> None:
    """Raise NotMigrated unless the database is at the newest revision."""
    connection = session.connection()
    is_there = inspect(connection).has_table(_VERSION.name)
    if not is_there or connection.scalar(select(_VERSION.c.version_num)) != expected_revision():
        raise NotMigrated("la base n’est pas à jour : conf-app db upgrade")


def heartbeat_age(session: DatabaseSession, *, now: datetime) -> timedelta | None:
    """Return how long ago the worker last said it is alive, None if it never did."""
    at = session.scalar(select(Heartbeat.at).where(Heartbeat.id == 1))
    return None if at is None else max(now - at, timedelta())


@operations.get("/healthz")
def healthz() -> Response:
    """Say whether the site can serve, and if not, why."""
    causes = {"database": "ok", "migrations": "ok", "worker": "ok"}
    session = db.session()
    try:
        age = None
        try:
            check_revision(session)
            age = heartbeat_age(session, now=now())
        except NotMigrated as fault:
            causes["migrations"] = str(fault)
        if age is None:
            causes["worker"] = "n’a pas encore donné signe de vie"
        elif age > SILENCE:
            causes["worker"] = f"ne dit plus rien depuis {age.total_seconds():.0f} s"
    except SQLAlchemyError as fault:
        # Its words may name the server and the account.
        causes = {"database": f"injoignable ({type(fault).__name__})"}
    well = set(causes.values()) == {"ok"}
    text = json.dumps({"ready": well, **causes}, ensure_ascii=False)
    return Response(text + "\n", 200 if well else 503, mimetype="application/json")


@operations.get("/metrics")
def metrics() -> Response:
    """Give the figures to Prometheus, on this machine or with the token."""
    if not _may_measure():
        abort(404)
    lines = "".join(f"{line}\n" for line in _figures(db.session(), now()))
    return Response(lines, content_type="text/plain; version=0.0.4; charset=utf-8")


@operations.get("/.well-known/security.txt")
def security_txt() -> Response:
    """Say whom to tell of a security problem (RFC 9116)."""
    event = featured_event(db.session())
    contact = (event.contact_email if event else "") or address(settings().mail_from).addr_spec
    midnight = now().replace(hour=0, minute=0, second=0, microsecond=0)
    lines = (
        f"Contact: mailto:{contact}",
        f"Expires: {midnight + timedelta(days=180):%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: fr, en",
        f"Canonical: {settings().public_url}/.well-known/security.txt",
    )
    response = Response("".join(f"{line}\n" for line in lines), mimetype="text/plain")
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


def _may_measure() -> bool:
    token = settings().metrics_token
    if token:
        sent = request.headers.get("Authorization", "")
        return hmac.compare_digest(sent.encode(), f"Bearer {token}".encode())
    if settings().https:
        return False  # a proxy stands in front, and on this machine it looks like us
    # Behind a proxy on this machine the whole world comes from loopback: it shows in the headers.
    forwarded = {"X-Forwarded-For", "X-Real-IP", "Forwarded", "Via"} & set(request.headers.keys())
    return not forwarded and ipaddress.ip_address(request.remote_addr or "::").is_loopback


def _figures(session: DatabaseSession, now: datetime) -> Iterator[str]:
    yield "# TYPE conf_registrations gauge"
    registrations = session.execute(
        select(Event.slug, Registration.state, func.count())
        .join(Event, Registration.event_id == Event.id)
        .group_by(Event.slug, Registration.state)
        .order_by(Event.slug, Registration.state)
    )
    for slug, state, number in registrations:
        yield f'conf_registrations{{event="{slug}",state="{state.value}"}} {number}'

    yield "# TYPE conf_seats gauge"
    days = select(Event.slug, Event.slug, SeatPool).join(SeatPool, Event.pool_id == SeatPool.id)
    sessions = (
        select(Event.slug, Session.slug, SeatPool)
        .join(Event, Session.event_id == Event.id)
        .join(SeatPool, Session.pool_id == SeatPool.id)
    )
    for is_day, query in ((True, days), (False, sessions)):
        for slug, entry, pool in session.execute(query.order_by(SeatPool.id)):
            labels = f'event="{slug}",session="{"" if is_day else entry}"'
            yield f'conf_seats{{{labels},kind="capacity"}} {pool.capacity}'
            yield f'conf_seats{{{labels},kind="taken"}} {pool.taken}'
            yield f'conf_seats{{{labels},kind="held"}} {pool.held}'

    yield "# TYPE conf_outbox gauge"
    for how_far, number in outbox.counts(session).items():
        yield f'conf_outbox{{state="{how_far.value}"}} {number}'
    if oldest := outbox.oldest_waiting(session):
        yield "# TYPE conf_outbox_oldest_age_seconds gauge"
        yield f"conf_outbox_oldest_age_seconds {(now - oldest).total_seconds():.0f}"
    if (age := heartbeat_age(session, now=now)) is not None:
        yield "# TYPE conf_worker_heartbeat_age_seconds gauge"
        yield f"conf_worker_heartbeat_age_seconds {age.total_seconds():.0f}"
