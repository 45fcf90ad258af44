"""Let people in: the verdict on a ticket, decided by the database when doors compete."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from conf_app.door import queries, rules
from conf_app.door.models import Device, Door, DoorPass, Passage, Reason, Verdict
from conf_app.door.queries import Sighting
from conf_app.refusals import Refusal
from conf_app.registration.models import Registration


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


def foresee(
    session: Session,
    registration: Registration | None,
    *,
    device: Device,
    now: datetime,
    passed_on: bool = False,
) -> Admission:
    """Return what ``admit`` would answer at ``now``, by the event's clock, and change nothing."""
    reason = rules.objection(registration, device.door_pass.door.event_id, passed_on=passed_on)
    if reason is not None or registration is None:
        return Admission(Verdict.REFUSED, now, reason=reason)
    first = queries.arrivals(session, [registration.id]).get(registration.id)
    if first is None:
        return Admission(Verdict.ADMITTED, now)
    return Admission(Verdict.ALREADY_IN, now, first, _elsewhere(session, registration, device, now))


def admit(
    session: Session,
    registration: Registration | None,
    *,
    device: Device,
    uuid: UUID,
    now: datetime,
    passed_on: bool = False,
) -> Admission:
    """Give the verdict on a ticket at ``now``, real time, and keep the passage.

    A passage is dated by the event's clock, and received in real time.

    ``passed_on`` says that the ticket shown is an old one of this registration.
    The first of several doors is the one whose insert the partial unique index let through. The
    same ``uuid`` again gets the same answer and keeps nothing; raises PassageIdReused if it came
    with another ticket or phone.
    """
    at = device.door_pass.door.event.at(now)
    while True:
        if (told := _told(session, registration, device=device, uuid=uuid)) is not None:
            return told
        admission = foresee(session, registration, device=device, now=at, passed_on=passed_on)
        if registration is None or _keep(
            session, registration, admission, device=device, uuid=uuid, received_at=now
        ):
            return admission
        # Another door, or the same request sent twice, was faster: what it wrote can be read now.


def _keep(
    session: Session,
    registration: Registration,
    admission: Admission,
    *,
    device: Device,
    uuid: UUID,
    received_at: datetime,
) -> bool:
    values = {
        "uuid": uuid,
        "registration_id": registration.id,
        "device_id": device.id,
        "verdict": admission.kind,
        "reason": admission.reason,
        "made_at": admission.at,
        "received_at": received_at,
    }
    # RETURNING, because .rowcount of ON CONFLICT DO NOTHING lies on PostgreSQL.
    kept = session.execute(_insert_unless_there(session, values).returning(Passage.id)).first()
    return kept is not None


def _insert_unless_there(session: Session, values: dict[str, Any]) -> Insert:
    if session.get_bind().dialect.name == "postgresql":
        return postgresql.insert(Passage).values(values).on_conflict_do_nothing()
    return sqlite.insert(Passage).values(values).on_conflict_do_nothing()


def _told(
    session: Session, registration: Registration | None, *, device: Device, uuid: UUID
) -> Admission | None:
    """Return what was answered to this very scan, if it was sent before."""
    passage = session.scalar(select(Passage).where(Passage.uuid == uuid))
    if passage is None:
        return None
    if (
        registration is None
        or passage.registration_id != registration.id
        or passage.device_id != device.id
    ):
        raise PassageIdReused
    if passage.verdict is not Verdict.ALREADY_IN:
        return Admission(passage.verdict, passage.made_at, reason=passage.reason)
    return Admission(
        passage.verdict,
        passage.made_at,
        queries.arrivals(session, [registration.id]).get(registration.id),
        _elsewhere(session, registration, device, passage.made_at),
    )


def _elsewhere(
    session: Session, registration: Registration, device: Device, now: datetime
) -> Sighting | None:
    """Return where the ticket was let in at another post, within the span of an alert."""
    row = session.execute(
        select(Passage.made_at, Door.name, DoorPass.post)
        .join(Passage.device)
        .join(Device.door_pass)
        .join(DoorPass.door)
        .where(
            Passage.registration_id == registration.id,
            Passage.verdict != Verdict.REFUSED,
            Device.pass_id != device.pass_id,
            Passage.made_at.between(now - rules.ALERT_SPAN, now),
        )
        .order_by(Passage.made_at.desc())
        .limit(1)
    ).first()
    return Sighting(*row) if row else None
