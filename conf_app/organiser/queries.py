"""Find what organisers look at: events with their counts, what people need."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session as DatabaseSession

from conf_app import codes
from conf_app.codes import Reference
from conf_app.door import queries as door
from conf_app.journal.actions import COMMAND_LINE, WORKER
from conf_app.organiser import words
from conf_app.organiser.models import Organiser, PairAct
from conf_app.programme.models import Event, Session
from conf_app.registration import needs, queues, reminders
from conf_app.registration.models import Registration, RegistrationState, WaitState
from conf_app.registration.needs import WORDS, Needs
from conf_app.registration.reminders import Turnout
from conf_app.seats import ledger
from conf_app.seats.rules import Seats


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


class SessionLine(NamedTuple):
    """Hold a session, its seats, how many people wait for one, are offered one, came in."""

    session: Session
    seats: Seats
    waiting: int
    offered: int
    arrived: int


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


def titles(session: DatabaseSession) -> dict[str, str]:
    """Return the titles of all events, by their slugs."""
    return {row.slug: row.title for row in session.execute(select(Event.slug, Event.title))}


def said(session: DatabaseSession, act: PairAct, subject: str) -> str:
    """Say what an act does, and to what: « emporter des noms de « Conférence » »."""
    return words.PAIR_ACTS[act].format(_named(session, act, subject))


def _named(session: DatabaseSession, act: PairAct, subject: str) -> str:
    if act is PairAct.REMOVE:
        found = session.get(Organiser, int(subject)) if subject.isdecimal() else None
        return found.name if found else "quelqu’un"
    return f"«\u00a0{titles(session).get(subject, subject)}\u00a0»"


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
    arrived = door.heads_by_session(session, event.id)
    return Summary(
        Counts.of(dict(iter(states))),
        queues.unmet_people(session, event),
        arrived.get(None, 0),
        [
            SessionLine(
                entry,
                seats[pool_id],
                queued.get((entry.id, WaitState.WAITING), 0),
                queued.get((entry.id, WaitState.OFFERED), 0),
                arrived.get(entry.id, 0),
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
