"""Check what an event file says as a whole: names that meet, hours that follow each other.

Works on what could be read: a value that is missing or wrong has had its own message already.
Each fault is « entry, champ name : reason. », after which the reader puts the file's name.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from conf_app.programme.document import REMINDER_DAYS

Values = dict[str, Any]

_LATEST = time(6, 0)
"""A programme may run into the night after its last day until this hour."""

_LISTS = {
    "themes": "thème",
    "notices": "information pratique",
    "rooms": "salle",
    "speakers": "intervenant·e",
    "sessions": "créneau",
}


def across(events: list[Values]) -> Iterator[str]:
    """Find what cannot be between the events of one file."""
    for slug in _twice(events):
        yield _fault("évènement", slug, "slug", "ce nom est pris par un autre évènement")
    featured = [event.get("slug") for event in events if event.get("featured")]
    for other in featured[1:]:
        reason = f"un seul évènement peut être à la une, c’est déjà «\u00a0{featured[0]}\u00a0»"
        yield _fault("évènement", other, "featured", reason)


def within(event: Values, zone: ZoneInfo) -> Iterator[str]:
    """Find what cannot be inside one event."""
    if event.get("ends") and event.get("starts") and event["ends"] <= event["starts"]:
        yield "champ ends\u00a0: doit venir après starts."
    for name, word in _LISTS.items():
        for slug in _twice(event.get(name, ())):
            yield _fault(word, slug, "slug", "ce nom est pris deux fois")
    registration = event.get("registration")
    if registration is not None:
        for name, reason in _registration(registration):
            yield f"registration, champ {name}\u00a0: {reason}."
    for session in event.get("sessions", ()):
        for name, reason in _session(session, event, zone):
            yield _fault("créneau", session.get("slug"), name, reason)


def _registration(registration: Values) -> Iterator[tuple[str, str]]:
    yield from _held(registration)
    opens, closes = registration.get("opens"), registration.get("closes")
    if opens and closes and closes <= opens:
        yield "closes", "doit venir après opens"
    asked = registration.get("reminder_days", REMINDER_DAYS)
    released = registration.get("release_days", 0)
    if asked == 1:
        yield "reminder_days", "1 est la veille, qui a son courriel\u00a0: écris 0, ou 2 et plus"
    if released and released >= asked:
        yield "release_days", f"doit être plus petit que reminder_days, qui vaut ici {asked}"


def _session(session: Values, event: Values, zone: ZoneInfo) -> Iterator[tuple[str, str]]:
    starts, ends = session.get("starts"), session.get("ends")
    if starts and ends and ends <= starts:
        yield "ends", "doit venir après starts"
    if "starts" in event:
        first, last = _span(event, zone)
        if starts and starts < first:
            yield "starts", "tombe avant le premier jour de l’évènement"
        if ends and ends > last:
            yield "ends", "tombe après le dernier jour de l’évènement (6\u00a0h le lendemain)"
    if session.get("room") and session["room"] not in _slugs(event.get("rooms", ())):
        yield "room", f"aucune salle ne s’appelle «\u00a0{session['room']}\u00a0»"
    people = _slugs(event.get("speakers", ()))
    for slug in session.get("speakers", ()):
        if slug not in people:
            yield "speakers", f"personne ne s’appelle «\u00a0{slug}\u00a0» dans [[event.speaker]]"
    if "capacity" not in session:
        if session.get("held"):
            yield "held", "n’a de sens qu’avec capacity"
    elif event.get("registration") is None:
        yield "capacity", "il faut d’abord des inscriptions, [event.registration]"
    else:
        yield from _held(session)


def _held(values: Values) -> Iterator[tuple[str, str]]:
    if values.get("held", 0) > values.get("capacity", values.get("held", 0)):
        yield "held", "dépasse capacity"


def _span(event: Values, zone: ZoneInfo) -> tuple[datetime, datetime]:
    first = event["starts"].astimezone(zone).date()
    last = (event.get("ends") or event["starts"]).astimezone(zone).date()
    return (
        datetime.combine(first, time(), zone),
        datetime.combine(last + timedelta(days=1), _LATEST, zone),
    )


def _slugs(items: Iterable[Values]) -> list[str]:
    return [item["slug"] for item in items if "slug" in item]


def _twice(items: Iterable[Values]) -> list[str]:
    slugs = _slugs(items)
    return sorted({slug for slug in slugs if slugs.count(slug) > 1})


def _fault(word: str, slug: object, name: str, reason: str) -> str:
    return f"{word} «\u00a0{slug}\u00a0», champ {name}\u00a0: {reason}."
