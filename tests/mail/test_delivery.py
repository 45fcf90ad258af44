"""No message is lost; one goes twice only where nobody can know better."""

import contextlib
import dataclasses
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword
from flask import Flask

from conf_app.database import transaction
from conf_app.mail import outbox
from conf_app.mail.delivery import PostOffice, deliver_due
from conf_app.mail.models import MailState
from conf_app.mail.transports import SmtpTransport, Unreachable
from tests.conftest import TestClock
from tests.mail.conftest import Queue, post_office, rows, the_row
from tests.mail.servers import MailServer


def test_what_is_queued_goes_once_over_one_connection(
    app: Flask, queue: Queue, post: PostOffice, server: MailServer
) -> None:
    ids = queue(5)

    with app.app_context():
        assert deliver_due(post) == 5
        assert deliver_due(post) == 0

    assert server.ids == ids
    assert server.connections == 1
    assert {row.state for row in rows(app)} == {MailState.SENT}


def test_a_message_says_who_what_and_that_a_machine_wrote_it(
    app: Flask, queue: Queue, post: PostOffice, server: MailServer, clock: TestClock
) -> None:
    queue(recipient="dominique@bücher.example")

    with app.app_context():
        deliver_due(post)

    (email,) = server.received
    assert email["From"] == "Le collectif <conf@exemple.org>"
    assert email["To"] == "dominique@xn--bcher-kva.example"
    assert email["Subject"] == "Lettre n° 100"
    assert email["Date"].datetime == clock()
    assert email["Auto-Submitted"] == "auto-generated"
    assert email["Content-Language"] == "fr"
    assert email.get_content().splitlines() == ["Bonjour à toi,", "", "tout va bien."]


@pytest.mark.parametrize("deed", ["drop in the midst", "451 plus tard", "421 je ferme"])
def test_a_message_cut_or_put_off_goes_later(
    app: Flask, queue: Queue, post: PostOffice, server: MailServer, clock: TestClock, deed: str
) -> None:
    first, second = queue(2)
    server.at_data = [deed]

    with app.app_context():
        assert deliver_due(post) == 1
        clock.advance(minutes=1)
        assert deliver_due(post) == 1

    assert server.ids == [second, first]


def test_a_server_that_greylists_is_asked_again(
    app: Flask, queue: Queue, post: PostOffice, server: MailServer, clock: TestClock
) -> None:
    ids = queue()
    server.at_recipient = ["450 4.2.0 Greylisted", "450 4.2.0 Greylisted"]

    with app.app_context():
        deliver_due(post)
        assert the_row(app).error == "450 4.2.0 Greylisted"
        clock.advance(minutes=1)
        deliver_due(post)
        clock.advance(minutes=1)
        assert deliver_due(post) == 0, "the second wait is twice as long"
        clock.advance(minutes=1)
        assert deliver_due(post) == 1

    assert server.ids == ids
    assert the_row(app).error == ""


@pytest.mark.parametrize("place", ["at_recipient", "at_data"])
def test_what_a_server_refuses_for_good_fails_at_once(
    app: Flask, queue: Queue, post: PostOffice, server: MailServer, place: str
) -> None:
    queue(2)
    setattr(server, place, ["550 5.1.1 No such person"])

    with app.app_context():
        assert deliver_due(post) == 1

    refused, sent = rows(app)
    assert (refused.state, refused.error) == (MailState.FAILED, "550 5.1.1 No such person")
    assert sent.state is MailState.SENT


def test_a_refused_sender_is_ours_to_mend_and_loses_nothing(
    app: Flask, queue: Queue, post: PostOffice, server: MailServer, clock: TestClock
) -> None:
    ids = queue(2)
    server.at_sender = ["550 5.7.1 Sender not allowed"]

    with app.app_context():
        with pytest.raises(Unreachable):
            deliver_due(post)
        clock.advance(minutes=1)
        deliver_due(post)

    assert sorted(server.ids) == sorted(ids)


def test_a_message_goes_twice_when_the_answer_to_its_final_dot_is_lost(
    app: Flask, queue: Queue, post: PostOffice, server: MailServer, clock: TestClock
) -> None:
    (message_id,) = queue()
    server.at_data = ["drop after the dot"]

    with app.app_context():
        assert deliver_due(post) == 0
        clock.advance(minutes=1)
        assert deliver_due(post) == 1

    assert server.ids == [message_id, message_id]


def test_a_server_that_dawdles_is_left_and_asked_again(
    app: Flask, queue: Queue, server: MailServer, clock: TestClock
) -> None:
    (message_id,) = queue()
    server.at_data = ["dawdle"]
    hasty = post_office(server.url, clock, timeout=2)

    with app.app_context():
        assert deliver_due(hasty) == 0
        clock.advance(minutes=1)
        assert deliver_due(hasty) == 1

    assert server.ids == [message_id, message_id]


def test_a_server_that_is_slow_gets_a_message_once(
    app: Flask, queue: Queue, post: PostOffice, server: MailServer
) -> None:
    ids = queue(2)
    server.at_data = ["take its time"]

    with app.app_context():
        assert deliver_due(post) == 2

    assert server.ids == ids


class Then(SmtpTransport):
    """Send, and do something before anybody marks the message as sent."""

    def __init__(self, url: str, deed: Callable[[], object]) -> None:
        super().__init__(url, "localhost", 5)
        self._deed = deed

    def send(self, email: EmailMessage, *, name: str) -> None:
        super().send(email, name=name)
        self._deed()


def test_a_message_goes_twice_when_its_sender_dies_before_marking(
    app: Flask, queue: Queue, post: PostOffice, server: MailServer, clock: TestClock
) -> None:
    (message_id,) = queue()
    dying = dataclasses.replace(post, transport=Then(server.url, lambda: sys.exit("dies")))
    with app.app_context():
        with pytest.raises(SystemExit):
            deliver_due(dying)

        assert deliver_due(post) == 0, "the lease holds"
        clock.advance(minutes=15)
        assert deliver_due(post) == 1

    assert server.ids == [message_id, message_id]


def test_a_message_goes_twice_when_its_lease_expires_meanwhile(
    app: Flask, queue: Queue, post: PostOffice, server: MailServer, clock: TestClock
) -> None:
    (message_id,) = queue()

    def another_sends_it() -> None:
        clock.advance(minutes=15)
        assert deliver_due(post) == 1

    slow = dataclasses.replace(post, transport=Then(server.url, another_sends_it))
    with app.app_context():
        assert deliver_due(slow) == 1
        clock.advance(minutes=15)
        assert deliver_due(post) == 0

    assert server.ids == [message_id, message_id]


def test_a_lost_lease_neither_puts_back_nor_gives_up_what_another_sends(
    app: Flask, queue: Queue, clock: TestClock
) -> None:
    queue()
    with app.app_context():
        with transaction() as session:
            slow = outbox.lease(session, now=clock())
        clock.advance(minutes=15)
        with transaction() as session:
            quick = outbox.lease(session, now=clock())
        assert slow is not None
        assert quick is not None

        with transaction() as session:
            state = outbox.mark_failed(
                session, slow, error="trop tard", now=clock(), jitter=0, permanent=True
            )

    assert state is None
    assert the_row(app).leased_until == quick.until


VICES = ("", "drop in the midst", "drop after the dot", "451 plus tard", "421 je ferme")


@pytest.mark.parametrize("seed", range(3))
def test_whatever_the_server_does_no_message_is_lost(
    app: Flask, queue: Queue, post: PostOffice, server: MailServer, clock: TestClock, seed: int
) -> None:
    ids = queue(12)
    chance = random.Random(seed)
    server.at_sender = chance.choices(["", "451 plus tard", "550 pas toi"], k=20)
    server.at_recipient = chance.choices(["", "450 4.2.0 Greylisted"], k=20)
    server.at_data = vices = chance.choices(VICES, k=20)
    lost_answers = vices.count("drop after the dot")

    with app.app_context():
        while any(row.state is MailState.QUEUED for row in rows(app)):
            with contextlib.suppress(Unreachable):
                deliver_due(post)
            clock.advance(minutes=20)

    assert {row.state for row in rows(app)} == {MailState.SENT}
    assert set(server.ids) == set(ids)
    lost_answers -= vices.count("drop after the dot")
    assert len(server.ids) == len(ids) + lost_answers


def test_two_senders_at_once_send_each_message_once(
    app: Flask, queue: Queue, server: MailServer, clock: TestClock
) -> None:
    ids = queue(40)
    start = threading.Barrier(4)
    sent: list[int] = []

    def send() -> None:
        with app.app_context():
            start.wait(10)
            sent.append(deliver_due(post_office(server.url, clock)))

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert sum(sent) == 40
    assert sorted(server.ids) == sorted(ids)


def test_a_server_that_is_away_costs_one_attempt_a_pass(
    app: Flask, queue: Queue, clock: TestClock
) -> None:
    queue(3)
    with MailServer() as gone:
        url = gone.url

    with app.app_context(), pytest.raises(Unreachable):
        deliver_due(post_office(url, clock))

    assert [row.attempts for row in rows(app)] == [1, 0, 0]


def test_a_message_is_given_up_one_day_after_it_was_queued(
    app: Flask, queue: Queue, post: PostOffice, server: MailServer, clock: TestClock
) -> None:
    queue()
    queued_at = clock()
    server.at_recipient = ["450 pas maintenant"] * 100

    with app.app_context():
        while the_row(app).state is MailState.QUEUED:
            deliver_due(post)
            clock.moment = max(clock.moment, the_row(app).due_at)

    row = the_row(app)
    assert row.state is MailState.FAILED
    assert row.error == "450 pas maintenant"
    assert clock() == queued_at + timedelta(days=1), "one last attempt at the deadline"
    assert row.attempts < 40


def test_a_message_whose_senders_all_died_is_given_up_too(
    app: Flask, queue: Queue, post: PostOffice, clock: TestClock
) -> None:
    queue()
    with app.app_context():
        with transaction() as session:
            outbox.lease(session, now=clock())
        clock.advance(days=1)
        assert deliver_due(post) == 0

    assert the_row(app).state is MailState.FAILED


def test_what_has_nothing_to_say_any_more_is_deleted_with_its_address(
    app: Flask, queue: Queue, post: PostOffice, server: MailServer
) -> None:
    queue(first=13)

    with app.app_context():
        assert deliver_due(post) == 0

    assert rows(app) == []
    assert server.received == []


def test_a_message_that_cannot_be_written_does_not_hold_up_the_others(
    app: Flask, queue: Queue, post: PostOffice, clock: TestClock
) -> None:
    with app.app_context(), transaction() as session:
        outbox.queue(session, kind="inconnu", subject_id=1, recipient="a@b.fr", now=clock())
    queue()

    with app.app_context():
        assert deliver_due(post) == 1

    unknown, _sent = rows(app)
    assert unknown.state is MailState.QUEUED
    assert unknown.error == "erreur de composition (KeyError)"


def test_an_address_that_is_none_fails_at_once(app: Flask, queue: Queue, post: PostOffice) -> None:
    queue(recipient="camille@exemple.org\r\nBcc: tout@le.monde")

    with app.app_context():
        assert deliver_due(post) == 0

    assert the_row(app).state is MailState.FAILED


# The server warns that passwords should not travel in the clear: these do not leave the machine.
on_loopback = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")


def _knows(
    _server: object, _session: object, _envelope: object, _how: str, said: Any
) -> AuthResult:
    return AuthResult(
        success=said == LoginPassword(b"compte", b"p@ss/mot"),
        handled=False,  # the server answers, not we
    )


_GUARDED: dict[str, Any] = {
    "authenticator": _knows,
    "auth_required": True,
    "auth_require_tls": False,
}


@on_loopback
def test_it_signs_in_with_the_account_of_the_address(
    app: Flask, queue: Queue, clock: TestClock
) -> None:
    queue(2)

    with MailServer(**_GUARDED) as server:
        url = server.url.replace("//", "//compte:p%40ss%2Fmot@")
        with app.app_context():
            assert deliver_due(post_office(url, clock)) == 2


@on_loopback
def test_a_refused_account_is_ours_to_mend_and_loses_nothing(
    app: Flask, queue: Queue, clock: TestClock
) -> None:
    queue()

    with MailServer(**_GUARDED) as server:
        url = server.url.replace("//", "//compte:faux@")
        with app.app_context(), pytest.raises(Unreachable, match="refuse notre compte"):
            deliver_due(post_office(url, clock))

    assert the_row(app).state is MailState.QUEUED
    assert "faux" not in the_row(app).error


def test_no_password_goes_to_a_server_that_will_not_encrypt(
    app: Flask, queue: Queue, clock: TestClock, server: MailServer
) -> None:
    queue()
    url = server.url.replace("smtp://", "smtp+starttls://compte:secret@")

    with app.app_context(), pytest.raises(Unreachable):
        deliver_due(post_office(url, clock))

    assert server.received == []


_SENDER = """
import os, sys
from conf_app import create_app
from conf_app.mail.delivery import deliver_due
from conf_app.settings import Settings
from tests.conftest import TestClock
from tests.mail.conftest import post_office

app = create_app(Settings.from_environ(os.environ))
with app.app_context():
    deliver_due(post_office(os.environ["SMTP_URL"], TestClock()))
"""


def test_killing_a_sender_at_any_moment_loses_no_message(
    app: Flask, queue: Queue, server: MailServer, clock: TestClock, database_url: str
) -> None:
    ids = queue(30)
    environ = {
        **os.environ,
        "PUBLIC_URL": "http://localhost",
        "SECRET_KEY": "x" * 32,
        "TICKET_KEYS": "1:" + "0" * 64,
        "DATABASE_URL": database_url,
        "MAIL_FROM": "conf@exemple.org",
        "SMTP_URL": server.url,
    }
    # Killed for good after so many messages: the moment within the next one is chance's.
    for limit in (5, 12):
        with subprocess.Popen([sys.executable, "-c", _SENDER], env=environ) as sender:
            while len(server.received) < limit and sender.poll() is None:
                threading.Event().wait(0.001)
            sender.send_signal(signal.SIGKILL)

    with app.app_context():
        clock.advance(minutes=15)
        deliver_due(post_office(server.url, clock))

    assert set(server.ids) == set(ids)
    assert len(server.ids) <= len(ids) + 2, "one double a kill, at most"
