"""Write lists that people take along: for French spreadsheets, for programs, with or without names.

A French spreadsheet wants UTF-8 with a BOM, semicolons, CRLF; a line ``sep=;`` would make Excel
ignore the BOM. A workbook knows dates and text apart. Programs want RFC 4180 or
RFC 8259, with moments as RFC 3339 writes them.
"""

import csv
import io
import json
import tempfile
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import xlsxwriter
from sqlalchemy import select
from sqlalchemy.orm import Session as DatabaseSession

from conf_app import codes
from conf_app.codes import Reference
from conf_app.door import queries as door
from conf_app.door.queries import Sighting
from conf_app.organiser.listing import Wanted, narrowed
from conf_app.programme.models import Event, Session
from conf_app.registration.models import Booking, Party, Registration, RegistrationState
from conf_app.registration.words import STATES
from conf_app.web import french

BATCH = 500
"""How many registrations are read, and held in memory, at a time."""

_PIECE = 64 * 1024  # bytes

# https://owasp.org/www-community/attacks/CSV_Injection ; the wide ones are read as the plain ones.
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")

_COLUMNS = (
    Registration.id,
    Registration.reference,
    Registration.name,
    Party.email,
    Registration.state,
    Registration.created_at,
    Registration.cancelled_at,
)

Value = str | datetime | bool | RegistrationState | None


class Line(NamedTuple):
    """Hold one registration, the numbers of its sessions, and how it came in."""

    registration: Any
    booked: set[int]
    arrival: Sighting | None


Lines = Iterator[list[Line]]


class Column(NamedTuple):
    """Hold a column: its name for programs, its title for people, what it says of a line."""

    name: str
    title: str
    value: Callable[[Line], Value]


GROUPS = {
    "reference": "référence",
    "nom": "nom",
    "courriel": "courriel",
    "etat": "état",
    "inscription": "inscrit·e le, annulé·e le",
    "creneaux": "créneaux",
    "entree": "entrée\u00a0: heure et porte",
}
"""How addresses name what one may take along, and what it is called."""

PERSONAL = {"reference", "nom", "courriel"}
"""What tells who somebody is: the anonymous list has none of it."""


def columns(event: Event, asked: Collection[str] = GROUPS) -> list[Column]:
    """Return the columns of the groups that are asked for, always in the same order."""
    bookable = [entry for entry in event.sessions if entry.pool_id is not None]
    titles = _titles(bookable, event.zone)
    groups: dict[str, list[Column]] = {
        "reference": [
            Column(
                "reference",
                "référence",
                lambda line: codes.spell(Reference(line.registration.reference)),
            )
        ],
        "nom": [Column("name", "nom", lambda line: line.registration.name)],
        "courriel": [Column("email", "courriel", lambda line: line.registration.email or "")],
        "etat": [Column("state", "état", lambda line: line.registration.state)],
        "inscription": [
            Column("registered_at", "inscrit·e le", lambda line: line.registration.created_at),
            Column("cancelled_at", "annulé·e le", lambda line: line.registration.cancelled_at),
        ],
        "creneaux": [
            Column(f"session:{entry.slug}", f"créneau\u00a0: {title}", _is_booked(entry.id))
            for entry, title in zip(bookable, titles, strict=True)
        ],
        "entree": [
            Column("entered_at", "entré·e à", lambda line: line.arrival and line.arrival.at),
            Column("door", "porte", lambda line: line.arrival.door if line.arrival else ""),
        ],
    }
    return [column for name in GROUPS if name in asked for column in groups[name]]


def file_name(event: Event, now: datetime, *, anonymous: bool, ending: str) -> str:
    """Return the name of an event's list, with the day of the event's clock."""
    what = "inscriptions-anonymes" if anonymous else "inscriptions"
    return f"{what}-{event.slug}-{now.astimezone(event.zone):%Y-%m-%d}.{ending}"


def french_csv(lines: Lines, event: Event, taken: Sequence[Column]) -> Iterator[bytes]:
    """Write registrations as a French spreadsheet reads them, the oldest first."""

    def cell(value: Value) -> str:
        if isinstance(value, datetime):
            return f"{value.astimezone(event.zone):%d/%m/%Y %H:%M}"
        return harmless(_said(value))

    yield b"\xef\xbb\xbf" + _csv([[harmless(column.title) for column in taken]], delimiter=";")
    for batch in lines:
        yield _csv(
            ([cell(column.value(line)) for column in taken] for line in batch), delimiter=";"
        )


def plain_csv(lines: Lines, event: Event, taken: Sequence[Column]) -> Iterator[bytes]:
    """Write registrations as RFC 4180 has it: commas, no BOM, a first line of names."""

    def cell(value: Value) -> str:
        written = _written(value, event.zone)
        if isinstance(written, bool):
            return "true" if written else "false"
        return harmless(written or "")

    yield _csv([[harmless(column.name) for column in taken]], delimiter=",")
    for batch in lines:
        yield _csv(
            ([cell(column.value(line)) for column in taken] for line in batch), delimiter=","
        )


def as_json(lines: Lines, event: Event, taken: Sequence[Column]) -> Iterator[bytes]:
    """Write registrations as one JSON array (RFC 8259) of objects, one a line."""
    before = "[\n"
    for batch in lines:
        objects = (
            {column.name: _written(column.value(line), event.zone) for column in taken}
            for line in batch
        )
        yield (
            before + ",\n".join(json.dumps(each, ensure_ascii=False) for each in objects)
        ).encode()
        before = ",\n"
    yield b"\n]\n" if before != "[\n" else b"[]\n"


def as_xlsx(lines: Lines, event: Event, taken: Sequence[Column]) -> Iterator[bytes]:
    """Write registrations as a workbook (ECMA-376) of one sheet; moments are real dates.

    It is made whole in a file of its own, a row at a time, before its first byte leaves.
    """
    with tempfile.TemporaryFile() as file:
        options = {"constant_memory": True, "strings_to_urls": False}
        with xlsxwriter.Workbook(file, options) as book:
            _write_sheet(book, lines, event, taken)
        file.seek(0)
        while piece := file.read(_PIECE):
            yield piece


def _write_sheet(
    book: xlsxwriter.Workbook, lines: Lines, event: Event, taken: Sequence[Column]
) -> None:
    sheet = book.add_worksheet("Inscriptions")
    bold = book.add_format({"bold": True})
    moment = book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
    for number, column in enumerate(taken):
        sheet.set_column(number, number, max(12, min(len(column.title) + 2, 40)))
    for number, column in enumerate(taken):
        sheet.write_string(0, number, column.title, bold)
    sheet.freeze_panes(1, 0)
    row = 0
    for row, line in enumerate((line for batch in lines for line in batch), start=1):
        for number, column in enumerate(taken):
            value = column.value(line)
            if isinstance(value, datetime):
                there = value.astimezone(event.zone).replace(tzinfo=None)
                sheet.write_datetime(row, number, there, moment)
            elif text := _said(value):
                # As text, whatever it begins with: no cell becomes a formula or a number.
                sheet.write_string(row, number, text)
    sheet.autofilter(0, 0, row, len(taken) - 1)


def _said(value: Value) -> str:
    if isinstance(value, bool):
        return "oui" if value else ""
    return STATES[value] if isinstance(value, RegistrationState) else str(value or "")


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula: an apostrophe goes before.

    A telephone number stays readable: ``'+33612345678``.
    """
    return f"'{cell}" if cell.lstrip(" \u00a0").startswith(_FORMULA) else cell


def _is_booked(number: int) -> Callable[[Line], bool]:
    return lambda line: number in line.booked


def _written(value: Value, zone: ZoneInfo) -> str | bool | None:
    """Write a value for programs: a moment as RFC 3339 has it, in the event's own hours."""
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat(timespec="seconds")
    if isinstance(value, RegistrationState):
        return value.value
    return value


def _titles(sessions: Sequence[Session], zone: ZoneInfo) -> list[str]:
    """Return a title for each session; those that share one are told apart by their hour."""
    times = Counter(each.title for each in sessions)
    return [
        each.title
        if times[each.title] == 1
        else f"{each.title} ({french.moment(each.starts_at, zone)})"
        for each in sessions
    ]


def _csv(rows: Iterable[Iterable[str]], *, delimiter: str) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def batches(session: DatabaseSession, event: Event, wanted: Wanted) -> Lines:
    """Read the registrations that are wanted, the oldest first, a batch at a time.

    However many there are, memory holds one batch.
    """
    last_id = 0
    while batch := _after(session, event, wanted, last_id):
        ids = [row.id for row in batch]
        booked = _booked(session, ids)
        arrivals = door.arrivals(session, ids)
        last_id = ids[-1]
        yield [Line(row, booked.get(row.id, set()), arrivals.get(row.id)) for row in batch]


def _after(session: DatabaseSession, event: Event, wanted: Wanted, last_id: int) -> Sequence[Any]:
    return session.execute(
        narrowed(select(*_COLUMNS).join(Registration.party), event, wanted)
        .where(Registration.id > last_id)
        .order_by(Registration.id)
        .limit(BATCH)
    ).all()


def _booked(session: DatabaseSession, ids: list[int]) -> dict[int, set[int]]:
    booked: dict[int, set[int]] = {}
    for registration_id, session_id in session.execute(
        select(Booking.registration_id, Booking.session_id).where(Booking.registration_id.in_(ids))
    ):
        booked.setdefault(registration_id, set()).add(session_id)
    return booked
