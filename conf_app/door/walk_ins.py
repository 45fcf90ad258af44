"""Let in who has no ticket, count them against the seats, and take a passage back.

Here ``now`` is real time; passages are dated by the event's clock.
"""

import enum
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from conf_app.codes import KeyRing
from conf_app.door import admission
from conf_app.door.admission import Admission, PassageIdReused
from conf_app.door.models import (
    Device,
    Passage,
    PassageKind,
    UndoReason,
    Verdict,
)
from conf_app.journal import actions as journal
from conf_app.programme import models as programme
from conf_app.programme.models import Event
from conf_app.refusals import Refusal
from conf_app.registration import at_the_door, waiting
from conf_app.registration.at_the_door import Swap
from conf_app.registration.models import Registration
from conf_app.registration.rules import Attendee
from conf_app.seats import ledger


class NoWalkIns(Refusal):
    """The post lets nobody in without a ticket."""


class NothingToUndo(Refusal):
    """The passage let nobody in, or not at the moment."""


def count_in(
    session: Session,
    kind: PassageKind,
    *,
    device: Device,
    uuid: UUID,
    now: datetime,
    at: datetime | None = None,
) -> Passage:
    """Count somebody in without a name; they take a seat if there is one.

    A badge takes a seat held back first, then a free one; anybody else a free one alone. The same
    ``uuid`` again counts nobody. ``at`` is when, by the event's clock, if not now. Raises
    NoWalkIns; PassageIdReused if another phone sent it.
    """
    event = device.door_pass.door.event
    if not may_count(device, kind):
        raise NoWalkIns
    waiting.lock(session, event)
    if (told := session.scalar(select(Passage).where(Passage.uuid == uuid))) is not None:
        if told.device_id != device.id or told.kind is not kind:
            raise PassageIdReused
        return told
    taken = _take_a_seat(session, event, held_first=kind is PassageKind.BADGE)
    passage = Passage(
        uuid=uuid,
        device=device,
        verdict=Verdict.ADMITTED,
        made_at=at or event.at(now),
        received_at=now,
        kind=kind,
        beyond=taken is _Seat.NONE,
        was_held=taken is _Seat.HELD,
    )
    session.add(passage)
    session.flush()
    return passage


def may_count(device: Device, kind: PassageKind) -> bool:
    """Whether a post lets in people of a kind without a ticket."""
    door_pass = device.door_pass
    if door_pass.is_room:
        return False
    if kind is PassageKind.BADGE:
        return door_pass.door.event.host_badge
    return kind is PassageKind.WALK_IN and door_pass.may_add


def register(
    session: Session, name: str, *, device: Device, uuid: UUID, keys: KeyRing, now: datetime
) -> tuple[Registration, Admission]:
    """Register somebody who stands there, by a name alone, and let them in.

    The same ``uuid`` again answers the same. Raises NoWalkIns, PassageIdReused, EventFull.
    """
    if not may_count(device, PassageKind.WALK_IN):
        raise NoWalkIns
    event = device.door_pass.door.event
    waiting.lock(session, event)
    told = session.scalar(select(Passage).where(Passage.uuid == uuid))
    if told is not None and told.registration is None:
        raise PassageIdReused
    if told is not None and told.registration is not None:
        person = told.registration
    else:
        party = at_the_door.register(session, event, Attendee(name), keys=keys, now=now)
        person = party.registrations[0]
    return person, admission.admit(session, person, device=device, uuid=uuid, now=now)


def undo(
    session: Session, passage: Passage, why: UndoReason, *, device: Device, now: datetime
) -> None:
    """Take a passage back: nobody went in by it. Again changes nothing; raises NothingToUndo."""
    event = device.door_pass.door.event
    waiting.lock(session, event)
    session.refresh(passage)
    if passage.verdict is not Verdict.ADMITTED:
        raise NothingToUndo
    if passage.undone_at is not None:
        return
    passage.undone_at, passage.undone_why = event.at(now), why
    journal.write(
        session,
        actor=device.door_pass.post,
        act="door.undo",
        subject=f"{event.slug} {why.value}",
        count=1,
        now=now,
    )
    session.flush()
    if passage.left_for_it is not None and passage.registration and passage.session_id:
        swap = Swap(passage.was_held, passage.left_for_it)
        room = session.get_one(programme.Session, passage.session_id)
        at_the_door.unbook(session, passage.registration, room, swap, now=now)
    elif (
        passage.kind is not PassageKind.TICKET and not passage.beyond and event.pool_id is not None
    ):
        ledger.move(session, {event.pool_id: -1})
        if passage.was_held:
            ledger.hold_back(session, event.pool_id, 1)
        waiting.serve(session, event, now=now)


class _Seat(enum.Enum):
    """Which seat somebody without a name took."""

    FREE = "free"
    HELD = "held"
    NONE = "none"


def _take_a_seat(session: Session, event: Event, *, held_first: bool) -> _Seat:
    """Take a seat of the day for somebody without a name; where seats are not counted, any."""
    if event.pool_id is None:
        return _Seat.FREE
    seats = ledger.count(session, [event.pool_id])[event.pool_id]
    held = held_first and seats.held > 0
    if held:
        ledger.hold_back(session, event.pool_id, -1)
    elif not seats.free:
        return _Seat.NONE
    ledger.move(session, {event.pool_id: 1})
    return _Seat.HELD if held else _Seat.FREE
