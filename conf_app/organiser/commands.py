"""Bring organisers in and out, from the server."""

import click
from email_validator import EmailNotValidError, validate_email
from flask.cli import AppGroup

from conf_app.database import transaction
from conf_app.organiser import approvals, members
from conf_app.registration.names import fold
from conf_app.web.context import now, site_address

organiser_commands = AppGroup("organiser", help="L’équipe d’organisation.")


@organiser_commands.command(
    "invite", help="Faire un lien de connexion, valable une fois et un jour."
)
@click.argument("name", metavar="NOM")
@click.option("--email", metavar="ADRESSE", help="Où lui écrire ses liens de connexion.")
def invite(name: str, email: str | None) -> None:
    """Make a sign-in link, and show it this once."""
    name, address = _name(name), _address(email)
    try:
        with transaction() as session:
            token = members.invite(session, name, email=address, now=now())
    except members.AddressTaken:
        raise click.UsageError("quelqu’un d’autre de l’équipe a cette adresse.") from None
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
        members.remove_by_name(session, name, now=now())
    click.echo(f"{name} n’est plus dans l’équipe ; ses connexions sont fermées.")


@organiser_commands.command("rule-off", help="Arrêter la règle à deux.")
def rule_off() -> None:
    """End the rule that some acts take two people; the journal hears of it."""
    with transaction() as session:
        was_on = approvals.end(session, by=None, now=now())
    click.echo(
        "La règle à deux est arrêtée." if was_on else "La règle à deux n’était pas en marche."
    )


def _address(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        return validate_email(text, check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        raise click.BadParameter("ce n’est pas une adresse e-mail") from None


def _name(text: str) -> str:
    name = fold(text)
    if not 0 < len(name) <= 80:
        raise click.BadParameter("de 1 à 80 caractères")
    return name
