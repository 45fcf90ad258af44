"""Organisers get in by a link that works once, and stay until they leave."""

import pytest
from flask import Flask
from sqlalchemy import select

from conf_app import codes
from conf_app.database import transaction
from conf_app.organiser import access, members
from conf_app.organiser.models import SignIn, SignInLink
from tests.conftest import TestClock
from tests.team import organiser
from tests.visitor import Visitor


def invite(app: Flask, clock: TestClock, name: str = "Alix") -> str:
    """Return the address of a new sign-in link."""
    with app.app_context(), transaction() as session:
        return f"/orga/connexion/{members.invite(session, name, now=clock())}"


def test_a_link_is_used_by_its_button_only(app: Flask, clock: TestClock, visitor: Visitor) -> None:
    link = invite(app, clock)

    Visitor(app).get(link)  # a mail client's preview
    page = visitor.get(link).submit()

    assert page.path == "/orga/"
    assert page.texts("header span")[-1] == "Alix"


def test_a_link_signs_in_once(app: Flask, clock: TestClock, visitor: Visitor) -> None:
    link = invite(app, clock)
    first, second = visitor.get(link), Visitor(app).get(link)
    first.submit()

    assert second.submit().status == 410
    assert second.submit().heading == "Ce lien ne marche plus"
    assert visitor.get(link).status == 410


def test_a_link_lasts_a_day(app: Flask, clock: TestClock, visitor: Visitor) -> None:
    link = invite(app, clock)
    clock.advance(hours=24)

    assert visitor.get(link).status == 410


@pytest.mark.parametrize("token", ["0" * 26, "bonjour", "%C5%BF" * 26])
def test_a_link_that_was_never_made_says_so(visitor: Visitor, token: str) -> None:
    assert visitor.get(f"/orga/connexion/{token}").heading == "Ce lien ne marche plus"


def test_a_sign_in_lasts_two_weeks(app: Flask, clock: TestClock) -> None:
    alix = organiser(app, clock)
    clock.advance(days=14, seconds=-1)
    before = alix.get("/orga/")
    clock.advance(seconds=1)

    assert (before.path, alix.get("/orga/").path) == ("/orga/", "/orga/connexion")


def test_signing_in_renews_the_cookie(app: Flask, clock: TestClock, visitor: Visitor) -> None:
    with visitor.client.session_transaction() as cookie:
        cookie["csrf_token"] = cookie["planted"] = "by somebody else"

    visitor.get(invite(app, clock))
    with visitor.client.session_transaction() as cookie:
        planted = cookie["csrf_token"]
    visitor.get(invite(app, clock)).submit()

    with visitor.client.session_transaction() as cookie:
        assert "planted" not in cookie
        assert cookie["csrf_token"] != planted


def test_signing_out_ends_it_for_a_stolen_cookie_too(app: Flask, clock: TestClock) -> None:
    alix, thief = organiser(app, clock), Visitor(app)
    with alix.client.session_transaction() as cookie:
        stolen = dict(cookie)
    with thief.client.session_transaction() as cookie:
        cookie.update(stolen)
    assert thief.get("/orga/").path == "/orga/"

    page = alix.get("/orga/").submit("header form")

    assert page.path == "/orga/connexion"
    assert thief.get("/orga/").path == "/orga/connexion"


def test_who_is_removed_is_out_at_once(app: Flask, clock: TestClock, visitor: Visitor) -> None:
    alix, link = organiser(app, clock), invite(app, clock)
    with app.app_context(), transaction() as session:
        members.remove_by_name(session, "Alix", now=clock())

    assert alix.get("/orga/").path == "/orga/connexion"
    assert visitor.get(link).status == 410
    assert visitor.get(invite(app, clock)).submit().path == "/orga/"


def test_only_hashes_of_tokens_are_stored(app: Flask, clock: TestClock) -> None:
    alix = organiser(app, clock)
    with alix.client.session_transaction() as cookie:
        token = cookie["organiser"]

    with app.app_context(), transaction() as session:
        assert session.scalars(select(SignIn.token_hash)).one() == codes.digest(token)
        assert session.scalars(select(SignInLink.uses_left)).one() == 0


def test_the_demos_link_stays_usable_until_the_next_one(
    app: Flask, clock: TestClock, visitor: Visitor
) -> None:
    with app.app_context(), transaction() as session:
        link = f"/orga/connexion/{access.demo_link(session, now=clock())}"

    for each in (visitor, Visitor(app), Visitor(app)):
        assert each.get(link).submit().path == "/orga/"
    clock.advance(days=300)
    assert visitor.get(link).submit().path == "/orga/"
    with app.app_context(), transaction() as session:
        access.demo_link(session, now=clock())
    assert visitor.get(link).status == 410
