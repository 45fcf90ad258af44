"""Each command says in one line what it did, or what is wrong."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from conf_app import resources
from conf_app.cli import commands
from conf_app.operations import expected_revision

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "PUBLIC_URL": "http://localhost",
    "SECRET_KEY": "a secret of forty characters, only for tests",
    "TICKET_KEYS": "1:" + "ab" * 32,
    "MAIL_FROM": "conf@exemple.org",
}


def run(*words: str, typed: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the program as a person would."""
    return subprocess.run(
        [sys.executable, "-m", "conf_app", *words],
        env=environment,
        input=typed,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_database_is_made_in_one_line(tmp_path: Path) -> None:
    environment = {
        **ENVIRONMENT,
        "DATABASE_URL": f"sqlite:///{tmp_path}/conf.sqlite3",
        "MAIL_FOLDER": str(tmp_path),
    }
    done = run("db", "upgrade", **environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"La base est à jour (révision {expected_revision()}).\n"


def test_help_needs_no_settings() -> None:
    done = run("--help", PATH=ENVIRONMENT["PATH"])
    assert (done.returncode, done.stderr) == (0, "")
    assert "event      Les évènements" in done.stdout
    assert "--app" not in done.stdout


def test_all_wrong_settings_are_named_at_once() -> None:
    done = run("mail", "list", **{**ENVIRONMENT, "PORT": "mille", "SECRET_KEY": "court"})
    assert done.returncode == 1
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert [
        name
        for name in ("SECRET_KEY", "DATABASE_URL", "SMTP_URL", "PORT")
        if any(name in line for line in lines)
    ] == ["SECRET_KEY", "DATABASE_URL", "SMTP_URL", "PORT"]
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("bof", "la commande «\u00a0bof\u00a0» n’existe pas. Voir --help."),
        ("event imprt", "la commande «\u00a0imprt\u00a0» n’existe pas. Voir --help."),
        ("doctor bof", "«\u00a0python -m conf_app doctor\u00a0» ne comprend pas ces mots."
         " Voir --help."),
        ("event export --bof", "l’option --bof n’existe pas. Voir --help."),
        ("event import", "il manque FICHIER. Voir --help."),
        ("event import /nulle/part", "FICHIER\u00a0: /nulle/part n’existe pas, ou ne peut"
         " pas être lu ou écrit."),
        ("event rehearse conf peut-être", "{on|off}\u00a0: attendu on ou off."),
        ("event rehearse conf on --at hier", "--at\u00a0: attendu une date et une heure,"
         " par exemple 2022-12-15T13:45."),
        ("demo --port mille", "--port\u00a0: attendu un nombre de 1 à 65535."),
        ("demo --data", "l’option --data est mal employée. Voir --help."),
        ("door pass", "il manque --event. Voir --help."),
        ("mail retry 99999999999999999999", "[NUMÉRO]\u00a0: attendu un nombre de 1 à 2147483647."),
    ],
)  # fmt: skip
def test_a_command_typed_wrong_says_so_in_one_line(words: str, said: str) -> None:
    done = run(*words.split(), PATH=ENVIRONMENT["PATH"])

    assert done.returncode == 2
    assert done.stderr == f"conf-app : {said}\n"


@pytest.mark.parametrize("folder", ["/proc/demo", "/dev/null", "/dev/null/demo"])
def test_a_folder_that_cannot_be_made_is_named_in_one_line(folder: str) -> None:
    done = run("demo", "--data", folder, PATH=ENVIRONMENT["PATH"])

    assert done.returncode == 1
    assert done.stderr.startswith(f"conf-app : impossible de créer, lire ou écrire {folder}")
    assert len(done.stderr.splitlines()) == 1


def test_each_command_says_what_it_is_for_in_the_infinitive() -> None:
    said = {
        " ".join(path): command.get_short_help_str(limit=200)
        for path, command in _commands(("conf-app",), commands)
        if not isinstance(command, click.Group) and path[1] != "db"
    }
    first = {name: words.split()[0] for name, words in said.items()}
    assert len(first) > 10
    assert {
        name: word for name, word in first.items() if not word.endswith(("er", "ir", "re"))
    } == {}


def _commands(
    path: tuple[str, ...], command: click.Command
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        for name, each in command.commands.items():
            yield from _commands((*path, name), each)


def test_programmes_pass_through_pipes(tmp_path: Path) -> None:
    environment = {
        **ENVIRONMENT,
        "DATABASE_URL": f"sqlite:///{tmp_path}/conf.sqlite3",
        "MAIL_FOLDER": str(tmp_path),
    }
    assert run("db", "upgrade", **environment).returncode == 0
    shipped = (resources.SHIPPED / "conf-2022.toml").read_text()

    brought = run("event", "import", "-", typed=shipped, **environment)
    exported = run("event", "export", "conf-2022", "-o", "-", **environment)

    assert brought.stdout.endswith("entrée standard : 1\u00a0évènement lu, 1\u00a0changé.\n")
    assert exported.stdout == shipped
