"""Describe the events: what, when, where, by whom."""

import enum
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Interval,
    String,
    Text,
    UniqueConstraint,
    text,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from conf_app.database import Base
from conf_app.programme.hours import UNTOLD_END, UNTOLD_START
from conf_app.seats.models import SeatPool


class EventKind(enum.Enum):
    """What sort of gathering it is."""

    CONFERENCE = "conference"
    MEETUP = "meetup"
    ONLINE = "online"
    PARTNER = "partner"


class EventState(enum.Enum):
    """Where an event stands in its life."""

    DRAFT = "draft"
    PUBLISHED = "published"
    POSTPONED = "postponed"
    CANCELLED = "cancelled"
    ARCHIVED = "archived"


class SessionKind(enum.Enum):
    """What sort of entry of a programme it is."""

    TALK = "talk"
    PANEL = "panel"
    WORKSHOP = "workshop"
    ASSEMBLY = "assembly"
    BREAK = "break"


class Event(Base):
    """Hold one event: a conference, a meetup, an online meeting, a partner's event.

    ``pool`` is absent where one does not register here. ``clock_shift`` is set during a rehearsal:
    the event then lives at real time plus the shift. ``revision`` numbers what the organisers
    wrote, ``content_version`` every change of what the pages show, ``sequence`` the changes that
    calendars must hear of (RFC 5545, 3.8.7.4). ``reminder_days`` before the event, people are asked
    whether they come; the seats of those who say nothing are given back ``release_days`` before, if
    that is not 0. ``trust_offline`` lets posts without network let in a ticket that they do not
    know yet.
    """

    __tablename__ = "event"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="starts_before_ends"),
        CheckConstraint("party_size BETWEEN 1 AND 20", name="party_size_sensible"),
        CheckConstraint(
            "release_days = 0 OR release_days < reminder_days", name="asked_before_released"
        ),
        Index(
            "uq_event_featured_once",
            "featured",
            unique=True,
            sqlite_where=text("featured"),
            postgresql_where=text("featured"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    kind: Mapped[EventKind]
    state: Mapped[EventState]
    featured: Mapped[bool] = mapped_column(default=False)
    revision: Mapped[int] = mapped_column(default=1)
    content_version: Mapped[int] = mapped_column(default=1)
    sequence: Mapped[int] = mapped_column(default=0)
    updated_at: Mapped[datetime]

    title: Mapped[str] = mapped_column(String(200))
    tagline: Mapped[str] = mapped_column(String(200), default="")
    presentation: Mapped[str] = mapped_column(Text, default="")
    english_note: Mapped[str] = mapped_column(Text, default="")
    banner: Mapped[str] = mapped_column(String(300), default="")

    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    timezone: Mapped[str] = mapped_column(String(60))
    language: Mapped[str] = mapped_column(String(10))

    venue: Mapped[str] = mapped_column(String(200), default="")
    address: Mapped[str] = mapped_column(String(300), default="")
    city: Mapped[str] = mapped_column(String(100), default="")
    url: Mapped[str] = mapped_column(String(500), default="")
    organiser: Mapped[str] = mapped_column(String(200), default="")
    host_name: Mapped[str] = mapped_column(String(200), default="")
    host_url: Mapped[str] = mapped_column(String(500), default="")
    host_badge: Mapped[bool] = mapped_column(default=False)
    contact_email: Mapped[str] = mapped_column(String(254), default="")
    contact_url: Mapped[str] = mapped_column(String(500), default="")

    pool_id: Mapped[int | None] = mapped_column(ForeignKey("seat_pool.id"), unique=True)
    opens_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    email_required: Mapped[bool] = mapped_column(default=False)
    party_size: Mapped[int] = mapped_column(default=6, server_default="6")
    purge_after_days: Mapped[int] = mapped_column(default=30)
    reminder_days: Mapped[int] = mapped_column(default=5, server_default="5")
    release_days: Mapped[int] = mapped_column(default=0, server_default="0")
    eve_letter: Mapped[bool] = mapped_column(default=True, server_default=true())
    trust_offline: Mapped[bool] = mapped_column(default=True, server_default=true())
    clock_shift: Mapped[timedelta | None] = mapped_column(Interval)

    pool: Mapped[SeatPool | None] = relationship()
    themes: Mapped[list["Theme"]] = relationship(
        order_by="Theme.position", cascade="all, delete-orphan", back_populates="event"
    )
    notices: Mapped[list["Notice"]] = relationship(
        order_by="Notice.position", cascade="all, delete-orphan", back_populates="event"
    )
    rooms: Mapped[list["Room"]] = relationship(
        order_by="Room.position", cascade="all, delete-orphan", back_populates="event"
    )
    speakers: Mapped[list["Speaker"]] = relationship(
        order_by="Speaker.position", cascade="all, delete-orphan", back_populates="event"
    )
    sessions: Mapped[list["Session"]] = relationship(
        order_by="(Session.starts_at, Session.position)",
        cascade="all, delete-orphan",
        back_populates="event",
    )

    @property
    def zone(self) -> ZoneInfo:
        """The time zone its hours are told in."""
        return ZoneInfo(self.timezone)

    @property
    def start_told(self) -> bool:
        """Whether the hour it starts at was announced."""
        return self.starts_at.astimezone(self.zone).time() != UNTOLD_START

    @property
    def end_told(self) -> bool:
        """Whether the hour it ends at was announced."""
        return self.ends_at.astimezone(self.zone).time() != UNTOLD_END

    @property
    def place(self) -> list[str]:
        """The venue, the address, and the city unless the address names it already."""
        city = "" if self.city in self.address else self.city
        return [part for part in (self.venue, self.address, city) if part]

    @property
    def rehearsal(self) -> bool:
        """Whether everything made now is only for trial."""
        return self.clock_shift is not None

    def at(self, now: datetime) -> datetime:
        """Return what time it is for this event, when it is really ``now``."""
        return now + (self.clock_shift or timedelta())


class Theme(Base):
    """Hold one of the themes an event is about."""

    __tablename__ = "theme"
    __table_args__ = (UniqueConstraint("event_id", "slug"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    slug: Mapped[str] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text, default="")

    event: Mapped[Event] = relationship(back_populates="themes")


class Notice(Base):
    """Hold one piece of practical information: how to come, the code of conduct, photos."""

    __tablename__ = "notice"
    __table_args__ = (UniqueConstraint("event_id", "slug"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    slug: Mapped[str] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)

    event: Mapped[Event] = relationship(back_populates="notices")


class Room(Base):
    """Hold one room of an event's venue."""

    __tablename__ = "room"
    __table_args__ = (UniqueConstraint("event_id", "slug"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    slug: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(100))

    event: Mapped[Event] = relationship(back_populates="rooms")


class Speaker(Base):
    """Hold one person who speaks at an event."""

    __tablename__ = "speaker"
    __table_args__ = (UniqueConstraint("event_id", "slug"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    slug: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(100))
    role: Mapped[str] = mapped_column(String(200), default="")
    organisation: Mapped[str] = mapped_column(String(200), default="")
    bio: Mapped[str] = mapped_column(Text, default="")

    event: Mapped[Event] = relationship(back_populates="speakers")
    talks: Mapped[list["Talk"]] = relationship(
        back_populates="speaker", cascade="all, delete-orphan"
    )


class Session(Base):
    """Hold one entry of a programme; ``pool`` is set only if it is booked on its own."""

    __tablename__ = "session"
    __table_args__ = (
        UniqueConstraint("event_id", "slug"),
        CheckConstraint("starts_at < ends_at", name="starts_before_ends"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    slug: Mapped[str] = mapped_column(String(60))
    kind: Mapped[SessionKind]
    title: Mapped[str] = mapped_column(String(300))
    abstract: Mapped[str] = mapped_column(Text, default="")
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    cancelled: Mapped[bool] = mapped_column(default=False)
    sequence: Mapped[int] = mapped_column(default=0)
    room_id: Mapped[int | None] = mapped_column(ForeignKey("room.id"), index=True)
    pool_id: Mapped[int | None] = mapped_column(ForeignKey("seat_pool.id"), unique=True)

    event: Mapped[Event] = relationship(back_populates="sessions")
    room: Mapped[Room | None] = relationship()
    pool: Mapped[SeatPool | None] = relationship()
    talks: Mapped[list["Talk"]] = relationship(
        order_by="Talk.position", cascade="all, delete-orphan", back_populates="session"
    )


class Talk(Base):
    """Say that a speaker speaks in a session, and in which order."""

    __tablename__ = "talk"

    session_id: Mapped[int] = mapped_column(
        ForeignKey("session.id", ondelete="CASCADE"), primary_key=True
    )
    speaker_id: Mapped[int] = mapped_column(
        ForeignKey("speaker.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    position: Mapped[int]

    session: Mapped[Session] = relationship(back_populates="talks")
    speaker: Mapped[Speaker] = relationship(back_populates="talks")
