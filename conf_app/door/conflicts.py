"""Show what doors answered against each other, and who settled it how."""

from datetime import datetime
from typing import NamedTuple, TypeVar

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session, joinedload

from conf_app.door.models import (
    Answer,
    Device,
    Door,
    DoorPass,
    Passage,
    Reason,
    Settlement,
    Verdict,
)
from conf_app.journal import actions as journal
from conf_app.programme.models import Event
from conf_app.refusals import NotFound

_Row = TypeVar("_Row")

_LET_IN = Passage.shown.in_((Answer.ADMITTED, Answer.TRUSTED))
_CONFLICT = and_(
    Passage.undone_at.is_(None),
    or_(
        and_(_LET_IN, Passage.verdict != Verdict.ADMITTED),
        Passage.reason.in_((Reason.PASS_REVOKED, Reason.PASS_OVER)),
    ),
)


class Conflict(NamedTuple):
    """Hold a passage against which the database speaks, and the others of the same ticket."""

    passage: Passage
    others: list[Passage]


class NotAConflict(NotFound):
    """The passage needs no settling."""


def of_event(session: Session, event: Event) -> list[Conflict]:
    """Return an event's conflicts, those that nobody settled first, then by time."""
    found = session.scalars(
        _passages(event)
        .where(_CONFLICT)
        .order_by(Passage.settled_at.is_not(None), Passage.made_at, Passage.id)
    ).all()
    tickets = {each.registration_id for each in found} - {None}
    entries = session.scalars(
        _passages(event)
        .where(
            Passage.registration_id.in_(tickets),
            Passage.undone_at.is_(None),
            Passage.verdict != Verdict.REFUSED,
        )
        .order_by(Passage.made_at, Passage.id)
    ).all()
    return [
        Conflict(
            each,
            [
                other
                for other in entries
                if other is not each
                and other.registration_id == each.registration_id
                and other.session_id == each.session_id
            ],
        )
        for each in found
    ]


def number(session: Session, event: Event) -> int:
    """Return how many conflicts of an event nobody settled."""
    return len(
        session.scalars(
            _of(select(Passage.id), event).where(_CONFLICT, Passage.settled_at.is_(None))
        ).all()
    )


def settle(
    session: Session,
    event: Event,
    passage_id: int,
    how: Settlement,
    *,
    by: str,
    now: datetime,
) -> None:
    """Note who settled a conflict, and how; once settled it stays so. Raises NotAConflict."""
    passage = session.scalar(_passages(event).where(_CONFLICT, Passage.id == passage_id))
    if passage is None:
        raise NotAConflict
    if passage.settled_at is not None:
        return
    passage.settled_at, passage.settled_by, passage.settled_how = event.at(now), by[:60], how
    journal.write(
        session, actor=by, act="door.settle", subject=f"{event.slug} {how.value}", now=now
    )


def _passages(event: Event) -> Select[Passage]:
    return _of(select(Passage), event).options(
        joinedload(Passage.registration),
        joinedload(Passage.device).joinedload(Device.door_pass).joinedload(DoorPass.door),
    )


def _of(query: Select[_Row], event: Event) -> Select[_Row]:
    of_event = (
        select(Device.id)
        .join(Device.door_pass)
        .join(DoorPass.door)
        .where(Door.event_id == event.id, DoorPass.rehearsal.is_(event.rehearsal))
    )
    return query.where(Passage.device_id.in_(of_event))
