"""Let people in: the verdict on a ticket, decided by the database when doors compete."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from conf_app.door import queries, rules
from conf_app.door.models import (
    Answer,
    Device,
    Door,
    DoorPass,
    Passage,
    PassageKind,
    Reason,
    Verdict,
)
from conf_app.door.queries import Shown, Sighting
from conf_app.programme import models as programme
from conf_app.refusals import Refusal
from conf_app.registration import at_the_door, waiting
from conf_app.registration.models import OldBecause, Registration
from conf_app.seats import ledger


class PassageIdReused(Refusal):
    """A passage's id was sent again with another ticket, or from another phone."""


@dataclass(frozen=True)
class Admission:
    """Hold the verdict on one scan.

    ``first`` says since when a ticket already in is in, and by which door; ``alert``, where else it
    passed a moment ago; ``reason``, why it is refused.
    """

    kind: Verdict
    at: datetime
    first: Sighting | None = None
    alert: Sighting | None = None
    reason: Reason | None = None


@dataclass(frozen=True)
class Offline:
    """Hold what a phone without network answered, when by the event's clock, and in which room."""

    shown: Answer
    at: datetime
    room: programme.Session | None = None
    reason: Reason | None = None


NOBODY_WENT_IN = {Answer.REFUSED, Answer.TO_DESK}


def foresee(
    session: Session,
    registration: Registration | None,
    *,
    device: Device,
    now: datetime,
    old: OldBecause | None = None,
) -> Admission:
    """Return what ``admit`` would answer at ``now``, by the event's clock, and change nothing."""
    room = rules.room(device, now)
    return _decide(session, registration, device, room, now, old=old)


def admit(
    session: Session,
    registration: Registration | None,
    *,
    device: Device,
    uuid: UUID,
    now: datetime,
    old: OldBecause | None = None,
    add: bool = False,
    offline: Offline | None = None,
) -> Admission:
    """Give the verdict on a ticket at ``now``, real time, and keep the passage.

    A passage is dated by the event's clock, and received in real time. ``add`` first gives who
    booked another session, or none, a seat of the room's, if the pass may and there is one.

    ``old`` says that the ticket shown is one this registration had before, and why. ``offline`` is
    what the phone answered before, by itself: then the passage is dated so, and kept whatever it
    was.
    The first of several doors is the one whose insert the partial unique indexes let through. The
    same ``uuid`` again gets the same answer and keeps nothing; raises PassageIdReused if it came
    with another ticket or phone.
    """
    at = offline.at if offline else device.door_pass.door.event.at(now)
    room = offline.room if offline else rules.room(device, at)
    # What was sent before mostly shows by the insert; but nothing is kept of a ticket that nobody
    # has, and no seat may be given twice.
    asked_again, swap = registration is None or add, None
    while True:
        if asked_again:
            told = _told(session, registration, device=device, uuid=uuid)
            if told is not None:
                return told
        asked_again = True
        admission = _decide(session, registration, device, room, at, old=old)
        if offline and offline.shown in NOBODY_WENT_IN:
            why = offline.reason or admission.reason or Reason.UNKNOWN
            admission = Admission(Verdict.REFUSED, at, reason=why)
        if add and room and registration and addable(session, admission, device=device, now=at):
            swap = at_the_door.book(session, registration, room, now=now)
            admission = _decide(session, registration, device, room, at)
        if registration is None and offline is None:
            return admission
        values = {
            "uuid": uuid,
            "registration_id": registration.id if registration else None,
            "session_id": room.id if room else None,
            "device_id": device.id,
            "verdict": admission.kind,
            "reason": admission.reason,
            "made_at": at,
            "received_at": now,
            "kind": PassageKind.TICKET,
            "beyond": False,
            "was_held": swap.was_held if swap else False,
            "left_for_it": swap.left if swap else None,
            "shown": offline.shown if offline else None,
            "settled_by": "",
        }
        # RETURNING, because .rowcount of ON CONFLICT DO NOTHING lies on PostgreSQL.
        if session.execute(_insert_unless_there(session), values).first():
            return admission
        # Another door, or the same request sent twice, was faster: what it wrote can be read now.


def admit_shown(
    session: Session,
    find: Callable[[Session], Shown],
    *,
    device: Device,
    uuid: UUID,
    now: datetime,
    add: bool,
) -> tuple[Registration | None, Admission]:
    """Find the ticket that is shown, and admit it; see ``admit``."""
    if add:  # it may move seats, which come before the ticket in the order of locks
        waiting.lock(session, device.door_pass.door.event)
    registration, old = find(session)
    verdict = admit(session, registration, device=device, uuid=uuid, now=now, old=old, add=add)
    return registration, verdict


def _decide(
    session: Session,
    registration: Registration | None,
    device: Device,
    room: programme.Session | None,
    at: datetime,
    *,
    old: OldBecause | None = None,
) -> Admission:
    event = device.door_pass.door.event
    reason = rules.objection(registration, event, room=room, old=old)
    if reason is not None or registration is None:
        return Admission(Verdict.REFUSED, at, reason=reason)
    room_id = room.id if room else None
    first = _arrival(session, registration, room_id)
    if first is None:
        return Admission(Verdict.ADMITTED, at)
    alert = _elsewhere(session, registration, room_id, device, at)
    return Admission(Verdict.ALREADY_IN, at, first, alert)


def addable(session: Session, admission: Admission, *, device: Device, now: datetime) -> int:
    """Return how many seats of its session a room's post may give at ``now`` to who booked none.

    Seats held back are among them; none unless that is why the ticket is refused.
    """
    room = rules.room(device, now)
    if not device.door_pass.may_add or admission.reason is not Reason.NOT_THIS_SESSION:
        return 0
    if room is None or room.pool_id is None:
        return 0
    seats = ledger.count(session, [room.pool_id])[room.pool_id]
    return max(0, seats.capacity - seats.taken)


# Of the table: the ORM would build and read over each of them at every scan.
_PASSAGES = Passage.metadata.tables[Passage.__tablename__]
_INSERTS = {
    name: insert(_PASSAGES).on_conflict_do_nothing().returning(_PASSAGES.c.id)
    for name, insert in (("postgresql", postgresql.insert), ("sqlite", sqlite.insert))
}


def _insert_unless_there(session: Session) -> Insert:
    return _INSERTS[session.get_bind().dialect.name]


def _told(
    session: Session, registration: Registration | None, *, device: Device, uuid: UUID
) -> Admission | None:
    """Return what was answered to this very scan, if it was sent before."""
    passage = session.scalar(select(Passage).where(Passage.uuid == uuid))
    if passage is None:
        return None
    ticket = registration.id if registration else None
    if (passage.registration_id, passage.device_id) != (ticket, device.id):
        raise PassageIdReused
    if registration is None or passage.verdict is not Verdict.ALREADY_IN:
        return Admission(passage.verdict, passage.made_at, reason=passage.reason)
    return Admission(
        passage.verdict,
        passage.made_at,
        _arrival(session, registration, passage.session_id),
        _elsewhere(session, registration, passage.session_id, device, passage.made_at),
    )


def _arrival(session: Session, registration: Registration, room: int | None) -> Sighting | None:
    return queries.arrivals(session, [registration.id], room).get(registration.id)


def _elsewhere(
    session: Session, registration: Registration, room: int | None, device: Device, now: datetime
) -> Sighting | None:
    """Return where the ticket was let in at another post, within the span of an alert."""
    row = session.execute(
        select(Passage.made_at, Door.name, DoorPass.post)
        .join(Passage.device)
        .join(Device.door_pass)
        .join(DoorPass.door)
        .where(
            Passage.registration_id == registration.id,
            Passage.session_id == room,
            Passage.verdict != Verdict.REFUSED,
            Passage.undone_at.is_(None),
            Device.pass_id != device.pass_id,
            Passage.made_at.between(now - rules.ALERT_SPAN, now),
        )
        .order_by(Passage.made_at.desc())
        .limit(1)
    ).first()
    return Sighting(*row) if row else None
