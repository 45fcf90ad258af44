"""Count who is inside, who is still expected and what is left, without a name."""

from typing import Any, NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from conf_app.door import queries
from conf_app.door.models import Device, Door, DoorPass, Passage, Verdict
from conf_app.programme import models as programme
from conf_app.programme.models import Event
from conf_app.registration.models import Booking, Registration, RegistrationState
from conf_app.seats import ledger
from conf_app.seats.rules import Seats


class Count(NamedTuple):
    """Hold how many are inside, how many tickets have not come yet, and the seats."""

    heads: int
    expected: int
    seats: Seats | None


class Desk(NamedTuple):
    """Hold the counts of an event: ``beyond`` are those inside for whom no seat was left."""

    day: Count
    beyond: int
    doors: list[tuple[str, int]]
    rooms: list[tuple[programme.Session, Count]]


def desk(session: Session, event: Event) -> Desk:
    """Count an event as it now is, real or in rehearsal."""
    day = select(func.count(Registration.id)).where(
        Registration.event_id == event.id, Registration.state == RegistrationState.CONFIRMED
    )
    by_door = session.execute(
        _came(event, Door.name, func.count(Passage.id))
        .where(Passage.session_id.is_(None))
        .group_by(Door.name)
        .order_by(Door.name)
    )
    doors = [(name, heads) for name, heads in by_door]
    beyond = session.scalar(_came(event, func.count(Passage.id)).where(Passage.beyond)) or 0
    rooms = [each for each in event.sessions if each.pool_id is not None and not each.cancelled]
    return Desk(
        Count(sum(heads for _, heads in doors), _expected(session, day), _seats(session, event)),
        beyond,
        doors,
        [(each, _in_room(session, event, each, day)) for each in rooms],
    )


def _in_room(session: Session, event: Event, room: programme.Session, day: Select[int]) -> Count:
    booked = day.join(Booking).where(Booking.session_id == room.id)
    heads = queries.heads(session, event.id, room.id)
    return Count(heads, _expected(session, booked, room), _seats(session, room))


def _came(event: Event, *what: Any) -> Select[*tuple[Any, ...]]:
    return (
        select(*what)
        .select_from(Passage)
        .join(Passage.device)
        .join(Device.door_pass)
        .join(DoorPass.door)
        .where(queries.IS_HEAD, Door.event_id == event.id)
    )


def _expected(session: Session, tickets: Select[int], room: programme.Session | None = None) -> int:
    """Count the tickets that did not come in to the event, or to a room's session."""
    came = select(Passage.registration_id).where(
        queries.IS_HEAD,
        Passage.verdict != Verdict.REFUSED,
        Passage.registration_id.is_not(None),
        Passage.session_id == (room.id if room else None),
    )
    return session.scalar(tickets.where(Registration.id.not_in(came))) or 0


def _seats(session: Session, booked: Event | programme.Session) -> Seats | None:
    if booked.pool_id is None:
        return None
    return ledger.count(session, [booked.pool_id])[booked.pool_id]
