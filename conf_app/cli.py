"""Speak on the command line: one program, a command a deed."""

import logging
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

import click
import flask_migrate
from flask import Flask
from flask.cli import FlaskGroup, ScriptInfo, with_appcontext
from flask_migrate.cli import db as database_commands
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

from conf_app.demo import run_demo
from conf_app.doctor import doctor
from conf_app.door.commands import door_commands, rehearse
from conf_app.mail.commands import mail
from conf_app.migrating import init_migrations
from conf_app.operations import expected_revision
from conf_app.organiser.commands import organiser_commands
from conf_app.privacy.commands import privacy_commands
from conf_app.programme.commands import event_commands
from conf_app.refusals import Refusal
from conf_app.registration.commands import import_events, ticket_commands
from conf_app.serve import serve
from conf_app.settings import BadSettings, Settings
from conf_app.wiring import create_app
from conf_app.worker import run_worker


def _create() -> Flask:
    app = create_app(Settings.from_environ(os.environ))
    init_migrations(app)
    return app


class Program(FlaskGroup):
    """Tell the commands without building the application, which wants its settings.

    The settings come from the environment alone: Flask's own options are left out.
    """

    def __init__(self, **extra: Any) -> None:
        super().__init__(**extra)
        self.params = []

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands."""
        return sorted(self.commands)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Return a command, without asking the application for others: it has none."""
        return self.commands.get(name)


@click.group(
    cls=Program,
    create_app=_create,
    add_default_commands=False,
    add_version_option=False,
    load_dotenv=False,
    set_debug_flag=False,
    help="Faire tourner une conférence libre et gratuite.",
)
def commands() -> None:
    """Gather the commands."""


event_commands.add_command(import_events)
event_commands.add_command(rehearse)
commands.add_command(event_commands)
commands.add_command(mail)
commands.add_command(organiser_commands)
commands.add_command(door_commands)
commands.add_command(ticket_commands)
commands.add_command(privacy_commands)
commands.add_command(doctor)
database_commands.help = "La base de données et ses migrations."
commands.add_command(database_commands)


@database_commands.command("upgrade", help="Mettre la base à jour.")  # type: ignore[untyped-decorator]
@with_appcontext
def upgrade_command() -> None:
    """Migrate to the newest revision, and say so: Flask-Migrate's own command says nothing."""
    flask_migrate.upgrade()
    click.echo(f"La base est à jour (révision {expected_revision()}).")


@commands.command("serve", with_appcontext=False, help="Servir le site, et envoyer ses courriels.")
@click.pass_obj
def serve_command(info: ScriptInfo) -> None:
    """Run the web server and the worker until told to stop."""
    app = info.load_app()
    settings: Settings = app.extensions["conf_app.settings"]
    _log_to_stderr()
    serve(app, settings)


@commands.command("worker", with_appcontext=False, help="Faire le travail de fond, sans le site.")
@click.pass_obj
def worker_command(info: ScriptInfo) -> None:
    """Run the worker until told to stop."""
    _log_to_stderr()
    run_worker(info.load_app())


@commands.command("demo", with_appcontext=False, help="Essayer le site, sans rien régler.")
@click.option(
    "--data", type=click.Path(path_type=Path), default=Path("var/demo"), metavar="DOSSIER"
)
@click.option("--port", type=click.IntRange(1, 65535), default=8000)
@click.option(
    "--now",
    type=click.DateTime(["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]),
    help="L’heure qu’il est à la conférence, par exemple 2022-12-15T13:45.",
)
@click.option(
    "--event",
    "events",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FICHIER",
    help="Un fichier d’évènements à lire d’abord.",
)
def demo_command(data: Path, port: int, now: datetime | None, events: Path | None) -> None:
    """Run everything on the shipped programme, in rehearsal."""
    _log_to_stderr()
    run_demo(data, port=port, now=now, events=events)


def _log_to_stderr() -> None:
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s : %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)


def main() -> None:
    """Run the command line; say what goes wrong in one clear line."""
    os.umask(0o077)  # what is written here holds names and secret links
    try:
        commands.main(standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as fault:
        fault.show()
        sys.exit(fault.exit_code)
    except click.Abort:
        _give_up("arrêté.")
    except click.ClickException as fault:
        _give_up(_in_french(fault), fault.exit_code)
    except (BadSettings, Refusal) as fault:
        _give_up(str(fault))
    except OSError as fault:
        where = fault.filename
        _give_up(f"impossible de créer, lire ou écrire {where}." if where else str(fault))
    except IntegrityError:
        _give_up("quelqu’un d’autre écrivait la même chose au même moment : recommence.")
    except (OperationalError, ProgrammingError) as fault:
        _give_up(f"la base ne répond pas comme prévu ({fault.orig}). Est-elle là, et à jour ?")


def _in_french(fault: click.ClickException) -> str:
    """Return in one line what a command was told wrong: click itself speaks English."""
    match fault:
        case click.NoSuchCommand():
            return f"la commande « {fault.command_name} » n’existe pas. Voir --help."
        case click.NoSuchOption():
            return f"l’option {fault.option_name} n’existe pas. Voir --help."
        case click.MissingParameter():
            return f"il manque {_place(fault)}. Voir --help."
        case click.BadParameter():
            return f"{_place(fault)} : {_wanted(fault)}."
        case click.BadOptionUsage():
            return f"l’option {fault.option_name} est mal employée. Voir --help."
        case click.UsageError() if fault.ctx is not None:
            return f"« {fault.ctx.command_path} » ne comprend pas ces mots. Voir --help."
        case _:
            return fault.format_message()


def _place(fault: click.BadParameter) -> str:
    """Return the name of an option or an argument, as --help writes it."""
    if isinstance(fault.param_hint, str):
        return fault.param_hint
    if fault.param is None:
        return "une valeur"
    if isinstance(fault.param, click.Argument):
        return fault.param.make_metavar(fault.ctx) if fault.ctx else str(fault.param.name)
    return fault.param.opts[0]


def _wanted(fault: click.BadParameter) -> str:
    """Return what a value must be; in our own words, if they are ours."""
    match fault.param and fault.param.type:
        case click.Choice(choices=choices):
            return f"attendu {' ou '.join(str(each) for each in choices)}"
        case click.IntRange(min=least, max=most):
            return f"attendu un nombre de {least} à {most}"
        case click.DateTime():
            return "attendu une date et une heure, par exemple 2022-12-15T13:45"
        case click.Path():
            # click tells which only within its sentence: Path 'x.toml' does not exist.
            path = fault.message.partition("'")[2].rpartition("'")[0]
            return f"{path} n’existe pas, ou ne peut pas être lu ou écrit"
        case _:
            return fault.message.rstrip(".")


def _give_up(why: str, code: int = 1) -> NoReturn:
    click.echo(f"conf-app : {why.strip()}", err=True)
    sys.exit(code)
