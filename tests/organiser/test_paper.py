"""A door held with paper: numbered, told to the journal, typed back like a phone's passages."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select

from conf_app import codes
from conf_app.database import db, transaction
from conf_app.door import queries
from conf_app.door.models import Passage, Verdict
from conf_app.door.paper import letter_of
from conf_app.journal.models import JournalEntry
from conf_app.organiser.forms import ticked
from conf_app.programme.models import Event
from conf_app.registration import actions
from conf_app.registration.models import Registration, RegistrationState
from conf_app.settings import Settings
from tests.conftest import TestClock
from tests.door.test_api import Hall, scan
from tests.events import make_conference, paris
from tests.team import enrol, organiser
from tests.tickets.printed import printed
from tests.visitor import Page, Visitor

NOON = paris(12).astimezone(ZoneInfo("Europe/Paris"))
LISTS = "/orga/e/conf/listes-papier"


@pytest.fixture
def hall(app: Flask, clock: TestClock) -> Hall:
    clock.moment = paris(12)
    return Hall(app, clock)


@pytest.fixture
def team(hall: Hall) -> Visitor:
    return organiser(hall.app, hall.clock)


@pytest.fixture
def reference(hall: Hall) -> Callable[[str], str]:
    def reference(name: str) -> str:
        with hall.app.app_context():
            return db.session().scalars(select(Registration).filter_by(name=name)).one().reference

    return reference


def make(team: Visitor, door: str = "Porte Nord") -> Page:
    return team.get(LISTS).submit(door=door)


def acts(app: Flask) -> list[tuple[str, str, int]]:
    with app.app_context():
        lines = db.session().scalars(select(JournalEntry).order_by(JournalEntry.id))
        return [(line.act, line.subject, line.count) for line in lines]


def test_each_copy_has_a_number_and_each_printing_a_line_in_the_journal(
    hall: Hall, team: Visitor, reference: Callable[[str], str]
) -> None:
    assert make(team).heading == "Liste papier n°\u00a01"
    page = make(team)
    assert page.heading == "Liste papier n°\u00a02"
    with hall.app.app_context(), transaction() as session:
        event = session.scalars(select(Event).where(Event.slug == "conf")).one()
        enrol(session, event, "élodie", state=RegistrationState.CONFIRMED)
        enrol(session, event, "7 de pique")

    told = team.client.get(f"{LISTS}/2.pdf")
    assert told.mimetype == "application/pdf"
    assert "no-store" in told.headers["Cache-Control"]
    paper = printed(told.data)
    for expected in ("Liste papier n° 2", "Porte Nord", "imprimée le", "à détruire"):
        assert expected in paper.text.replace("\u00a0", " ")
    spelled = reference("Zélie")
    assert f"{spelled[:3]}-{spelled[3:6]}-{spelled[6:]}" in paper.text
    names = ["7 de pique", "Awa", "élodie", "Noé", "Zélie"]
    places = [paper.text.index(name) for name in names]
    assert places == sorted(places)
    assert "Max" not in paper.text
    assert ("list.print", "conf Liste papier n°\u00a02", 5) in acts(hall.app)
    assert "Liste papier" not in team.get("/orga/e/conf/entrees").text


def test_what_is_typed_back_merges_with_what_the_doors_did(
    hall: Hall, team: Visitor, reference: Callable[[str], str]
) -> None:
    page = make(team)
    scan(hall.post(), hall.id("Noé"))
    hall.clock.moment = paris(18)
    lines = f"{reference('Zélie').lower()} 12 h 02\n\n{reference('Awa')}\n{reference('Noé')} 12:30"
    done = page.submit(moment="2022-12-15T12:10", lines=lines)
    assert "2\u00a0entrées comptées" in done.text
    assert "1\u00a0ligne ne va" in done.text

    again = page.submit(moment="2022-12-15T12:10", lines=lines)
    assert again.status == 200
    with hall.app.app_context():
        rows = db.session().execute(
            select(Registration.name, Passage.made_at)
            .join(Passage.registration)
            .where(Passage.verdict == Verdict.ADMITTED)
        )
        assert dict(rows.all()) == {
            "Noé": paris(12),
            "Zélie": paris(12, 2),
            "Awa": paris(12, 10),
        }
        event = db.session().scalars(select(Event)).one()
        assert queries.heads(db.session(), event.id) == 3
    assert "Liste papier n°\u00a01" in team.get("/orga/e/conf/conflits").text
    assert ("door.paper.typed", "conf Liste papier n°\u00a01", 3) in acts(hall.app)
    assert "3\u00a0lignes saisies" in team.get(LISTS).text


def test_lines_that_are_no_references_are_named_and_nothing_is_kept(
    hall: Hall, team: Visitor, reference: Callable[[str], str]
) -> None:
    lines = f"{reference('Zélie')}\nZélie\n0000000\n{reference('Awa')} 25 h"
    page = make(team).submit(moment="2022-12-15T12:10", lines=lines)
    assert page.status == 422
    (said,) = page.texts("p.error")
    wrong, unknown = said.split("Personne n’a")
    assert "«\u00a0Zélie\u00a0»" in wrong
    assert "25 h" in wrong
    assert "«\u00a00000000\u00a0»" in unknown
    assert str(page.fields("main form")["lines"]).lstrip() == lines
    assert hall.passages() == []


def test_a_reference_nobody_has_blocks_no_list(
    hall: Hall, team: Visitor, reference: Callable[[str], str]
) -> None:
    stranger = codes.spell(codes.new_reference())
    asked = make(team).submit(moment="2022-12-15T12:10", lines=f"{reference('Zélie')}\n{stranger}")
    assert asked.status == 422
    assert f"Personne n’a ces références ici\u00a0: «\u00a0{stranger}\u00a0»" in asked.text
    done = asked.submit(strangers="y")
    assert "1\u00a0entrée comptée" in done.text
    assert "1\u00a0ligne ne va" in done.text
    assert "Billet inconnu" in team.get("/orga/e/conf/conflits").text


@pytest.mark.parametrize("why", ["passed on", "made anew"])
def test_a_ticket_replaced_since_the_list_was_printed_goes_to_the_report(
    hall: Hall, team: Visitor, settings: Settings, reference: Callable[[str], str], why: str
) -> None:
    page, printed = make(team), reference("Zélie")
    keys, noon = settings.ticket_keys, paris(12)
    hall.change(
        lambda session, who: (
            actions.pass_on(session, who, name="Eve", email=None, keys=keys, now=noon)
            if why == "passed on"
            else actions.reissue(session, who, keys=keys, by="Alix", now=noon)
        ),
        "Zélie",
    )
    done = page.submit(moment="2022-12-15T12:10", lines=printed)
    assert "1\u00a0ligne ne va" in done.text
    report = team.get("/orga/e/conf/conflits").text
    assert ("transmis" if why == "passed on" else "remplacé par un autre") in report


def test_a_form_left_empty_is_refused_in_words(team: Visitor, hall: Hall) -> None:
    page = make(team)
    assert page.submit(moment="", lines="").status == 422
    assert page.submit(moment="2002-12-15T12:10", lines="x").status == 422
    assert team.get(LISTS).submit(door="").texts("p.error") == [
        "▲ Dis à quelle entrée la liste ira."
    ]


def test_a_copy_of_another_event_is_not_found(app: Flask, team: Visitor, hall: Hall) -> None:
    make(team)
    with app.app_context(), transaction() as session:
        make_conference(session, slug="autre", featured=False)
    for address in ("/orga/e/autre/listes-papier/1", "/orga/e/autre/listes-papier/1.pdf"):
        assert team.client.get(address).status_code == 404


@pytest.mark.parametrize(
    ("name", "letter"),
    [("Élodie", "E"), ("’Noé", "N"), ("œil", "Œ"), ("7 de pique", "#"), ("李", "李"), ("…", "#")],
)
def test_names_stand_under_the_letter_one_looks_for(name: str, letter: str) -> None:
    assert letter_of(name) == letter


@pytest.mark.parametrize(
    ("line", "hour"),
    [
        ("{} 13 h 02", paris(13, 2)),
        ("{} 13h", paris(13)),
        ("{}  9:05", paris(9, 5)),
        ("{}", paris(12)),
        ("13 h 02", None),
        ("{} 24 h", None),
        ("{} hier", None),
    ],
)
def test_an_hour_may_follow_a_reference(line: str, hour: object) -> None:
    read = ticked(line.format(codes.spell(codes.new_reference())), NOON)
    assert (read and read.at) == hour
