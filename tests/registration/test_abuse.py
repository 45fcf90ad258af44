"""Who asks far too often is told when to come back; a hall behind one address never notices."""

import re

import pytest
from flask import Flask
from limits import RateLimitItemPerMinute
from sqlalchemy import func, select

from conf_app.database import db, transaction
from conf_app.door.models import Device
from conf_app.registration.domains import likely_domain
from conf_app.registration.models import LostTicketRequest, Registration
from conf_app.web.limits import LOST_TICKETS, REFERENCES, REGISTRATIONS, WRONG_LINKS, spend
from tests.browser import ON_SQLITE
from tests.conftest import TestClock
from tests.events import make_conference
from tests.team import volunteer
from tests.visitor import Page, Visitor

FORM = "/e/conf/inscription"
WAIT = re.compile(r"réessaie dans [1-5]\u00a0minutes?\.")


@pytest.fixture(autouse=True)
def event(app: Flask) -> None:
    """Open a conference."""
    with app.app_context(), transaction() as session:
        make_conference(session, capacity=1000)


def spent(
    app: Flask, limit: RateLimitItemPerMinute, times: int, forwarded: str = "", who: str = ""
) -> None:
    """Use up a share as so many requests would."""
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    with app.test_request_context(headers=headers, environ_base={"REMOTE_ADDR": "127.0.0.1"}):
        for _ in range(times):
            spend(limit, who)


def count(app: Flask, model: type[Registration] | type[LostTicketRequest]) -> int:
    with app.app_context():
        return db.session().scalar(select(func.count(model.id))) or 0


def test_five_hundred_people_register_from_one_address(app: Flask, visitor: Visitor) -> None:
    spent(app, REGISTRATIONS, 499)
    assert visitor.get(FORM).submit(name="Zélie", consent="y").heading == "Zélie"

    page = Visitor(app).get(FORM).submit(name="Yann", email="yann@exemple.org", consent="y")

    assert page.status == 429
    assert WAIT.search(page.text)
    kept = page.fields()
    assert (kept["name"], kept["email"]) == ("Yann", "yann@exemple.org")
    assert count(app, Registration) == 1


def test_a_lost_ticket_is_asked_for_so_many_times(app: Flask, visitor: Visitor) -> None:
    spent(app, LOST_TICKETS, LOST_TICKETS.amount)

    page = visitor.get("/billet-perdu").submit(email="zelie@exemple.org")

    assert page.status == 429
    assert WAIT.search(page.text)
    assert page.fields()["email"] == "zelie@exemple.org"
    assert count(app, LostTicketRequest) == 0


@pytest.mark.parametrize("path", ["/billet/{0}", "/orga/connexion/{0}", "/entree/acces/{0}"])
def test_secrets_are_guessed_so_many_times(app: Flask, visitor: Visitor, path: str) -> None:
    spent(app, WRONG_LINKS, WRONG_LINKS.amount - 1)
    wrong = path.format("0" * 26)
    first = visitor.get(wrong)
    assert first.status in {403, 404, 410}

    page = visitor.get(wrong)

    assert (page.status, page.heading) == (429, "Un instant")
    assert WAIT.search(page.text)
    assert 0 < int(page.response.headers["Retry-After"]) <= 300


def test_references_are_guessed_so_many_times(app: Flask, clock: TestClock) -> None:
    post, other = volunteer(app, clock), volunteer(app, clock, post="Poste 2")
    with app.app_context():
        device = db.session().scalars(select(Device.id).order_by(Device.id)).first()
    spent(app, REFERENCES, REFERENCES.amount - 1, who=f"device {device}")
    page = post.get("/entree/")
    assert page.submit(typed="0000000").status == 422

    assert page.submit(typed="0000000").status == 429
    assert post.get("/entree/reference/0000000").status == 429
    assert post.get("/entree/").status == 200
    assert other.get("/entree/").submit(typed="0000000").status == 422


def test_right_links_open_whatever_a_neighbour_guesses(app: Flask, visitor: Visitor) -> None:
    ticket = visitor.get(FORM).submit(name="Zélie", consent="y").path
    spent(app, WRONG_LINKS, WRONG_LINKS.amount)

    assert visitor.get(ticket).status == 200


def asked_from(app: Flask, address: str, forwarded: str = "") -> Page:
    """Open a wrong link from an address."""
    return Visitor(app).get(
        f"/billet/{'0' * 26}",
        headers={"X-Forwarded-For": forwarded} if forwarded else {},
        environ_base={"REMOTE_ADDR": address},
    )


@ON_SQLITE
def test_behind_our_proxy_addresses_are_told_apart(app: Flask) -> None:
    spent(app, WRONG_LINKS, WRONG_LINKS.amount, forwarded="192.0.2.7")

    assert asked_from(app, "127.0.0.1", "192.0.2.7").status == 429
    assert asked_from(app, "127.0.0.1", "198.51.100.1, 192.0.2.7").status == 429
    assert asked_from(app, "127.0.0.1", "192.0.2.7, 198.51.100.1").status == 404
    assert asked_from(app, "192.0.2.7", "198.51.100.1").status == 429
    assert asked_from(app, "198.51.100.2", "192.0.2.7").status == 404


@ON_SQLITE
def test_the_addresses_of_one_line_count_as_one(app: Flask) -> None:
    spent(app, WRONG_LINKS, WRONG_LINKS.amount, forwarded="2001:db8::1")

    assert asked_from(app, "127.0.0.1", "2001:db8::ffff").status == 429
    assert asked_from(app, "127.0.0.1", "2001:db8:0:1::1").status == 404


def test_a_machine_that_fills_every_field_registers_nobody(app: Flask, visitor: Visitor) -> None:
    page = visitor.get(FORM)
    (trap,) = page.select("[hidden] input[name=website]")
    assert trap.get("tabindex") == "-1"

    answer = page.submit(name="Zélie", consent="y", website="http://exemple.org")

    assert (answer.status, answer.path) == (200, "/e/conf/")
    assert count(app, Registration) == 0


@pytest.mark.parametrize(
    ("address", "meant"),
    [
        ("zelie@gmial.com", "gmail.com"),
        ("zelie@hotmial.fr", "hotmail.fr"),
        ("zelie@orang.fr", "orange.fr"),
        ("zelie@laposte.ne", "laposte.net"),
        ("zelie@gamil.com", "gmail.com"),
        ("zelie@gmal.com", "gmail.com"),
        ("zelie@gmail.con", "gmail.com"),
        ("zelie@gmail.co", "gmail.com"),
        ("zelie@hotmial.con", "hotmail.com"),
        ("zelie@yaho.fr", "yahoo.fr"),
        ("zelie@wanado.fr", "wanadoo.fr"),
        ("zelie@outlok.fr", "outlook.fr"),
        ("zelie@free.frr", "free.fr"),
        ("zelie@GMIAL.com", "gmail.com"),
        ("zelie@gmail.com", ""),
        # Other providers, or the same in another country.
        ("zelie@gmail.fr", ""),
        ("zelie@mail.fr", ""),
        ("zelie@protonmail.ch", ""),
        ("zelie@yahoo.com.br", ""),
        ("zelie@hotmail.com.br", ""),
        ("zelie@hotmail.be", ""),
        ("zelie@outlook.de", ""),
        ("zelie@gmx.at", ""),
        ("zelie@fastmail.com", ""),
        ("zelie@posteo.net", ""),
        ("zelie@mailbox.org", ""),
        ("zelie@rocketmail.com", ""),
        ("zelie@onestla.tech", ""),
        ("zelie@localhost", ""),
        ("", ""),
        ("zelie@exemple.org", ""),
        ("zelie@gmx.net", ""),
        (None, ""),
    ],
)
def test_a_mistyped_provider_is_guessed(address: str | None, meant: str) -> None:
    assert likely_domain(address) == meant


def test_a_mistyped_provider_is_asked_about_and_accepted(visitor: Visitor) -> None:
    form = visitor.get(FORM).submit(name="", email="zelie@gmial.com", consent="y")
    assert "Tu voulais dire gmail.com\u00a0?" in form.text

    ticket = form.submit(name="Zélie")

    assert ticket.status == 200
    assert "zelie@gmial.com\u00a0: tu voulais dire gmail.com\u00a0?" in ticket.text
