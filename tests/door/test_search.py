"""A post finds somebody by name only if its pass may, a few at a time, and the journal hears."""

import pytest
from flask import Flask
from sqlalchemy import select

from conf_app.database import db, transaction
from conf_app.journal.models import JournalEntry
from conf_app.programme.queries import event_named
from conf_app.registration.models import RegistrationState
from conf_app.web.limits import SEARCHES
from tests.conftest import TestClock
from tests.events import make_conference
from tests.team import DOORS_OPEN, enrol, pass_token, volunteer
from tests.visitor import Visitor

SEARCH = "/entree/recherche"


@pytest.fixture
def post(app: Flask, clock: TestClock) -> Visitor:
    """Return the phone of a post that may search, at a conference of some people."""
    with app.app_context(), transaction() as session:
        event = make_conference(session)
        for name in ("Zélie Aubry", "Zelia", "Élodie", "Wafa 100%"):
            enrol(session, event, name)
        enrol(session, event, "Zélie partie", state=RegistrationState.CANCELLED)
        other = make_conference(session, slug="meetup", featured=False)
        enrol(session, other, "Zélie ailleurs")
    clock.moment = DOORS_OPEN
    token = pass_token(app, clock, post="Accueil", may_search=True)
    phone = Visitor(app)
    phone.get(f"/entree/acces/{token}").submit()
    return phone


def names(post: Visitor, typed: str) -> list[str]:
    return post.get(SEARCH).submit(name=typed).texts("main .booked a")


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("zel", ["Zelia", "Zélie Aubry"]),
        ("AUBRY zélie", ["Zélie Aubry"]),
        ("élo", ["Élodie"]),
        ("100", ["Wafa 100%"]),
        ("partie", []),
        ("ailleurs", []),
        ("z%e", []),
    ],
)
def test_a_name_is_found_whatever_its_accents_and_order(
    post: Visitor, typed: str, found: list[str]
) -> None:
    assert names(post, typed) == found


def test_what_is_found_leads_to_the_card(post: Visitor) -> None:
    card = post.get("/entree/").follow("Chercher un nom").submit(name="aubry").follow("Zélie Aubry")

    assert card.heading == "Zélie Aubry"
    assert card.submit().heading == "Entre"


@pytest.mark.parametrize("typed", ["", "  ", "zé", "z é", "...", "%%%", "x" * 81])
def test_fewer_than_three_letters_find_nobody(post: Visitor, typed: str) -> None:
    refused = post.get(SEARCH).submit(name=typed)

    assert refused.status == 422
    assert not refused.select("main .booked")


def test_more_than_five_are_not_shown(app: Flask, post: Visitor) -> None:
    with app.app_context(), transaction() as session:
        event = event_named(session, "conf")
        for number in range(3):
            enrol(session, event, f"Zélie {number}")
    assert len(names(post, "zel")) == 5
    with app.app_context(), transaction() as session:
        enrol(session, event_named(session, "conf"), "Zélie encore")

    page = post.get(SEARCH).submit(name="zel")

    assert page.texts("#trouve") == ["Plus de cinq personnes"]
    assert not page.select("main .booked")


def test_the_journal_hears_of_each_search_without_the_name(app: Flask, post: Visitor) -> None:
    names(post, "aubry")

    with app.app_context():
        line = db.session.scalars(
            select(JournalEntry).where(JournalEntry.act == "door.search")
        ).one()
        assert (line.actor, line.subject, line.count) == ("Accueil", "conf", 1)


def test_a_pass_has_its_share_of_searches(post: Visitor) -> None:
    for _ in range(SEARCHES.amount):
        names(post, "aubry")

    assert post.get(SEARCH).submit(name="aubry").status == 429


def test_other_posts_may_not_search(app: Flask, clock: TestClock, post: Visitor) -> None:
    other = volunteer(app, clock, post="Poste 2")

    assert not other.get("/entree/").select(f'a[href="{SEARCH}"]')
    assert other.get(SEARCH).status == 403
