"""Say what must hold of an event's seats and queues between any two transactions."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session as DatabaseSession

from conf_app.programme.models import Event
from conf_app.registration.models import Booking, Registration, RegistrationState, Wait, WaitState
from conf_app.seats import ledger


def check_seats_and_queues(session: DatabaseSession, event: Event, *, now: datetime) -> None:
    """Assert that the ledger counts who comes, that nobody is passed over, nor waits twice."""
    entries = {each.pool_id: each for each in event.sessions if each.pool_id is not None}
    seats = ledger.count(session, [event.pool_id or 0, *entries])
    waits = session.scalars(select(Wait).where(Wait.event_id == event.id)).all()
    offered = [wait for wait in waits if wait.state is WaitState.OFFERED]
    waiting = [wait for wait in waits if wait.state is WaitState.WAITING]

    held = _count(session, event, RegistrationState.CONFIRMED, RegistrationState.OFFERED)
    assert seats[event.pool_id or 0].taken == held
    for pool_id, entry in entries.items():
        on_offer = sum(len(wait.people) for wait in offered if wait.session_id == entry.id)
        booked = select(func.count(Booking.id)).where(Booking.session_id == entry.id)
        assert seats[pool_id].taken == (session.scalar(booked) or 0) + on_offer
    assert all(each.taken <= each.capacity for each in seats.values())
    day = [person for wait in waits if wait.session is None for person in wait.people]
    assert len(day) == len({person.id for person in day})
    for wait in waiting:
        assert wait.people
        if event.at(now) < wait.starts_at:
            assert len(wait.people) > seats[wait.pool_id].free, "somebody is passed over"
    for wait in waiting + offered:
        expected = RegistrationState.CONFIRMED
        if wait.session_id is None:
            expected = RegistrationState(wait.state.value)
        assert {person.state for person in wait.people} == {expected}
        assert {person.party_id for person in wait.people} == {wait.party_id}
        for person in wait.people:
            booked_by = {booking.session_id for booking in person.bookings}
            assert wait.session_id not in booked_by, "somebody waits for what they have"
    twice = [(one.session_id, each.id) for one in waiting + offered for each in one.people]
    assert len(twice) == len(set(twice)), "somebody waits twice for the same"
    assert not [wait for wait in offered if wait.deadline and wait.deadline > wait.starts_at]


def _count(session: DatabaseSession, event: Event, *states: RegistrationState) -> int:
    found = select(func.count(Registration.id)).where(
        Registration.event_id == event.id, Registration.state.in_(states)
    )
    return session.scalar(found) or 0
