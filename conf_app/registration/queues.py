"""Find who waits, for what, and at which place."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session as DatabaseSession

from conf_app.programme.models import Event, EventState, Session
from conf_app.registration.models import (
    OPEN_WAIT,
    Booking,
    Party,
    Wait,
    WaitState,
    wait_people,
)
from conf_app.registration.rules import overlap

_WAITING = Wait.event_id == bindparam("event"), Wait.state == WaitState.WAITING
_QUEUES = select(Wait.pool_id).where(*_WAITING).distinct()
_SEATS = (
    select(func.count())
    .select_from(wait_people)
    .where(wait_people.c.wait_id == Wait.id)
    .scalar_subquery()
)
_FITS = (
    select(Wait)
    .where(*_WAITING, Wait.pool_id == bindparam("pool"), bindparam("free") >= _SEATS)
    .order_by(Wait.id)
    .limit(1)
)


class Standing(NamedTuple):
    """Hold a wait, its place in the queue, and the bookings that accepting it would give back."""

    wait: Wait
    position: int
    overlapping: list[Booking]


def pools(session: DatabaseSession, event: Event) -> Sequence[int]:
    """Return for which seats of an event somebody waits."""
    return session.scalars(_QUEUES, {"event": event.id}).all()


def first_that_fits(session: DatabaseSession, event: Event, pool_id: int, free: int) -> Wait | None:
    """Return the first in a queue who needs no more than the free seats; a queue may be long."""
    return session.scalar(_FITS, {"event": event.id, "pool": pool_id, "free": free})


def seats_on_offer(session: DatabaseSession, entry: Session) -> int:
    """Return how many seats of a session are on offer."""
    offered = select(Wait).where(Wait.session_id == entry.id, Wait.state == WaitState.OFFERED)
    return sum(len(wait.people) for wait in session.scalars(offered))


def people_by_session(
    session: DatabaseSession, event: Event
) -> dict[tuple[int | None, WaitState], int]:
    """Count the people who wait for each session or are offered it; None stands for the day."""
    found = session.execute(
        select(Wait.session_id, Wait.state, func.count())
        .join(wait_people, wait_people.c.wait_id == Wait.id)
        .where(Wait.event_id == event.id, OPEN_WAIT)
        .group_by(Wait.session_id, Wait.state)
    )
    return {(entry, state): people for entry, state, people in found}


def unmet_people(session: DatabaseSession, event: Event) -> int:
    """Count the people who waited for the day, do so no more, and never had a seat."""
    found = (
        select(func.count())
        .select_from(wait_people)
        .join(Wait, wait_people.c.wait_id == Wait.id)
        .where(
            Wait.event_id == event.id,
            Wait.session_id.is_(None),
            Wait.state.not_in((WaitState.WAITING, WaitState.OFFERED, WaitState.ACCEPTED)),
        )
    )
    return session.scalar(found) or 0


def offers(session: DatabaseSession, event: Event) -> Sequence[Wait]:
    """Return the seats on offer at an event, oldest first."""
    return session.scalars(
        select(Wait)
        .where(Wait.event_id == event.id, Wait.state == WaitState.OFFERED)
        .order_by(Wait.id)
    ).all()


def events_with_offers(session: DatabaseSession) -> list[Event]:
    """Return the events in which a seat is on offer, those that are put off aside."""
    offered = select(Wait.event_id).where(Wait.state == WaitState.OFFERED)
    published = Event.state == EventState.PUBLISHED
    found = select(Event).where(Event.id.in_(offered), published).order_by(Event.id)
    return list(session.scalars(found))


def events_to_lapse(session: DatabaseSession, *, now: datetime) -> list[Event]:
    """Return the events in which a seat is on offer, or somebody waits for what has begun."""
    published = Event.state == EventState.PUBLISHED
    queued = select(Wait.event_id).where(Wait.state == WaitState.WAITING)
    events = session.scalars(select(Event).where(Event.id.in_(queued), published)).all()
    over = [
        event
        for event in events
        if session.scalar(begun_waits(event, event.at(now)).limit(1)) is not None
    ]
    return list({event.id: event for event in [*events_with_offers(session), *over]}.values())


def open_waits(session: DatabaseSession, party: Party) -> list[Wait]:
    """Return where a party waits, and what it is offered, oldest first."""
    return list(
        session.scalars(select(Wait).where(Wait.party_id == party.id, OPEN_WAIT).order_by(Wait.id))
    )


def standings(session: DatabaseSession, party: Party) -> list[Standing]:
    """Return where a party waits, and what it is offered, oldest first."""
    return [
        Standing(
            wait,
            position(session, wait),
            [
                booking
                for person in wait.people
                for booking in person.bookings
                if wait.session is not None and overlap([booking.session, wait.session])
            ],
        )
        for wait in open_waits(session, party)
    ]


def ended_with_the_start(party: Party) -> bool:
    """Whether a party waited for the day until it began."""
    return any(
        wait.state is WaitState.LEFT
        and wait.ended_at is not None
        and wait.ended_at >= wait.starts_at
        for wait in party.waits
        if wait.session_id is None
    )


def position(session: DatabaseSession, wait: Wait) -> int:
    """Return the place of a wait in its queue, from 1."""
    before = select(func.count(Wait.id)).where(
        Wait.pool_id == wait.pool_id, Wait.state == WaitState.WAITING, Wait.id < wait.id
    )
    return (session.scalar(before) or 0) + 1


def begun_waits(event: Event, at: datetime) -> Select[Wait]:
    """Ask for those who wait for what has begun."""
    begun = Session.starts_at <= at
    if at >= event.starts_at:
        begun |= Wait.session_id.is_(None)
    return (
        select(Wait)
        .outerjoin(Wait.session)
        .where(Wait.event_id == event.id, Wait.state == WaitState.WAITING, begun)
        .order_by(Wait.id)
    )
