"""Show what doors answered against each other, and who settled it how."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload

from conf_app.door import queries
from conf_app.door.models import (
    Device,
    DoorPass,
    Passage,
    Settlement,
    Verdict,
)
from conf_app.journal import actions as journal
from conf_app.programme.models import Event
from conf_app.refusals import NotFound

_CONFLICT = and_(Passage.undone_at.is_(None), queries.LET_IN, Passage.verdict != Verdict.ADMITTED)


class Conflict(NamedTuple):
    """Hold a passage against which the database speaks, and the others of the same ticket."""

    passage: Passage
    others: list[Passage]


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
            or_(Passage.verdict != Verdict.REFUSED, queries.LET_IN),
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
    open_ones = select(func.count(Passage.id)).where(
        queries.made_at(event.id), _CONFLICT, Passage.settled_at.is_(None)
    )
    return session.scalar(open_ones) or 0


def settle(
    session: Session,
    event: Event,
    passage_id: int,
    how: Settlement,
    *,
    by: str,
    now: datetime,
) -> None:
    """Note who settled a conflict, and how; once settled it stays so. Raises NotFound."""
    passage = session.scalar(_passages(event).where(_CONFLICT, Passage.id == passage_id))
    if passage is None:
        raise NotFound
    if passage.settled_at is not None:
        return
    passage.settled_at, passage.settled_by, passage.settled_how = event.at(now), by[:60], how
    journal.write(
        session, actor=by, act="door.settle", subject=f"{event.slug} {how.value}", now=now
    )


def _passages(event: Event) -> Select[Passage]:
    return (
        select(Passage)
        .where(queries.made_at(event.id))
        .options(
            joinedload(Passage.registration),
            joinedload(Passage.device).joinedload(Device.door_pass).joinedload(DoorPass.door),
        )
    )
