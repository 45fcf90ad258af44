"""Make parties and tickets: the secrets of each are drawn here."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session as DatabaseSession

from conf_app import codes
from conf_app.codes import KeyRing
from conf_app.programme.models import Event, Session
from conf_app.programme.rules import purge_day
from conf_app.registration import needs
from conf_app.registration.models import (
    Booking,
    OldBecause,
    OldTicket,
    Party,
    Registration,
    RegistrationState,
)
from conf_app.registration.rules import CONSENT_VERSION, Attendee

_LAST = select(func.max(Session.ends_at)).where(Session.event_id == bindparam("event"))


def new_party(
    session: DatabaseSession, event: Event, email: str | None, keys: KeyRing, *, at: datetime
) -> Party:
    """Make a party without people, to be erased on the day that the event prints."""
    party = draw_party(event, email, keys, at=at)
    party.purge_on = purge_day(event, session.scalar(_LAST, {"event": event.id}) or event.ends_at)
    return party


def add(
    party: Party,
    person: Attendee,
    booked: Sequence[Session],
    state: RegistrationState,
    keys: KeyRing,
    *,
    at: datetime,
) -> None:
    """Add a person to a party that is new."""
    number = len(party.registrations) + 1
    registration = Registration(event=party.event, name=person.name, number=number, state=state)
    draw(registration, keys)
    registration.created_at = at
    registration.bookings = [Booking(session=each) for each in booked]
    registration.need = needs.kept(party.event, person.needs, at=at)
    party.registrations.append(registration)


def draw_party(event: Event, email: str | None, keys: KeyRing, *, at: datetime) -> Party:
    """Make a party with a new secret link; when it is erased is the caller's to say."""
    seed = codes.new_seed()
    return Party(
        event=event,
        email=email,
        key_number=keys.current,
        manage_seed=seed,
        manage_hash=codes.digest(codes.manage_token(keys[keys.current], seed)),
        consent_version=CONSENT_VERSION,
        consented_at=at,
    )


def old_ticket(registration: Registration, why: OldBecause, *, at: datetime) -> OldTicket:
    """Return what remembers the ticket a registration has, before another is drawn."""
    return OldTicket(
        ticket_hash=registration.ticket_hash,
        reference=registration.reference,
        registration_id=registration.id,
        at=at,
        why=why,
    )


def draw(registration: Registration, keys: KeyRing) -> None:
    """Give a registration a new ticket."""
    seed = codes.new_seed()
    registration.reference = codes.new_reference()
    registration.key_number = keys.current
    registration.ticket_seed = seed
    registration.ticket_hash = codes.digest(codes.ticket_code(keys[keys.current], seed))
