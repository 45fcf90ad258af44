"""Write events and programmes as calendar files (iCalendar: RFC 5545, RFC 7986).

The same content gives the same bytes: nothing here reads a clock. No file holds a secret: people
share them with their whole team.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

import icalendar

from conf_app.programme.links import event_link, event_uid, session_link, session_uid
from conf_app.programme.models import Event, EventState, Session
from conf_app.programme.words import programme_hours

_PRODUCT = "-//conf-app//programme//FR"
_COLOR = "crimson"
_REFRESH = timedelta(hours=1)

_STATUSES = {
    EventState.DRAFT: "TENTATIVE",
    EventState.PUBLISHED: "CONFIRMED",
    EventState.POSTPONED: "TENTATIVE",
    EventState.CANCELLED: "CANCELLED",
    EventState.ARCHIVED: "CONFIRMED",
}
_MARKS = {EventState.POSTPONED: "Reporté\u00a0: ", EventState.CANCELLED: "Annulé\u00a0: "}


def programme_calendar(event: Event, *, public_url: str) -> bytes:
    """Return the calendar of an event: itself, then each of its sessions."""
    link = f"{event_link(event, public_url)}programme.ics"
    calendar = _calendar(event.title, link)
    _add_event(calendar, event, public_url, busy=not event.sessions)
    for session in event.sessions:
        _add_session(calendar, session, public_url)
    return _bytes(calendar, [event])


def agenda_calendar(events: Iterable[Event], *, title: str, public_url: str) -> bytes:
    """Return the calendar of several events, without their sessions."""
    events = list(events)
    calendar = _calendar(title, f"{public_url}/agenda.ics")
    for event in events:
        _add_event(calendar, event, public_url, busy=True)
    return _bytes(calendar, events)


def ticket_calendar(event: Event, sessions: Iterable[Session], *, public_url: str) -> bytes:
    """Return a person's calendar: the event and the sessions they booked, and no secret."""
    calendar = _calendar(event.title)
    _add_event(
        calendar,
        event,
        public_url,
        busy=True,
        rehearsal=event.rehearsal,
        more=programme_hours(event).capitalize(),
    )
    for session in sessions:
        _add_session(calendar, session, public_url, rehearsal=event.rehearsal)
    return _bytes(calendar, [event])


def _calendar(title: str, link: str | None = None) -> icalendar.Calendar:
    calendar = icalendar.Calendar()
    calendar.add("PRODID", _PRODUCT)
    calendar.add("VERSION", "2.0")
    calendar.add("METHOD", "PUBLISH")
    calendar.add("NAME", title)
    calendar.add("X-WR-CALNAME", title)  # what NAME is for calendars older than RFC 7986
    calendar.add("COLOR", _COLOR)
    if link is not None:
        calendar.add("SOURCE", link, {"VALUE": "URI"})
        calendar.add("REFRESH-INTERVAL", _REFRESH, {"VALUE": "DURATION"})
    return calendar


def _add_event(
    calendar: icalendar.Calendar,
    event: Event,
    public_url: str,
    *,
    busy: bool,
    rehearsal: bool = False,
    more: str = "",
) -> None:
    entry = _entry(event, event_uid(event, public_url), event_link(event, public_url))
    entry.add("SUMMARY", _mark(event, rehearsal) + event.title)
    entry.add("STATUS", _STATUSES[event.state])
    entry.add("SEQUENCE", event.sequence)
    entry.add("DTSTART", _start(event))
    if (end := _end(event)) is not None:
        entry.add("DTEND", end)
    entry.add("TRANSP", "OPAQUE" if busy else "TRANSPARENT")
    _add_text(entry, "LOCATION", ", ".join(event.place))
    _add_text(entry, "DESCRIPTION", "\n\n".join(filter(None, (event.banner, more, event.tagline))))
    calendar.add_component(entry)


def _add_session(
    calendar: icalendar.Calendar, session: Session, public_url: str, *, rehearsal: bool = False
) -> None:
    event = session.event
    entry = _entry(event, session_uid(session, public_url), session_link(session, public_url))
    mark = _MARKS[EventState.CANCELLED] if session.cancelled else _mark(event, rehearsal)
    entry.add("SUMMARY", mark + session.title)
    entry.add("STATUS", "CANCELLED" if session.cancelled else _STATUSES[event.state])
    # A session shows its event's place and state too: what raises either raises the sum.
    entry.add("SEQUENCE", event.sequence + session.sequence)
    entry.add("DTSTART", session.starts_at.astimezone(event.zone))
    entry.add("DTEND", session.ends_at.astimezone(event.zone))
    room = [session.room.name] if session.room else []
    _add_text(entry, "LOCATION", ", ".join(room + event.place))
    speakers = ", ".join(talk.speaker.name for talk in session.talks)
    _add_text(entry, "DESCRIPTION", "\n\n".join(filter(None, (speakers, session.abstract))))
    calendar.add_component(entry)


def _entry(event: Event, uid: str, link: str) -> icalendar.Event:
    entry = icalendar.Event()
    entry.add("UID", uid)
    entry.add("DTSTAMP", event.updated_at)
    entry.add("LAST-MODIFIED", event.updated_at)
    entry.add("URL", link)
    return entry


def _mark(event: Event, rehearsal: bool) -> str:
    return ("RÉPÉTITION – " if rehearsal else "") + _MARKS.get(event.state, "")


def _start(event: Event) -> date | datetime:
    local = event.starts_at.astimezone(event.zone)
    return local if event.start_told else local.date()


def _end(event: Event) -> date | datetime | None:
    """Return DTEND, of the same type as DTSTART as RFC 5545 (3.6.1) wants it."""
    local = event.ends_at.astimezone(event.zone)
    if not event.start_told:
        return local.date() + timedelta(days=1)  # a date as DTEND is the first day after
    if event.end_told or local.date() > event.starts_at.astimezone(event.zone).date():
        return local
    return None


def _add_text(entry: icalendar.Event, name: str, text: str) -> None:
    if text:
        entry.add(name, text)


def _bytes(calendar: icalendar.Calendar, events: list[Event]) -> bytes:
    if events:
        first = min(event.starts_at for event in events).date()
        last = max(event.ends_at for event in events).date()
        # A year around, so that each time zone is described with the change before and after.
        year = timedelta(days=366)
        calendar.add_missing_timezones(first_date=first - year, last_date=last + year)
    written: bytes = calendar.to_ical()
    return written
