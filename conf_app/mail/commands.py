"""See, send and send again the mail from the command line."""

import click
from flask import current_app
from flask.cli import AppGroup

from conf_app.clock import Clock
from conf_app.database import db, transaction
from conf_app.mail import outbox
from conf_app.mail.delivery import PostOffice, deliver_due
from conf_app.mail.models import MailState
from conf_app.mail.transports import Unreachable

mail = AppGroup("mail", help="Voir et envoyer les courriels.")

_LAST_NUMBER = 2**31 - 1  # what the database can number

_STATES = {MailState.QUEUED: "attend", MailState.FAILED: "échoué", MailState.SENT: "parti"}


@mail.command("deliver", help="Envoyer une fois ce qui doit partir.")
def deliver() -> None:
    """Run one pass and say how many went."""
    post: PostOffice = current_app.extensions["conf_app.post"]
    sent = 0
    try:
        while passed := deliver_due(post):
            sent += passed
    except Unreachable as fault:
        raise click.ClickException(str(fault)) from fault
    click.echo(f"Courriels envoyés : {sent}.")


@mail.command("list", help="Lister les courriels qui attendent ou ont échoué.")
def show() -> None:
    """Show each message that has not gone, with what the server said."""
    waiting = outbox.unsent(db.session())
    for row in waiting:
        click.echo(
            f"{row.id}\t{_STATES[row.state]}\t{row.created_at:%Y-%m-%d %H:%M} UTC\t{row.kind}"
            f"\t{row.recipient}\tessais : {row.attempts}\t{row.error}"
        )
    click.echo(f"Courriels qui attendent ou ont échoué : {len(waiting)}.")


@mail.command("retry", help="Remettre en file un courriel échoué, ou tous.")
@click.argument("number", type=click.IntRange(1, _LAST_NUMBER), required=False, metavar="[NUMÉRO]")
def retry(number: int | None) -> None:
    """Queue again what was given up."""
    clock: Clock = current_app.extensions["conf_app.clock"]
    with transaction() as session:
        again = outbox.retry(session, number, now=clock())
    click.echo(f"Courriels remis en file : {again}.")
