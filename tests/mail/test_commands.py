"""The command line shows what did not go, and sends it again."""

from click.testing import CliRunner, Result
from flask import Flask
from flask.cli import ScriptInfo

from conf_app.cli import commands
from conf_app.mail.delivery import PostOffice, deliver_due
from tests.conftest import TestClock
from tests.mail.conftest import Queue, post_office
from tests.mail.servers import MailServer


def run(app: Flask, *words: str) -> Result:
    """Run a command on this application."""
    return CliRunner().invoke(commands, words, obj=ScriptInfo(create_app=lambda: app))


def test_a_failed_message_is_listed_queued_again_and_sent(
    app: Flask, queue: Queue, post: PostOffice, server: MailServer
) -> None:
    app.extensions["conf_app.post"] = post
    queue()
    server.at_recipient = ["550 boîte pleine"]
    with app.app_context():
        deliver_due(post)

    listed = run(app, "mail", "list")
    again = run(app, "mail", "retry", listed.output.split("\t")[0])
    sent = run(app, "mail", "deliver")

    assert "échoué" in listed.output
    assert "boîte pleine" in listed.output
    assert again.output == "Courriels remis en file : 1.\n"
    assert sent.output == "Courriels envoyés : 1.\n"
    assert run(app, "mail", "list").output == "Courriels qui attendent ou ont échoué : 0.\n"


def test_an_unreachable_server_is_said_in_one_line(
    app: Flask, queue: Queue, clock: TestClock
) -> None:
    with MailServer() as gone:
        url = gone.url
    app.extensions["conf_app.post"] = post_office(url, clock)
    queue()

    said = run(app, "mail", "deliver")

    assert said.exit_code == 1
    assert said.output == "Error: serveur injoignable (ConnectionRefusedError)\n"
