"""The settings come from the environment, and every fault is named at once."""

import os
import subprocess
import sys

import pytest

from conf_app.settings import BadSettings, Settings

GOOD = {
    "PUBLIC_URL": "https://conf.exemple/",
    "SECRET_KEY": "a secret of forty characters, only for tests",
    "TICKET_KEYS": f"1:{'ab' * 32}, 2:{'cd' * 32}",
    "DATABASE_URL": "postgresql://conf@localhost/conf",
    "MAIL_FROM": "onestla.tech <conf@exemple.org>",
    "SMTP_URL": "smtp+starttls://conf:secret@mail.exemple:587",
}


def test_good_settings_are_read() -> None:
    settings = Settings.from_environ(GOOD)

    assert settings.public_url == "https://conf.exemple"
    assert (settings.host, settings.hostname, settings.https) == (
        "conf.exemple",
        "conf.exemple",
        True,
    )
    assert settings.ticket_keys.current == 2
    assert settings.database_url == "postgresql+psycopg://conf@localhost/conf"
    assert (settings.workers, settings.threads, settings.port) == (2, 2, 8000)


def test_people_write_to_the_sender_unless_told_otherwise() -> None:
    told = Settings.from_environ({**GOOD, "CONTACT_ADDRESS": "equipe@exemple.org"})

    assert Settings.from_environ(GOOD).contact == "conf@exemple.org"
    assert told.contact == "equipe@exemple.org"


def test_an_ipv6_host_keeps_its_brackets() -> None:
    settings = Settings.from_environ({**GOOD, "PUBLIC_URL": "http://[::1]:8000"})
    assert (settings.host, settings.hostname) == ("[::1]:8000", "[::1]")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PUBLIC_URL", ""),
        ("PUBLIC_URL", "conf.exemple"),
        ("PUBLIC_URL", "http://[::1"),
        ("PUBLIC_URL", "http://conf.exemple:99999"),
        ("PUBLIC_URL", "https://someone:secret@conf.exemple"),
        ("PUBLIC_URL", "https://conf.exemple/sous/dossier"),
        ("SECRET_KEY", "court"),
        ("TICKET_KEYS", "1:abcd"),
        ("DATABASE_URL", "mysql://conf"),
        ("MAIL_FROM", "personne"),
        ("DKIM_SELECTOR", "mail._domainkey"),
        ("CONTACT_ADDRESS", "Nous <nous@conf.exemple>"),
        ("SMTP_URL", "smtp://mail.exemple:port"),
        ("SMTP_URL", "http://mail.exemple"),
        ("PORT", "mille"),
        ("WORKERS", "0"),
    ],
)
def test_what_is_wrong_is_named(name: str, value: str) -> None:
    with pytest.raises(BadSettings) as refusal:
        Settings.from_environ({**GOOD, name: value})
    (line,) = str(refusal.value).splitlines()
    assert line.startswith(name)


def test_one_core_has_one_web_process() -> None:
    code = "from conf_app.settings import default_workers; print(default_workers())"
    cores = sorted(os.sched_getaffinity(0))
    for allowed in (cores[:1], cores):
        done = subprocess.run(
            [sys.executable, "-c", f"import os; os.sched_setaffinity(0, {allowed}); {code}"],
            capture_output=True,
            check=True,
            text=True,
        )
        assert int(done.stdout) == min(2, len(allowed))


def test_all_faults_come_at_once() -> None:
    with pytest.raises(BadSettings) as refusal:
        Settings.from_environ({})
    assert [line.split()[0] for line in str(refusal.value).splitlines()] == [
        "PUBLIC_URL",
        "SECRET_KEY",
        "TICKET_KEYS",
        "DATABASE_URL",
        "MAIL_FROM",
        "SMTP_URL",
    ]


@pytest.mark.parametrize("url", ["sqlite:///", "sqlite:///:memory:", "sqlite:///?mode=rwc"])
def test_a_database_in_memory_is_refused(url: str) -> None:
    with pytest.raises(BadSettings, match="DATABASE_URL doit nommer un fichier"):
        Settings.from_environ({**GOOD, "DATABASE_URL": url})
