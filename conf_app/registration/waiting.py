"""Keep the queues for seats: join, offer what is free in order, accept, decline, let go.

Who waits for a session of several people waits for all of them. A seat on offer is taken in the
ledger: nobody else can get it. All is dated by the event's clock; ``now`` is real time.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session as DatabaseSession

from conf_app.programme.models import Event, EventState, Session
from conf_app.registration import deadlines, queues
from conf_app.registration.letters import tell
from conf_app.registration.models import (
    Booking,
    Party,
    Presence,
    Registration,
    RegistrationState,
    Wait,
    WaitState,
)
from conf_app.registration.presence import note_presence
from conf_app.registration.refusals import EventPostponed, OfferOver, SessionsOverlap
from conf_app.registration.rules import overlap
from conf_app.seats import ledger


def lock(session: DatabaseSession, event: Event) -> None:
    """Take the event's seats for this transaction; what was read of its people is read anew.

    Somebody else may have moved them while this transaction waited for its turn.
    """
    if event.pool_id is not None:
        ledger.lock(session, event.pool_id)
    session.flush()
    for each in list(session.identity_map.values()):
        if isinstance(each, Party | Presence | Registration | Booking | Wait):
            session.expire(each)


def join_day(session: DatabaseSession, party: Party, *, now: datetime) -> Wait:
    """Put a whole party in the queue for the day; it comes together or not at all."""
    event = party.event
    return _join(session, event, None, party.registrations, now=now)


def join_session(
    session: DatabaseSession, wanted: Session, people: Sequence[Registration], *, now: datetime
) -> Wait | None:
    """Put people of one party, together, in the queue for a session's seats.

    Who has a seat there or waits already is left out; None if that is everybody.
    """
    waiting = {
        person.id
        for each in queues.open_waits(session, people[0].party)
        if each.session_id == wanted.id
        for person in each.people
    }
    joining = [
        each
        for each in people
        if each.id not in waiting
        and each.state is RegistrationState.CONFIRMED
        and wanted.id not in {booking.session_id for booking in each.bookings}
    ]
    if not joining:
        return None
    return _join(session, wanted.event, wanted, joining, now=now)


def _join(
    session: DatabaseSession,
    event: Event,
    wanted: Session | None,
    people: Sequence[Registration],
    *,
    now: datetime,
) -> Wait:
    pool_id = event.pool_id if wanted is None else wanted.pool_id
    if pool_id is None:
        raise ValueError("nobody waits for what is not booked")
    wait = Wait(
        event=event,
        party=people[0].party,
        session=wanted,
        pool_id=pool_id,
        state=WaitState.WAITING,
        joined_at=event.at(now),
        people=list(people),
    )
    session.add(wait)
    session.flush()
    return wait


def serve(session: DatabaseSession, event: Event, *, now: datetime) -> list[Wait]:
    """Offer the free seats to those who wait, in order; return the offers made.

    When a party does not fit, the next one that does is served and the party keeps its place.
    Whoever frees a seat calls this in the same transaction, with the event's seats locked.
    """
    at = event.at(now)
    if event.state is not EventState.PUBLISHED:
        return []
    pools = queues.pools(session, event)
    if not pools:
        return []
    offered = []
    for pool_id, seats in sorted(ledger.count(session, pools).items()):
        free = seats.free
        while free and (wait := queues.first_that_fits(session, event, pool_id, free)) is not None:
            if at >= wait.starts_at or (wait.session is not None and wait.session.cancelled):
                break  # so it is for all who wait for the same
            free -= len(wait.people)
            _offer(session, wait, at, now=now)
            offered.append(wait)
    return offered


def _offer(session: DatabaseSession, wait: Wait, at: datetime, *, now: datetime) -> None:
    _take(session, wait, len(wait.people))
    wait.state = WaitState.OFFERED
    if wait.session is None:
        _set_states(wait.people, RegistrationState.OFFERED)
    _begin_offer(wait, at)
    tell(session, wait.party, "seat_offered", now=now, a_day=None)
    session.flush()


def _begin_offer(wait: Wait, at: datetime) -> None:
    """Offer at a moment; the time to answer counts from then only if no letter will tell."""
    wait.offered_at, wait.deadline = at, None
    if wait.party.email is None:
        _count_from(wait, at)


def accept(session: DatabaseSession, wait: Wait, *, now: datetime, swap: bool = False) -> bool:
    """Take the seats on offer; ``swap`` leaves the sessions that take place at the same time.

    Returns whether some were left. Accepting again changes nothing. Raises EventPostponed,
    OfferOver; SessionsOverlap without ``swap``.
    """
    lock(session, wait.event)
    if wait.state is WaitState.ACCEPTED:
        return False
    if wait.state is WaitState.OFFERED and wait.event.state is EventState.POSTPONED:
        raise EventPostponed
    at = wait.event.at(now)
    if wait.state is not WaitState.OFFERED or at >= (wait.deadline or wait.starts_at):
        raise OfferOver
    if wait.session is not None and wait.session.cancelled:
        raise OfferOver
    freed = False
    if wait.session is None:
        _set_states(wait.people, RegistrationState.CONFIRMED)
    else:
        for person in wait.people:
            freed |= _leave_overlapping(session, person, wait.session, swap=swap)
            person.bookings.append(Booking(session=wait.session))
    _end(wait, WaitState.ACCEPTED, at)
    note_presence(wait.party, at)
    session.flush()
    tell(session, wait.party, "registration_confirmed", now=now)
    if freed:
        serve(session, wait.event, now=now)
    return freed


def decline(session: DatabaseSession, wait: Wait, *, now: datetime) -> None:
    """Give an offer back, or leave the queue; again changes nothing."""
    lock(session, wait.event)
    offered = wait.state is WaitState.OFFERED
    if not offered and wait.state is not WaitState.WAITING:
        return
    _let_go(session, wait, WaitState.DECLINED if offered else WaitState.LEFT, now=now)
    note_presence(wait.party, wait.event.at(now))
    if offered:
        serve(session, wait.event, now=now)


def withdraw(
    session: DatabaseSession,
    people: Sequence[Registration],
    *,
    now: datetime,
    booked: Collection[int] | None = None,
) -> None:
    """Take people who leave out of every queue, and give back the seats they were offered.

    With ``booked``, only out of the queues for these sessions, by id, where they have a seat now.
    The event's seats are locked by the caller, who serves the queues afterwards.
    """
    leaving = {person.id for person in people}
    for wait in queues.open_waits(session, people[0].party):
        if booked is not None and wait.session_id not in booked:
            continue
        staying = [person for person in wait.people if person.id not in leaving]
        gone = len(wait.people) - len(staying)
        if not gone:
            continue
        if not staying:
            offered = wait.state is WaitState.OFFERED
            _let_go(session, wait, WaitState.DECLINED if offered else WaitState.LEFT, now=now)
            continue
        if wait.state is WaitState.OFFERED:
            _take(session, wait, -gone)
        wait.people = staying


def lapse(session: DatabaseSession, event: Event, *, now: datetime) -> int:
    """Let go the offers of an event that nobody answered in time; return how many.

    Offers whose letter could not leave for as long as an answer may take begin to count. Who waits
    for what has begun waits no longer.
    """
    lock(session, event)
    at = event.at(now)
    ended = 0
    for wait in queues.offers(session, event):
        if wait.deadline is None:
            _start_late(wait, at)
        if wait.deadline is not None and at >= wait.deadline:
            _let_go(session, wait, WaitState.LAPSED, now=now)
            tell(session, wait.party, "offer_lapsed", now=now)
            ended += 1
    for wait in session.scalars(queues.begun_waits(event, at)).all():
        _let_go(session, wait, WaitState.LEFT, now=now)
    if ended:
        serve(session, event, now=now)
    return ended


def count_from_letter(
    session: DatabaseSession, party_id: int, *, queued_at: datetime, now: datetime
) -> None:
    """Begin to count the time of a party's offers, told by a letter queued at ``queued_at``."""
    party = session.get(Party, party_id)
    if party is None:
        return
    lock(session, party.event)
    for wait in queues.open_waits(session, party):
        untold = wait.state is WaitState.OFFERED and wait.deadline is None
        if untold and wait.offered_at and wait.offered_at <= party.event.at(queued_at):
            _count_from(wait, party.event.at(now))


def renew(session: DatabaseSession, event: Event, *, now: datetime) -> None:
    """Give the offers of an event their time anew; the letter with the new date tells of them."""
    for wait in queues.offers(session, event):
        _begin_offer(wait, event.at(now))
    session.flush()


def add_time(session: DatabaseSession, event: Event, *, lost: timedelta) -> int:
    """Give the open offers of an event the time the site was down; return how many."""
    lock(session, event)
    offers = [wait for wait in queues.offers(session, event) if wait.deadline is not None]
    for wait in offers:
        if wait.deadline is not None:
            later = deadlines.awake(wait.deadline + lost, event.zone)
            wait.deadline = max(wait.deadline, min(later, wait.starts_at))
    return len(offers)


def end_queue(session: DatabaseSession, entry: Session) -> None:
    """Forget who waits for a session that goes or is cancelled; give back what was offered."""
    if entry.pool_id is not None and (seats := queues.seats_on_offer(session, entry)):
        ledger.move(session, {entry.pool_id: -seats})
    session.execute(delete(Wait).where(Wait.session_id == entry.id))


def _take(session: DatabaseSession, wait: Wait, seats: int) -> None:
    """Move seats of what is waited for; the day's version is raised with them."""
    changes = {wait.pool_id: seats}
    if wait.event.pool_id is not None:
        changes.setdefault(wait.event.pool_id, 0)
    ledger.move(session, changes)


def _let_go(session: DatabaseSession, wait: Wait, state: WaitState, *, now: datetime) -> None:
    """End a wait without a seat."""
    if wait.state is WaitState.OFFERED:
        _take(session, wait, -len(wait.people))
    at = wait.event.at(now)
    if wait.session is None:
        for person in wait.people:
            person.state, person.cancelled_at = RegistrationState.CANCELLED, at
            person.need = None
    _end(wait, state, at)
    session.flush()


def _end(wait: Wait, state: WaitState, at: datetime) -> None:
    wait.state, wait.ended_at = state, at


def _set_states(people: Iterable[Registration], state: RegistrationState) -> None:
    for person in people:
        person.state = state


def _count_from(wait: Wait, at: datetime) -> None:
    wait.deadline = deadlines.deadline(at, wait.starts_at, wait.event.zone)


def _start_late(wait: Wait, at: datetime) -> None:
    """Count from now if the letter waited for as long as the answer may take."""
    offered_at = wait.offered_at or at
    if at >= min(wait.starts_at, offered_at + deadlines.span(wait.starts_at - offered_at)):
        _count_from(wait, at)


def _leave_overlapping(
    session: DatabaseSession, person: Registration, wanted: Session, *, swap: bool
) -> bool:
    """Give back the seats a person holds at the same time; whether there were any."""
    freed = False
    for booking in list(person.bookings):
        if overlap([booking.session, wanted]) is None:
            continue
        if not swap:
            raise SessionsOverlap(booking.session, wanted)
        if booking.session.pool_id is not None:
            ledger.move(session, {booking.session.pool_id: -1})
        person.bookings.remove(booking)
        freed = True
    return freed
