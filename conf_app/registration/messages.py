"""Write what people are told about their registration."""

from typing import NamedTuple

from sqlalchemy.orm import Session as DatabaseSession

from conf_app import codes
from conf_app.mail.compose import Attachment, Composer, Message, write
from conf_app.mail.models import OutboxMail
from conf_app.programme.calendar import ticket_calendar
from conf_app.programme.rules import purge_day
from conf_app.registration import queries
from conf_app.registration.facts import ticket_facts
from conf_app.registration.models import Registration, RegistrationState
from conf_app.settings import Settings
from conf_app.tickets.pdf import ticket_pdf
from conf_app.web.context import settings, site_address


class OtherTicket(NamedTuple):
    """Name another ticket of the same address."""

    name: str
    reference: str
    link: str


def confirmation(session: DatabaseSession, mail: OutboxMail) -> Message | None:
    """Write the mail that brings a ticket, its PDF and its calendar, and names the others."""
    registration = _confirmed(session, mail)
    if registration is None:
        return None
    others = [
        OtherTicket(other.name, _reference(other), _link(other))
        for other in queries.same_address(session, registration)
        if other is not registration
    ]
    return _write("registration_confirmed", registration, *_files(registration), others=others)


def cancellation(session: DatabaseSession, mail: OutboxMail) -> Message | None:
    """Write the mail that says that a seat was given back."""
    registration = session.get(Registration, mail.subject_id)
    if registration is None or registration.state is not RegistrationState.CANCELLED:
        return None
    return _write("registration_cancelled", registration)


def postponement(session: DatabaseSession, mail: OutboxMail) -> Message | None:
    """Write the mail that says that the event is postponed."""
    registration = _confirmed(session, mail)
    return _write("event_postponed", registration) if registration else None


def event_cancellation(session: DatabaseSession, mail: OutboxMail) -> Message | None:
    """Write the mail that says that the event will not take place."""
    registration = _confirmed(session, mail)
    return _write("event_cancelled", registration) if registration else None


COMPOSERS: dict[str, Composer] = {
    "registration_confirmed": confirmation,
    "registration_cancelled": cancellation,
    "event_postponed": postponement,
    "event_cancelled": event_cancellation,
}


def _write(name: str, registration: Registration, *files: Attachment, **values: object) -> Message:
    event = registration.event
    return write(
        name,
        *files,
        site=settings().public_url,
        registration=registration,
        event=event,
        reference=_reference(registration),
        link=_link(registration),
        event_link=site_address("programme.event_page", event=event.slug),
        register_link=site_address("registration.register", event=event.slug),
        purge_day=purge_day(event),
        **values,
    )


def _confirmed(session: DatabaseSession, mail: OutboxMail) -> Registration | None:
    registration = session.get(Registration, mail.subject_id)
    if registration is None or registration.state is not RegistrationState.CONFIRMED:
        return None
    return registration


def _files(registration: Registration) -> tuple[Attachment, Attachment]:
    house: Settings = settings()
    event = registration.event
    sessions = [booking.session for booking in registration.bookings]
    calendar = ticket_calendar(event, sessions, public_url=house.public_url)
    return (
        Attachment(
            f"billet-{event.slug}.pdf",
            "application/pdf",
            ticket_pdf(ticket_facts(registration, house)),
        ),
        Attachment(
            f"{event.slug}.ics",
            "text/calendar",
            calendar,
            {"method": "PUBLISH", "charset": "utf-8"},
        ),
    )


def _reference(registration: Registration) -> str:
    return codes.spell(codes.Reference(registration.reference))


def _link(registration: Registration) -> str:
    token = queries.manage_token(registration, settings().ticket_keys)
    return site_address("ticket.show", token=token)
