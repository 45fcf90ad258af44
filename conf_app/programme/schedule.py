"""Write a programme as schedule.xml (Pentabarf, frab) and schedule.json (c3voc, version 1).

What both hold is gathered once in plain values; the two formats differ in names only.
See https://c3voc.de/wiki/schedule.
"""

import json
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

from conf_app.programme.links import event_link, guid, session_link, speaker_link
from conf_app.programme.models import Event, EventState, Session

_GENERATOR = "conf-app"
_SLOT = timedelta(minutes=5)
_MARKS = {EventState.POSTPONED: "Reporté\u00a0: ", EventState.CANCELLED: "Annulé\u00a0: "}
_ZONE_NAME = re.compile(r"[A-Z][a-z]+/[A-Z][a-z]+|UTC")


@dataclass(frozen=True)
class _Day:
    """Hold one day of a programme: its sessions by room, its first and last hour."""

    index: int
    date: date
    start: datetime
    end: datetime
    rooms: dict[str, list[Session]]


def acronym(event: Event) -> str:
    """Return the short name the formats ask for: four small letters and figures, or more."""
    short = re.sub(r"[^a-z0-9]", "", event.slug.lower())
    return short if len(short) >= 4 else f"{short}{event.starts_at.astimezone(event.zone).year}"


def schedule_xml(event: Event, *, public_url: str) -> bytes:
    """Return the programme as schedule.xml."""
    link = event_link(event, public_url)
    days = _days(event)
    root = ElementTree.Element("schedule")
    ElementTree.SubElement(root, "generator", name=_GENERATOR)
    _add(root, "url", f"{link}programme.xml")
    _add(root, "version", str(event.content_version))
    conference = ElementTree.SubElement(root, "conference")
    _add(conference, "acronym", acronym(event))
    _add(conference, "title", _title(event))
    _add(conference, "start", days[0].date.isoformat())
    _add(conference, "end", days[-1].date.isoformat())
    _add(conference, "days", str(len(days)))
    _add(conference, "timeslot_duration", _duration(_SLOT))
    _add(conference, "base_url", link)
    _add(conference, "url", link)
    _add(conference, "time_zone_name", event.timezone)
    for day in days:
        element = ElementTree.SubElement(
            root,
            "day",
            index=str(day.index),
            date=day.date.isoformat(),
            start=day.start.isoformat(),
            end=day.end.isoformat(),
        )
        for name, sessions in day.rooms.items():
            room = ElementTree.SubElement(element, "room", name=name)
            room.set("guid", str(guid(f"{link}#{name}")))
            for session in sessions:
                _add_xml_session(room, session, public_url)
    ElementTree.indent(root)
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def schedule_json(event: Event, *, public_url: str) -> bytes:
    """Return the programme as schedule.json."""
    link = event_link(event, public_url)
    days = _days(event)
    names = list(dict.fromkeys(name for day in days for name in day.rooms))
    conference: dict[str, Any] = {
        "acronym": acronym(event),
        "title": _title(event),
        "start": days[0].date.isoformat(),
        "end": days[-1].date.isoformat(),
        "daysCount": len(days),
        "timeslot_duration": _duration(_SLOT),
        "url": link,
        "rooms": [{"name": name, "guid": str(guid(f"{link}#{name}"))} for name in names],
        "days": [
            {
                "index": day.index,
                "date": day.date.isoformat(),
                "day_start": day.start.isoformat(),
                "day_end": day.end.isoformat(),
                "rooms": {
                    name: [_json_session(session, public_url) for session in sessions]
                    for name, sessions in day.rooms.items()
                },
            }
            for day in days
        ],
    }
    if _ZONE_NAME.fullmatch(event.timezone):
        conference["time_zone_name"] = event.timezone
    whole = {
        "generator": {"name": _GENERATOR},
        "schedule": {
            "version": str(event.content_version),
            "base_url": link,
            "conference": conference,
        },
    }
    return json.dumps(whole, ensure_ascii=False, indent=1).encode() + b"\n"


def _add_xml_session(room: ElementTree.Element, session: Session, public_url: str) -> None:
    event = session.event
    start = session.starts_at.astimezone(event.zone)
    link = session_link(session, public_url)
    element = ElementTree.SubElement(room, "event", id=str(session.id), guid=str(guid(link)))
    _add(element, "room", _room_name(session))
    _add(element, "title", _session_title(session))
    _add(element, "subtitle", "")
    _add(element, "type", session.kind.value)
    _add(element, "date", start.isoformat())
    _add(element, "start", f"{start:%H:%M}")
    _add(element, "duration", _duration(session.ends_at - session.starts_at))
    _add(element, "abstract", session.abstract)
    _add(element, "track", "")
    _add(element, "language", event.language)
    _add(element, "url", link)
    persons = ElementTree.SubElement(element, "persons")
    for talk in session.talks:
        person = _add(persons, "person", talk.speaker.name)
        person.set("id", str(talk.speaker.id))
        person.set("guid", str(guid(speaker_link(talk.speaker, public_url))))


def _json_session(session: Session, public_url: str) -> dict[str, Any]:
    event = session.event
    start = session.starts_at.astimezone(event.zone)
    link = session_link(session, public_url)
    return {
        "id": session.id,
        "guid": str(guid(link)),
        "slug": f"{acronym(event)}-{session.slug}",
        "url": link,
        "room": _room_name(session),
        "title": _session_title(session),
        "subtitle": None,
        "type": session.kind.value,
        "track": None,
        "language": event.language,
        "date": start.isoformat(),
        "start": f"{start:%H:%M}",
        "end": session.ends_at.astimezone(event.zone).isoformat(),
        "duration": _duration(session.ends_at - session.starts_at),
        "abstract": session.abstract or None,
        # The format takes a person by ``name`` or by ``id`` and ``public_name``, never by both.
        "persons": [
            {
                "name": talk.speaker.name,
                "guid": str(guid(speaker_link(talk.speaker, public_url))),
                "url": speaker_link(talk.speaker, public_url),
                "biography": talk.speaker.bio or None,
            }
            for talk in session.talks
        ],
        "links": [],
    }


def _days(event: Event) -> list[_Day]:
    """Return each day from the first session to the last; the event's first day if none."""
    by_date: dict[date, list[Session]] = {}
    for session in event.sessions:
        by_date.setdefault(session.starts_at.astimezone(event.zone).date(), []).append(session)
    first = min(by_date, default=event.starts_at.astimezone(event.zone).date())
    last = max(by_date, default=first)
    days = []
    for index in range((last - first).days + 1):
        day = first + timedelta(days=index)
        sessions = by_date.get(day, [])
        opening = datetime(day.year, day.month, day.day, tzinfo=event.zone)
        rooms: dict[str, list[Session]] = {}
        for session in sessions:
            rooms.setdefault(_room_name(session), []).append(session)
        days.append(
            _Day(
                index=index + 1,
                date=day,
                start=min([s.starts_at.astimezone(event.zone) for s in sessions], default=opening),
                end=max(
                    [s.ends_at.astimezone(event.zone) for s in sessions],
                    default=opening.replace(hour=23, minute=59),
                ),
                rooms=rooms,
            )
        )
    return days


def _title(event: Event) -> str:
    return _MARKS.get(event.state, "") + event.title


def _session_title(session: Session) -> str:
    return (_MARKS[EventState.CANCELLED] if session.cancelled else "") + session.title


def _room_name(session: Session) -> str:
    event = session.event
    return session.room.name if session.room else event.venue or event.title


def _duration(span: timedelta) -> str:
    minutes = int(span.total_seconds()) // 60
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _add(parent: ElementTree.Element, name: str, text: str) -> ElementTree.Element:
    element = ElementTree.SubElement(parent, name)
    element.text = text
    return element
