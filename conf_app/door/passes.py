"""Make phones into scanners: door passes, the devices that opened them, their end.

Here ``now`` is real time; a pass's hours are told by its event's clock.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import LargeBinary, bindparam, func, select, update
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from conf_app import codes
from conf_app.codes import BearerToken
from conf_app.door import rules
from conf_app.door.models import Device, Door, DoorPass
from conf_app.door.rules import Standing
from conf_app.journal import actions as journal
from conf_app.programme import models as programme
from conf_app.programme.models import Event
from conf_app.refusals import NotFound, Refusal
from conf_app.registration.refusals import UnknownSession
from conf_app.registration.rules import bookable_sessions


class PassClosed(Refusal):
    """The pass does not admit now; ``standing`` says why, ``door_pass`` which, if it exists."""

    def __init__(self, standing: Standing, door_pass: DoorPass | None = None) -> None:
        super().__init__(standing.value)
        self.standing = standing
        self.door_pass = door_pass


class Line(NamedTuple):
    """Hold what organisers see of a pass: its standing, its end if it has one, who holds it."""

    door_pass: DoorPass
    standing: Standing
    until: datetime | None
    devices: list[Device]


class HoursReversed(Refusal):
    """A pass must begin before it ends."""


def make(
    session: Session,
    event: Event,
    *,
    post: str,
    door: str,
    now: datetime,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
    devices_at_most: int | None = rules.DEVICES_AT_MOST,
    may_search: bool = False,
    sessions: Sequence[str] = (),
    may_add: bool = False,
    referent: str = "",
    phone: str = "",
    actor: str = journal.COMMAND_LINE,
) -> tuple[BearerToken, DoorPass]:
    """Make a pass of one post at one door, and return its link's token, told this once.

    With ``sessions``, by their slugs, it is a room's: it lets in who booked them, and others too
    with ``may_add``. Raises UnknownSession.

    Hours not given are those of the event's day; all hours are the event's. ``referent`` and
    ``phone`` say whom the post calls. Raises HoursReversed.
    """
    opening, closing = rules.default_hours(event, event.at(now))
    opening, closing = valid_from or opening, valid_until or closing
    if opening >= closing:
        raise HoursReversed("l’accès doit commencer avant de finir.")
    token = codes.new_token()
    door_pass = DoorPass(
        door=_door(session, event, door),
        post=post,
        token_hash=codes.digest(token),
        rehearsal=event.rehearsal,
        valid_from=opening,
        valid_until=closing,
        devices_at_most=devices_at_most,
        may_search=may_search,
        is_room=bool(sessions),
        may_add=may_add,
        sessions=_bookable(event, sessions),
        referent=referent,
        phone=phone,
    )
    session.add(door_pass)
    journal.write(
        session,
        actor=actor,
        act="door.pass",
        subject=f"{event.slug} {post}",
        now=now,
    )
    return token, door_pass


def demo_pass(
    session: Session,
    event: Event,
    *,
    post: str = "Poste de démonstration",
    door: str = "Entrée principale",
    now: datetime,
) -> BearerToken:
    """Make a pass that holds as long as the demo may run; it revokes the demo's last one."""
    revoke(session, event, post, now=now)
    token, _ = make(
        session,
        event,
        post=post,
        door=door,
        now=now,
        valid_from=datetime.min.replace(year=1970, tzinfo=now.tzinfo),
        valid_until=datetime.max.replace(year=9000, tzinfo=now.tzinfo),
        devices_at_most=None,
    )
    return token


def revoke(session: Session, event: Event, post: str, *, now: datetime) -> int:
    """Stop all passes of a post at once, and return how many there were."""
    doors = select(Door.id).where(Door.event_id == event.id)
    revoked = session.scalars(
        update(DoorPass)
        .where(DoorPass.door_id.in_(doors), DoorPass.post == post, DoorPass.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(DoorPass.id)
        .execution_options(synchronize_session=False)
    ).all()
    if revoked:
        journal.write(
            session,
            actor=journal.COMMAND_LINE,
            act="door.revoke",
            subject=f"{event.slug} {post}",
            count=len(revoked),
            now=now,
        )
    return len(revoked)


def close(session: Session, door_pass: DoorPass, *, actor: str, now: datetime) -> None:
    """Stop one pass at once; again, it changes nothing."""
    if door_pass.revoked_at is not None:
        return
    door_pass.revoked_at = now
    subject = f"{door_pass.door.event.slug} {door_pass.post}"
    journal.write(session, actor=actor, act="door.revoke", subject=subject, count=1, now=now)


def take_off(session: Session, device: Device, *, actor: str, now: datetime) -> None:
    """Make one phone no post any more; again, it changes nothing."""
    if device.left_at is not None:
        return
    _end(device, now)
    subject = f"{device.door_pass.door.event.slug} {device.door_pass.post}"
    journal.write(session, actor=actor, act="door.device", subject=subject, count=1, now=now)


def opened_by(
    session: Session, token: str, *, now: datetime, lock: bool = False, late: bool = False
) -> DoorPass:
    """Return the pass a link opens; raise PassClosed.

    ``lock`` lets one phone in at a time; with ``late`` what is over opens until all may be told.
    """
    try:
        token_hash = codes.digest(token)
    except codes.NotACode:
        raise PassClosed(Standing.UNKNOWN) from None
    found = (
        select(DoorPass)
        .where(DoorPass.token_hash == token_hash)
        .options(joinedload(DoorPass.door).joinedload(Door.event))
    )
    door_pass = session.scalar(found.with_for_update(of=DoorPass) if lock else found)
    if door_pass is None:
        raise PassClosed(Standing.UNKNOWN)
    at = door_pass.door.event.at(now)
    over = rules.standing(door_pass, door_pass.door.event, at) is Standing.OVER
    if late and over and rules.may_still_tell(door_pass, at):
        return door_pass
    return _valid(door_pass, now)


def join(
    session: Session, token: str, *, held: BearerToken | None = None, now: datetime
) -> BearerToken:
    """Make a device of a pass, and return its token; raise PassClosed.

    ``held`` is the token the phone has: of this pass, it stays what it is; of another, it ends.
    For a day after its end a pass still makes devices, which can but tell what they did before.
    """
    door_pass = opened_by(session, token, now=now, lock=True, late=True)
    if held is not None and (device := _device(session, held)) is not None:
        if device.pass_id == door_pass.id:
            return held
        _end(device, now)
    most = door_pass.devices_at_most
    if most is not None and _number_of_devices(session, door_pass) >= most:
        raise PassClosed(Standing.FULL, door_pass)
    secret = codes.new_token()
    session.add(Device(door_pass=door_pass, token_hash=codes.digest(secret), created_at=now))
    return secret


def device_of(session: Session, token: BearerToken | None, *, now: datetime) -> Device | None:
    """Return the device that holds a token.

    None means somebody who never opened a pass; PassClosed, somebody whose pass does not admit.
    """
    if token is None:
        return None
    device = _device(session, token)
    if device is not None:
        _valid(device.door_pass, now)
    return device


def heard(session: Session, device_id: int, *, now: datetime) -> None:
    """Note when a phone was last heard of."""
    session.execute(update(Device).where(Device.id == device_id).values(heard_at=now))


def silent_since(door_pass: DoorPass, *, now: datetime) -> datetime | None:
    """Return since when one of the phones that hold a pass is not heard of, if one is not."""
    last = [each.heard_at for each in door_pass.devices if not each.left_at and each.heard_at]
    silent = [each for each in last if now - each >= rules.SILENCE]
    return max(silent, default=None)


def sender_of(session: Session, token: BearerToken | None) -> Device | None:
    """Return the device that holds a token, whatever became of it and of its pass."""
    return None if token is None else _device(session, token, ended=True)


def set_to(session: Session, device: Device, slug: str) -> None:
    """Set a phone at a room's door to one of its sessions; raise UnknownSession."""
    for each in rules.open_sessions(device.door_pass):
        if each.slug == slug:
            device.session = each
            return
    raise UnknownSession


def leave(session: Session, token: BearerToken, *, now: datetime) -> None:
    """Give a phone back: its token opens nothing any more, its passages stay."""
    if (device := _device(session, token)) is not None:
        _end(device, now)


def of_event(session: Session, event: Event, *, now: datetime) -> list[Line]:
    """Return the passes of an event as it now is, real or in rehearsal, by door and post.

    ``now`` is by the event's clock.
    """
    made = session.scalars(
        select(DoorPass)
        .join(DoorPass.door)
        .where(
            Door.event_id == event.id,
            DoorPass.rehearsal.is_(event.rehearsal),
            DoorPass.copy_number.is_(None),
        )
        .options(
            contains_eager(DoorPass.door).joinedload(Door.event), selectinload(DoorPass.devices)
        )
        .order_by(Door.name, DoorPass.post, DoorPass.id)
    )
    return [line(each, now=now) for each in made]


def line(door_pass: DoorPass, *, now: datetime) -> Line:
    """Return what is told of a pass at ``now``, by its event's clock."""
    return Line(
        door_pass,
        rules.standing(door_pass, door_pass.door.event, now),
        rules.end_told(door_pass),
        [device for device in door_pass.devices if device.left_at is None],
    )


def one_of(session: Session, event: Event, pass_id: int) -> DoorPass:
    """Return a pass of an event with its phones; raise NotFound."""
    door_pass = session.scalar(
        select(DoorPass)
        .join(DoorPass.door)
        .where(
            DoorPass.id == pass_id,
            Door.event_id == event.id,
            DoorPass.copy_number.is_(None),
        )
        .options(
            contains_eager(DoorPass.door).joinedload(Door.event), selectinload(DoorPass.devices)
        )
    )
    if door_pass is None:
        raise NotFound
    return door_pass


def device_in(door_pass: DoorPass, device_id: int) -> Device:
    """Return a phone of a pass; raise NotFound."""
    for device in door_pass.devices:
        if device.id == device_id:
            return device
    raise NotFound


def is_of(door_pass: DoorPass, token: str) -> bool:
    """Say whether a token is that of a pass's link."""
    try:
        return codes.digest(token) == door_pass.token_hash
    except codes.NotACode:
        return False


def door_names(session: Session, event: Event) -> list[str]:
    """Return the names of an event's doors."""
    return list(
        session.scalars(select(Door.name).where(Door.event_id == event.id).order_by(Door.name))
    )


# Built once: at the door, building a query takes as long as asking it.
_HOLDER = (
    select(Device)
    .where(Device.token_hash == bindparam("token_hash", type_=LargeBinary))
    .options(joinedload(Device.door_pass).joinedload(DoorPass.door).joinedload(Door.event))
)
_PRESENT_HOLDER = _HOLDER.where(Device.left_at.is_(None))


def _device(session: Session, token: BearerToken, *, ended: bool = False) -> Device | None:
    query = _HOLDER if ended else _PRESENT_HOLDER
    return session.scalar(query, {"token_hash": codes.digest(token)})


def _number_of_devices(session: Session, door_pass: DoorPass) -> int:
    held = select(func.count(Device.id)).where(
        Device.pass_id == door_pass.id, Device.left_at.is_(None)
    )
    return session.scalar(held) or 0


def _end(device: Device, now: datetime) -> None:
    device.left_at = now


def _valid(door_pass: DoorPass, now: datetime) -> DoorPass:
    event = door_pass.door.event
    standing = rules.standing(door_pass, event, event.at(now))
    if standing is not Standing.VALID:
        raise PassClosed(standing, door_pass)
    return door_pass


def _bookable(event: Event, slugs: Sequence[str]) -> list[programme.Session]:
    found = [each for each in bookable_sessions(event) if each.slug in slugs]
    if len(found) != len(set(slugs)):
        raise UnknownSession
    return found


def _door(session: Session, event: Event, name: str) -> Door:
    door = session.scalar(select(Door).where(Door.event_id == event.id, Door.name == name))
    if door is None:
        door = Door(event=event, name=name)
        session.add(door)
    return door
