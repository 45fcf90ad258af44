"""Bring organisers in and out, from the server."""

import click
from flask.cli import AppGroup

from conf_app.database import transaction
from conf_app.organiser import access
from conf_app.registration.names import fold
from conf_app.web.context import now, site_address

organiser_commands = AppGroup("organiser", help="L’équipe d’organisation.")


@organiser_commands.command(
    "invite", help="Faire un lien de connexion, valable une fois et un jour."
)
@click.argument("name", metavar="NOM")
def invite(name: str) -> None:
    """Make a sign-in link, and show it this once."""
    name = _name(name)
    with transaction() as session:
        token = access.invite(session, name, now=now())
    click.echo(f"Lien de connexion de {name}, valable une fois, pendant 24 heures :")
    click.echo(site_address("organiser.connect", token=token))


@organiser_commands.command(
    "remove", help="Retirer quelqu’un de l’équipe et fermer ses connexions."
)
@click.argument("name", metavar="NOM")
def remove(name: str) -> None:
    """Take somebody off the team."""
    name = _name(name)
    with transaction() as session:
        access.remove(session, name, now=now())
    click.echo(f"{name} n’est plus dans l’équipe ; ses connexions sont fermées.")


def _name(text: str) -> str:
    name = fold(text)
    if not 0 < len(name) <= 80:
        raise click.BadParameter("de 1 à 80 caractères")
    return name
