"""Find registrations, and the secrets that are theirs."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session as DatabaseSession
from sqlalchemy.orm import joinedload, selectinload

from conf_app import codes
from conf_app.codes import KeyRing, ManageToken, NotACode, TicketCode
from conf_app.programme.queries import HOURS
from conf_app.refusals import NotFound
from conf_app.registration.models import Booking, Registration, RegistrationState


def by_manage_token(session: DatabaseSession, text: str) -> Registration:
    """Return the registration a secret link opens; raise NotFound, also once it is erased."""
    try:
        token_hash = codes.digest(text)
    except NotACode as fault:
        raise NotFound from fault
    registration = session.scalar(
        select(Registration)
        .where(Registration.manage_hash == token_hash, Registration.name != "")
        .options(
            joinedload(Registration.event).options(HOURS),
            selectinload(Registration.bookings).joinedload(Booking.session),
        )
    )
    if registration is None:
        raise NotFound
    return registration


def same_address(session: DatabaseSession, registration: Registration) -> Sequence[Registration]:
    """Return the confirmed registrations of one address at one event, first made first."""
    return session.scalars(
        select(Registration)
        .where(
            Registration.event_id == registration.event_id,
            Registration.email == registration.email,
            Registration.state == RegistrationState.CONFIRMED,
        )
        .order_by(Registration.id)
    ).all()


def ticket_code(registration: Registration, keys: KeyRing) -> TicketCode:
    """Draw the ticket code again; raise NotFound if it is not the one that was stored."""
    code = codes.ticket_code(keys[registration.key_number], codes.Seed(registration.ticket_seed))
    if codes.digest(code) != registration.ticket_hash:
        raise NotFound
    return code


def manage_token(registration: Registration, keys: KeyRing) -> ManageToken:
    """Draw the token of the secret link again."""
    return codes.manage_token(keys[registration.key_number], codes.Seed(registration.manage_seed))
