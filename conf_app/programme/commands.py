"""Bring events in and out, from the server."""

import sys
from pathlib import Path

import click
from flask.cli import AppGroup

from conf_app.database import db
from conf_app.programme import exporting, writing
from conf_app.web import french

event_commands = AppGroup("event", help="Les évènements, leurs fichiers, leurs répétitions.")


@event_commands.command("export", help="Écrire des évènements dans un fichier.")
@click.argument("slugs", nargs=-1, metavar="[ÉVÈNEMENT]…")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    metavar="FICHIER",
    help="Le fichier à écrire ; sans lui, ou avec « - », tout sort à l’écran.",
)
def export_events(slugs: tuple[str, ...], output: Path | None) -> None:
    """Write the events named, or all, in the format that import reads."""
    document = exporting.document(db.session(), slugs)
    text = writing.write(document)
    told = french.count(len(document.events), "évènement écrit", "évènements écrits")
    if output is None or str(output) == "-":
        sys.stdout.buffer.write(text.encode())
        sys.stdout.buffer.flush()
        click.echo(f"{told}.", err=True)
    else:
        output.write_bytes(text.encode())
        click.echo(f"{told} dans {output}.")
