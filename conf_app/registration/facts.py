"""Gather what a ticket says, in words ready to read."""

from collections.abc import Iterable

from conf_app import codes
from conf_app.programme import words
from conf_app.programme.models import EventState, Session
from conf_app.registration import queries
from conf_app.registration.models import Registration
from conf_app.settings import Settings
from conf_app.tickets import qr
from conf_app.tickets.facts import SessionLine, TicketFacts
from conf_app.web import french


def booked(people: Iterable[Registration]) -> list[Session]:
    """Return the sessions that people booked, each once, in their order."""
    sessions = {booking.session for person in people for booking in person.bookings}
    return sorted(sessions, key=lambda each: (each.starts_at, each.id))


def ticket_facts(registration: Registration, settings: Settings) -> TicketFacts:
    """Return what the printed ticket of a registration shows."""
    event = registration.event
    zone = event.zone
    code = queries.ticket_code(registration, settings.ticket_keys)
    return TicketFacts(
        event_title=event.title,
        tagline=event.tagline,
        day=("reporté, prévu le " if event.state is EventState.POSTPONED else "")
        + french.days(event.starts_at, event.ends_at, zone),
        hours=words.hours(event),
        programme=words.programme_hours(event),
        venue=event.venue,
        address=", ".join(part for part in event.place if part != event.venue),
        name=registration.name,
        reference=codes.spell(codes.Reference(registration.reference)),
        sessions=tuple(
            SessionLine(
                hours=french.hours(each.starts_at, each.ends_at, zone),
                title=each.title,
                room=each.room.name if each.room else "",
            )
            for each in (booking.session for booking in registration.bookings)
        ),
        code_url=qr.ticket_url(settings.public_url, code),
        rehearsal=event.rehearsal,
        purge_date="le " + french.day(registration.party.purge_on),
        site_url=settings.public_url,
    )
