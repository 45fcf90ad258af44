"""Make phones into scanners: door passes, the devices that opened them, their end.

Here ``now`` is real time; a pass's hours are told by its event's clock.
"""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from conf_app import codes
from conf_app.codes import BearerToken
from conf_app.door import rules
from conf_app.door.models import Device, Door, DoorPass
from conf_app.door.rules import Standing
from conf_app.journal import actions as journal
from conf_app.programme.models import Event
from conf_app.refusals import Refusal


class PassClosed(Refusal):
    """The pass does not admit now; ``standing`` says why, ``door_pass`` which, if it exists."""

    def __init__(self, standing: Standing, door_pass: DoorPass | None = None) -> None:
        super().__init__(standing.value)
        self.standing = standing
        self.door_pass = door_pass


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
) -> tuple[BearerToken, DoorPass]:
    """Make a pass of one post at one door, and return its link's token, told this once.

    Hours not given are those of the event's day; all hours are the event's.
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
    )
    session.add(door_pass)
    journal.write(
        session,
        actor=journal.COMMAND_LINE,
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


def opened_by(session: Session, token: str, *, now: datetime) -> DoorPass:
    """Return the pass a link opens; raise PassClosed."""
    try:
        token_hash = codes.digest(token)
    except codes.NotACode:
        raise PassClosed(Standing.UNKNOWN) from None
    door_pass = session.scalar(
        select(DoorPass)
        .where(DoorPass.token_hash == token_hash)
        .options(joinedload(DoorPass.door).joinedload(Door.event))
    )
    if door_pass is None:
        raise PassClosed(Standing.UNKNOWN)
    return _valid(door_pass, now)


def join(session: Session, token: str, *, now: datetime) -> BearerToken:
    """Make a device of a pass, and return its token; raise PassClosed."""
    door_pass = opened_by(session, token, now=now)
    secret = codes.new_token()
    session.add(Device(door_pass=door_pass, token_hash=codes.digest(secret), created_at=now))
    return secret


def device_of(session: Session, token: BearerToken | None, *, now: datetime) -> Device | None:
    """Return the device that holds a token.

    None means somebody who never opened a pass; PassClosed, somebody whose pass does not admit.
    """
    if token is None:
        return None
    device = session.scalar(
        select(Device)
        .where(Device.token_hash == codes.digest(token))
        .options(joinedload(Device.door_pass).joinedload(DoorPass.door).joinedload(Door.event))
    )
    if device is not None:
        _valid(device.door_pass, now)
    return device


def leave(session: Session, token: BearerToken) -> None:
    """Make a device's token unusable; its passages stay."""
    session.execute(
        update(Device)
        .where(Device.token_hash == codes.digest(token))
        .values(token_hash=codes.digest(codes.new_token()))
    )


def _valid(door_pass: DoorPass, now: datetime) -> DoorPass:
    event = door_pass.door.event
    standing = rules.standing(door_pass, event, event.at(now))
    if standing is not Standing.VALID:
        raise PassClosed(standing, door_pass)
    return door_pass


def _door(session: Session, event: Event, name: str) -> Door:
    door = session.scalar(select(Door).where(Door.event_id == event.id, Door.name == name))
    if door is None:
        door = Door(event=event, name=name)
        session.add(door)
    return door
