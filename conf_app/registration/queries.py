"""Find parties and their registrations, and the secrets that are theirs."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import and_, bindparam, func, select
from sqlalchemy.orm import Session as DatabaseSession
from sqlalchemy.orm import joinedload, selectinload

from conf_app import codes
from conf_app.codes import BearerToken, KeyRing, ManageToken, NotACode, Reference, TicketCode
from conf_app.programme.models import Event, Session
from conf_app.programme.queries import HOURS
from conf_app.programme.rules import Span
from conf_app.refusals import NotFound
from conf_app.registration.models import (
    OPEN_WAIT,
    Booking,
    OldBecause,
    OldTicket,
    Party,
    Registration,
    RegistrationState,
    Wait,
)

_ERASED = Party.consent_version == ""  # nobody may be left in it: tickets are passed on
_BY_TOKEN = select(Party).where(Party.manage_hash == bindparam("token"), ~_ERASED)
_WITH_HOURS = _BY_TOKEN.options(
    joinedload(Party.event, innerjoin=True).options(HOURS),
    selectinload(Party.registrations)
    .selectinload(Registration.bookings)
    .joinedload(Booking.session),
)
_HELD = and_(Session.event_id == Party.event_id, Session.cancelled.is_(False))
_TICKETS = _BY_TOKEN.add_columns(
    select(func.count(Wait.id)).where(Wait.party_id == Party.id, OPEN_WAIT).scalar_subquery(),
    select(func.min(Session.starts_at)).where(_HELD).scalar_subquery(),
    select(func.max(Session.ends_at)).where(_HELD).scalar_subquery(),
).options(
    joinedload(Party.event, innerjoin=True),
    joinedload(Party.presence),
    joinedload(Party.registrations)
    .joinedload(Registration.bookings)
    .joinedload(Booking.session)
    .load_only(Session.title, Session.starts_at, Session.ends_at, Session.cancelled),
)


class Tickets(NamedTuple):
    """Hold a party, how often it waits, and from when to when the event's sessions take place."""

    party: Party
    waits: int
    held: Span | None


def by_manage_token(session: DatabaseSession, text: str) -> Party:
    """Return the party a secret link opens; raise NotFound, also once it is erased."""
    party = session.scalar(_WITH_HOURS, {"token": _digest(text)})
    if party is None:
        raise NotFound
    return party


def tickets(session: DatabaseSession, text: str) -> Tickets:
    """Return what the tickets' page shows, in one query; raise NotFound, also once it is erased."""
    found = session.execute(_TICKETS, {"token": _digest(text)}).unique().one_or_none()
    if found is None:
        raise NotFound
    party, waits, first, until = found
    return Tickets(party, waits, Span(first, until) if first else None)


def same_address(session: DatabaseSession, party: Party) -> Sequence[Registration]:
    """Return the confirmed registrations of the other parties of one address at one event."""
    return session.scalars(
        select(Registration)
        .join(Registration.party)
        .where(
            Party.event_id == party.event_id,
            Party.email == party.email,
            Party.id != party.id,
            Registration.state == RegistrationState.CONFIRMED,
        )
        .order_by(Registration.id)
    ).all()


def of_address(session: DatabaseSession, address: str) -> Sequence[Party]:
    """Return the parties of an address at all events, those who cancelled too, oldest first."""
    named = Party.registrations.any(Registration.name != "")
    return session.scalars(
        select(Party).where(Party.email == address, named).order_by(Party.id)
    ).all()


def by_reference(session: DatabaseSession, event: Event, reference: Reference) -> Registration:
    """Return whose ticket a reference names at an event; raise NotFound."""
    person = session.scalar(
        select(Registration).where(
            Registration.event_id == event.id, Registration.reference == reference
        )
    )
    if person is None:
        raise NotFound
    return person


def was_passed_on(session: DatabaseSession, registration: Registration) -> bool:
    """Whether somebody else had this ticket before."""
    earlier = select(OldTicket.ticket_hash).where(
        OldTicket.registration_id == registration.id, OldTicket.why == OldBecause.PASSED_ON
    )
    return session.scalar(earlier.limit(1)) is not None


def ticket_code(registration: Registration, keys: KeyRing) -> TicketCode:
    """Draw the ticket code again; raise NotFound if it is not the one that was stored."""
    code = codes.ticket_code(keys[registration.key_number], codes.Seed(registration.ticket_seed))
    if codes.digest(code) != registration.ticket_hash:
        raise NotFound
    return code


def manage_token(party: Party, keys: KeyRing) -> ManageToken:
    """Draw the token of the secret link again."""
    return codes.manage_token(keys[party.key_number], codes.Seed(party.manage_seed))


def mail_proof(party: Party, keys: KeyRing) -> BearerToken:
    """Draw what proves that somebody reads the letters of a party at the address it has now."""
    seed = codes.Seed(party.manage_seed)
    return codes.mail_proof(keys[party.key_number], seed, party.email or "")


def by_letter(session: DatabaseSession, text: str, proof: str, keys: KeyRing) -> Party:
    """Return the party whose link and proof stood in a letter; raise NotFound if they did not."""
    party = by_manage_token(session, text)
    if party.email is None or _digest(proof) != codes.digest(mail_proof(party, keys)):
        raise NotFound
    return party


def _digest(text: str) -> bytes:
    try:
        return codes.digest(text)
    except NotACode as fault:
        raise NotFound from fault


def purge_days(session: DatabaseSession) -> dict[int, set[date]]:
    """Return the days on which people were promised to be erased, by the id of their event."""
    found: dict[int, set[date]] = {}
    for event, day in session.execute(
        select(Party.event_id, Party.purge_on).where(~_ERASED).distinct()
    ):
        found.setdefault(event, set()).add(day)
    return found
