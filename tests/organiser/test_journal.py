"""The whole team reads who did what, and nobody changes it."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from conf_app import resources
from conf_app.database import transaction
from conf_app.journal import actions, queries
from conf_app.journal.models import JournalEntry
from conf_app.organiser import words
from tests.conftest import TestClock
from tests.events import make_conference
from tests.statements import counted
from tests.team import organiser
from tests.visitor import Visitor

JOURNAL = "/orga/journal"


@pytest.fixture
def alix(app: Flask, clock: TestClock) -> Visitor:
    """Return an organiser's browser, with a conference to organise."""
    with app.app_context(), transaction() as session:
        make_conference(session)
    return organiser(app, clock)


def write(app: Flask, clock: TestClock, number: int, *, actor: str = "Sacha") -> None:
    """Have somebody read so many lists, one a minute."""
    with app.app_context(), transaction() as session:
        for each in range(number):
            actions.write(
                session,
                actor=actor,
                act="list.read",
                subject="conf inscriptions",
                count=each,
                now=clock() + timedelta(minutes=each),
            )


def test_a_line_says_who_did_what_to_what_and_when(alix: Visitor) -> None:
    alix.get("/orga/e/conf/inscriptions")

    page = alix.get("/orga/").follow("Journal")

    assert page.texts("tbody th") == ["Alix", "Alix", "ligne de commande"]
    assert page.texts("tbody tr:first-child td") == [
        "a lu des inscriptions",
        "conf inscriptions",
        "0",
        "15/11/2022, 12\u00a0h",
    ]
    assert page.texts("tbody td:nth-child(2)")[1:] == ["s’est connecté·e", "a invité dans l’équipe"]


def test_the_journal_narrows_to_who_and_what(app: Flask, clock: TestClock, alix: Visitor) -> None:
    write(app, clock, 2)

    link = alix.get(JOURNAL).select("tbody th a")[0].attrib["href"]
    assert alix.get(link).texts("tbody th") == ["Sacha", "Sacha"]
    assert alix.get(f"{JOURNAL}?quoi=equipe").texts("tbody td:nth-child(2)") == [
        "s’est connecté·e",
        "a invité dans l’équipe",
    ]
    assert alix.get(f"{JOURNAL}?qui=Alix&quoi=equipe").texts("tbody th") == ["Alix"]
    assert "Rien ne correspond" in alix.get(f"{JOURNAL}?qui=Sach").text
    assert len(alix.get(f"{JOURNAL}?quoi=tout-autre-chose").texts("tbody th")) == 4


def test_pages_follow_each_other_and_stay_where_they_were(
    app: Flask, clock: TestClock, alix: Visitor
) -> None:
    write(app, clock, queries.PAGE + 3)
    first = alix.get(f"{JOURNAL}?qui=Sacha")
    write(app, clock, 5)  # meanwhile

    second = first.follow("Plus anciennes")

    assert first.texts('tbody [data-label="Combien"]')[0] == str(queries.PAGE + 2)
    assert second.texts('tbody [data-label="Combien"]') == ["2", "1", "0"]
    assert "Plus anciennes" not in second.text
    latest = second.follow("Les plus récentes")
    assert latest.texts('tbody [data-label="Combien"]')[:5] == ["4", "3", "2", "1", "0"]


def test_no_page_asks_more_often_for_more_lines(
    app: Flask, clock: TestClock, alix: Visitor
) -> None:
    with counted(app) as few:
        alix.get(JOURNAL)
    write(app, clock, queries.PAGE)
    with counted(app) as many:
        alix.get(JOURNAL)

    assert len(many) == len(few)


@pytest.mark.parametrize("change", [update(JournalEntry).values(count=9), delete(JournalEntry)])
def test_the_database_keeps_every_line(app: Flask, clock: TestClock, change: object) -> None:
    write(app, clock, 1)

    with (
        app.app_context(),
        pytest.raises(DBAPIError, match="the journal only grows"),
        transaction() as session,
    ):
        session.execute(change)  # type: ignore[call-overload]


def test_everything_that_is_journaled_has_words_and_a_kind() -> None:
    written = {
        act
        for path in (resources.TEMPLATES.parent / "conf_app").rglob("*.py")
        for act in re.findall(r'act="([^"]+)"|note\(\s*"([^"]+)"', path.read_text("utf-8"))
        for act in act
        if act
    } | {actions.PURGE, actions.PURGE_NEEDS}

    assert len(written) > 10
    assert written == set(words.ACTS)
    assert sorted(words.ACTS) == sorted(
        act for kind in words.KINDS_OF_ACTS.values() for act in kind.acts
    )
