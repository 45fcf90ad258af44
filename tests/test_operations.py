"""Those who keep the site running are told how it fares."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from conf_app.database import transaction
from conf_app.mail.models import Heartbeat
from conf_app.settings import Settings
from tests.conftest import TestClock
from tests.events import make_conference
from tests.mail.conftest import Queue, queue
from tests.people import register

__all__ = ["queue"]


def beat(app: Flask, clock: TestClock) -> None:
    """Let the worker beat once."""
    with app.app_context(), transaction() as session:
        session.merge(Heartbeat(id=1, at=clock()))


def test_a_site_is_ready_when_its_worker_beats(app: Flask, clock: TestClock) -> None:
    client = app.test_client()
    assert client.get("/healthz").json == {
        "ready": False,
        "database": "ok",
        "migrations": "ok",
        "worker": "n’a pas encore donné signe de vie",
    }

    beat(app, clock)
    well = client.get("/healthz")
    assert well.status_code == 200
    assert well.json == {"ready": True, "database": "ok", "migrations": "ok", "worker": "ok"}

    clock.advance(minutes=3)
    silent = client.get("/healthz")
    assert silent.status_code == 503
    assert silent.get_json()["worker"] == "ne dit plus rien depuis 180 s"


def test_a_database_left_behind_is_said(app: Flask, clock: TestClock) -> None:
    beat(app, clock)
    with app.app_context(), transaction() as session:
        session.execute(sa.text("UPDATE alembic_version SET version_num = 'avant'"))

    answer = app.test_client().get("/healthz")

    assert answer.status_code == 503
    assert answer.get_json()["migrations"] == "la base n’est pas à jour : conf-app db upgrade"


def test_a_database_that_is_away_is_said_without_its_address(
    build: Callable[..., Flask],
) -> None:
    app = build(database_url="postgresql+psycopg://secret@127.0.0.1:1/conf")

    answer = app.test_client().get("/healthz")

    assert answer.status_code == 503
    assert answer.get_json() == {
        "ready": False,
        "database": "injoignable (OperationalError)",
    }


def test_figures_tell_of_seats_people_and_mail(
    app: Flask, settings: Settings, clock: TestClock, queue: Queue
) -> None:
    with app.app_context(), transaction() as session:
        event = make_conference(session, capacity=5)
        register(session, event, settings=settings, sessions=("ag",), now=clock())
    queue(2)
    beat(app, clock)
    clock.advance(seconds=90)

    lines = app.test_client().get("/metrics").text.splitlines()

    assert 'conf_registrations{event="conf",state="confirmed"} 1' in lines
    assert 'conf_seats{event="conf",session="",kind="capacity"} 5' in lines
    assert 'conf_seats{event="conf",session="ag",kind="taken"} 1' in lines
    assert 'conf_outbox{state="queued"} 2' in lines
    assert "conf_outbox_oldest_age_seconds 90" in lines
    assert "conf_worker_heartbeat_age_seconds 90" in lines


def test_figures_are_for_this_machine_or_for_who_holds_the_token(
    app: Flask, build: Callable[..., Flask]
) -> None:
    here = app.test_client()
    guarded = build(metrics_token="jeton").test_client()

    def bearer(token: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {token}"}

    assert here.get("/metrics").status_code == 200
    assert here.get("/metrics", headers={"X-Forwarded-For": "192.0.2.1"}).status_code == 404
    elsewhere = {"REMOTE_ADDR": "192.0.2.1"}
    assert here.get("/metrics", environ_overrides=elsewhere).status_code == 404
    behind_a_proxy = build(public_url="https://localhost").test_client()
    assert behind_a_proxy.get("/metrics").status_code == 404
    assert guarded.get("/metrics").status_code == 404
    assert guarded.get("/metrics", headers=bearer("autre")).status_code == 404
    assert guarded.get("/metrics", headers=bearer("jeton")).status_code == 200


def test_security_txt_says_whom_to_tell_for_less_than_a_year(app: Flask, clock: TestClock) -> None:
    answer = app.test_client().get("/.well-known/security.txt")

    fields = dict(line.split(": ", 1) for line in answer.text.splitlines())
    assert answer.content_type == "text/plain; charset=utf-8"
    assert fields["Contact"] == "mailto:conf@exemple.org"
    assert fields["Expires"] == f"{clock() + timedelta(days=180):%Y-%m-%d}T00:00:00Z"
    assert fields["Canonical"] == "http://localhost/.well-known/security.txt"


def test_security_txt_names_the_featured_events_contact(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        make_conference(session).contact_email = "equipe@exemple.org"

    assert (
        "Contact: mailto:equipe@exemple.org\n"
        in app.test_client().get("/.well-known/security.txt").text
    )


def test_a_failure_is_logged_without_the_address_asked_for(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(token: str) -> str:
        raise RuntimeError("tombé")

    app.add_url_rule("/essai/<token>", "essai", fail)

    assert app.test_client().get("/essai/SECRET").status_code == 500
    assert "échec de GET /essai/<token>" in caplog.text
    assert "SECRET" not in caplog.text
