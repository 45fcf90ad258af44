"""Find what organisers look at: events with their counts, lists of registrations."""

import contextlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, selectinload
from sqlalchemy.orm import Session as DatabaseSession

from conf_app import codes
from conf_app.codes import Reference
from conf_app.door import queries as door
from conf_app.door.queries import Sighting
from conf_app.programme.models import Event, Session
from conf_app.registration.models import Registration, RegistrationState
from conf_app.registration.names import name_key
from conf_app.seats import ledger
from conf_app.seats.rules import Seats

PAGE = 50
"""How many registrations a page of a list shows."""

_ACTIVE = Registration.state != RegistrationState.CANCELLED


class Wanted(NamedTuple):
    """Hold what a list is narrowed to."""

    text: str = ""
    state: RegistrationState | None = None


class Counts(NamedTuple):
    """Hold how many registrations have a seat, wait for one, gave it back."""

    confirmed: int
    waiting: int
    cancelled: int

    @classmethod
    def of(cls, states: Mapping[RegistrationState, int]) -> "Counts":
        """Sum up the counts by state."""
        return cls(
            states.get(RegistrationState.CONFIRMED, 0),
            states.get(RegistrationState.WAITING, 0) + states.get(RegistrationState.OFFERED, 0),
            states.get(RegistrationState.CANCELLED, 0),
        )


class Line(NamedTuple):
    """Hold one registration of a list, and what is worth saying about it."""

    registration: Registration
    reference: str
    sessions: list[str]
    arrival: Sighting | None
    same_email: bool
    same_name: bool


class Listing(NamedTuple):
    """Hold one page of a list: its lines, its number, how many pages and registrations in all."""

    lines: list[Line]
    page: int
    pages: int
    total: int


class Summary(NamedTuple):
    """Hold the counts of one event."""

    counts: Counts
    arrived: int
    sessions: list[tuple[Session, Seats]]


class EventLine(NamedTuple):
    """Hold one event and the counts of its registrations."""

    event: Event
    counts: Counts


def events(session: DatabaseSession) -> list[EventLine]:
    """Return all events, the featured and the latest first, with their counts."""
    counts: dict[int, dict[RegistrationState, int]] = {}
    for event_id, state, number in session.execute(
        select(Registration.event_id, Registration.state, func.count(Registration.id)).group_by(
            Registration.event_id, Registration.state
        )
    ):
        counts.setdefault(event_id, {})[state] = number
    found = session.scalars(select(Event).order_by(Event.featured.desc(), Event.starts_at.desc()))
    return [EventLine(event, Counts.of(counts.get(event.id, {}))) for event in found]


def summary(session: DatabaseSession, event: Event) -> Summary:
    """Count an event's registrations by state, its arrivals, and its sessions' seats."""
    states = session.execute(
        select(Registration.state, func.count(Registration.id))
        .where(Registration.event_id == event.id)
        .group_by(Registration.state)
    )
    bookable = {entry.pool_id: entry for entry in event.sessions if entry.pool_id is not None}
    seats = ledger.count(session, bookable)
    return Summary(
        Counts.of(dict(iter(states))),
        door.heads(session, event.id),
        [(entry, seats[pool_id]) for pool_id, entry in bookable.items()],
    )


def count(session: DatabaseSession, event: Event, wanted: Wanted) -> int:
    """Return how many registrations a list has."""
    return session.scalar(select(func.count(Registration.id)).where(*_match(event, wanted))) or 0


def listing(session: DatabaseSession, event: Event, wanted: Wanted, *, page: int) -> Listing:
    """Return one page of an event's registrations, the latest first."""
    total = count(session, event, wanted)
    pages = max(1, -(-total // PAGE))
    page = min(max(page, 1), pages)
    found = session.scalars(
        select(Registration)
        .where(*_match(event, wanted))
        .options(selectinload(Registration.bookings))
        .order_by(Registration.id.desc())
        .offset((page - 1) * PAGE)
        .limit(PAGE)
    ).all()
    arrivals = door.arrivals(session, [each.id for each in found])
    emails = _doubled(session, event, Registration.email, [each.email for each in found])
    names = _doubled(session, event, Registration.name_key, [each.name_key for each in found])
    titles = {entry.id: entry.title for entry in event.sessions}
    lines = [
        Line(
            each,
            codes.spell(Reference(each.reference)),
            [titles[booking.session_id] for booking in each.bookings],
            arrivals.get(each.id),
            same_email=_is_active(each) and each.email in emails,
            same_name=_is_active(each) and each.name_key in names,
        )
        for each in found
    ]
    return Listing(lines, page, pages, total)


def _match(event: Event, wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [Registration.event_id == event.id]
    if wanted.state is not None:
        conditions.append(Registration.state == wanted.state)
    if text := wanted.text.strip():
        words = name_key(text).split()
        found = [
            and_(*(Registration.name_key.contains(word, autoescape=True) for word in words)),
            func.lower(Registration.email).contains(text.lower(), autoescape=True),
        ]
        with contextlib.suppress(codes.NotACode):
            found.append(Registration.reference == codes.parse_reference(text))
        conditions.append(or_(*found))
    return conditions


def _doubled(
    session: DatabaseSession,
    event: Event,
    column: InstrumentedAttribute[str] | InstrumentedAttribute[str | None],
    values: Sequence[str | None],
) -> set[str | None]:
    """Return which of these values several active registrations of the event share."""
    return set(
        session.scalars(
            select(column)
            .where(
                Registration.event_id == event.id,
                column.in_({value for value in values if value}),
                _ACTIVE,
            )
            .group_by(column)
            .having(func.count(Registration.id) > 1)
        )
    )


def _is_active(registration: Registration) -> bool:
    return registration.state is not RegistrationState.CANCELLED
