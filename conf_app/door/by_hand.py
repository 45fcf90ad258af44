"""Let people in, and take it back, from the organisers' side.

Whoever does so is a post like others, whose phone is nobody's: doors, counts and reports need no
other kind. Here ``now`` is real time.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from conf_app import codes
from conf_app.door import admission, passes, walk_ins
from conf_app.door.admission import Admission
from conf_app.door.models import Device, Door, DoorPass, Passage, UndoReason
from conf_app.journal import actions as journal
from conf_app.programme.models import Event
from conf_app.registration.models import Registration

NUMBER = 0
"""What such a pass has for the number of a copy."""

DOOR = "À la main"


def admit(
    session: Session, registration: Registration, *, by: str, uuid: UUID, now: datetime
) -> Admission:
    """Let somebody in to the event; the same ``uuid`` again changes nothing."""
    event = registration.event
    device = _device(session, event, by, now=now)
    journal.write(session, actor=by, act="door.by-hand", subject=event.slug, now=now)
    return admission.admit(session, registration, device=device, uuid=uuid, now=now)


def undo(session: Session, passage: Passage, why: UndoReason, *, by: str, now: datetime) -> None:
    """Take back a passage of any post; raises NothingToUndo."""
    event = passage.device.door_pass.door.event
    device = _device(session, event, by, now=now)
    walk_ins.undo(session, passage, why, device=device, now=now)


def _device(session: Session, event: Event, by: str, *, now: datetime) -> Device:
    found = session.scalar(
        select(Device)
        .join(Device.door_pass)
        .join(DoorPass.door)
        .where(
            Door.event_id == event.id,
            DoorPass.post == by,
            DoorPass.copy_number == NUMBER,
            DoorPass.rehearsal.is_(event.rehearsal),
        )
        .order_by(Device.id)
    )
    if found is not None:
        return found
    _, door_pass = passes.make(
        session, event, post=by, door=DOOR, devices_at_most=0, actor=by, now=now
    )
    door_pass.copy_number = NUMBER
    device = Device(door_pass=door_pass, token_hash=codes.digest(codes.new_token()), created_at=now)
    session.add(device)
    session.flush()
    return device
