"""Name the public addresses of events, sessions and speakers outside of any request."""

from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, UUID, uuid5

from conf_app.programme.models import Event, Session, Speaker


def event_link(event: Event, public_url: str) -> str:
    """Return the address of an event's page."""
    return f"{public_url}/e/{event.slug}/"


def session_link(session: Session, public_url: str) -> str:
    """Return the address of a session on its event's programme page."""
    return f"{event_link(session.event, public_url)}programme#{session.slug}"


def speaker_link(speaker: Speaker, public_url: str) -> str:
    """Return the address of a speaker's page."""
    return f"{event_link(speaker.event, public_url)}intervenant-es/{speaker.slug}"


def guid(link: str) -> UUID:
    """Return the stable identifier of what an address leads to (RFC 9562, version 5)."""
    return uuid5(NAMESPACE_URL, link)


def event_uid(event: Event, public_url: str) -> str:
    """Return the stable identifier of an event in calendars (RFC 7986, 5.3)."""
    return f"{event.slug}@{urlsplit(public_url).hostname}"


def session_uid(session: Session, public_url: str) -> str:
    """Return the stable identifier of a session in calendars."""
    return f"{session.slug}.{event_uid(session.event, public_url)}"
