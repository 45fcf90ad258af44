"""Hold what an event file says: the format itself, one class an entry, one line a field.

A field's metadata says what it may be (a ``shape``, an ``entry`` or several ``entries``), its name
in the file if it differs (``key``) and the column of the model that keeps it (``column``).
"""

# ruff: noqa: RUF009  # the calls in defaults describe the fields: dataclasses.field()

from dataclasses import MISSING, Field, dataclass, field, fields
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from conf_app.programme import hours
from conf_app.programme.models import EventKind, EventState, SessionKind
from conf_app.programme.shapes import (
    Choice,
    Email,
    Flag,
    Language,
    Link,
    Moment,
    Shape,
    Slug,
    Slugs,
    Text,
    Whole,
    Zone,
)

FORMAT = "conf-app/1"

_PROSE = 20_000
_SEATS = 1_000_000


def _value(shape: Shape, default: Any = MISSING, *, column: str | None = "") -> Any:
    return field(default=default, metadata={"shape": shape, "column": column})


def _part(entry: type, *, default: Any) -> Any:
    return field(default=default, metadata={"entry": entry})


def _parts(entry: type, key: str) -> Any:
    return field(default=(), metadata={"entries": entry, "key": key})


@dataclass(frozen=True, kw_only=True)
class HostEntry:
    """Say beside which bigger gathering the event stands."""

    name: str = _value(Text(200), "", column="host_name")
    url: str = _value(Link(), "", column="host_url")
    badge: bool = _value(Flag(), False, column="host_badge")


@dataclass(frozen=True, kw_only=True)
class ContactEntry:
    """Say where to write to."""

    email: str = _value(Email(), "", column="contact_email")
    url: str = _value(Link(), "", column="contact_url")


REMINDER_DAYS = 5
"""How long before people are asked whether they come, where a file does not say."""


@dataclass(frozen=True, kw_only=True)
class RegistrationEntry:
    """Say how one registers; absent where one does not register here."""

    capacity: int = _value(Whole(0, _SEATS), column=None)
    held: int = _value(Whole(0, _SEATS), 0, column=None)
    opens: datetime | None = _value(Moment(), None, column="opens_at")
    closes: datetime | None = _value(Moment(), None, column="closes_at")
    email_required: bool = _value(Flag(), False)
    party_size: int = _value(Whole(1, 20), 6)
    purge_after_days: int = _value(Whole(0, 365), 30)
    reminder_days: int = _value(Whole(0, 60), REMINDER_DAYS)
    release_days: int = _value(Whole(0, 30), 0)
    eve_letter: bool = _value(Flag(), True)
    trust_offline: bool = _value(Flag(), True)


@dataclass(frozen=True, kw_only=True)
class ThemeEntry:
    """Word one theme."""

    slug: str = _value(Slug())
    title: str = _value(Text(200, empty=False))
    text: str = _value(Text(_PROSE, lines=True), "")


@dataclass(frozen=True, kw_only=True)
class NoticeEntry:
    """Word one piece of practical information."""

    slug: str = _value(Slug())
    title: str = _value(Text(200, empty=False))
    text: str = _value(Text(_PROSE, lines=True, empty=False))


@dataclass(frozen=True, kw_only=True)
class RoomEntry:
    """Name one room."""

    slug: str = _value(Slug())
    name: str = _value(Text(100, empty=False))


@dataclass(frozen=True, kw_only=True)
class SpeakerEntry:
    """Present one person who speaks."""

    slug: str = _value(Slug())
    name: str = _value(Text(100, empty=False))
    role: str = _value(Text(200), "")
    organisation: str = _value(Text(200), "")
    bio: str = _value(Text(_PROSE, lines=True), "")


@dataclass(frozen=True, kw_only=True)
class SessionEntry:
    """Tell one entry of the programme; it has a capacity if it is booked on its own."""

    slug: str = _value(Slug())
    kind: SessionKind = _value(Choice(SessionKind), SessionKind.TALK)
    title: str = _value(Text(300, empty=False))
    abstract: str = _value(Text(_PROSE, lines=True), "")
    starts: datetime = _value(Moment(), column="starts_at")
    ends: datetime = _value(Moment(), column="ends_at")
    cancelled: bool = _value(Flag(), False)
    room: str = _value(Slug(), "", column=None)
    speakers: tuple[str, ...] = _value(Slugs(), (), column=None)
    capacity: int | None = _value(Whole(0, _SEATS), None, column=None)
    held: int = _value(Whole(0, _SEATS), 0, column=None)


@dataclass(frozen=True, kw_only=True)
class EventEntry:
    """Tell one event whole."""

    slug: str = _value(Slug())
    revision: int = _value(Whole(1, 2_000_000_000))
    kind: EventKind = _value(Choice(EventKind))
    state: EventState = _value(Choice(EventState), EventState.DRAFT)
    featured: bool = _value(Flag(), False)
    title: str = _value(Text(200, empty=False))
    tagline: str = _value(Text(200), "")
    presentation: str = _value(Text(_PROSE, lines=True), "")
    english_note: str = _value(Text(_PROSE, lines=True), "")
    banner: str = _value(Text(300), "")
    starts: datetime = _value(Moment(untold=hours.UNTOLD_START), column="starts_at")
    ends: datetime | None = _value(Moment(untold=hours.UNTOLD_END), None, column=None)
    timezone: str = _value(Zone(), "Europe/Paris")
    language: str = _value(Language(), "fr")
    venue: str = _value(Text(200), "")
    address: str = _value(Text(300), "")
    city: str = _value(Text(100), "")
    url: str = _value(Link(), "")
    organiser: str = _value(Text(200), "")
    host: HostEntry = _part(HostEntry, default=HostEntry())
    contact: ContactEntry = _part(ContactEntry, default=ContactEntry())
    registration: RegistrationEntry | None = _part(RegistrationEntry, default=None)
    themes: tuple[ThemeEntry, ...] = _parts(ThemeEntry, "theme")
    notices: tuple[NoticeEntry, ...] = _parts(NoticeEntry, "notice")
    rooms: tuple[RoomEntry, ...] = _parts(RoomEntry, "room")
    speakers: tuple[SpeakerEntry, ...] = _parts(SpeakerEntry, "speaker")
    sessions: tuple[SessionEntry, ...] = _parts(SessionEntry, "session")

    def __post_init__(self) -> None:
        """Bring what can be told in two ways to one: equal events are then equal entries."""
        sessions = tuple(sorted(self.sessions, key=lambda session: session.starts))
        object.__setattr__(self, "sessions", sessions)
        if self.ends == end_of_day(self.starts, self.zone):
            object.__setattr__(self, "ends", None)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone its hours are told in."""
        return ZoneInfo(self.timezone)

    @property
    def last(self) -> datetime:
        """When it ends; without a told end, at the end of the day it starts."""
        return self.ends or end_of_day(self.starts, self.zone)


@dataclass(frozen=True)
class Document:
    """Hold what one file says, its events by date."""

    events: tuple[EventEntry, ...]

    def __post_init__(self) -> None:
        """Put the events in their one order."""
        events = tuple(sorted(self.events, key=lambda event: (event.starts, event.slug)))
        object.__setattr__(self, "events", events)


def end_of_day(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return the untold end of the day a moment falls in."""
    day = moment.astimezone(zone).date()
    return datetime.combine(day, hours.UNTOLD_END, zone).astimezone(UTC)


def columns(entry: Any) -> dict[str, Any]:
    """Return the plain columns an entry fills in its model, by name."""
    return {
        name: getattr(entry, described.name)
        for described in fields(entry)
        if (name := column(described)) is not None
    }


def column(described: "Field[Any]") -> str | None:
    """Return the name of the column a field fills, if it fills one."""
    name: str | None = described.metadata.get("column")
    return described.name if name == "" else name


def key(described: "Field[Any]") -> str:
    """Return the name of a field in the file."""
    name: str = described.metadata.get("key", "")
    return name or described.name
