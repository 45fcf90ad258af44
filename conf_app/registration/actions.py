"""Register, change, cancel.

Each takes the event's day-pool row first: on one event all seat transactions follow one another.
``now`` is real time; what an event dates is dated on its own clock.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Session as DatabaseSession

from conf_app import codes
from conf_app.codes import KeyRing
from conf_app.mail import outbox
from conf_app.programme.models import Event, EventState, Session
from conf_app.programme.rules import Entry, entry, last_moment
from conf_app.registration.models import Booking, Registration, RegistrationState, Submission
from conf_app.registration.refusals import (
    AlreadySubmitted,
    EventFull,
    NotConfirmed,
    RegistrationClosed,
    SessionsFull,
    SessionsOverlap,
    UnknownSession,
)
from conf_app.registration.rules import CONSENT_VERSION, Attendee, overlap, seat_changes
from conf_app.seats import ledger

SUBMISSIONS_KEPT = timedelta(hours=24)
LETTERS_A_DAY = 10
"""How many letters about registrations one address gets in a day: nobody is pestered through us."""


_SENT = select(Submission).where(Submission.key_hash == bindparam("key"))


class Form(NamedTuple):
    """Name one sent form: SHA-256 of its key bound to the browser, and of what was typed."""

    key_hash: bytes
    content_hash: bytes


def register(
    session: DatabaseSession,
    event: Event,
    *,
    attendee: Attendee,
    keys: KeyRing,
    now: datetime,
    form: Form | None = None,
) -> Registration:
    """Give a person a seat for the day and for each session asked for, or refuse.

    A form sent again with the same content answers the same registration. Raises
    RegistrationClosed, EventFull, SessionsFull, SessionsOverlap, UnknownSession, AlreadySubmitted.
    """
    at = event.at(now)
    state = entry(event, at)
    if state is not Entry.OPEN:
        raise RegistrationClosed(state)
    _lock_seats(session, event)
    if form is not None and (sent := session.scalar(_SENT, {"key": form.key_hash})) is not None:
        if sent.registration.state is RegistrationState.CANCELLED:
            session.delete(sent)  # somebody who left and came back by the same page
            session.flush()
        elif sent.content_hash != form.content_hash:
            raise AlreadySubmitted(sent.registration)
        else:
            return sent.registration
    wanted = _bookable(session, event, attendee.sessions)
    _move(session, event, held=[], wanted=wanted, day=1)
    registration = _draw(event, attendee, keys)
    registration.consent_version, registration.consented_at = CONSENT_VERSION, at
    registration.created_at = at
    registration.bookings = [Booking(session=each) for each in wanted]
    session.add(registration)
    if form is not None:
        session.add(
            Submission(
                key_hash=form.key_hash,
                content_hash=form.content_hash,
                registration=registration,
                created_at=now,
            )
        )
    session.flush()
    _tell(session, registration, "registration_confirmed", now=now)
    return registration


def change(
    session: DatabaseSession,
    registration: Registration,
    *,
    name: str,
    sessions: frozenset[str],
    now: datetime,
) -> None:
    """Change a person's name and sessions; a seat is given back only if the new ones were got.

    Raises NotConfirmed, SessionsFull, SessionsOverlap, UnknownSession; RegistrationClosed once
    the event is cancelled or over.
    """
    event = registration.event
    _lock(session, registration)
    if registration.state is not RegistrationState.CONFIRMED:
        raise NotConfirmed
    if event.state is EventState.CANCELLED:
        raise RegistrationClosed(Entry.CANCELLED)
    if event.at(now) >= last_moment(event):
        raise RegistrationClosed(Entry.CLOSED)
    held = [booking.session for booking in registration.bookings]
    wanted = _bookable(session, event, sessions, held=held)
    registration.name = name
    if {each.id for each in held} == {each.id for each in wanted}:
        return
    _move(session, event, held=held, wanted=wanted)
    kept = {booking.session_id: booking for booking in registration.bookings}
    registration.bookings = [kept.get(each.id) or Booking(session=each) for each in wanted]


def cancel(session: DatabaseSession, registration: Registration, *, now: datetime) -> None:
    """Cancel a registration and free its seats at once; cancelling again changes nothing."""
    _lock(session, registration)
    if registration.state is RegistrationState.CANCELLED:
        return
    held = [booking.session for booking in registration.bookings]
    _move(session, registration.event, held=held, wanted=[], day=-1)
    registration.bookings = []
    registration.state = RegistrationState.CANCELLED
    registration.cancelled_at = registration.event.at(now)
    _tell(session, registration, "registration_cancelled", now=now)


def tell_everybody(session: DatabaseSession, event: Event, kind: str, *, now: datetime) -> int:
    """Queue one mail of a kind to each confirmed person who gave an address; return how many."""
    addressed = session.scalars(
        select(Registration).where(
            Registration.event_id == event.id,
            Registration.state == RegistrationState.CONFIRMED,
            Registration.email.is_not(None),
        )
    ).all()
    for registration in addressed:
        _queue(session, registration, kind, now=now)
    return len(addressed)


def forget_submissions(session: DatabaseSession, *, now: datetime) -> None:
    """Forget the forms sent more than a day ago."""
    session.execute(delete(Submission).where(Submission.created_at < now - SUBMISSIONS_KEPT))


def _lock_seats(session: DatabaseSession, event: Event) -> None:
    if event.pool_id is not None:
        ledger.lock(session, event.pool_id)


def _lock(session: DatabaseSession, registration: Registration) -> None:
    _lock_seats(session, registration.event)
    session.refresh(registration, ["state", "bookings"])


def _bookable(
    session: DatabaseSession, event: Event, slugs: frozenset[str], held: Sequence[Session] = ()
) -> list[Session]:
    """Return the bookable sessions of those slugs; one that is cancelled only if held already."""
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
    if clash := overlap(sessions):
        raise SessionsOverlap(*clash)
    return sessions


def _move(
    session: DatabaseSession,
    event: Event,
    *,
    held: Sequence[Session],
    wanted: Sequence[Session],
    day: int = 0,
) -> None:
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


def _draw(event: Event, attendee: Attendee, keys: KeyRing) -> Registration:
    key = keys[keys.current]
    ticket_seed, manage_seed = codes.new_seed(), codes.new_seed()
    return Registration(
        event=event,
        state=RegistrationState.CONFIRMED,
        name=attendee.name,
        email=attendee.email,
        reference=codes.new_reference(),
        key_number=keys.current,
        ticket_seed=ticket_seed,
        ticket_hash=codes.digest(codes.ticket_code(key, ticket_seed)),
        manage_seed=manage_seed,
        manage_hash=codes.digest(codes.manage_token(key, manage_seed)),
    )


def _tell(
    session: DatabaseSession, registration: Registration, kind: str, *, now: datetime
) -> None:
    """Queue a letter, unless the address has had its share of the day."""
    if registration.email is None:
        return
    recent = outbox.queued_since(session, registration.email, since=now - timedelta(days=1))
    if recent < LETTERS_A_DAY:
        _queue(session, registration, kind, now=now)


def _queue(
    session: DatabaseSession, registration: Registration, kind: str, *, now: datetime
) -> None:
    if registration.email is not None:
        outbox.queue(
            session,
            kind=kind,
            subject_id=registration.id,
            recipient=registration.email,
            now=now,
        )
