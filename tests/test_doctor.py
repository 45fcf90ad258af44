"""Before going live, one command says what is right and what is missing, and sends nothing."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from aiosmtpd.smtp import AuthResult, LoginPassword
from flask import Flask

from conf_app.database import db, transaction
from conf_app.doctor import LEAST_FREE, Finding, diagnose, doctor
from conf_app.mail.domain import Unanswered
from conf_app.mail.models import Heartbeat
from conf_app.operations import expected_revision
from conf_app.organiser import members
from conf_app.programme.models import Event, EventState
from tests.conftest import TestClock
from tests.events import make_conference
from tests.mail.servers import MailServer
from tests.test_statements import PUBLISHED

ZONE = {
    ("conf.exemple", "MX"): ["10 mail.conf.exemple."],
    ("conf.exemple", "TXT"): ["v=spf1 mx -all"],
    ("mail._domainkey.conf.exemple", "TXT"): ["v=DKIM1; k=rsa; p=MIGfMA0"],
    ("_dmarc.conf.exemple", "TXT"): ["v=DMARC1; p=none"],
}
READY = {
    **PUBLISHED,
    "public_url": "https://conf.exemple",
    "mail_from": "La conf <conf@conf.exemple>",
    "dkim_selector": "mail",
}

# The server warns that passwords should not travel in the clear: these do not leave the machine.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")


def _knows(
    _server: object, _session: object, _envelope: object, _how: str, said: Any
) -> AuthResult:
    # The server answers, not we.
    return AuthResult(success=said == LoginPassword(b"conf", b"secret"), handled=False)


@pytest.fixture
def server() -> Iterator[MailServer]:
    """Return an SMTP server that knows one account."""
    with MailServer(authenticator=_knows, auth_require_tls=False, auth_required=True) as server:
        yield server


Site = Callable[..., Flask]


@pytest.fixture
def site(build: Callable[..., Flask], server: MailServer, clock: TestClock) -> Site:
    """Return a function that builds a site where nothing is missing, but for what is changed."""

    def site(**changes: object) -> Flask:
        url = server.url.replace("//", "//conf:secret@")
        app = build(**{**READY, "smtp_url": url, **changes})
        app.extensions["conf_app.resolver"] = lambda name, kind: ZONE.get((name, kind), [])
        with app.app_context(), transaction() as session:
            make_conference(session)
            session.merge(Heartbeat(id=1, at=clock() - timedelta(seconds=3)))
            for name in ("Alix", "Sacha"):
                members.invite(session, name, now=clock())
        return app

    return site


def findings(app: Flask, clock: TestClock, **changes: Any) -> list[Finding]:
    """Return what the doctor finds."""
    options = {"resolver": app.extensions["conf_app.resolver"], **changes}
    with app.app_context():
        settings = app.extensions["conf_app.settings"]
        return list(diagnose(settings, db.session(), now=clock(), **options))


def missing(app: Flask, clock: TestClock, **changes: Any) -> dict[str, str]:
    """Return what the doctor finds missing."""
    return {found.what: found.words for found in findings(app, clock, **changes) if not found.right}


def test_a_site_where_nothing_is_missing_is_ready(site: Site, server: MailServer) -> None:
    told = site().test_cli_runner().invoke(doctor)

    lines = told.output.replace("\u00a0", " ").splitlines()
    assert told.exit_code == 0, told.output
    assert [line for line in lines if not line.startswith("✔ Disque : ")] == [
        "✔ Mentions légales : éditeur, direction et hébergeur sont dits.",
        "✔ Adresse publique : https://conf.exemple",
        f"✔ Base : à jour, révision {expected_revision()}.",
        "✔ Travail de fond : dernier signe à l’instant.",
        "✔ À la une : « Conférence d’essai », jeudi 15 décembre 2022.",
        "✔ Équipe : 2 personnes.",
        "✔ SMTP : le serveur d’envoi nous accepte.",
        "✔ Expéditeur : conf.exemple reçoit le courriel.",
        "✔ SPF : v=spf1 mx -all",
        "✔ DKIM : la clé est sur mail._domainkey.conf.exemple.",
        "✔ DMARC : v=DMARC1; p=none",
        "Prêt pour de vrai.",
    ]
    assert server.connections == 1
    assert server.received == []


def test_what_is_missing_is_told_line_by_line(app: Flask) -> None:
    app.extensions["conf_app.resolver"] = lambda _name, _kind: []

    told = app.test_cli_runner().invoke(doctor)

    lines = told.output.replace("\u00a0", " ").splitlines()
    assert told.exit_code == 1
    assert [line.split(" : ")[0] for line in lines if "Disque" not in line] == [
        "✘ Mentions légales",
        "✘ Adresse publique",
        "✔ Base",
        "✘ Travail de fond",
        "✘ À la une",
        "✘ Équipe",
        "✘ SMTP",
        "✘ Expéditeur",
        "✘ SPF",
        "✘ DKIM",
        "✘ DMARC",
        "Pas prêt",
    ]
    assert lines[-1] == "Pas prêt : 10 choses manquent."


@pytest.mark.parametrize(
    ("change", "what", "told"),
    [
        ({"publication_director": ""}, "Mentions légales", "PUBLICATION_DIRECTOR"),
        ({"public_url": "http://conf.exemple"}, "Adresse publique", "https://"),
        ({"smtp_url": ""}, "SMTP", "SMTP_URL"),
        ({"smtp_url": "smtp://127.0.0.1:1"}, "SMTP", "serveur injoignable"),
        ({"dkim_selector": ""}, "DKIM", "DKIM_SELECTOR"),
        ({"dkim_selector": "autre"}, "DKIM", "autre._domainkey.conf.exemple"),
    ],
)
def test_a_setting_that_is_missing_or_wrong_is_named(
    site: Site, clock: TestClock, change: dict[str, object], what: str, told: str
) -> None:
    found = missing(site(**change), clock)
    assert found.keys() == {what}
    assert told in found[what]


def test_an_account_that_the_mail_server_refuses_is_told(
    site: Site, server: MailServer, clock: TestClock
) -> None:
    app = site(smtp_url=server.url.replace("//", "//conf:faux@"))

    found = missing(app, clock)

    assert found.keys() == {"SMTP"}
    assert found["SMTP"].startswith("le serveur refuse notre compte")
    assert "faux" not in found["SMTP"]


@pytest.mark.parametrize(
    ("records", "what", "told"),
    [
        ({("conf.exemple", "MX"): []}, "Expéditeur", "un autre MAIL_FROM"),
        ({("conf.exemple", "TXT"): ["bonjour"]}, "SPF", "publie sur conf.exemple"),
        ({("conf.exemple", "TXT"): ["v=spf1 mx", "v=spf1 a"]}, "SPF", "en a 2"),
        ({("_dmarc.conf.exemple", "TXT"): []}, "DMARC", "_dmarc.conf.exemple"),
    ],
)
def test_a_record_that_is_missing_is_told_with_its_name(
    site: Site, clock: TestClock, records: dict[tuple[str, str], list[str]], what: str, told: str
) -> None:
    zone = {**ZONE, **records}

    found = missing(site(), clock, resolver=lambda name, kind: zone.get((name, kind), []))

    assert found.keys() == {what}
    assert told in found[what]


def test_name_servers_that_do_not_answer_are_no_proof(site: Site, clock: TestClock) -> None:
    def away(_name: str, _kind: str) -> list[str]:
        raise Unanswered("les serveurs de noms ne répondent pas (NoNameservers)")

    assert missing(site(), clock, resolver=away).keys() == {"Noms de domaine"}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"clock_shift": timedelta(days=30)}, "conf-app event rehearse conf off"),
        ({"state": EventState.DRAFT}, "conf-app event import"),
        ({"state": EventState.CANCELLED}, "conf-app event import"),
        ({"featured": False}, "conf-app event import"),
    ],
)
def test_an_event_that_is_not_there_for_real_is_told(
    site: Site, clock: TestClock, change: dict[str, object], told: str
) -> None:
    app = site()
    with app.app_context(), transaction() as session:
        session.execute(sa.update(Event).values(**change))

    found = missing(app, clock)

    assert found.keys() == {"À la une"}
    assert told in found["À la une"]


def test_one_person_alone_is_no_team(site: Site, clock: TestClock) -> None:
    app = site()
    with app.app_context(), transaction() as session:
        members.remove_by_name(session, "Sacha", now=clock())

    assert missing(app, clock).keys() == {"Équipe"}


def test_a_worker_that_fell_silent_is_told(site: Site, clock: TestClock) -> None:
    app = site()
    clock.advance(minutes=3)

    assert missing(app, clock).keys() == {"Travail de fond"}


def test_a_disk_that_is_nearly_full_is_told(site: Site, clock: TestClock) -> None:
    asked: list[Path] = []

    def nearly(folder: Path) -> int:
        asked.append(folder)
        return LEAST_FREE - 1

    assert missing(site(), clock, free=nearly).keys() == {"Disque"}
    assert [folder.is_dir() for folder in asked] == [True]


def test_a_database_left_behind_hides_no_other_finding(site: Site, clock: TestClock) -> None:
    app = site()
    with app.app_context(), transaction() as session:
        session.execute(sa.text("UPDATE alembic_version SET version_num = 'avant'"))

    found = findings(app, clock)

    assert [each.what for each in found if not each.right] == ["Base"]
    assert {"SMTP", "SPF", "DMARC"} <= {each.what for each in found}


def test_a_database_that_is_away_is_told_without_its_address(
    build: Callable[..., Flask], server: MailServer, clock: TestClock
) -> None:
    away = "postgresql+psycopg://secret@127.0.0.1:1/conf"
    url = server.url.replace("//", "//conf:secret@")
    app = build(**READY, smtp_url=url, database_url=away)

    found = missing(app, clock, resolver=lambda name, kind: ZONE.get((name, kind), []))

    assert found == {"Base": "injoignable (OperationalError)\u00a0; vérifie DATABASE_URL."}
