"""Hold the registrations: one row a person at an event."""

import enum
from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from conf_app.database import Base
from conf_app.programme.models import Event, Session
from conf_app.registration.names import name_key


class RegistrationState(enum.Enum):
    """Whether a person has a seat."""

    CONFIRMED = "confirmed"
    WAITING = "waiting"
    OFFERED = "offered"
    CANCELLED = "cancelled"


class Registration(Base):
    """Hold one person's registration at one event.

    Ticket code and manage token are drawn from the seeds with the key of number ``key_number``;
    only their SHA-256 is stored (``ticket_hash``, ``manage_hash``). ``name_key`` follows the name,
    to find it and its doubles by index.
    """

    __tablename__ = "registration"
    __table_args__ = (
        Index("ix_registration_event_state", "event_id", "state"),
        Index("ix_registration_event", "event_id", "id"),
        Index("ix_registration_email", "event_id", "email"),
        Index("ix_registration_name_key", "event_id", "name_key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    state: Mapped[RegistrationState]
    name: Mapped[str] = mapped_column(String(80))
    name_key: Mapped[str] = mapped_column(String(160))
    email: Mapped[str | None] = mapped_column(String(254))
    reference: Mapped[str] = mapped_column(String(7), unique=True)
    key_number: Mapped[int]
    ticket_seed: Mapped[bytes] = mapped_column(LargeBinary(16))
    ticket_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    manage_seed: Mapped[bytes] = mapped_column(LargeBinary(16))
    manage_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    consent_version: Mapped[str] = mapped_column(String(20))
    consented_at: Mapped[datetime]
    created_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]

    event: Mapped[Event] = relationship()
    bookings: Mapped[list["Booking"]] = relationship(
        cascade="all, delete-orphan", back_populates="registration", order_by="Booking.session_id"
    )

    @validates("name")
    def _follow(self, _attribute: str, name: str) -> str:
        self.name_key = name_key(name)
        return name


class Booking(Base):
    """Hold that person's seat in one bookable session."""

    __tablename__ = "booking"
    __table_args__ = (UniqueConstraint("registration_id", "session_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    session_id: Mapped[int] = mapped_column(ForeignKey("session.id"), index=True)

    registration: Mapped[Registration] = relationship(back_populates="bookings")
    session: Mapped[Session] = relationship()


class Submission(Base):
    """Remember a sent form for a day, so that sending it again changes nothing.

    ``key_hash`` is SHA-256 of the form's key and the browser's cookie, ``content_hash`` of what
    was typed.
    """

    __tablename__ = "submission"

    key_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    content_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    registration_id: Mapped[int] = mapped_column(
        ForeignKey("registration.id", ondelete="CASCADE"), index=True
    )
    created_at: Mapped[datetime] = mapped_column(index=True)

    registration: Mapped[Registration] = relationship()


class TicketKey(Base):
    """Remember which keys tickets were drawn with, by fingerprint, to refuse a wrong one."""

    __tablename__ = "ticket_key"

    number: Mapped[int] = mapped_column(primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
