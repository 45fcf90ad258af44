"""Find registrations, and the secrets that are theirs."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session as DatabaseSession
from sqlalchemy.orm import joinedload, selectinload

from conf_app import codes
from conf_app.codes import KeyRing, ManageToken, NotACode, TicketCode
from conf_app.programme.models import Session
from conf_app.programme.queries import HOURS
from conf_app.refusals import NotFound
from conf_app.registration.models import Booking, Registration, RegistrationState

_BY_TOKEN = select(Registration).where(
    Registration.manage_hash == bindparam("token"), Registration.name != ""
)
_WITH_HOURS = _BY_TOKEN.options(
    joinedload(Registration.event, innerjoin=True).options(HOURS),
    selectinload(Registration.bookings).joinedload(Booking.session),
)
_TICKET = _BY_TOKEN.add_columns(
    select(func.max(Session.ends_at))
    .where(Session.event_id == Registration.event_id)
    .scalar_subquery()
).options(
    joinedload(Registration.event, innerjoin=True),
    joinedload(Registration.bookings)
    .joinedload(Booking.session)
    .load_only(Session.title, Session.starts_at, Session.ends_at, Session.cancelled),
)


def by_manage_token(session: DatabaseSession, text: str) -> Registration:
    """Return the registration a secret link opens; raise NotFound, also once it is erased."""
    registration = session.scalar(_WITH_HOURS, {"token": _digest(text)})
    if registration is None:
        raise NotFound
    return registration


def ticket(session: DatabaseSession, text: str) -> tuple[Registration, datetime | None]:
    """Return what a ticket's page shows, in one query; raise NotFound, also once it is erased.

    That is the registration, and when the last session of its event ends.
    """
    found = session.execute(_TICKET, {"token": _digest(text)}).unique().one_or_none()
    if found is None:
        raise NotFound
    registration, last = found
    return registration, last


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


def _digest(text: str) -> bytes:
    try:
        return codes.digest(text)
    except NotACode as fault:
        raise NotFound from fault
