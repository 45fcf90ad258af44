"""Gather events from the database into the document that would make them again."""

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session as DatabaseSession

from conf_app.programme.document import (
    ContactEntry,
    Document,
    EventEntry,
    HostEntry,
    NoticeEntry,
    RegistrationEntry,
    RoomEntry,
    SessionEntry,
    SpeakerEntry,
    ThemeEntry,
    column,
)
from conf_app.programme.models import Event, Session
from conf_app.refusals import Refusal


class NoSuchEvent(Refusal):
    """No event has that slug."""

    def __init__(self, slug: str) -> None:
        super().__init__(f"aucun évènement ne s’appelle «\u00a0{slug}\u00a0».")


def document(session: DatabaseSession, slugs: Iterable[str] = ()) -> Document:
    """Return the events named, or all of them; raise NoSuchEvent if one is unknown."""
    wanted = list(dict.fromkeys(slugs))
    query = select(Event)
    if wanted:
        query = query.where(Event.slug.in_(wanted))
    events = {event.slug: event for event in session.scalars(query)}
    for slug in wanted:
        if slug not in events:
            raise NoSuchEvent(slug)
    return Document(tuple(event_entry(event) for event in events.values()))


def event_entry(event: Event) -> EventEntry:
    """Return what an event file would say of an event."""
    return EventEntry(
        **_columns(EventEntry, event),
        ends=event.ends_at,
        host=HostEntry(**_columns(HostEntry, event)),
        contact=ContactEntry(**_columns(ContactEntry, event)),
        registration=_registration(event),
        themes=tuple(ThemeEntry(**_columns(ThemeEntry, theme)) for theme in event.themes),
        notices=tuple(NoticeEntry(**_columns(NoticeEntry, notice)) for notice in event.notices),
        rooms=tuple(RoomEntry(**_columns(RoomEntry, room)) for room in event.rooms),
        speakers=tuple(SpeakerEntry(**_columns(SpeakerEntry, who)) for who in event.speakers),
        sessions=tuple(_session_entry(session) for session in event.sessions),
    )


def _registration(event: Event) -> RegistrationEntry | None:
    if event.pool is None:
        return None
    return RegistrationEntry(
        **_columns(RegistrationEntry, event), capacity=event.pool.capacity, held=event.pool.held
    )


def _session_entry(session: Session) -> SessionEntry:
    return SessionEntry(
        **_columns(SessionEntry, session),
        room=session.room.slug if session.room else "",
        speakers=tuple(talk.speaker.slug for talk in session.talks),
        capacity=session.pool.capacity if session.pool else None,
        held=session.pool.held if session.pool else 0,
    )


def _columns(entry: type, row: Any) -> dict[str, Any]:
    return {
        described.name: getattr(row, name)
        for described in fields(entry)
        if (name := column(described)) is not None
    }
