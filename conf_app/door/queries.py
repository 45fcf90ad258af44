"""Find tickets and those who came in."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    LargeBinary,
    Select,
    and_,
    bindparam,
    exists,
    func,
    not_,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import Session, aliased, joinedload

from conf_app import codes
from conf_app.codes import Reference, TicketCode
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
from conf_app.refusals import NotFound
from conf_app.registration.models import (
    Booking,
    OldBecause,
    OldTicket,
    Registration,
    RegistrationState,
)
from conf_app.registration.names import name_key

LET_IN = Passage.shown.in_((Answer.ADMITTED, Answer.TRUSTED))
"""Whether a phone without network let somebody in by itself."""


def _went_in(passage: Any) -> ColumnElement[bool]:
    """Say it of the model, or of the columns of a table."""
    let_in = passage.shown.in_((Answer.ADMITTED, Answer.TRUSTED))
    return and_(
        passage.undone_at.is_(None),
        or_(
            passage.verdict == Verdict.ADMITTED,
            and_(passage.verdict == Verdict.ALREADY_IN, let_in),
        ),
    )


WENT_IN = _went_in(Passage)
"""Whether somebody went in by a passage, be it that another phone without network did the same."""

_other = aliased(Passage)
_ENTERED_BEFORE = exists().where(
    _other.registration_id == Passage.registration_id,
    _other.session_id.is_not_distinct_from(Passage.session_id),
    _other.undone_at.is_(None),
    or_(
        _other.verdict == Verdict.ADMITTED,
        and_(
            _other.shown.in_((Answer.ADMITTED, Answer.TRUSTED)),
            tuple_(_other.made_at, _other.id) < tuple_(Passage.made_at, Passage.id),
        ),
    ),
)
# The last: at a room whose sessions are all gone, where they went in to nothing that is left.
_COUNTS_FOR_NOTHING = or_(
    Passage.reason.is_not_distinct_from(Reason.PASS_REVOKED),
    Passage.reason.is_not_distinct_from(Reason.PASS_OVER),
    and_(
        Passage.reason.is_not_distinct_from(Reason.NOT_THIS_SESSION), Passage.session_id.is_(None)
    ),
)

IS_HEAD = and_(
    Passage.undone_at.is_(None),
    Passage.settled_how.is_distinct_from(Settlement.TURNED_BACK),
    or_(
        Passage.verdict == Verdict.ADMITTED,
        Passage.settled_how == Settlement.TWO_PEOPLE,
        and_(LET_IN, not_(_COUNTS_FOR_NOTHING), not_(_ENTERED_BEFORE)),
    ),
)
"""Whether one more person is inside by a passage, the database's verdict be what it may."""


class Sighting(NamedTuple):
    """Hold when a ticket passed, at which door and post."""

    at: datetime
    door: str
    post: str


class Shown(NamedTuple):
    """Hold whose ticket was shown, if anybody's; ``old`` says why it is one of before."""

    registration: Registration | None
    old: OldBecause | None = None


def by_code(session: Session, code: TicketCode, *, lock: bool = False) -> Shown:
    """Return whose ticket this is; ``lock`` keeps its state meanwhile."""
    digest = codes.digest(code)
    return _by_hash(session, digest, digest, lock)


def by_id(session: Session, ticket: bytes, *, lock: bool = False) -> Shown:
    """Return whose ticket has this id, the first half of its code's hash."""
    return _by_hash(session, ticket + bytes(16), ticket + b"\xff" * 16, lock)


def by_reference(
    session: Session, reference: Reference, *, event_id: int, lock: bool = False
) -> Shown:
    """Return whom a reference names at one event, or named before another ticket was made."""
    named = _TICKET.where(Registration.reference == reference, Registration.event_id == event_id)
    if lock:
        named = named.with_for_update(read=True, of=Registration)
    if (found := _one(session, named)) is not None:
        return Shown(found)
    before = (
        _TICKET.join(OldTicket)
        .add_columns(OldTicket.why)
        .where(OldTicket.reference == reference, Registration.event_id == event_id)
    )
    old = session.execute(before).unique().first()
    return Shown(*old) if old else Shown(None)


def passage_of(session: Session, uuid: UUID, door_pass: DoorPass) -> Passage:
    """Return a passage made with a pass; raise NotFound."""
    found = session.scalar(
        select(Passage)
        .join(Passage.device)
        .where(Passage.uuid == uuid, Device.pass_id == door_pass.id)
    )
    if found is None:
        raise NotFound
    return found


def by_name(session: Session, text: str, *, event_id: int, most: int) -> list[Registration]:
    """Return the people with a seat whose name holds each word of a text, ``most`` of them."""
    holds = [
        Registration.name_key.contains(word, autoescape=True) for word in name_key(text).split()
    ]
    return list(
        session.scalars(
            select(Registration)
            .where(
                Registration.event_id == event_id,
                Registration.state == RegistrationState.CONFIRMED,
                *holds,
            )
            .order_by(Registration.name, Registration.id)
            .limit(most)
        )
    )


def made_at(event_id: int) -> ColumnElement[bool]:
    """Return whether a passage was made at a door of an event."""
    phones = (
        select(Device.id)
        .join(Device.door_pass)
        .join(DoorPass.door)
        .where(Door.event_id == event_id)
    )
    return Passage.device_id.in_(phones)


def heads(session: Session, event_id: int, room: int | None = None) -> int:
    """Return how many people came in to an event, or to a room's session, by its id."""
    came = select(func.count(Passage.id)).where(
        IS_HEAD,
        made_at(event_id),
        Passage.session_id == room,
    )
    return session.scalar(came) or 0


def heads_by_session(session: Session, event_id: int) -> dict[int | None, int]:
    """Return how many people came in to each session, by its id; None stands for the event."""
    came = (
        select(Passage.session_id, func.count(Passage.id))
        .where(IS_HEAD, made_at(event_id))
        .group_by(Passage.session_id)
    )
    return {row[0]: row[1] for row in session.execute(came)}


# Built once, and of the tables: at the door, building a query takes as long as asking it, and the
# ORM builds and reads over each at every scan.
_TABLES = Passage.metadata.tables
_PASSAGE, _DEVICE, _PASS, _DOOR = (
    _TABLES[each.__tablename__] for each in (Passage, Device, DoorPass, Door)
)
_ARRIVALS = (
    select(_PASSAGE.c.registration_id, _PASSAGE.c.made_at, _DOOR.c.name, _PASS.c.post)
    .join(_DEVICE, _DEVICE.c.id == _PASSAGE.c.device_id)
    .join(_PASS, _PASS.c.id == _DEVICE.c.pass_id)
    .join(_DOOR, _DOOR.c.id == _PASS.c.door_id)
    .where(
        _PASSAGE.c.registration_id.in_(bindparam("ids", expanding=True)),
        _went_in(_PASSAGE.c),
        # Equal, or both NULL.
        _PASSAGE.c.session_id.is_not_distinct_from(bindparam("room", type_=Integer)),
    )
    # The earliest comes last and stays, in whatever order phones without network told theirs.
    .order_by(_PASSAGE.c.made_at.desc())
)


def arrivals(
    session: Session, registration_ids: Iterable[int], room: int | None = None
) -> dict[int, Sighting]:
    """Return when and where each of these registrations was admitted, of those that were.

    To the event, or to a room's session, by its id.
    """
    rows = session.execute(_ARRIVALS, {"ids": list(registration_ids), "room": room})
    return {row[0]: Sighting(*row[1:]) for row in rows if row[0] is not None}


_TICKET = select(Registration).options(
    joinedload(Registration.bookings).joinedload(Booking.session),
    joinedload(Registration.need),
)


_IN_HASHES = bindparam("first", type_=LargeBinary), bindparam("last", type_=LargeBinary)
# Shared: doors do not wait for each other, but a cancellation waits for them.
_CURRENT = _TICKET.where(Registration.ticket_hash.between(*_IN_HASHES))
_CURRENT_LOCKED = _CURRENT.with_for_update(read=True, of=Registration)
_OLD = (
    _TICKET.join(OldTicket)
    .add_columns(OldTicket.why)
    .where(OldTicket.ticket_hash.between(*_IN_HASHES))
)


def _by_hash(session: Session, first: bytes, last: bytes, lock: bool) -> Shown:
    hashes = {"first": first, "last": last}
    found = _one(session, _CURRENT_LOCKED if lock else _CURRENT, hashes)
    if found is not None:
        return Shown(found)
    old = session.execute(_OLD, hashes).unique().first()
    return Shown(*old) if old else Shown(None)


def _one(
    session: Session, query: Select[Registration], values: dict[str, bytes] | None = None
) -> Registration | None:
    return session.scalars(query, values).unique().first()
