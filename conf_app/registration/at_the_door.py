"""Give seats to who stands at a door, and take them back.

``now`` is real time; what an event dates is dated on its own clock.
"""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session as DatabaseSession

from conf_app.codes import KeyRing
from conf_app.programme.models import Event, EventState, Session
from conf_app.programme.rules import entry
from conf_app.registration import drawing, waiting
from conf_app.registration.actions import lock_for_change, move_seats
from conf_app.registration.models import Booking, Party, Registration, RegistrationState
from conf_app.registration.presence import note_presence
from conf_app.registration.refusals import RegistrationClosed
from conf_app.registration.rules import Attendee, overlap
from conf_app.seats import ledger


def register(
    session: DatabaseSession, event: Event, person: Attendee, *, keys: KeyRing, now: datetime
) -> Party:
    """Give a seat for the day to somebody who stands there, whether or not one may still register.

    No letter goes: they gave no address. Raises EventFull; RegistrationClosed if nobody registers
    here, or the event is off.
    """
    if event.pool_id is None or event.state is not EventState.PUBLISHED:
        raise RegistrationClosed(entry(event, now))
    waiting.lock(session, event)
    move_seats(session, event, held=[], wanted=[], day=1)
    party = drawing.new_party(session, event, None, keys, at=event.at(now))
    drawing.add(party, person, [], RegistrationState.CONFIRMED, keys, at=event.at(now))
    session.add(party)
    session.flush()
    return party


class Swap(NamedTuple):
    """Hold what was done for a seat at a room's door, so that it can be taken back.

    ``was_held`` says that the seat was held back, ``left`` which sessions they had booked then.
    """

    was_held: bool
    left: list[int]


def book(
    session: DatabaseSession, registration: Registration, wanted: Session, *, now: datetime
) -> Swap | None:
    """Give a person who stands there a seat in a session: a free one, else one held back.

    What they booked at the same hour is given back. Again changes nothing. Raises NotConfirmed,
    SessionsFull; RegistrationClosed once the event is cancelled or over.
    """
    lock_for_change(session, registration, now=now)
    if wanted.pool_id is None or any(each.session is wanted for each in registration.bookings):
        return None
    seats = ledger.count(session, [wanted.pool_id])[wanted.pool_id]
    was_held = not seats.free and seats.held > 0
    if was_held:
        ledger.hold_back(session, wanted.pool_id, -1)
    left = [each for each in registration.bookings if overlap([each.session, wanted])]
    held = [each.session for each in left]
    move_seats(session, wanted.event, held=held, wanted=[wanted])
    for booking in left:
        registration.bookings.remove(booking)
    registration.bookings.append(Booking(session=wanted))
    note_presence(registration.party, wanted.event.at(now))
    session.flush()
    waiting.withdraw(session, [registration], now=now, booked={wanted.id})
    waiting.serve(session, wanted.event, now=now)
    return Swap(was_held, [each.session_id for each in left])


def unbook(
    session: DatabaseSession,
    registration: Registration,
    booked: Session,
    swap: Swap,
    *,
    now: datetime,
) -> None:
    """Take back a seat given at a room's door, and book again what was left for it, if free."""
    event = booked.event
    waiting.lock(session, event)
    session.refresh(registration, ["bookings", "state"])
    mine = {each.session_id: each for each in registration.bookings}
    if registration.state is not RegistrationState.CONFIRMED or booked.id not in mine:
        return
    left = [each for each in event.sessions if each.id in swap.left and not each.cancelled]
    free = ledger.count(session, [each.pool_id for each in left if each.pool_id is not None])
    again = [each for each in left if each.pool_id is not None and free[each.pool_id].free]
    move_seats(session, event, held=[booked], wanted=again)
    if swap.was_held and booked.pool_id is not None:
        ledger.hold_back(session, booked.pool_id, 1)
    registration.bookings.remove(mine[booked.id])
    registration.bookings += [Booking(session=each) for each in again if each.id not in mine]
    session.flush()
    waiting.serve(session, event, now=now)
