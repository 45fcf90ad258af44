"""Hold the registrations: one row a person at an event."""

import enum
from datetime import date, datetime

from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    event,
    false,
    func,
    inspect,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates
from sqlalchemy.orm import Session as DatabaseSession

from conf_app.database import Base
from conf_app.programme.models import Event, Session
from conf_app.registration.names import name_key


class RegistrationState(enum.Enum):
    """Whether a person has a seat."""

    CONFIRMED = "confirmed"
    WAITING = "waiting"
    OFFERED = "offered"
    CANCELLED = "cancelled"


class Party(Base):
    """Hold people who registered together, most often one: one secret link, one address.

    The manage token is drawn from ``manage_seed`` with the key of number ``key_number``; only its
    SHA-256 is stored (``manage_hash``). ``registrations`` holds those who cancelled too; it is
    empty once each ticket was passed on. ``purge_on`` is the day, in the event's time zone, on
    which these people were promised that their data goes. ``reminders`` says whether they take
    letters that only remind them of the event.
    """

    __tablename__ = "party"
    __table_args__ = (Index("ix_party_email", "event_id", "email"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    email: Mapped[str | None] = mapped_column(String(254))
    key_number: Mapped[int]
    manage_seed: Mapped[bytes] = mapped_column(LargeBinary(16))
    manage_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    consent_version: Mapped[str] = mapped_column(String(20))
    consented_at: Mapped[datetime | None]
    purge_on: Mapped[date]
    reminders: Mapped[bool] = mapped_column(default=True)

    event: Mapped[Event] = relationship()
    registrations: Mapped[list["Registration"]] = relationship(
        back_populates="party", order_by="Registration.number"
    )
    waits: Mapped[list["Wait"]] = relationship(back_populates="party", order_by="Wait.id")
    presence: Mapped["Presence | None"] = relationship(back_populates="party")


class Registration(Base):
    """Hold one person's registration at one event; ``number`` is theirs in the party, from 1.

    The ticket code is drawn from ``ticket_seed`` with the key of number ``key_number``; only its
    SHA-256 is stored (``ticket_hash``). ``name_key`` follows the name, to find it and its doubles
    by index. ``released`` says that the seat was given back because nobody answered.
    ``changed_at`` follows every change of what a door may read, by the database's clock.
    """

    __tablename__ = "registration"
    __table_args__ = (
        UniqueConstraint("party_id", "number"),
        Index("ix_registration_event_state", "event_id", "state"),
        Index("ix_registration_event", "event_id", "id"),
        Index("ix_registration_name_key", "event_id", "name_key", "state"),
        Index("ix_registration_changed", "event_id", "changed_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    party_id: Mapped[int] = mapped_column(ForeignKey("party.id"))
    number: Mapped[int]
    state: Mapped[RegistrationState]
    name: Mapped[str] = mapped_column(String(80))
    name_key: Mapped[str] = mapped_column(String(160))
    reference: Mapped[str] = mapped_column(String(7), unique=True)
    key_number: Mapped[int]
    ticket_seed: Mapped[bytes] = mapped_column(LargeBinary(16))
    ticket_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    created_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]
    released: Mapped[bool] = mapped_column(default=False, server_default=false())
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())

    event: Mapped[Event] = relationship()
    party: Mapped[Party] = relationship(back_populates="registrations")
    bookings: Mapped[list["Booking"]] = relationship(
        cascade="all, delete-orphan", back_populates="registration", order_by="Booking.session_id"
    )

    need: Mapped["Need | None"] = relationship(
        cascade="all, delete-orphan", back_populates="registration", single_parent=True
    )

    @validates("name")
    def _follow(self, _attribute: str, name: str) -> str:
        self.name_key = name_key(name)
        return name


class Need(Base):
    """Hold what a person needs to come: ``kinds`` by name, own words, whether the door may see it.

    Kept apart from the registration: it is erased on a day of its own, ``erase_on`` at the latest,
    in the event's time zone, which is the one the person agreed to at ``told_at`` by a text of its
    own.
    """

    __tablename__ = "need"

    registration_id: Mapped[int] = mapped_column(
        ForeignKey("registration.id", ondelete="CASCADE"), primary_key=True
    )
    kinds: Mapped[list[str]] = mapped_column(JSON)
    text: Mapped[str] = mapped_column(String(500))
    at_door: Mapped[bool]
    told_at: Mapped[datetime]
    erase_on: Mapped[date]
    consent_version: Mapped[str] = mapped_column(String(20))

    registration: Mapped[Registration] = relationship(back_populates="need")


class WaitState(enum.Enum):
    """How far somebody got in a queue."""

    WAITING = "waiting"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    LAPSED = "lapsed"
    LEFT = "left"


wait_people = Table(
    "wait_people",
    Base.metadata,
    Column("wait_id", ForeignKey("wait.id", ondelete="CASCADE"), primary_key=True),
    Column(
        "registration_id",
        ForeignKey("registration.id", ondelete="CASCADE"),
        primary_key=True,
        index=True,
    ),
)
"""Who waits together."""


class Wait(Base):
    """Hold a place in the queue for seats: of the day, or of a ``session``.

    ``people`` get a seat each, all at once, or wait on. The order of the queue is that of ``id``.
    ``deadline`` is until when an offer holds; it is set once the offer was told.
    """

    __tablename__ = "wait"
    __table_args__ = (Index("ix_wait_queue", "event_id", "state", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    party_id: Mapped[int] = mapped_column(ForeignKey("party.id", ondelete="CASCADE"), index=True)
    session_id: Mapped[int | None] = mapped_column(
        ForeignKey("session.id", ondelete="CASCADE"), index=True
    )
    pool_id: Mapped[int] = mapped_column(ForeignKey("seat_pool.id", ondelete="CASCADE"), index=True)
    state: Mapped[WaitState]
    joined_at: Mapped[datetime]
    offered_at: Mapped[datetime | None]
    deadline: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    event: Mapped[Event] = relationship()
    party: Mapped[Party] = relationship(back_populates="waits")
    session: Mapped[Session | None] = relationship()
    people: Mapped[list[Registration]] = relationship(
        secondary=wait_people, order_by="Registration.number", lazy="selectin"
    )

    @property
    def starts_at(self) -> datetime:
        """When what is waited for begins."""
        return self.event.starts_at if self.session is None else self.session.starts_at


OPEN_WAIT = Wait.state.in_((WaitState.WAITING, WaitState.OFFERED))
"""Whether somebody still waits, or has an offer to answer."""


class Presence(Base):
    """Remember that a party was asked whether it comes, and that it said so.

    ``told_at`` is when a mail server took the letter. Silence after ``answer_by`` gives the seats
    back; without it, silence costs nothing.
    """

    __tablename__ = "presence"

    party_id: Mapped[int] = mapped_column(
        ForeignKey("party.id", ondelete="CASCADE"), primary_key=True
    )
    asked_at: Mapped[datetime]
    told_at: Mapped[datetime | None]
    answer_by: Mapped[datetime | None] = mapped_column(index=True)
    answered_at: Mapped[datetime | None]

    party: Mapped[Party] = relationship(back_populates="presence")


class Reminder(enum.Enum):
    """What a letter before an event is for."""

    PRESENCE = "presence"
    EVE = "eve"


class ReminderRound(Base):
    """Remember that the letters of a kind went out for an event that starts then, in real time."""

    __tablename__ = "reminder_round"

    event_id: Mapped[int] = mapped_column(
        ForeignKey("event.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[Reminder] = mapped_column(primary_key=True)
    starts_at: Mapped[datetime]


class OldBecause(enum.Enum):
    """Why a ticket opens no door any more."""

    PASSED_ON = "passed_on"  # the place is somebody else's now
    REVOKED = "revoked"  # another ticket was made for the same person


class OldTicket(Base):
    """Remember a ticket that was replaced: it opens no door any more, and says why."""

    __tablename__ = "old_ticket"

    ticket_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    registration_id: Mapped[int] = mapped_column(
        ForeignKey("registration.id", ondelete="CASCADE"), index=True
    )
    at: Mapped[datetime]
    why: Mapped[OldBecause]
    reference: Mapped[str | None] = mapped_column(String(7))


class Booking(Base):
    """Hold that person's seat in one bookable session."""

    __tablename__ = "booking"
    __table_args__ = (UniqueConstraint("registration_id", "session_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    session_id: Mapped[int] = mapped_column(ForeignKey("session.id"), index=True)

    registration: Mapped[Registration] = relationship(back_populates="bookings")
    session: Mapped[Session] = relationship()


@event.listens_for(DatabaseSession, "before_flush")
def _follow_what_hangs_on(session: DatabaseSession, *_: object) -> None:
    """Let a registration's ``changed_at`` follow its bookings and needs too."""
    hanging = (*session.new, *session.dirty, *session.deleted)
    # A booking that is left out of the list is no orphan yet: only its list has changed.
    changed = {each for each in session.dirty if isinstance(each, Registration)}
    for each in hanging:
        # What was replaced hangs on nobody any more.
        held: Registration | None = each.registration if isinstance(each, Booking | Need) else None
        if held is not None:
            changed.add(held)
    for registration in changed:
        if inspect(registration).persistent:
            registration.changed_at = func.now()


class Submission(Base):
    """Remember a sent form for a day, so that sending it again changes nothing.

    ``key_hash`` is SHA-256 of the form's key and the browser's cookie, ``content_hash`` of that
    cookie and what was typed.
    """

    __tablename__ = "submission"

    key_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    content_hash: Mapped[bytes] = mapped_column(LargeBinary(32), index=True)
    party_id: Mapped[int] = mapped_column(ForeignKey("party.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(index=True)

    party: Mapped[Party] = relationship()


class LostTicketRequest(Base):
    """Hold an address somebody typed to get its links again, until the worker has looked it up."""

    __tablename__ = "lost_ticket_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(String(254))
    asked_at: Mapped[datetime]


class TicketKey(Base):
    """Remember which keys tickets were drawn with, by fingerprint, to refuse a wrong one."""

    __tablename__ = "ticket_key"

    number: Mapped[int] = mapped_column(primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
