"""People are told in plain words, with the ticket, and with nothing secret in the calendar.

The texts lie in ``messages/``; run with ``UPDATE_SNAPSHOTS=1`` to write them anew, then read them.
"""

import os
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from conf_app.database import transaction
from conf_app.mail.delivery import deliver_due
from conf_app.programme.models import Event
from conf_app.registration import actions
from conf_app.registration.models import Registration
from conf_app.settings import Settings
from tests.conftest import NOON_IN_NOVEMBER, TestClock
from tests.events import make_conference
from tests.people import register

SNAPSHOTS = Path(__file__).parent / "messages"


def delivered(app: Flask, settings: Settings) -> list[EmailMessage]:
    """Send what is due and read the letters, oldest first."""
    with app.app_context():
        deliver_due(app.extensions["conf_app.post"])
    assert settings.mail_folder is not None
    return [
        message_from_bytes(path.read_bytes(), policy=policy.default)
        for path in sorted(settings.mail_folder.glob("*.eml"))
    ]


def snapshot(name: str, mail: EmailMessage, app: Flask) -> None:
    """Compare a letter's subject and text with the file; secrets are written as words."""
    body = mail.get_body(("plain",))
    assert body is not None
    text = f"{mail['Subject']}\n\n{body.get_content()}"
    with app.app_context(), transaction() as session:
        for number, made in enumerate(session.scalars(select(Registration)), 1):
            reference = made.reference
            spelled = f"{reference[:3]}-{reference[3:6]}-{reference[6:]}"
            text = text.replace(spelled, f"<référence {number}>")
    words = [
        "<lien secret>" if "/billet/" in word else word
        for word in text.replace("\n", " \n ").split(" ")
    ]
    told = " ".join(words).replace(" \n ", "\n").replace("\r", "")
    file = SNAPSHOTS / f"{name}.txt"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        file.write_text(told, encoding="utf-8")
    assert told == file.read_text(encoding="utf-8")


def test_a_confirmation_brings_the_ticket(app: Flask, settings: Settings) -> None:
    with app.app_context(), transaction() as session:
        event = make_conference(session)
        register(session, event, settings=settings, email="zelie@exemple.org", sessions=("ag",))
    (mail,) = delivered(app, settings)

    snapshot("confirmation", mail, app)
    assert mail["To"] == "zelie@exemple.org"
    assert mail["Auto-Submitted"] == "auto-generated"
    files = {part.get_filename(): part.get_content() for part in mail.iter_attachments()}
    assert set(files) == {"billet-conf.pdf", "conf.ics"}
    assert files["billet-conf.pdf"].startswith(b"%PDF-")
    calendar = str(files["conf.ics"])
    assert "Assemblée générale" in calendar
    assert "/billet/" not in calendar
    assert [part.get_content_type() for part in mail.walk() if not part.is_multipart()] == [
        "text/plain",
        "text/html",
        "application/pdf",
        "text/calendar",
    ]


def test_a_second_ticket_of_one_address_names_the_first(app: Flask, settings: Settings) -> None:
    with app.app_context(), transaction() as session:
        event = make_conference(session)
        register(session, event, "Yann", settings=settings, email="zelie@exemple.org")
    delivered(app, settings)
    with app.app_context(), transaction() as session:
        event = session.scalars(select(Event)).one()
        register(session, event, "Zélie", settings=settings, email="zelie@exemple.org")
    snapshot("confirmation-autre-billet", delivered(app, settings)[-1], app)


def test_a_cancellation_is_told(app: Flask, settings: Settings) -> None:
    with app.app_context(), transaction() as session:
        event = make_conference(session)
        zelie = register(session, event, settings=settings, email="zelie@exemple.org")
        actions.cancel(session, zelie, now=NOON_IN_NOVEMBER)
    (mail,) = delivered(app, settings)  # the ticket of a cancelled registration is not sent
    snapshot("annulation", mail, app)


@pytest.mark.parametrize("kind", ["event_postponed", "event_cancelled"])
def test_everybody_confirmed_is_told_what_becomes_of_the_event(
    app: Flask, settings: Settings, kind: str
) -> None:
    with app.app_context(), transaction() as session:
        event = make_conference(session)
        event.banner = "La salle est fermée ce jour-là."
        register(session, event, settings=settings, email="zelie@exemple.org")
        register(session, event, "Yann", settings=settings)
        gone = register(session, event, "Alix", settings=settings, email="alix@exemple.org")
        actions.cancel(session, gone, now=NOON_IN_NOVEMBER)
    delivered(app, settings)
    with app.app_context(), transaction() as session:
        event = session.scalars(select(Event)).one()
        assert actions.tell_everybody(session, event, kind, now=NOON_IN_NOVEMBER) == 1
    snapshot(kind, delivered(app, settings)[-1], app)


def test_a_rehearsal_says_so_in_the_subject_and_the_text(
    app: Flask, settings: Settings, clock: TestClock
) -> None:
    with app.app_context(), transaction() as session:
        event = make_conference(session, clock_shift=timedelta(hours=1))
        register(session, event, settings=settings, email="zelie@exemple.org", now=clock())
    (mail,) = delivered(app, settings)
    snapshot("confirmation-repetition", mail, app)


def test_an_address_gets_a_bounded_number_of_letters_a_day(
    app: Flask, settings: Settings, clock: TestClock
) -> None:
    with app.app_context():
        for number in range(actions.LETTERS_A_DAY + 2):
            with transaction() as session:
                event = session.scalar(select(Event)) or make_conference(session)
                register(
                    session,
                    event,
                    f"Zélie {number}",
                    settings=settings,
                    email="zelie@exemple.org",
                    now=clock(),
                )
    assert len(delivered(app, settings)) == actions.LETTERS_A_DAY

    clock.advance(hours=24, seconds=1)
    with app.app_context(), transaction() as session:
        event = session.scalars(select(Event)).one()
        register(session, event, settings=settings, email="zelie@exemple.org", now=clock())
    assert len(delivered(app, settings)) == actions.LETTERS_A_DAY + 1
