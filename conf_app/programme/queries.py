"""Find events, and what their pages show."""

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session as DatabaseSession
from sqlalchemy.orm import joinedload, load_only, selectinload

from conf_app.programme.models import Event, Session, Speaker, Talk
from conf_app.programme.rules import PUBLIC_STATES
from conf_app.refusals import NotFound

_PROGRAMME = (
    joinedload(Event.pool),
    selectinload(Event.themes),
    selectinload(Event.notices),
    selectinload(Event.rooms),
    selectinload(Event.speakers),
    selectinload(Event.sessions).options(
        joinedload(Session.room),
        joinedload(Session.pool),
        selectinload(Session.talks).joinedload(Talk.speaker),
    ),
)
"""All that an event's pages show, in as many queries whatever its size."""


HOURS = selectinload(Event.sessions).options(
    load_only(
        *(Session.event_id, Session.slug, Session.kind, Session.title, Session.position),
        *(Session.starts_at, Session.ends_at, Session.cancelled, Session.room_id, Session.pool_id),
    ),
    joinedload(Session.room),
)
"""The sessions of an event without their texts."""


# Built once: the ORM takes as long to build these as the database to answer.
_PUBLIC = select(Event).where(Event.slug == bindparam("slug"), Event.state.in_(PUBLIC_STATES))
_WITH_SEATS = _PUBLIC.options(joinedload(Event.pool), HOURS.joinedload(Session.pool))
_WHOLE = _PUBLIC.options(*_PROGRAMME)


def event_named(session: DatabaseSession, slug: str) -> Event:
    """Return the event of that slug, public or not, with its sessions; raise NotFound."""
    event = session.scalar(
        select(Event).where(Event.slug == slug).options(selectinload(Event.sessions))
    )
    if event is None:
        raise NotFound(f"aucun évènement ne s’appelle «\u00a0{slug}\u00a0».")
    return event


def public_event(session: DatabaseSession, slug: str) -> Event:
    """Return the event of that slug if it is public; raise NotFound otherwise."""
    return _one(session, _PUBLIC, slug)


def event_with_seats(session: DatabaseSession, slug: str) -> Event:
    """Return a public event with its hours and seats, in two queries; raise NotFound otherwise."""
    return _one(session, _WITH_SEATS, slug)


def whole_event(session: DatabaseSession, slug: str) -> Event:
    """Return a public event with its whole programme; raise NotFound otherwise."""
    return _one(session, _WHOLE, slug)


def public_events(session: DatabaseSession) -> list[Event]:
    """Return all public events, the next to begin first."""
    return list(
        session.scalars(
            select(Event)
            .where(Event.state.in_(PUBLIC_STATES))
            .options(joinedload(Event.pool), selectinload(Event.sessions))
            .order_by(Event.starts_at, Event.id)
        )
    )


def speaker_of(event: Event, slug: str) -> Speaker:
    """Return the speaker of that slug; raise NotFound if the event has none."""
    for speaker in event.speakers:
        if speaker.slug == slug:
            return speaker
    raise NotFound


def featured_slug(session: DatabaseSession) -> str | None:
    """Return the slug of the public event shown on the home page, if there is one."""
    return session.scalar(
        select(Event.slug)
        .where(Event.featured, Event.state.in_(PUBLIC_STATES))
        .order_by(Event.starts_at.desc())
        .limit(1)
    )


def featured(session: DatabaseSession) -> Event | None:
    """Return the public event shown on the home page without what its pages show."""
    slug = featured_slug(session)
    return public_event(session, slug) if slug else None


def featured_event(session: DatabaseSession) -> Event | None:
    """Return the public event shown on the home page, if there is one."""
    slug = featured_slug(session)
    return whole_event(session, slug) if slug else None


def _one(session: DatabaseSession, statement: Select[Event], slug: str) -> Event:
    event = session.scalar(statement, {"slug": slug})
    if event is None:
        raise NotFound
    return event
