"""Describe an event to search engines (schema.org, as JSON-LD)."""

import json
import re
from datetime import datetime
from typing import Any

from markupsafe import Markup

from conf_app.programme.links import event_link, session_link
from conf_app.programme.models import Event, EventKind, EventState, Session, SessionKind
from conf_app.programme.rules import Entry, entry
from conf_app.seats.rules import Seats

_STATUSES = {
    EventState.POSTPONED: "EventPostponed",
    EventState.CANCELLED: "EventCancelled",
}
_SCHEMA = "https://schema.org"


def event_jsonld(
    event: Event, *, public_url: str, seats: Seats | None, now: datetime
) -> dict[str, Any]:
    """Return a schema.org Event; ``seats`` are those of its day pool, ``now`` real time."""
    online = event.kind is EventKind.ONLINE
    mode = "Online" if online else "Offline"
    described: dict[str, Any] = {
        "@context": _SCHEMA,
        "@type": "Event",
        "@id": event_link(event, public_url),
        "url": event_link(event, public_url),
        "name": event.title,
        "startDate": _moment(event.starts_at, event, told=event.start_told),
        "endDate": _moment(event.ends_at, event, told=event.end_told),
        "eventStatus": f"{_SCHEMA}/{_STATUSES.get(event.state, 'EventScheduled')}",
        "eventAttendanceMode": f"{_SCHEMA}/{mode}EventAttendanceMode",
        "inLanguage": event.language,
    }
    if event.pool_id is not None:
        # Of the others nobody told us what they cost.
        described["isAccessibleForFree"] = True
    if event.tagline:
        described["description"] = event.tagline
    if online:
        described["location"] = {
            "@type": "VirtualLocation",
            "url": event.url or event_link(event, public_url),
        }
    elif place := _place(event):
        described["location"] = place
    if event.organiser:
        described["organizer"] = {"@type": "Organization", "name": event.organiser}
    if seats is not None and (offer := _offer(event, seats, public_url, now)):
        described["offers"] = offer
    if held := [each for each in event.sessions if each.kind is not SessionKind.BREAK]:
        described["subEvent"] = [
            _session(session, public_url, described.get("location")) for session in held
        ]
    return described


def as_script(described: dict[str, Any]) -> Markup:
    """Return JSON that can stand inside a ``<script>`` data block: no ``<``, ``>`` nor ``&``."""
    text = json.dumps(described, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704  # escaped just above, for JSON


def _offer(event: Event, seats: Seats, public_url: str, now: datetime) -> dict[str, Any] | None:
    match entry(event, now):
        case Entry.OPEN:
            availability = "InStock" if seats.free else "SoldOut"
        case Entry.NOT_YET:
            availability = "PreOrder"
        case _:
            return None
    offer = {
        "@type": "Offer",
        "url": f"{event_link(event, public_url)}inscription",
        "price": "0",
        "priceCurrency": "EUR",
        "availability": f"{_SCHEMA}/{availability}",
        "inventoryLevel": {"@type": "QuantitativeValue", "value": seats.free},
    }
    if event.opens_at is not None:
        offer["validFrom"] = event.opens_at.astimezone(event.zone).isoformat()
    return offer


def _place(event: Event) -> dict[str, Any] | None:
    address = {name: text for name, text in _address(event).items() if text}
    if not event.venue and not address:
        return None
    place: dict[str, Any] = {"@type": "Place", "name": event.venue or event.city or event.address}
    if address:
        place["address"] = {"@type": "PostalAddress", **address}
    return place


def _address(event: Event) -> dict[str, str]:
    """Part an address into its street, postcode and town, where it ends with the town's name."""
    whole = re.fullmatch(rf"(.*?),? *\b(\d{{5}})? *{re.escape(event.city)}", event.address)
    if whole is None or not event.city:
        return {"streetAddress": event.address, "addressLocality": event.city}
    return {
        "streetAddress": whole[1],
        "postalCode": whole[2] or "",
        "addressLocality": event.city,
    }


def _session(session: Session, public_url: str, location: dict[str, Any] | None) -> dict[str, Any]:
    event = session.event
    state = EventState.CANCELLED if session.cancelled else event.state
    described: dict[str, Any] = {
        "@type": "Event",
        "@id": session_link(session, public_url),
        "name": session.title,
        "startDate": _moment(session.starts_at, event),
        "endDate": _moment(session.ends_at, event),
        "eventStatus": f"{_SCHEMA}/{_STATUSES.get(state, 'EventScheduled')}",
    }
    if location:
        described["location"] = location
    if session.talks:
        described["performer"] = [
            {"@type": "Person", "name": talk.speaker.name} for talk in session.talks
        ]
    return described


def _moment(moment: datetime, event: Event, *, told: bool = True) -> str:
    local = moment.astimezone(event.zone)
    return local.isoformat() if told else local.date().isoformat()
