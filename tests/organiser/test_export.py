"""The exported list opens in a French spreadsheet, and harms none."""

import csv
import io
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import insert, select

from conf_app import codes
from conf_app.database import db, transaction
from conf_app.journal.models import JournalEntry
from conf_app.organiser import export
from conf_app.programme.queries import event_named
from conf_app.programme.rules import purge_day
from conf_app.registration.models import Party, Registration, RegistrationState
from tests.conftest import NOON_IN_NOVEMBER, TestClock, let_go
from tests.events import make_conference
from tests.team import enrol, organiser, ticket_of, volunteer

EXPECTED = Path(__file__).with_name("inscriptions.csv")
CSV = "/orga/e/conf/inscriptions.csv"


def test_the_list_is_written_as_the_fixture_says(app: Flask, clock: TestClock) -> None:
    with app.app_context(), transaction() as session:
        event = make_conference(session)
        zelie = enrol(
            session, event, "Zélie « Zoé » Aubry", email="z@exemple.org", sessions=("ag",)
        )
        enrol(session, event, '=HYPERLINK("x"; "y")', state=RegistrationState.CANCELLED)
        enrol(session, event, "+33 6 12 34 56 78", sessions=("atelier-a", "ag"))
        for number, each in enumerate(session.scalars(select(Registration)), start=1):
            each.reference = f"000000{number}"
        ticket = ticket_of(zelie)
    alix = organiser(app, clock)
    volunteer(app, clock).get(f"/B/{ticket}").submit()
    clock.moment = NOON_IN_NOVEMBER

    response = alix.client.get(CSV)

    assert response.data == EXPECTED.read_bytes()
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-store"
    assert (
        response.headers["Content-Disposition"]
        == 'attachment; filename="inscriptions-conf-2022-11-15.csv"'
    )


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n=", " =", "＝"])
def test_no_cell_begins_as_a_formula(start: str) -> None:
    assert export.harmless(f"{start}1+1") == f"'{start}1+1"


@pytest.mark.parametrize("cell", ["Zélie", "1ère fois", "0612345678", "a=b", ""])
def test_an_ordinary_cell_stays_as_it_is(cell: str) -> None:
    assert export.harmless(cell) == cell


def test_the_export_leaves_a_line_in_the_journal(app: Flask, clock: TestClock) -> None:
    with app.app_context(), transaction() as session:
        event = make_conference(session)
        enrol(session, event, "Zélie")
        enrol(session, event, "Yaël")

    organiser(app, clock).client.get(CSV)

    with app.app_context(), transaction() as session:
        line = session.scalars(select(JournalEntry).where(JournalEntry.act == "list.export")).one()
        assert (line.actor, line.subject, line.count) == ("Alix", "conf inscriptions.csv", 2)


@pytest.mark.parametrize("read", [True, False], ids=["read", "broken off"])
def test_the_export_gives_its_connection_back(app: Flask, clock: TestClock, read: bool) -> None:
    with app.app_context(), transaction() as session:
        enrol(session, make_conference(session), "Zélie")

    response = organiser(app, clock).client.get(CSV)
    if read:
        assert "Zélie" in response.text
    response.close()

    let_go(app)


def test_a_long_list_is_written_a_batch_at_a_time(app: Flask) -> None:
    with app.app_context():
        with transaction() as session:
            event = make_conference(session)
            party = Party(
                event=event,
                key_number=1,
                manage_seed=codes.new_seed(),
                manage_hash=codes.digest(codes.new_token()),
                consent_version="1",
                consented_at=NOON_IN_NOVEMBER,
                purge_on=purge_day(event),
            )
            session.add(party)
            session.flush()
            session.execute(insert(Registration), many(party, 2 * export.BATCH + 1))

        chunks = list(export.registrations_csv(db.session(), event_named(db.session(), "conf")))

        rows = list(csv.reader(io.StringIO(b"".join(chunks).decode("utf-8-sig")), delimiter=";"))
        assert len(chunks) == 4
        assert [row[1] for row in rows[1:]] == [
            f"Personne {number}" for number in range(2 * export.BATCH + 1)
        ]


def many(party: Party, number: int) -> list[dict[str, object]]:
    """Return the rows of many registrations."""
    return [
        {
            "event_id": party.event_id,
            "party_id": party.id,
            "number": each + 1,
            "state": RegistrationState.CONFIRMED,
            "name": f"Personne {each}",
            "name_key": f"{each} personne",
            "reference": codes.encode(each, 7),
            "key_number": 1,
            "ticket_seed": codes.new_seed(),
            "ticket_hash": codes.digest(codes.new_token()),
            "created_at": NOON_IN_NOVEMBER,
        }
        for each in range(number)
    ]


def test_sessions_of_one_title_are_told_apart_by_their_hour(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        event = make_conference(session)
        event.sessions[2].title = event.sessions[4].title = "Visite"
        session.flush()
        header = next(export.registrations_csv(session, event)).decode("utf-8-sig").split(";")

    assert [title.replace("\u00a0", " ") for title in header if "Visite" in title] == [
        "créneau : Visite (jeudi 15 décembre 2022 à 14 h)",
        "créneau : Visite (jeudi 15 décembre 2022 à 17 h)",
    ]
