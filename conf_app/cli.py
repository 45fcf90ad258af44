"""Speak on the command line: one program, a command a deed."""

import os
import sys

import click
from flask import Flask
from flask.cli import FlaskGroup

from conf_app.refusals import Refusal
from conf_app.settings import BadSettings, Settings
from conf_app.wiring import create_app


def _create() -> Flask:
    return create_app(Settings.from_environ(os.environ))


@click.group(
    cls=FlaskGroup,
    create_app=_create,
    add_default_commands=False,
    add_version_option=False,
    load_dotenv=False,
)
def commands() -> None:
    """Fais tourner une conférence libre et gratuite."""


def main() -> None:
    """Run the command line; say what goes wrong in one clear line."""
    try:
        commands.main(standalone_mode=True)
    except (BadSettings, Refusal) as fault:
        click.echo(f"conf-app : {fault}", err=True)
        sys.exit(1)
