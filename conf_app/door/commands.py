"""Make and revoke door passes, from the server."""

from datetime import datetime

import click
from flask.cli import AppGroup, with_appcontext

from conf_app.database import transaction
from conf_app.door import passes, rehearsal, rules
from conf_app.programme.actions import FarFromEvent
from conf_app.programme.models import Event
from conf_app.programme.queries import event_named
from conf_app.programme.rules import is_near
from conf_app.registration.names import fold
from conf_app.registration.rules import bookable_sessions
from conf_app.web import french
from conf_app.web.context import now, site_address

door_commands = AppGroup("door", help="L’entrée et ses bénévoles.")

_MOMENT = click.DateTime(["%Y-%m-%dT%H:%M"])


@door_commands.command(
    "pass",
    help="Faire un accès bénévole : un lien qui fait d’un téléphone un poste d’entrée.",
)
@click.option("--event", "slug", required=True, help="L’évènement.")
@click.option("--post", required=True, help="Le nom du poste, comme « Poste 1 ».")
@click.option("--door", "door", required=True, help="L’entrée, comme « Entrée principale ».")
@click.option("--from", "start", type=_MOMENT, help="Début, à l’heure de l’évènement.")
@click.option("--until", "end", type=_MOMENT, help="Fin, à l’heure de l’évènement.")
@click.option(
    "--devices",
    type=click.IntRange(1, rules.DEVICES_MOST),
    default=rules.DEVICES_AT_MOST,
    help=f"Combien de téléphones au plus ; {rules.DEVICES_AT_MOST}, sinon.",
)
@click.option("--search", is_flag=True, help="Le poste peut chercher un nom.")
@click.option(
    "--session",
    "sessions",
    multiple=True,
    metavar="CRÉNEAU",
    help="Un créneau sur réservation que cette entrée ouvre, au lieu de la journée ; à répéter.",
)
@click.option("--add", "adds", is_flag=True, help="Et aussi sans l’avoir réservé, s’il y a place.")
@click.option("--referent", default="", help="Qui le poste appelle en cas de souci.")
@click.option("--phone", default="", help="Son numéro de téléphone.")
def make(
    slug: str,
    post: str,
    door: str,
    start: datetime | None,
    end: datetime | None,
    devices: int,
    search: bool,
    sessions: tuple[str, ...],
    adds: bool,
    referent: str,
    phone: str,
) -> None:
    """Make a door pass, and show its link."""
    post, door = _name(post, "--post"), _name(door, "--door")
    with transaction() as session:
        event = event_named(session, slug)
        token, door_pass = passes.make(
            session,
            event,
            post=post,
            door=door,
            now=now(),
            valid_from=_at(event, start),
            valid_until=_at(event, end),
            devices_at_most=devices,
            may_search=search,
            sessions=_known(event, sessions),
            may_add=adds,
            referent=_name(referent, "--referent", least=0),
            phone=_phone(phone),
        )
        hours = [
            french.moment(at, event.zone) for at in (door_pass.valid_from, door_pass.valid_until)
        ]
        rehearsal = ", pour la répétition" if event.rehearsal else ""
    click.echo(f"Accès de {post} à {door}{rehearsal}, du {hours[0]} au {hours[1]} :")
    click.echo(site_address("door.join", token=token))


@door_commands.command("revoke", help="Retirer tout de suite les accès d’un poste.")
@click.option("--event", "slug", required=True, help="L’évènement.")
@click.option("--post", required=True, help="Le nom du poste.")
def revoke(slug: str, post: str) -> None:
    """Close the passes of a post."""
    post = _name(post, "--post")
    with transaction() as session:
        event = event_named(session, slug)
        number = passes.revoke(session, event, post, now=now())
    if not number:
        raise click.ClickException(f"aucun accès en cours ne s’appelle « {post} ».")
    click.echo(f"{french.count(number, 'accès retiré', 'accès retirés')} : {post}.")


def _known(event: Event, slugs: tuple[str, ...]) -> tuple[str, ...]:
    known = [each.slug for each in bookable_sessions(event)]
    for slug in slugs:
        if slug not in known:
            told = f"«\u00a0{slug}\u00a0» ne se réserve pas\u00a0; se réservent\u00a0: "
            raise click.BadParameter(told + (", ".join(known) or "aucun"), param_hint="--session")
    return slugs


def _at(event: Event, moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    at = moment.replace(tzinfo=event.zone)
    if not is_near(event, at):
        raise FarFromEvent(event, at)
    return at


def _name(text: str, option: str, *, least: int = 1) -> str:
    name = fold(text)
    if not least <= len(name) <= 60:
        raise click.BadParameter(f"de {least} à 60 caractères", param_hint=option)
    return name


def _phone(text: str) -> str:
    number = fold(text)
    if number and not rules.can_be_dialled(number):
        raise click.BadParameter(
            "attendu un numéro, par exemple « 06 12 34 56 78 »", param_hint="--phone"
        )
    return number


@click.command("rehearse", help="Mettre un évènement en répétition, ou l’en sortir.")
@click.argument("slug", metavar="ÉVÈNEMENT")
@click.argument("switch", type=click.Choice(["on", "off"]))
@click.option(
    "--at",
    type=click.DateTime(["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]),
    help="L’heure qu’il est à l’évènement ; 21 jours avant son début, sinon.",
)
@with_appcontext
def rehearse(slug: str, switch: str, at: datetime | None) -> None:
    """Switch rehearsal on or off; off erases what was made in it."""
    if at is not None and switch == "off":
        raise click.BadParameter("ne va qu’avec « on »", param_hint="--at")
    with transaction() as session:
        event = event_named(session, slug)
        if switch == "on":
            rehearsal.start(session, event, now=now(), at=at and at.replace(tzinfo=event.zone))
            moment = french.moment(event.at(now()), event.zone)
            told = f"« {slug} » est en répétition : il y est {moment}."
        else:
            erased = rehearsal.end(session, event, now=now())
            told = f"« {slug} » n’est plus en répétition ; effacés : {_told(erased)}."
    click.echo(told)


def _told(erased: rehearsal.Erased) -> str:
    return ", ".join(
        (
            french.count(erased.registrations, "inscription", "inscriptions"),
            french.count(erased.passages, "passage", "passages"),
            french.count(erased.passes, "accès bénévole", "accès bénévoles"),
            french.count(erased.mails, "courriel", "courriels"),
        )
    )
