"""Each command says in one line what it did, or what is wrong."""

import os
import subprocess
import sys
from pathlib import Path

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "PUBLIC_URL": "http://localhost",
    "SECRET_KEY": "a secret of forty characters, only for tests",
    "TICKET_KEYS": "1:" + "ab" * 32,
    "MAIL_FROM": "conf@exemple.org",
}


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the program as a person would."""
    return subprocess.run(
        [sys.executable, "-m", "conf_app", *words],
        env=environment,
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
    assert done.stdout == "La base est à jour (révision 0004).\n"


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
