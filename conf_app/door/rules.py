"""Decide what a pass and a ticket allow."""

import enum
from datetime import datetime, timedelta

from conf_app.door.models import Device, DoorPass, Reason
from conf_app.programme.models import Event, Session
from conf_app.programme.rules import is_near, last_moment
from conf_app.registration.models import OldBecause, Registration, RegistrationState

MARGIN = timedelta(hours=2)
"""How long before and after the event a pass holds, unless its hours are given."""

DEVICES_AT_MOST = 3
"""How many phones may hold a pass at once, unless another number is given."""

DEVICES_MOST = 50
"""The largest number of phones that a pass may be given."""

SEARCH_LETTERS = 3
ANSWERS = 5
"""What a search by name asks for at least, and answers at most."""

LATE = timedelta(hours=24)
"""How long after its end a pass's phone may still tell of passages made within its hours."""

HEARD_EVERY = timedelta(minutes=1)
"""How exactly it is known when a phone was last heard of."""

SILENCE = timedelta(minutes=3)
"""How long a phone that asks nothing is taken to be on its way, not gone."""

ALERT_SPAN = timedelta(minutes=2)
"""A ticket shown at two posts within this span is worth an alert."""


class Standing(enum.Enum):
    """Whether a pass admits now, and if not, why."""

    VALID = "valid"
    UNKNOWN = "unknown"
    REVOKED = "revoked"
    NOT_YET = "not_yet"
    OVER = "over"
    FULL = "full"  # as many phones hold it as may
    NO_SESSION = "no_session"  # a room's pass, whose sessions are gone
    OTHER_MODE = "other_mode"  # a rehearsal's pass at the real event, or the other way round


def default_hours(event: Event, now: datetime) -> tuple[datetime, datetime]:
    """Return a pass's hours by the event's clock; in rehearsal they begin at once."""
    first = min([event.starts_at, *(session.starts_at for session in event.sessions)])
    opening = first - MARGIN
    return (min(opening, now) if event.rehearsal else opening), last_moment(event) + MARGIN


def standing(door_pass: DoorPass, event: Event, now: datetime) -> Standing:
    """Say whether a pass admits at ``now``, by the event's clock."""
    if door_pass.revoked_at is not None:
        return Standing.REVOKED
    if door_pass.rehearsal is not event.rehearsal:
        return Standing.OTHER_MODE
    if door_pass.is_room and not open_sessions(door_pass):
        return Standing.NO_SESSION
    if now < door_pass.valid_from:
        return Standing.NOT_YET
    return Standing.VALID if now < door_pass.valid_until else Standing.OVER


def open_sessions(door_pass: DoorPass) -> list[Session]:
    """Return the sessions that a room's posts let people in to, in their order."""
    return [each for each in door_pass.sessions if not each.cancelled]


def room(device: Device, now: datetime) -> Session | None:
    """Return the session a phone lets people in to at ``now``; None stands for the event.

    It is the one the phone was set to, else the first that is not over; a room whose sessions were
    all cancelled lets nobody in, which is None too: see ``standing``.
    """
    if not device.door_pass.is_room:
        return None
    sessions = open_sessions(device.door_pass)
    if device.session in sessions:
        return device.session
    last = sessions[-1] if sessions else None
    return next((each for each in sessions if now < each.ends_at), last)


def can_be_dialled(number: str) -> bool:
    """Say whether a phone could dial what is written: digits and what one puts between them."""
    written = set(number) <= set("+0123456789 .-()")
    return written and len(number) <= 30 and sum(each.isdigit() for each in number) >= 3


def may_still_tell(door_pass: DoorPass, now: datetime) -> bool:
    """Say whether what was done with a pass may still be told at ``now``, by the event's clock."""
    return now < door_pass.valid_until + LATE


def end_told(door_pass: DoorPass) -> datetime | None:
    """Return when a pass ends; None if it holds as long as the demo runs."""
    near = is_near(door_pass.door.event, door_pass.valid_until)
    return door_pass.valid_until if near else None


def objection(
    registration: Registration | None,
    event: Event,
    *,
    room: Session | None = None,
    old: OldBecause | None = None,
) -> Reason | None:
    """Return why a ticket may not enter an event, or a room's session, if there is a reason.

    ``old`` says that it is one this registration had before, and why.
    """
    if registration is None:
        return Reason.UNKNOWN
    if registration.event_id != event.id:
        return _elsewhere(registration.event, event)
    if old is not None:
        return Reason(old.value)
    match registration.state:
        case RegistrationState.CONFIRMED:
            booked = room is None or any(each.session is room for each in registration.bookings)
            return None if booked else Reason.NOT_THIS_SESSION
        case RegistrationState.CANCELLED:
            return Reason.CANCELLED
        case _:
            return Reason.NO_SEAT


def _elsewhere(other: Event, event: Event) -> Reason:
    if other.rehearsal and not event.rehearsal:
        return Reason.REHEARSAL
    days = {each.starts_at.astimezone(each.zone).date() for each in (other, event)}
    return Reason.OTHER_EVENT if len(days) == 1 else Reason.OTHER_DAY
