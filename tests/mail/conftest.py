"""Give mail tests letters to send, a server to send them to, and a post office between."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from conf_app.database import db, transaction
from conf_app.mail import outbox
from conf_app.mail.compose import Message
from conf_app.mail.delivery import PostOffice
from conf_app.mail.models import OutboxMail
from conf_app.mail.transports import SmtpTransport
from tests.conftest import TestClock
from tests.mail.servers import MailServer


@pytest.fixture
def server() -> Iterator[MailServer]:
    """Return an SMTP server that listens."""
    with MailServer() as server:
        yield server


def compose(_session: Session, mail: OutboxMail) -> Message | None:
    """Write a letter, unless it is about number 13, who has nothing to say."""
    if mail.subject_id == 13:
        return None
    return Message(f"Lettre n° {mail.subject_id}", "Bonjour à toi,\n\ntout va bien.\n")


def post_office(url: str, clock: TestClock, timeout: float = 5) -> PostOffice:
    """Return a post office that sends to a server."""
    return PostOffice(
        on_end={},
        composers={"lettre": compose},
        transport=SmtpTransport(url, "localhost", timeout),
        sender="Le collectif <conf@exemple.org>",
        clock=clock,
        jitter=lambda: 1.0,
    )


@pytest.fixture
def post(server: MailServer, clock: TestClock) -> PostOffice:
    """Return a post office that sends to the server."""
    return post_office(server.url, clock)


Queue = Callable[..., list[str]]


@pytest.fixture
def queue(app: Flask, clock: TestClock) -> Queue:
    """Return a function that queues letters and tells the Message-IDs they will have."""

    def queue(
        count: int = 1, *, recipient: str = "camille@exemple.org", first: int = 100
    ) -> list[str]:
        with app.app_context(), transaction() as session:
            message_ids = [
                outbox.queue(
                    session,
                    kind="lettre",
                    subject_id=first + number,
                    recipient=recipient,
                    now=clock(),
                )
                for number in range(count)
            ]
            return [f"<{message_id}@exemple.org>" for message_id in message_ids]

    return queue


def rows(app: Flask) -> list[OutboxMail]:
    """Return the outbox as it stands, in order, free of any session."""
    with app.app_context():
        found = list(db.session.scalars(select(OutboxMail).order_by(OutboxMail.id)))
        db.session.expunge_all()
        return found


def the_row(app: Flask) -> OutboxMail:
    """Return the one row of the outbox."""
    (row,) = rows(app)
    return row
