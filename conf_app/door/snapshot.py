"""Tell a phone what it must know to hold its door without network."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select, true, type_coerce
from sqlalchemy.orm import Session, contains_eager

from conf_app import codes
from conf_app.codes import KeyRing, Seed
from conf_app.database import UtcDateTime
from conf_app.door import conflicts, queries, rules, sealing, walk_ins
from conf_app.door.models import Device, Door, DoorPass, Passage, PassageKind, Reason
from conf_app.door.sealing import Arrival, Record
from conf_app.programme.models import Event
from conf_app.programme.models import Session as Entry
from conf_app.registration import needs
from conf_app.registration.models import (
    Booking,
    Need,
    OldTicket,
    Registration,
    RegistrationState,
)
from conf_app.registration.rules import bookable_sessions

PACE = 10
"""How many seconds a phone lets pass between two looks at what changed."""

OVERLAP = timedelta(minutes=1)
"""How far back changes are told again: a transaction may commit after a later one was seen."""

CHANGES_AT_MOST = 1_000
"""More changes than these are told as a whole snapshot."""

_UNIX = datetime(1970, 1, 1, tzinfo=UTC)


def snapshot(
    session: Session,
    device: Device,
    *,
    keys: KeyRing,
    now: datetime,
    since: datetime | None = None,
) -> bytes:
    """Return the sealed blob of a phone's event: all of it, or what changed ``since`` a cursor.

    The cursor is a moment by the database's clock, told in the blob's facts; ``now`` is real time.
    Where much changed, all of it is told again.
    """
    event, moment = device.door_pass.door.event, _database_clock(session)
    entries = bookable_sessions(event)
    after = since - OVERLAP if since else None
    if after is not None and _number_changed(session, event, after) > CHANGES_AT_MOST:
        after = None
    records, tombstones = _tickets(session, event, entries, keys, after)
    posts = _posts(session, event)
    facts = _facts(session, device, entries, posts, now=now)
    facts |= {"full": after is None, "cursor": moment.isoformat()}
    arrivals = [*_arrivals(session, device, [each.id for each in posts], after)]
    return sealing.write(facts, records, tombstones, arrivals)


def _facts(
    session: Session, device: Device, entries: list[Entry], posts: list[DoorPass], *, now: datetime
) -> dict[str, Any]:
    door_pass = device.door_pass
    event = door_pass.door.event
    at = event.at(now)
    room = rules.room(device, at)
    return {
        "event": event.slug,
        "zone": event.timezone,
        "rehearsal": event.rehearsal,
        "now": now.isoformat(),
        "shift": (event.clock_shift or timedelta()).total_seconds(),
        "from": door_pass.valid_from.isoformat(),
        "until": door_pass.valid_until.isoformat(),
        "post": door_pass.post,
        "door": door_pass.door.name,
        "trust": event.trust_offline,
        "badge": event.host_name if walk_ins.may_count(device, PassageKind.BADGE) else "",
        "walk_ins": walk_ins.may_count(device, PassageKind.WALK_IN),
        "sessions": [_entry(each) for each in entries],
        "rooms": [each.slug for each in rules.open_sessions(door_pass)],
        "room": room.slug if room and device.session is room else "",
        "is_room": door_pass.is_room,
        "posts": [[each.door.name, each.post] for each in posts],
        "own": _number(door_pass.id, [each.id for each in posts]),
        "tickets": session.scalar(
            select(func.count(Registration.id)).where(
                Registration.event_id == event.id,
                Registration.state == RegistrationState.CONFIRMED,
            )
        ),
        "heads": queries.heads(session, event.id, room.id if room else None),
        "unclear": conflicts.number(session, event),
        "pace": PACE,
    }


def _entry(entry: Entry) -> dict[str, str]:
    return {
        "slug": entry.slug,
        "title": entry.title,
        "starts": entry.starts_at.isoformat(),
        "ends": entry.ends_at.isoformat(),
    }


def _tickets(
    session: Session, event: Event, entries: list[Entry], keys: KeyRing, after: datetime | None
) -> tuple[list[bytes], list[tuple[bytes, Reason]]]:
    """Return the sealed records of who has a seat, and why other tickets open nothing."""
    of_event = select(
        Registration.id,
        Registration.state,
        Registration.name,
        Registration.key_number,
        Registration.ticket_seed,
        Registration.ticket_hash,
    ).where(Registration.event_id == event.id, _changed(Registration, after))
    rows = session.execute(of_event).all()
    only = None if after is None else [row.id for row in rows]
    booked = _bookings(session, entries, only)
    notes = _notes(session, event, only)
    records = [sealing.seal(Record(sealing.DRILL_CODE, "Billet d’essai"), event.slug)]
    tombstones: list[tuple[bytes, Reason]] = []
    for row in rows:
        match row.state:
            case RegistrationState.CONFIRMED:
                code = codes.ticket_code(keys[row.key_number], Seed(row.ticket_seed))
                told = Record(code, row.name, booked[row.id], notes.get(row.id, ()))
                records.append(sealing.seal(told, event.slug))
            case RegistrationState.CANCELLED:
                tombstones.append((_id(row.ticket_hash), Reason.CANCELLED))
            case _:
                tombstones.append((_id(row.ticket_hash), Reason.NO_SEAT))
    old = (
        select(OldTicket.ticket_hash, OldTicket.why)
        .join(Registration, OldTicket.registration_id == Registration.id)
        .where(Registration.event_id == event.id, _changed(Registration, after))
    )
    tombstones += [(_id(each), Reason(why.value)) for each, why in session.execute(old)]
    return records, tombstones


def _bookings(
    session: Session, entries: list[Entry], only: list[int] | None
) -> dict[int, list[int]]:
    numbers = {entry.id: number for number, entry in enumerate(entries)}
    rows = select(Booking.registration_id, Booking.session_id).where(
        Booking.session_id.in_(numbers),
        true() if only is None else Booking.registration_id.in_(only),
    )
    booked: dict[int, list[int]] = defaultdict(list)
    for registration_id, session_id in session.execute(rows.order_by(Booking.session_id)):
        booked[registration_id].append(numbers[session_id])
    return booked


def _notes(session: Session, event: Event, only: list[int] | None) -> dict[int, Sequence[str]]:
    """Return what the door may read of people's needs, of those who agreed."""
    told = (
        select(Need)
        .join(Need.registration)
        .where(
            Registration.event_id == event.id,
            Need.at_door,
            true() if only is None else Need.registration_id.in_(only),
        )
    )
    return {each.registration_id: needs.note(each.registration) for each in session.scalars(told)}


def _posts(session: Session, event: Event) -> list[DoorPass]:
    """Return the event's passes, as an arrival names them by number, 255 at most."""
    made = select(DoorPass).join(DoorPass.door).where(Door.event_id == event.id)
    made = made.options(contains_eager(DoorPass.door))
    return list(session.scalars(made.order_by(DoorPass.id).limit(255)))


def _arrivals(
    session: Session, device: Device, posts: list[int], after: datetime | None
) -> Iterable[Arrival]:
    """Return who came in to what this phone guards; seconds are 0 if nobody did after all."""
    event = device.door_pass.door.event
    rooms: list[Entry | None] = [None]
    if device.door_pass.is_room:
        rooms = [*rules.open_sessions(device.door_pass)]
    entries = [each.id for each in bookable_sessions(event)]
    numbers = {None: 0} | {each: number for number, each in enumerate(entries, 1)}
    for room in rooms:
        room_id = room.id if room else None
        of_room = (
            select(Registration.id, Registration.ticket_hash, Passage.made_at, Device.pass_id)
            .join(Passage, Passage.registration_id == Registration.id)
            .join(Passage.device)
            .where(Registration.event_id == event.id, Passage.session_id == room_id)
        )
        found: dict[bytes, Arrival] = {}
        if after is not None:
            # Of who has another ticket now, the new one is told as having come.
            moved = of_room.where(_changed(Passage, after)).union(
                of_room.where(_changed(Registration, after))
            )
            rows = session.execute(moved).all()
            found = {_id(row.ticket_hash): _nobody(row, numbers[room_id]) for row in rows}
            of_room = of_room.where(Registration.id.in_([row.id for row in rows]))
        # The earliest comes last, and stays.
        standing = of_room.where(queries.WENT_IN).order_by(Passage.made_at.desc())
        for row in session.execute(standing):
            post = _number(row.pass_id, posts)
            seconds = int((row.made_at - _UNIX).total_seconds())
            name = _id(row.ticket_hash)
            found[name] = Arrival(name, numbers[room_id], post, seconds)
        yield from found.values()


def _number(pass_id: int, posts: list[int]) -> int:
    return posts.index(pass_id) if pass_id in posts else 255


def _nobody(row: Any, room: int) -> Arrival:
    return Arrival(_id(row.ticket_hash), room, 0, 0)


def _number_changed(session: Session, event: Event, after: datetime) -> int:
    tickets = select(func.count(Registration.id)).where(
        Registration.event_id == event.id, _changed(Registration, after)
    )
    passages = select(func.count(Passage.id)).where(_changed(Passage, after))
    return session.scalar(select(tickets.scalar_subquery() + passages.scalar_subquery())) or 0


def _changed(
    table: type[Registration] | type[Passage], after: datetime | None
) -> ColumnElement[bool]:
    return true() if after is None else table.changed_at >= after


def _id(ticket_hash: bytes) -> bytes:
    return ticket_hash[: sealing.ID_BYTES]


def _database_clock(session: Session) -> datetime:
    return session.execute(select(type_coerce(func.now(), UtcDateTime()))).scalar_one()
