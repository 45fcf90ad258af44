"""Merge what a phone did without network with what the others did.

Nothing is dropped: each passage is kept as the phone told it, with the verdict that the database
gives it now. Where somebody went in by the phone's answer and the database says otherwise, the
passage is a conflict (see ``conflicts``).
"""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from conf_app.codes import Reference
from conf_app.door import admission, queries, rules, walk_ins
from conf_app.door.admission import NOBODY_WENT_IN, Offline, PassageIdReused
from conf_app.door.models import (
    Answer,
    Device,
    Passage,
    PassageKind,
    Reason,
    UndoReason,
    Verdict,
)
from conf_app.door.queries import Shown
from conf_app.door.walk_ins import NothingToUndo, NoWalkIns
from conf_app.programme import models as programme
from conf_app.registration import waiting


@dataclass(frozen=True)
class Claim:
    """Hold one passage as a phone tells it; ``made_at`` is real time, by the server's clock.

    A ticket is named by its id, or by a reference that was dictated.
    """

    uuid: UUID
    made_at: datetime
    answer: Answer
    kind: PassageKind = PassageKind.TICKET
    ticket: bytes | None = None
    reference: Reference | None = None
    reason: Reason | None = None
    room: str = ""
    undone: UndoReason | None = None


class Outcome(enum.Enum):
    """What became of a claim."""

    KEPT = "kept"
    PASS_REVOKED = "pass_revoked"  # kept for the report alone
    PASS_OVER = "pass_over"  # kept for the report alone
    ID_REUSED = "id_reused"
    NO_WALK_INS = "no_walk_ins"


@dataclass(frozen=True)
class Merged:
    """Hold what became of a claim, and the passage it made or found, if any."""

    uuid: UUID
    outcome: Outcome
    passage: Passage | None = None


def merge(
    session: Session, device: Device, claims: Sequence[Claim], *, now: datetime
) -> list[Merged]:
    """Keep a phone's passages, in the order they were made; ``now`` is real time.

    The same claims again change nothing. Those made outside the pass's hours, told too late or by
    a revoked pass let nobody in, and are kept for the report.
    """
    waiting.lock(session, device.door_pass.door.event)
    told = sorted(claims, key=lambda claim: claim.made_at)
    merged = {claim.uuid: _merge(session, device, claim, now=now) for claim in told}
    return [merged[claim.uuid] for claim in claims]


def _merge(session: Session, device: Device, claim: Claim, *, now: datetime) -> Merged:
    at = device.door_pass.door.event.at(_plausible(claim.made_at, device, now))
    refused = _barred(device, at, now)
    try:
        if refused is not None:
            passage = _keep_aside(session, device, claim, refused, at=at, now=now)
            if claim.undone is not None and passage.undone_at is None and _is_aside(passage):
                passage.undone_at, passage.undone_why = passage.made_at, claim.undone
            return Merged(claim.uuid, Outcome(refused.value), passage)
        if claim.kind is PassageKind.TICKET and _is_nowhere(device, claim, at):
            why = Reason.NOT_THIS_SESSION
            passage = _keep_aside(session, device, claim, why, at=at, now=now)
        elif claim.kind is PassageKind.TICKET:
            passage = _keep_ticket(session, device, claim, at=at, now=now)
        else:
            passage = walk_ins.count_in(
                session, claim.kind, device=device, uuid=claim.uuid, now=now, at=at
            )
    except PassageIdReused:
        return Merged(claim.uuid, Outcome.ID_REUSED)
    except NoWalkIns:
        return Merged(claim.uuid, Outcome.NO_WALK_INS)
    if claim.undone is not None:
        _undo(session, passage, claim.undone, device=device, now=now)
    return Merged(claim.uuid, Outcome.KEPT, passage)


def _plausible(made_at: datetime, device: Device, now: datetime) -> datetime:
    """Keep a phone's clock from dating a passage before anybody held its pass, or after now.

    Not before this phone did: it may have been given back meanwhile, and have become a post anew.
    """
    return min(max(made_at, device.door_pass.devices[0].created_at), now)


def _barred(device: Device, at: datetime, now: datetime) -> Reason | None:
    """Return why a phone's passage made ``at``, by the event's clock, counts for nothing."""
    door_pass = device.door_pass
    event = door_pass.door.event
    left = device.left_at is not None and at > event.at(device.left_at)
    if door_pass.revoked_at is not None or door_pass.rehearsal is not event.rehearsal or left:
        return Reason.PASS_REVOKED
    in_time = rules.may_still_tell(door_pass, event.at(now))
    if not in_time or not door_pass.valid_from <= at < door_pass.valid_until:
        return Reason.PASS_OVER
    return None


def _keep_ticket(
    session: Session, device: Device, claim: Claim, *, at: datetime, now: datetime
) -> Passage:
    registration, old = _find(session, device, claim)
    offline = Offline(claim.answer, at, _room(device, claim.room, at), claim.reason)
    admission.admit(
        session,
        registration,
        device=device,
        uuid=claim.uuid,
        now=now,
        old=old,
        offline=offline,
    )
    passage = session.scalars(select(Passage).where(Passage.uuid == claim.uuid)).one()
    if passage.shown is None:
        _confront(session, passage, claim, device=device, now=now)
    return passage


def _confront(
    session: Session, passage: Passage, claim: Claim, *, device: Device, now: datetime
) -> None:
    """Note what the phone answered by itself when the server's answer came too late for it."""
    went_in = passage.verdict is Verdict.ADMITTED
    if went_in and claim.answer in NOBODY_WENT_IN:
        passage.shown = claim.answer
        walk_ins.undo(session, passage, UndoReason.NOT_IN, device=device, now=now)
    elif not went_in and claim.answer in {Answer.ADMITTED, Answer.TRUSTED}:
        passage.shown = claim.answer
    session.flush()


def _find(session: Session, device: Device, claim: Claim) -> Shown:
    event_id = device.door_pass.door.event_id
    if claim.ticket is not None:
        return queries.by_id(session, claim.ticket, lock=True)
    if claim.reference is not None:
        return queries.by_reference(session, claim.reference, event_id=event_id, lock=True)
    return Shown(None)


def _room(device: Device, slug: str, at: datetime) -> programme.Session | None:
    """Return the session a phone says it let in to, if its pass has it, else as the clock says."""
    if not device.door_pass.is_room:
        return None
    # People went in to it, even if it was cancelled while nobody could tell the phone.
    named = (each for each in device.door_pass.sessions if each.slug == slug)
    return next(named, None) or rules.room(device, at)


def _is_nowhere(device: Device, claim: Claim, at: datetime) -> bool:
    """Whether a room's passage names no session that is left: it counts for the report alone."""
    return device.door_pass.is_room and _room(device, claim.room, at) is None


def _keep_aside(
    session: Session, device: Device, claim: Claim, why: Reason, *, at: datetime, now: datetime
) -> Passage:
    """Keep a passage that counts for nothing: the report shows it."""
    found = session.scalar(select(Passage).where(Passage.uuid == claim.uuid))
    if found is not None:
        if found.device_id != device.id:
            raise PassageIdReused
        return found
    registration, _ = _find(session, device, claim)
    room = None if device.door_pass.is_room is False else _room(device, claim.room, at)
    passage = Passage(
        uuid=claim.uuid,
        registration=registration,
        session_id=room.id if room else None,
        device=device,
        verdict=Verdict.REFUSED,
        reason=why,
        made_at=at,
        received_at=now,
        kind=claim.kind,
        shown=claim.answer,
    )
    session.add(passage)
    session.flush()
    return passage


def _is_aside(passage: Passage) -> bool:
    return passage.reason in {Reason.PASS_REVOKED, Reason.PASS_OVER}


def _undo(
    session: Session, passage: Passage, why: UndoReason, *, device: Device, now: datetime
) -> None:
    """Take back what the phone took back, be it that nobody went in by it."""
    try:
        walk_ins.undo(session, passage, why, device=device, now=now)
    except NothingToUndo:
        if passage.undone_at is None:
            passage.undone_at = passage.made_at
            passage.undone_why = why
            session.flush()
