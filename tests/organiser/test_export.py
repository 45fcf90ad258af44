"""The exported list opens in a French spreadsheet, and harms none."""

import csv
import io
import zipfile
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import insert, select

from conf_app import codes
from conf_app.database import db, transaction
from conf_app.journal.models import JournalEntry
from conf_app.organiser import export
from conf_app.organiser.listing import Wanted
from conf_app.programme.models import Event
from conf_app.programme.queries import event_named
from conf_app.programme.rules import purge_day
from conf_app.registration.models import Party, Registration, RegistrationState
from tests.conftest import NOON_IN_NOVEMBER, TestClock, let_go
from tests.events import make_conference
from tests.team import enrol, organiser, ticket_of, volunteer
from tests.visitor import Visitor

EXPECTED = Path(__file__).with_name("inscriptions.csv")
_NAMES = [
    *("inscriptions.csv", "inscriptions-rfc4180.csv"),
    *("inscriptions.xlsx", "inscriptions.json"),
]
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

        event = event_named(db.session(), "conf")
        lines = export.batches(db.session(), event, Wanted())
        chunks = list(export.french_csv(lines, event, export.columns(event)))

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
        header = [column.title for column in export.columns(event)]

    assert [title.replace("\u00a0", " ") for title in header if "Visite" in title] == [
        "créneau : Visite (jeudi 15 décembre 2022 à 14 h)",
        "créneau : Visite (jeudi 15 décembre 2022 à 17 h)",
    ]


@pytest.fixture
def alix(app: Flask, clock: TestClock) -> Visitor:
    """Return an organiser's browser; three people are registered, one is inside."""
    with app.app_context(), transaction() as session:
        event = make_conference(session)
        zelie = enrol(session, event, "Zélie, dite Zoé", email="z@exemple.org", sessions=("ag",))
        enrol(session, event, "=1+1", state=RegistrationState.CANCELLED)
        enrol(session, event, "Noor")
        for number, each in enumerate(session.scalars(select(Registration)), start=1):
            each.reference = f"000000{number}"
        ticket = ticket_of(zelie)
    browser = organiser(app, clock)
    volunteer(app, clock).get(f"/B/{ticket}").submit()
    clock.moment = NOON_IN_NOVEMBER
    return browser


def test_programs_read_it_as_rfc_4180_has_it(alix: Visitor) -> None:
    answer = alix.client.get("/orga/e/conf/inscriptions-rfc4180.csv")

    assert not answer.data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert [row["name"] for row in rows] == ["Zélie, dite Zoé", "'=1+1", "Noor"]
    assert [row["state"] for row in rows] == ["confirmed", "cancelled", "confirmed"]
    assert rows[0]["registered_at"] == "2022-11-15T12:00:00+01:00"
    assert rows[0]["entered_at"] == "2022-12-15T10:42:00+01:00"
    assert [row["session:ag"] for row in rows] == ["true", "false", "false"]
    assert (rows[2]["entered_at"], rows[2]["email"]) == ("", "")
    assert answer.data.count(b"\r\n") == 4


def test_programs_read_it_as_json(alix: Visitor) -> None:
    answer = alix.client.get("/orga/e/conf/inscriptions.json")

    assert answer.mimetype == "application/json"
    assert answer.headers["Content-Disposition"].endswith('-2022-11-15.json"')
    zelie, gone, noor = answer.get_json()
    assert (zelie["name"], zelie["door"]) == ("Zélie, dite Zoé", "Entrée principale")
    assert zelie["session:ag"] is True
    assert (gone["name"], gone["state"]) == ("=1+1", "cancelled")
    assert (noor["entered_at"], noor["cancelled_at"]) == (None, None)


def test_an_event_of_nobody_is_an_empty_array(app: Flask, clock: TestClock) -> None:
    with app.app_context(), transaction() as session:
        make_conference(session)

    assert organiser(app, clock).client.get("/orga/e/conf/inscriptions.json").get_json() == []


def test_one_takes_the_columns_one_ticks(alix: Visitor) -> None:
    page = alix.get("/orga/e/conf/inscriptions").follow("Emporter la liste")
    assert page.fields()["colonnes"] == list(export.GROUPS)

    answer = page.submit(colonnes=["etat", "nom"]).response

    assert answer.data.decode("utf-8-sig").splitlines()[:2] == [
        "nom;état",
        "Zélie, dite Zoé;inscrit·e",
    ]


def test_a_workbook_keeps_dates_as_dates_and_all_else_as_text(app: Flask, alix: Visitor) -> None:
    with app.app_context(), transaction() as session:
        event = session.scalars(select(Event)).one()
        for name in ("0612", "+33612345678", "http://exemple.org", "12/11"):
            enrol(session, event, name)
    answer = alix.client.get("/orga/e/conf/inscriptions.xlsx")

    assert (answer.mimetype or "").endswith("spreadsheetml.sheet")
    assert answer.headers["Content-Disposition"].endswith('-2022-11-15.xlsx"')
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data))["Inscriptions"]
    titles, *rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert titles[:4] == ["référence", "nom", "courriel", "état"]
    people = {row[1]: dict(zip(titles, row, strict=True)) for row in rows}
    assert list(people) == [
        *("Zélie, dite Zoé", "=1+1", "Noor", "0612", "+33612345678"),
        *("http://exemple.org", "12/11"),
    ]
    zelie = people["Zélie, dite Zoé"]
    assert zelie["inscrit·e le"] == datetime(2022, 11, 15, 12)  # noqa: DTZ001 - a cell has no zone
    assert zelie["entré·e à"] == datetime(2022, 12, 15, 10, 42)  # noqa: DTZ001
    assert zelie["créneau\u00a0: Assemblée générale"] == "oui"
    assert people["=1+1"]["état"] == "annulé·e"
    assert people["Noor"]["courriel"] is None
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "d", "n"}
    assert not any(cell.data_type == "f" or cell.hyperlink for row in sheet for cell in row)
    assert sheet.freeze_panes == "A2"


@pytest.mark.parametrize("sign", ["123", ""])
def test_the_page_learns_that_the_file_is_there(alix: Visitor, sign: str) -> None:
    answer = alix.client.get("/orga/e/conf/inscriptions.csv", query_string={"signe": sign})
    assert answer.data
    told = [each for each in answer.headers.getlist("Set-Cookie") if "emporte" in each]
    assert [each.split(";")[0] for each in told] == (["emporte=123"] if sign else [])


@pytest.mark.parametrize("name", _NAMES)
@pytest.mark.parametrize("columns", [[], ["nom", "courriel", "reference", "etat"]])
def test_the_anonymous_list_names_nobody(
    app: Flask, alix: Visitor, name: str, columns: list[str]
) -> None:
    answer = alix.client.get(
        f"/orga/e/conf/{name}", query_string={"anonyme": "1", "colonnes": columns}
    )

    assert "anonymes" in answer.headers["Content-Disposition"]
    text = text_of(answer.data, name)
    for told in ("Zélie", "z@exemple.org", "000-000", "Noor"):
        assert told not in text
    assert "cancelled" in text or "annulé" in text
    with app.app_context():
        lines = db.session.scalars(select(JournalEntry).where(JournalEntry.act == "list.export"))
        assert [line.subject for line in lines] == [f"conf {name} anonyme"]


def text_of(data: bytes, name: str) -> str:
    """Return what a list says, be it a workbook."""
    if not name.endswith(".xlsx"):
        return data.decode("utf-8")
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        return "".join(book.read(each).decode() for each in book.namelist())


def test_columns_that_are_none_are_refused(alix: Visitor) -> None:
    assert alix.get("/orga/e/conf/inscriptions.csv?colonnes=adresse").status == 400
    assert alix.get("/orga/e/conf/inscriptions.csv?anonyme=1&colonnes=nom").status == 400
