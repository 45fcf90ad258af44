"""Write lists that open in French spreadsheets.

UTF-8 with a BOM, semicolons, CRLF: what Excel and LibreOffice expect on a French machine. A line
``sep=;`` would make Excel ignore the BOM.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session as DatabaseSession

from conf_app import codes
from conf_app.codes import Reference
from conf_app.door import queries as door
from conf_app.programme.models import Event, Session
from conf_app.registration.models import Booking, Party, Registration
from conf_app.registration.words import STATES
from conf_app.web import french

BATCH = 500
"""How many registrations are read, and held in memory, at a time."""

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


def file_name(event: Event, now: datetime) -> str:
    """Return the name of an event's list, with the day of the event's clock."""
    return f"inscriptions-{event.slug}-{now.astimezone(event.zone):%Y-%m-%d}.csv"


def registrations_csv(session: DatabaseSession, event: Event) -> Iterator[bytes]:
    """Write all registrations of an event, the oldest first, a batch at a time."""
    bookable = [entry for entry in event.sessions if entry.pool_id is not None]
    header = [
        "référence",
        "nom",
        "courriel",
        "état",
        "inscrit·e le",
        "annulé·e le",
        *(f"créneau : {title}" for title in _titles(bookable, event.zone)),
        "entré·e à",
        "porte",
    ]
    yield b"\xef\xbb\xbf" + _lines([header])
    zone, last_id = event.zone, 0
    while batch := _after(session, event, last_id):
        ids = [row.id for row in batch]
        booked = _booked(session, ids)
        arrivals = door.arrivals(session, ids)
        last_id = ids[-1]
        yield _lines(
            [
                codes.spell(Reference(row.reference)),
                row.name,
                row.email or "",
                STATES[row.state],
                _moment(row.created_at, zone),
                _moment(row.cancelled_at, zone),
                *("oui" if (row.id, entry.id) in booked else "" for entry in bookable),
                _moment(arrivals[row.id].at, zone) if row.id in arrivals else "",
                arrivals[row.id].door if row.id in arrivals else "",
            ]
            for row in batch
        )


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula: an apostrophe goes before.

    A telephone number stays readable: ``'+33612345678``.
    """
    return f"'{cell}" if cell.lstrip(" \u00a0").startswith(_FORMULA) else cell


def _titles(sessions: Sequence[Session], zone: ZoneInfo) -> list[str]:
    """Return a title for each session; those that share one are told apart by their hour."""
    times = Counter(each.title for each in sessions)
    return [
        each.title
        if times[each.title] == 1
        else f"{each.title} ({french.moment(each.starts_at, zone)})"
        for each in sessions
    ]


def _lines(rows: Iterable[Iterable[str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def _moment(value: datetime | None, zone: ZoneInfo) -> str:
    """Write a moment so that a French spreadsheet knows it for one."""
    return f"{value.astimezone(zone):%d/%m/%Y %H:%M}" if value else ""


def _after(session: DatabaseSession, event: Event, last_id: int) -> Sequence[Any]:
    return session.execute(
        select(*_COLUMNS)
        .join(Registration.party)
        .where(Registration.event_id == event.id, Registration.id > last_id)
        .order_by(Registration.id)
        .limit(BATCH)
    ).all()


def _booked(session: DatabaseSession, ids: list[int]) -> set[tuple[int, int]]:
    rows = session.execute(
        select(Booking.registration_id, Booking.session_id).where(Booking.registration_id.in_(ids))
    )
    return {(registration_id, session_id) for registration_id, session_id in rows}
