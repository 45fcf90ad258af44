"""Register people for the team, whether or not the public may register.

``now`` is real time; what an event dates is dated on its own clock.
"""

from datetime import datetime

from sqlalchemy.orm import Session as DatabaseSession

from conf_app.codes import KeyRing
from conf_app.journal import actions as journal
from conf_app.programme.models import Event, EventState
from conf_app.programme.rules import Entry, last_moment
from conf_app.registration import drawing, submission, waiting
from conf_app.registration.actions import bookable, move_seats
from conf_app.registration.letters import tell
from conf_app.registration.models import Party, RegistrationState
from conf_app.registration.refusals import RegistrationClosed
from conf_app.registration.rules import Attendee
from conf_app.registration.submission import Form
from conf_app.seats import ledger


def add(
    session: DatabaseSession,
    event: Event,
    person: Attendee,
    *,
    email: str | None,
    keys: KeyRing,
    by: str,
    now: datetime,
    beyond: str = "",
    form: Form | None = None,
) -> Party:
    """Give somebody seats: free ones, else some held back, else one more for each that is full.

    ``beyond`` says why there may be more: it goes to the journal, and without it nobody goes beyond
    the capacity. The same form again answers the same party. Raises AlreadySubmitted, EventFull,
    SessionsFull, SessionsOverlap, UnknownSession; RegistrationClosed where nobody registers, or
    once the event is cancelled or over.
    """
    if event.pool_id is None:
        raise RegistrationClosed(Entry.ELSEWHERE)
    if event.state is EventState.CANCELLED:
        raise RegistrationClosed(Entry.CANCELLED)
    if event.at(now) >= last_moment(event):
        raise RegistrationClosed(Entry.CLOSED)
    waiting.lock(session, event)
    if form is not None and (earlier := submission.earlier(session, form)) is not None:
        return earlier
    wanted = bookable(session, event, person.sessions)
    pools = [event.pool_id, *(each.pool_id for each in wanted if each.pool_id is not None)]
    raised = sum(_make_room(session, pool, beyond=bool(beyond)) for pool in pools)
    move_seats(session, event, held=[], wanted=wanted, day=1)
    party = drawing.new_party(session, event, email, keys, at=event.at(now))
    drawing.add(party, person, wanted, RegistrationState.CONFIRMED, keys, at=event.at(now))
    session.add(party)
    if form is not None:
        submission.remember(session, form, party, now=now)
    session.flush()
    journal.write(session, actor=by, act="registration.add", subject=event.slug, now=now)
    if raised:
        subject = f"{event.slug}\u00a0: {beyond}"
        journal.write(session, actor=by, act="seats.raise", subject=subject, count=raised, now=now)
    tell(session, party, "registration_confirmed", now=now, a_day=None)
    return party


def _make_room(session: DatabaseSession, pool: int, *, beyond: bool) -> bool:
    """Let go of a seat held back where none is free; return whether one was added instead."""
    seats = ledger.count(session, [pool])[pool]
    if seats.free:
        return False
    if seats.held:
        ledger.hold_back(session, pool, -1)
    elif beyond:
        ledger.resize(session, pool, capacity=seats.capacity + 1, held=0)
        return True
    return False
