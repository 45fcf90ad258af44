"""Register, change, cancel.

Each takes the event's day-pool row first: on one event all seat transactions follow one another.
``now`` is real time; what an event dates is dated on its own clock.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from itertools import chain

from sqlalchemy import select
from sqlalchemy.orm import Session as DatabaseSession

from conf_app.codes import KeyRing
from conf_app.database import leave_no_trace
from conf_app.journal import actions as journal
from conf_app.programme.models import Event, EventState, Session
from conf_app.programme.rules import Entry, entry, has_begun, last_moment
from conf_app.refusals import NotFound
from conf_app.registration import drawing, submission, waiting
from conf_app.registration.letters import tell
from conf_app.registration.models import (
    Booking,
    OldBecause,
    Party,
    Registration,
    RegistrationState,
    WaitState,
)
from conf_app.registration.presence import note_presence
from conf_app.registration.refusals import (
    EventBegun,
    EventFull,
    NotConfirmed,
    RegistrationClosed,
    SessionBegun,
    SessionsFull,
    SessionsOverlap,
    UnknownSession,
)
from conf_app.registration.rules import Attendee, coming, overlap, seat_changes
from conf_app.registration.submission import Form
from conf_app.seats import ledger


def register(
    session: DatabaseSession,
    event: Event,
    *,
    people: Sequence[Attendee],
    email: str | None,
    keys: KeyRing,
    now: datetime,
    form: Form | None = None,
    may_wait: bool = False,
) -> Party:
    """Give each person a seat for the day and for each session asked for; all of them, or refuse.

    Where the day has not seats enough, ``may_wait`` puts them in its queue, all together. A form
    sent again with the same content answers the same party; with another one, or another form with
    the same content, it raises AlreadySubmitted. Raises RegistrationClosed, EventFull,
    SessionsFull, SessionsOverlap, UnknownSession too.
    """
    if (closed := entry(event, now)) is not Entry.OPEN:
        raise RegistrationClosed(closed)
    waiting.lock(session, event)
    if form is not None and (earlier := submission.earlier(session, form)) is not None:
        return earlier
    queued = may_wait and _is_short(session, event, len(people))
    wanted = [bookable(session, event, () if queued else person.sessions) for person in people]
    if not queued:
        move_seats(session, event, held=[], wanted=[*chain.from_iterable(wanted)], day=len(people))
    at = event.at(now)
    party = drawing.new_party(session, event, email, keys, at=at)
    state = RegistrationState.WAITING if queued else RegistrationState.CONFIRMED
    for person, booked in zip(people, wanted, strict=True):
        drawing.add(party, person, booked, state, keys, at=at)
    session.add(party)
    if form is not None:
        submission.remember(session, form, party, now=now)
    session.flush()
    if queued:
        waiting.join_day(session, party, now=now)
    tell(session, party, "waiting_joined" if queued else "registration_confirmed", now=now)
    return party


def change(
    session: DatabaseSession,
    registration: Registration,
    *,
    name: str,
    sessions: frozenset[str],
    now: datetime,
) -> None:
    """Change a person's name and sessions; a seat is given back only if the new ones were got.

    Who waits for the day has no sessions yet, and may change their name.
    Who gets a seat by this waits for it no longer.
    Raises NotConfirmed, SessionsFull, SessionsOverlap, UnknownSession; RegistrationClosed once
    the event is cancelled or over.
    """
    event = registration.event
    lock_for_change(session, registration, now=now, may_wait=not sessions)
    held = [booking.session for booking in registration.bookings]
    wanted = bookable(session, event, sessions, held=held)
    registration.name = name
    note_presence(registration.party, event.at(now))
    if {each.id for each in held} != {each.id for each in wanted}:
        move_seats(session, event, held=held, wanted=wanted)
        kept = {booking.session_id: booking for booking in registration.bookings}
        registration.bookings = [kept.get(each.id) or Booking(session=each) for each in wanted]
        session.flush()
        waiting.withdraw(session, [registration], now=now, booked={each.id for each in wanted})
    waiting.serve(session, event, now=now)


def wait_for(
    session: DatabaseSession, people: Sequence[Registration], slug: str, *, now: datetime
) -> None:
    """Put people of one party, together, in the queue for a session; offer what is free.

    Raises NotConfirmed, SessionBegun, UnknownSession; RegistrationClosed once the event is
    cancelled or over.
    """
    lock_for_change(session, *people, now=now)
    event = people[0].event
    (wanted,) = _named(session, event, {slug})
    if event.at(now) >= wanted.starts_at:
        raise SessionBegun
    note_presence(people[0].party, event.at(now))
    wait = waiting.join_session(session, wanted, people, now=now)
    waiting.serve(session, event, now=now)
    if wait is not None and wait.state is WaitState.WAITING:
        tell(session, wait.party, "waiting_joined", now=now)


def pass_on(
    session: DatabaseSession,
    registration: Registration,
    *,
    name: str,
    email: str | None,
    keys: KeyRing,
    now: datetime,
    form: Form | None = None,
) -> Party:
    """Give a person's place to somebody else, who gets a ticket and a secret link of their own.

    The old ticket opens no door any more. A form sent again answers the same party: see
    ``submission.same`` for when the person is not in the old one any more. Raises NotConfirmed;
    RegistrationClosed once the event is cancelled or over.
    """
    event, giver = registration.event, registration.party
    waiting.lock(session, event)
    if form is not None and (theirs := submission.same(session, form)) is not None:
        return theirs
    if registration.party is not giver:
        raise NotFound  # it was passed on meanwhile, by another form
    lock_for_change(session, registration, now=now)
    at = event.at(now)
    note_presence(giver, at)
    session.add(drawing.old_ticket(registration, OldBecause.PASSED_ON, at=at))
    party = drawing.draw_party(event, email, keys, at=at)
    party.purge_on = registration.party.purge_on
    session.add(party)
    waiting.withdraw(session, [registration], now=now)
    registration.party, registration.number, registration.name = party, 1, name
    registration.need = None
    leave_no_trace(session.connection())  # the giver's name and address go with the old ticket
    drawing.draw(registration, keys)
    if form is not None:
        submission.remember(session, form, party, now=now)
    session.flush()
    waiting.serve(session, event, now=now)
    tell(session, party, "registration_confirmed", now=now)
    tell(session, giver, "ticket_passed_on", now=now)
    return party


def reissue(
    session: DatabaseSession, registration: Registration, *, keys: KeyRing, by: str, now: datetime
) -> None:
    """Make a person another ticket: the one they had opens no door any more, and says why.

    They keep their seats and their secret link, which shows the new one; a letter brings it too.
    Raises NotConfirmed; RegistrationClosed once the event is cancelled or over.
    """
    lock_for_change(session, registration, now=now)
    event = registration.event
    session.add(drawing.old_ticket(registration, OldBecause.REVOKED, at=event.at(now)))
    drawing.draw(registration, keys)
    session.flush()
    journal.write(session, actor=by, act="ticket.reissue", subject=event.slug, count=1, now=now)
    tell(session, registration.party, "ticket_reissued", now=now)


def cancel(
    session: DatabaseSession,
    people: Sequence[Registration],
    *,
    now: datetime,
    released: bool = False,
) -> None:
    """Cancel registrations of one party and free their seats at once; again changes nothing.

    ``released`` says that nobody asked for it: the party did not say that it comes. Raises
    EventBegun once the event has begun.
    """
    party = people[0].party
    waiting.lock(session, party.event)
    # Whose ticket was passed on meanwhile is somebody else, of another party.
    leaving = [each for each in coming(party) if each in people]
    if not leaving:
        return
    if has_begun(party.event, now):
        raise EventBegun
    seated = [each for each in leaving if each.state is RegistrationState.CONFIRMED]
    waiting.withdraw(session, leaving, now=now)
    held = [booking.session for each in seated for booking in each.bookings]
    move_seats(session, party.event, held=held, wanted=[], day=-len(seated))
    at = party.event.at(now)
    for registration in leaving:
        registration.bookings, registration.need = [], None
        registration.state = RegistrationState.CANCELLED
        registration.cancelled_at = at
        registration.released = released
    if coming(party):
        note_presence(party, at)
    session.flush()
    if released:
        tell(session, party, "seats_released", now=now, a_day=None)
    else:
        tell(session, party, "registration_cancelled", now=now)
    waiting.serve(session, party.event, now=now)


def tell_everybody(session: DatabaseSession, event: Event, kind: str, *, now: datetime) -> int:
    """Queue a mail of a kind to each addressed party that comes or waits; return how many."""
    addressed = session.scalars(
        select(Party)
        .where(
            Party.event_id == event.id,
            Party.email.is_not(None),
            Party.registrations.any(Registration.state != RegistrationState.CANCELLED),
        )
        .order_by(Party.id)
    ).all()
    for party in addressed:
        tell(session, party, kind, now=now, a_day=None)
    return len(addressed)


def _is_short(session: DatabaseSession, event: Event, people: int) -> bool:
    if event.pool_id is None:
        raise RegistrationClosed(Entry.ELSEWHERE)
    return ledger.count(session, [event.pool_id])[event.pool_id].free < people


def lock_for_change(
    session: DatabaseSession, *people: Registration, now: datetime, may_wait: bool = False
) -> None:
    """Lock the event's seats and read people of one party anew, or refuse to change them."""
    event, parties = people[0].event, [each.party for each in people]
    waiting.lock(session, event)
    if [each.party for each in people] != parties:
        raise NotFound  # one was passed on meanwhile: that is somebody else's
    for each in people:
        waits = each.state in (RegistrationState.WAITING, RegistrationState.OFFERED)
        if each.state is not RegistrationState.CONFIRMED and not (may_wait and waits):
            raise NotConfirmed(each.state)
    if event.state is EventState.CANCELLED:
        raise RegistrationClosed(Entry.CANCELLED)
    if event.at(now) >= last_moment(event):
        raise RegistrationClosed(Entry.CLOSED)


def bookable(
    session: DatabaseSession, event: Event, slugs: Collection[str], held: Sequence[Session] = ()
) -> list[Session]:
    """Return the bookable sessions of those slugs; one that is cancelled only if held already."""
    sessions = _named(session, event, slugs, held)
    if clash := overlap(sessions):
        raise SessionsOverlap(*clash)
    return sessions


def _named(
    session: DatabaseSession, event: Event, slugs: Collection[str], held: Sequence[Session] = ()
) -> list[Session]:
    if not slugs:
        return []
    found = session.scalars(
        select(Session)
        .where(Session.event_id == event.id, Session.slug.in_(slugs), Session.pool_id.is_not(None))
        .order_by(Session.starts_at, Session.id)
    ).all()
    sessions = [each for each in found if not each.cancelled or each in held]
    if len(sessions) != len(slugs):
        raise UnknownSession
    return sessions


def move_seats(
    session: DatabaseSession,
    event: Event,
    *,
    held: Sequence[Session],
    wanted: Sequence[Session],
    day: int = 0,
) -> None:
    """Give seats of the sessions ``held`` back for some of those ``wanted``, and take ``day``.

    Raises EventFull, SessionsFull; RegistrationClosed where nobody registers.
    """
    if event.pool_id is None:
        raise RegistrationClosed(Entry.ELSEWHERE)
    changes = seat_changes(
        event.pool_id,
        [each.pool_id for each in held if each.pool_id is not None],
        [each.pool_id for each in wanted if each.pool_id is not None],
        day=day,
    )
    try:
        ledger.move(session, changes)
    except ledger.NotEnoughSeats as short:
        if event.pool_id in short.pools:
            raise EventFull from short
        raise SessionsFull([each for each in wanted if each.pool_id in short.pools]) from short
