"""Find events."""

from sqlalchemy import select
from sqlalchemy.orm import Session as DatabaseSession

from conf_app.programme.models import Event
from conf_app.programme.rules import PUBLIC_STATES
from conf_app.refusals import NotFound


def public_event(session: DatabaseSession, slug: str) -> Event:
    """Return the event of that slug if it is public; raise NotFound otherwise."""
    event = session.scalar(select(Event).where(Event.slug == slug, Event.state.in_(PUBLIC_STATES)))
    if event is None:
        raise NotFound
    return event


def featured_event(session: DatabaseSession) -> Event | None:
    """Return the public event shown on the home page, if there is one."""
    return session.scalar(
        select(Event)
        .where(Event.featured, Event.state.in_(PUBLIC_STATES))
        .order_by(Event.starts_at.desc())
        .limit(1)
    )
