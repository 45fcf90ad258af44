"""Erase from the command line what the worker erases by itself."""

import click
from flask.cli import AppGroup

from conf_app.database import db, transaction
from conf_app.journal.actions import COMMAND_LINE
from conf_app.privacy import retention
from conf_app.web import french
from conf_app.web.context import now

privacy_commands = AppGroup("privacy", help="Les données et leur effacement.")


@privacy_commands.command("purge")
@click.option("--dry-run", is_flag=True, help="Dire ce qui serait effacé, sans rien effacer.")
def purge(dry_run: bool) -> None:
    """Efface les noms et adresses des évènements dont le jour est venu."""
    if dry_run:
        found, told = retention.due(db.session(), now=now()), "À effacer"
    else:
        with transaction() as session:
            found, told = retention.purge(session, now=now(), actor=COMMAND_LINE), "Effacé"
    lines = [
        f"{slug}, {french.count(people, 'inscription', 'inscriptions')}" for slug, people in found
    ]
    click.echo(f"{told}\u00a0: {' et '.join(lines) or 'rien'}.")
