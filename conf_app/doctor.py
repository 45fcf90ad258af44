"""Say line by line what is right, and what is missing, before the site goes live."""

import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import func, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session as DatabaseSession

from conf_app.database import db
from conf_app.mail import domain
from conf_app.mail.domain import Resolver, Unanswered
from conf_app.mail.transports import SmtpTransport, Unreachable
from conf_app.operations import (
    SILENCE,
    NotMigrated,
    check_revision,
    expected_revision,
    heartbeat_age,
)
from conf_app.organiser.models import Organiser
from conf_app.programme.models import EventState
from conf_app.programme.queries import featured
from conf_app.settings import Settings
from conf_app.web import context, french

LEAST_FREE = 1_000_000_000
"""Bytes that must be free on the disk: the day's journals, copies and letters fit in less."""

LEAST_TEAM = 2
_PATIENCE = 10.0


class Finding(NamedTuple):
    """Say whether one thing is right, and what was found or, if it is not, what to do."""

    right: bool
    what: str
    words: str


def free_space(folder: Path) -> int:
    """Return how many bytes are free on the disk of a folder."""
    return shutil.disk_usage(folder).free


def diagnose(
    settings: Settings,
    session: DatabaseSession,
    *,
    now: datetime,
    resolver: Resolver,
    free: Callable[[Path], int] = free_space,
) -> Iterator[Finding]:
    """Look at everything that going live needs, changing nothing and sending nothing."""
    yield _published(settings)
    yield _https(settings)
    yield from _site(session, now)
    yield _disk(settings, free)
    yield _smtp(settings)
    for look in (_sender, _spf, _dkim, _dmarc):
        try:
            yield look(settings, resolver)
        except Unanswered as fault:
            yield Finding(False, "Noms de domaine", f"{fault} ; réessaie, ou vois ton réseau.")
            return


def _published(settings: Settings) -> Finding:
    needed = {
        "PUBLISHER": settings.publisher,
        "PUBLISHER_ADDRESS": settings.publisher_address,
        "PUBLICATION_DIRECTOR": settings.publication_director,
        "HOSTING_PROVIDER": settings.hosting_provider,
    }
    if missing := [name for name, value in needed.items() if not value]:
        return Finding(False, "Mentions légales", f"renseigne {', '.join(missing)}.")
    return Finding(True, "Mentions légales", "éditeur, direction et hébergeur sont dits.")


def _https(settings: Settings) -> Finding:
    if settings.https:
        return Finding(True, "Adresse publique", settings.public_url)
    todo = "PUBLIC_URL doit être en https:// ; sans cela, ni secret ni caméra."
    return Finding(False, "Adresse publique", todo)


def _site(session: DatabaseSession, now: datetime) -> Iterator[Finding]:
    try:
        check_revision(session)
    except NotMigrated:
        yield Finding(False, "Base", "elle n’est pas à jour : conf-app db upgrade.")
    except SQLAlchemyError as fault:
        # Its words may name the server and the account.
        todo = f"injoignable ({type(fault).__name__}) ; vérifie DATABASE_URL."
        yield Finding(False, "Base", todo)
    else:
        yield Finding(True, "Base", f"à jour, révision {expected_revision()}.")
        yield _worker(session, now)
        yield _event(session)
        yield _team(session)


def _worker(session: DatabaseSession, now: datetime) -> Finding:
    age = heartbeat_age(session, now=now)
    if age is None or age > SILENCE:
        todo = "rien ne tourne : lance le service (conf-app serve)."
        return Finding(False, "Travail de fond", todo)
    return Finding(True, "Travail de fond", f"dernier signe {french.ago(now - age, now)}.")


def _event(session: DatabaseSession) -> Finding:
    event = featured(session)
    if event is None or event.state is not EventState.PUBLISHED:
        todo = "aucun évènement publié : conf-app event import, avec state et featured."
        return Finding(False, "À la une", todo)
    if event.rehearsal:
        todo = f"encore en répétition : conf-app event rehearse {event.slug} off."
        return Finding(False, "À la une", todo)
    day = french.day(event.starts_at, event.zone)
    return Finding(True, "À la une", f"« {event.title} », {day}.")


def _team(session: DatabaseSession) -> Finding:
    here = select(func.count(Organiser.id)).where(Organiser.removed_at.is_(None))
    people = session.scalar(here) or 0
    if people < LEAST_TEAM:
        todo = "il faut être deux au moins : conf-app organiser invite."
        return Finding(False, "Équipe", todo)
    return Finding(True, "Équipe", f"{french.count(people, 'personne', 'personnes')}.")


def _disk(settings: Settings, free: Callable[[Path], int]) -> Finding:
    url = make_url(settings.database_url)
    at_hand = url.database if url.get_backend_name() == "sqlite" else None
    folder = Path(at_hand).resolve().parent if at_hand else Path("/")
    try:
        left = free(folder)
    except OSError as fault:
        return Finding(False, "Disque", f"{folder} ne se lit pas : {fault.strerror}.")
    told = f"{left / 1e9:.1f} Go libres".replace(".", ",")
    if left < LEAST_FREE:
        return Finding(False, "Disque", f"plus que {told} pour {folder} : fais de la place.")
    return Finding(True, "Disque", f"{told}.")


def _smtp(settings: Settings) -> Finding:
    if not settings.smtp_url:
        todo = "les courriels ne partent pas, ils s’écrivent dans un dossier : règle SMTP_URL."
        return Finding(False, "SMTP", todo)
    server = SmtpTransport(settings.smtp_url, settings.mail_host, _PATIENCE)
    try:
        server.sign_in()
    except Unreachable as fault:
        return Finding(False, "SMTP", f"{fault} ; vérifie SMTP_URL.")
    finally:
        server.close()
    return Finding(True, "SMTP", "le serveur d’envoi nous accepte.")


def _sender(settings: Settings, resolver: Resolver) -> Finding:
    if domain.takes_mail(settings.mail_host, resolver):
        return Finding(True, "Expéditeur", f"{settings.mail_host} reçoit le courriel.")
    todo = f"{settings.mail_host} ne reçoit pas le courriel : prends un autre MAIL_FROM."
    return Finding(False, "Expéditeur", todo)


def _spf(settings: Settings, resolver: Resolver) -> Finding:
    match domain.spf(settings.mail_host, resolver):
        case [record]:
            return Finding(True, "SPF", record)
        case []:
            todo = (
                f"publie sur {settings.mail_host} la ligne TXT « v=spf1 … » que donne ton service"
                " d’envoi."
            )
        case records:
            todo = f"{settings.mail_host} en a {len(records)} : n’en garde qu’une."
    return Finding(False, "SPF", todo)


def _dkim(settings: Settings, resolver: Resolver) -> Finding:
    selector = settings.dkim_selector
    if not selector:
        todo = "mets dans DKIM_SELECTOR le nom de la clé que donne ton service d’envoi."
        return Finding(False, "DKIM", todo)
    name = f"{selector}._domainkey.{settings.mail_host}"
    if domain.dkim(settings.mail_host, selector, resolver):
        return Finding(True, "DKIM", f"la clé est sur {name}.")
    return Finding(False, "DKIM", f"publie sur {name} la clé que donne ton service d’envoi.")


def _dmarc(settings: Settings, resolver: Resolver) -> Finding:
    if records := domain.dmarc(settings.mail_host, resolver):
        return Finding(True, "DMARC", records[0])
    todo = f"publie sur _dmarc.{settings.mail_host} la ligne TXT « v=DMARC1; p=none »."
    return Finding(False, "DMARC", todo)


@click.command("doctor", help="Dire ce qui manque avant d’ouvrir pour de vrai.")
@with_appcontext
def doctor() -> None:
    """Tell each finding; fail if anything is missing."""
    missing = 0
    resolver: Resolver = current_app.extensions["conf_app.resolver"]
    for finding in diagnose(context.settings(), db.session(), now=context.now(), resolver=resolver):
        missing += not finding.right
        click.echo(f"{'✔' if finding.right else '✘'} {finding.what} : {finding.words}")
    if missing:
        click.echo(f"Pas prêt : {french.count(missing, 'chose manque', 'choses manquent')}.")
        click.get_current_context().exit(1)
    click.echo("Prêt pour de vrai.")
