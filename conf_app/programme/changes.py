"""Tell, in French lines, what differs between two states of an event."""

from collections.abc import Iterator
from dataclasses import fields
from typing import Any
from zoneinfo import ZoneInfo

from conf_app.programme.document import EventEntry, SessionEntry, key
from conf_app.programme.writing import toml

_WORDS = {
    "theme": "thème",
    "notice": "information pratique",
    "room": "salle",
    "speaker": "intervenant·e",
    "session": "créneau",
}


def differences(before: EventEntry, after: EventEntry) -> list[str]:
    """Return a line for each field, entry or order that differs."""
    return list(_entry(before, after, "", after.zone))


def calendar_event(entry: EventEntry) -> tuple[object, ...]:
    """Return what calendars show of an event: if it differs, they must hear of it."""
    return (
        entry.state,
        entry.title,
        entry.starts,
        entry.last,
        entry.timezone,
        entry.venue,
        entry.address,
        entry.city,
    )


def calendar_session(entry: SessionEntry, event: EventEntry) -> tuple[object, ...]:
    """Return what calendars show of a session beyond its event."""
    room = next((room.name for room in event.rooms if room.slug == entry.room), "")
    return (entry.title, entry.starts, entry.ends, entry.cancelled, room)


def _entry(before: Any, after: Any, place: str, zone: ZoneInfo) -> Iterator[str]:
    for described in fields(after):
        old, new = getattr(before, described.name), getattr(after, described.name)
        if old == new:
            continue
        name = key(described)
        if "entries" in described.metadata:
            yield from _list(old, new, _WORDS[name], zone)
        elif "entry" not in described.metadata:
            shape = described.metadata["shape"]
            yield f"{place}{name}\u00a0: {_told(shape, old, zone)} → {_told(shape, new, zone)}"
        elif old is None or new is None:
            yield f"{place}{name}\u00a0: {'ajouté' if old is None else 'retiré'}"
        else:
            yield from _entry(old, new, f"{place}{name}, ", zone)


def _list(
    before: tuple[Any, ...], after: tuple[Any, ...], word: str, zone: ZoneInfo
) -> Iterator[str]:
    old = {item.slug: item for item in before}
    new = {item.slug: item for item in after}
    for slug in old | new:
        place = f"{word} «\u00a0{slug}\u00a0»"
        if slug not in new:
            yield f"{place}\u00a0: retiré"
        elif slug not in old:
            yield f"{place}\u00a0: ajouté"
        else:
            yield from _entry(old[slug], new[slug], f"{place}, ", zone)
    if [slug for slug in old if slug in new] != [slug for slug in new if slug in old]:
        yield f"{word}\u00a0: ordre changé"


def _told(shape: Any, value: Any, zone: ZoneInfo) -> str:
    if value is None or value == "":
        return "rien"
    written = toml(shape.write(value, zone))
    return "un texte" if "\n" in written else written
