"""Hold the doors, the passes of those who stand there, and who went through."""

import enum
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from conf_app.database import Base
from conf_app.programme.models import Event, Session
from conf_app.registration.models import Registration


class Verdict(enum.Enum):
    """What was answered to a ticket."""

    ADMITTED = "admitted"
    ALREADY_IN = "already_in"
    REFUSED = "refused"


class Reason(enum.Enum):
    """Why a ticket was refused."""

    UNKNOWN = "unknown"
    OTHER_EVENT = "other_event"
    CANCELLED = "cancelled"
    PASSED_ON = "passed_on"  # the place is somebody else's now, who has another ticket
    REVOKED = "revoked"  # the person has another ticket instead
    NO_SEAT = "no_seat"  # on the waiting list, or an offer not yet accepted
    NOT_THIS_SESSION = "not_this_session"  # at a room's door, without a seat in its session
    OTHER_DAY = "other_day"  # of another event, on another day
    REHEARSAL = "rehearsal"  # of trial, at the real event
    PASS_REVOKED = "pass_revoked"  # told by a phone whose pass was stopped
    PASS_OVER = "pass_over"  # made outside the pass's hours, or told too late


class Answer(enum.Enum):
    """What a phone answered by itself, without network."""

    ADMITTED = "admitted"
    ALREADY_IN = "already_in"
    REFUSED = "refused"
    TRUSTED = "trusted"  # unknown to the phone, let in all the same
    TO_DESK = "to_desk"  # unknown to the phone, sent to the desk


class PassageKind(enum.Enum):
    """How somebody came in: by a ticket, or counted without one."""

    TICKET = "ticket"
    BADGE = "badge"  # of the host's event, whose badge opens the door too
    WALK_IN = "walk_in"


class UndoReason(enum.Enum):
    """Why a passage was undone."""

    NOT_IN = "not_in"  # they did not go in after all
    MISTAKE = "mistake"  # another ticket was meant, or one tap too many


class Settlement(enum.Enum):
    """How a conflict was settled."""

    SAME_PERSON = "same_person"
    TWO_PEOPLE = "two_people"
    TURNED_BACK = "turned_back"
    NOTED = "noted"


class Door(Base):
    """Hold one place where people are let in."""

    __tablename__ = "door"
    __table_args__ = (UniqueConstraint("event_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    name: Mapped[str] = mapped_column(String(60))

    event: Mapped[Event] = relationship()


door_pass_session = Table(
    "door_pass_session",
    Base.metadata,
    Column("pass_id", ForeignKey("door_pass.id", ondelete="CASCADE"), primary_key=True),
    Column("session_id", ForeignKey("session.id", ondelete="CASCADE"), primary_key=True),
)
"""Which sessions the posts of a room let people in to."""


class DoorPass(Base):
    """Hold a link that makes a phone a scanner, at one door, for some hours of the event's clock.

    ``is_room`` says that it lets people in to ``sessions`` alone, not to the event. ``may_add``
    lets it register people on the spot or, in a room, let in who did not book. ``rehearsal`` says
    which tickets it may admit: those of trial, or the real ones. At most ``devices_at_most`` phones
    hold it at once, any number if None. ``may_search`` lets it look for a name. ``referent`` and
    ``phone`` say whom the post calls. ``copy_number`` is that of a paper list, 0 for what the team
    does by hand, None for phones.
    """

    __tablename__ = "door_pass"

    id: Mapped[int] = mapped_column(primary_key=True)
    door_id: Mapped[int] = mapped_column(ForeignKey("door.id"), index=True)
    post: Mapped[str] = mapped_column(String(60))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    rehearsal: Mapped[bool]
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    devices_at_most: Mapped[int | None]
    may_search: Mapped[bool] = mapped_column(default=False)
    is_room: Mapped[bool] = mapped_column(default=False)
    may_add: Mapped[bool] = mapped_column(default=False)
    referent: Mapped[str] = mapped_column(String(60), default="")
    phone: Mapped[str] = mapped_column(String(30), default="")
    copy_number: Mapped[int | None]

    door: Mapped[Door] = relationship()
    sessions: Mapped[list[Session]] = relationship(
        secondary=door_pass_session, order_by=(Session.starts_at, Session.id)
    )
    devices: Mapped[list["Device"]] = relationship(
        back_populates="door_pass", order_by="Device.created_at"
    )


class Device(Base):
    """Hold one phone that opened a door pass, until it is given back or taken off.

    ``session`` is the one it was set to, at a room's door. ``heard_at`` is when it last asked what
    is new, to the minute.
    """

    __tablename__ = "device"

    id: Mapped[int] = mapped_column(primary_key=True)
    pass_id: Mapped[int] = mapped_column(ForeignKey("door_pass.id"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    created_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
    heard_at: Mapped[datetime | None]
    session_id: Mapped[int | None] = mapped_column(ForeignKey("session.id", ondelete="SET NULL"))

    door_pass: Mapped[DoorPass] = relationship(back_populates="devices")
    session: Mapped[Session | None] = relationship()


_IN = "verdict = 'admitted' AND undone_at IS NULL"


class Passage(Base):
    """Hold one scan and its verdict; made on a device, never edited, at most undone.

    Of who came in without a ticket there is no registration; ``beyond`` says that no seat was left,
    ``was_held`` that the one they took was held back; ``left_for_it`` holds the ids of the sessions
    whose seats were given back for one given at a room's door, None if none was.
    ``made_at`` is told by the event's clock, ``received_at`` in real time. ``session_id`` is that
    of a room's session, None for the event itself. ``shown`` is what the phone answered by itself,
    None if the server was asked; where the two disagree on who may be inside, the passage is a
    conflict until ``settled_at``. ``changed_at`` is told by the database's clock.

    The database lets one registration be admitted once to the event, and once to each session
    (partial unique indexes).
    """

    __tablename__ = "passage"
    __table_args__ = (
        Index(
            "uq_passage_admitted_once",
            "registration_id",
            unique=True,
            sqlite_where=text(f"{_IN} AND session_id IS NULL"),
            postgresql_where=text(f"{_IN} AND session_id IS NULL"),
        ),
        Index(
            "uq_passage_admitted_once_a_session",
            "session_id",
            "registration_id",
            unique=True,
            sqlite_where=text(_IN),
            postgresql_where=text(_IN),
        ),
        Index("ix_passage_registration", "registration_id", "made_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    registration_id: Mapped[int | None] = mapped_column(
        ForeignKey("registration.id", ondelete="SET NULL")
    )
    session_id: Mapped[int | None] = mapped_column(ForeignKey("session.id", ondelete="CASCADE"))
    device_id: Mapped[int] = mapped_column(ForeignKey("device.id"), index=True)
    verdict: Mapped[Verdict]
    reason: Mapped[Reason | None]
    made_at: Mapped[datetime]
    received_at: Mapped[datetime]
    kind: Mapped[PassageKind] = mapped_column(default=PassageKind.TICKET)
    beyond: Mapped[bool] = mapped_column(default=False)
    was_held: Mapped[bool] = mapped_column(default=False)
    left_for_it: Mapped[list[int] | None] = mapped_column(JSON(none_as_null=True))
    undone_at: Mapped[datetime | None]
    undone_why: Mapped[UndoReason | None]
    shown: Mapped[Answer | None]
    changed_at: Mapped[datetime] = mapped_column(
        server_default=func.now(), onupdate=func.now(), index=True
    )
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str] = mapped_column(String(60), default="")
    settled_how: Mapped[Settlement | None]

    registration: Mapped[Registration | None] = relationship()
    device: Mapped[Device] = relationship()
