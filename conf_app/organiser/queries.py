"""Find what organisers look at: events with their counts, lists of registrations."""

import contextlib
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session as DatabaseSession
from sqlalchemy.orm import contains_eager, selectinload

from conf_app import codes
from conf_app.codes import Reference
from conf_app.door import queries as door
from conf_app.door.queries import Sighting
from conf_app.journal.actions import COMMAND_LINE, WORKER
from conf_app.organiser.models import Organiser
from conf_app.programme.models import Event, Session
from conf_app.registration import needs, queues, reminders
from conf_app.registration.models import Party, Registration, RegistrationState, WaitState
from conf_app.registration.names import name_key
from conf_app.registration.needs import WORDS, Needs
from conf_app.registration.reminders import Turnout
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
    """Hold how many registrations have a seat, wait for one, are offered one, gave it back."""

    confirmed: int
    waiting: int
    offered: int
    cancelled: int

    @classmethod
    def of(cls, states: Mapping[RegistrationState, int]) -> "Counts":
        """Sum up the counts by state."""
        return cls(
            states.get(RegistrationState.CONFIRMED, 0),
            states.get(RegistrationState.WAITING, 0),
            states.get(RegistrationState.OFFERED, 0),
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


class SessionLine(NamedTuple):
    """Hold a session, its seats, and how many people wait for one or are offered one."""

    session: Session
    seats: Seats
    waiting: int
    offered: int


class Summary(NamedTuple):
    """Hold the counts of one event; ``unmet`` of the cancelled only ever waited."""

    counts: Counts
    unmet: int
    arrived: int
    sessions: list[SessionLine]
    turnout: Turnout | None
    needing: int


class NeedsLine(NamedTuple):
    """Hold one person and what they need to come."""

    registration: Registration
    reference: str
    needs: Needs
    told: list[str]


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


def actors(session: DatabaseSession) -> list[str]:
    """Return who the journal may well name: the team, then what works by itself."""
    names = session.scalars(select(Organiser.name).order_by(Organiser.name)).all()
    return [*names, COMMAND_LINE, WORKER]


def summary(session: DatabaseSession, event: Event) -> Summary:
    """Count an event's registrations by state, its arrivals, and its sessions' seats."""
    states = session.execute(
        select(Registration.state, func.count(Registration.id))
        .where(Registration.event_id == event.id)
        .group_by(Registration.state)
    )
    bookable = {entry.pool_id: entry for entry in event.sessions if entry.pool_id is not None}
    seats = ledger.count(session, bookable)
    queued = queues.people_by_session(session, event)
    return Summary(
        Counts.of(dict(iter(states))),
        queues.unmet_people(session, event),
        door.heads(session, event.id),
        [
            SessionLine(
                entry,
                seats[pool_id],
                queued.get((entry.id, WaitState.WAITING), 0),
                queued.get((entry.id, WaitState.OFFERED), 0),
            )
            for pool_id, entry in bookable.items()
        ],
        reminders.turnout(session, event),
        needs.number(session, event),
    )


def needs_of_people(session: DatabaseSession, event: Event) -> list[NeedsLine]:
    """Return what each person of an event needs, in the order they came."""
    return [
        NeedsLine(
            person,
            codes.spell(Reference(person.reference)),
            (told := needs.told(person)),
            needs.spelled(told),
        )
        for person in needs.of_event(session, event)
    ]


def erasing_days(lines: Sequence[NeedsLine]) -> list[date]:
    """Return the days on which these needs are erased: one, unless the event was moved."""
    return sorted({needs.erased_on(need) for line in lines if (need := line.registration.need)})


def count_kinds(lines: Sequence[NeedsLine]) -> list[tuple[str, int]]:
    """Count how often each kind is needed, those that nobody needs left out."""
    counts = Counter(kind for line in lines for kind in line.needs.kinds)
    return [(words, counts[kind]) for kind, words in WORDS.items() if counts[kind]]


def count(session: DatabaseSession, event: Event, wanted: Wanted) -> int:
    """Return how many registrations a list has."""
    matching = select(func.count(Registration.id)).join(Registration.party)
    return session.scalar(matching.where(*_match(event, wanted))) or 0


def listing(session: DatabaseSession, event: Event, wanted: Wanted, *, page: int) -> Listing:
    """Return one page of an event's registrations, the latest first."""
    total = count(session, event, wanted)
    pages = max(1, -(-total // PAGE))
    page = min(max(page, 1), pages)
    found = session.scalars(
        select(Registration)
        .join(Registration.party)
        .where(*_match(event, wanted))
        .options(contains_eager(Registration.party), selectinload(Registration.bookings))
        .order_by(Registration.id.desc())
        .offset((page - 1) * PAGE)
        .limit(PAGE)
    ).all()
    arrivals = door.arrivals(session, [each.id for each in found])
    emails = _doubled_emails(session, event, [each.party.email for each in found])
    names = _doubled_names(session, event, [each.name_key for each in found])
    titles = {entry.id: entry.title for entry in event.sessions}
    lines = [
        Line(
            each,
            codes.spell(Reference(each.reference)),
            # A session made and booked between two of our queries waits for the next reading.
            [titles[one.session_id] for one in each.bookings if one.session_id in titles],
            arrivals.get(each.id),
            same_email=_is_active(each) and each.party.email in emails,
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
            func.lower(Party.email).contains(text.lower(), autoescape=True),
        ]
        with contextlib.suppress(codes.NotACode):
            found.append(Registration.reference == codes.parse_reference(text))
        conditions.append(or_(*found))
    return conditions


def _doubled_emails(
    session: DatabaseSession, event: Event, emails: Sequence[str | None]
) -> set[str | None]:
    """Return which of these addresses several parties of the event gave, somebody coming."""
    return set(
        session.scalars(
            select(Party.email)
            .where(
                Party.event_id == event.id,
                Party.email.in_({email for email in emails if email}),
                Party.registrations.any(_ACTIVE),
            )
            .group_by(Party.email)
            .having(func.count(Party.id) > 1)
        )
    )


def _doubled_names(session: DatabaseSession, event: Event, keys: Sequence[str]) -> set[str]:
    """Return which of these names several active registrations of the event share."""
    return set(
        session.scalars(
            select(Registration.name_key)
            .where(
                Registration.event_id == event.id,
                Registration.name_key.in_({key for key in keys if key}),
                _ACTIVE,
            )
            .group_by(Registration.name_key)
            .having(func.count(Registration.id) > 1)
        )
    )


def _is_active(registration: Registration) -> bool:
    return registration.state is not RegistrationState.CANCELLED
