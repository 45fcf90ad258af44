"""Import events over what people booked, from the server."""

import re
import sys
from pathlib import Path

import click
from flask.cli import AppGroup, with_appcontext

from conf_app.codes import NotACode, Reference, parse_reference, spell
from conf_app.database import transaction
from conf_app.programme.importing import Report
from conf_app.programme.queries import event_named
from conf_app.programme.reading import read
from conf_app.registration import actions, queries
from conf_app.registration.importing import CANCEL, MOVE, import_over_bookings
from conf_app.web import french
from conf_app.web.context import now, settings

ticket_commands = AppGroup("tickets", help="Les billets.")


@ticket_commands.command(
    "reissue",
    help="Refaire le billet d’une référence : l’ancien n’ouvre plus, le nouveau part par courriel.",
)
@click.option("--event", "slug", required=True, help="L’évènement.")
@click.argument("reference", metavar="RÉFÉRENCE")
def reissue(slug: str, reference: str) -> None:
    """Make one ticket anew, and say its new reference."""
    try:
        wanted = parse_reference(reference)
    except NotACode:
        wrong = "il y manque un signe, ou l’un est faux"
        raise click.BadParameter(wrong, param_hint="RÉFÉRENCE") from None
    with transaction() as session:
        person = queries.by_reference(session, event_named(session, slug), wanted)
        actions.reissue(session, person, keys=settings().ticket_keys, by="serveur", now=now())
        told, posted = spell(Reference(person.reference)), person.party.email is not None
    where = "part par courriel" if posted else "est au lien secret, que la personne garde"
    click.echo(f"Le billet {spell(wanted)} n’ouvre plus ; le nouveau, {told}, {where}.")


class _DryRun(Exception):
    """Ends a transaction that was only tried."""


def _how(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    if value is None or value == CANCEL or re.fullmatch(rf"{MOVE}[a-z0-9-]+", value):
        return value
    raise click.BadParameter(f"attendu {CANCEL} ou {MOVE}<slug>")


@click.command(
    "import",
    help="Lire un fichier d’évènements (« - » : l’entrée standard), et mettre la base à jour.",
)
@click.argument(
    "file",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    metavar="FICHIER",
)
@click.option("--force", is_flag=True, help="Même si la base est à une révision plus récente.")
@click.option("--dry-run", is_flag=True, help="Dire ce qui changerait, sans rien changer.")
@click.option(
    "--booked-sessions",
    callback=_how,
    metavar=f"{CANCEL}|{MOVE}SLUG",
    help="Que faire des réservations d’un créneau qui disparaît.",
)
@with_appcontext
def import_events(file: Path, force: bool, dry_run: bool, booked_sessions: str | None) -> None:
    """Validate a file, bring it in whole or not at all, and say what changed."""
    piped = str(file) == "-"
    name = "entrée standard" if piped else file.name
    document = read(sys.stdin.buffer.read() if piped else file.read_bytes(), name)
    reports: list[Report] = []
    try:
        with transaction() as session:
            reports = import_over_bookings(
                session, document, now=now(), force=force, booked_sessions=booked_sessions
            )
            if dry_run:
                raise _DryRun
    except _DryRun:
        pass
    changed = [report for report in reports if report.lines]
    for report in changed:
        for line in report.lines:
            click.echo(f"{report.slug} : {line}")
    told = french.count(len(reports), "évènement lu", "évènements lus")
    altered = french.count(len(changed), "changé", "changés") if changed else "rien n’a changé"
    click.echo(f"{name} : {told}, {altered}{' (essai, rien d’écrit)' if dry_run else ''}.")
