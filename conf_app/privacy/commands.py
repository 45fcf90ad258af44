"""Erase from the command line what the worker erases by itself."""

import click
from flask.cli import AppGroup

from conf_app.database import compact, db, transaction
from conf_app.journal.actions import COMMAND_LINE
from conf_app.privacy import retention
from conf_app.privacy.retention import Purged
from conf_app.web import french
from conf_app.web.context import now

privacy_commands = AppGroup("privacy", help="Les données et leur effacement.")


@privacy_commands.command(
    "purge", help="Effacer les noms, adresses et besoins des évènements dont le jour est venu."
)
@click.option("--dry-run", is_flag=True, help="Dire ce qui serait effacé, sans rien effacer.")
def purge(dry_run: bool) -> None:
    """Erase what has had its day, or say what would be erased."""
    if dry_run:
        found, told = retention.due(db.session(), now=now()), "À effacer"
    else:
        with transaction() as session:
            found, told = retention.purge(session, now=now(), actor=COMMAND_LINE), "Effacé"
        compact()
    click.echo(f"{told}\u00a0: {' et '.join(map(_counts, found)) or 'rien'}.")


def _counts(purged: Purged) -> str:
    counts = (
        french.count(purged.names, "nom", "noms"),
        french.count(purged.addresses, "adresse", "adresses"),
        french.count(purged.letters, "courriel", "courriels"),
        french.count(purged.needs, "besoin", "besoins"),
        french.count(purged.cancelled, "inscription annulée", "inscriptions annulées"),
    )
    told = [count for number, count in zip(purged[1:], counts, strict=True) if number]
    return f"{purged.slug} ({', '.join(told)})"
