"""Serve whoever owns an address: send its links, forget it, keep one ticket."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session as DatabaseSession

from conf_app.database import leave_no_trace
from conf_app.mail.models import MailState, OutboxMail
from conf_app.programme.models import EventState
from conf_app.programme.rules import has_begun, last_moment
from conf_app.registration import actions, queries, waiting
from conf_app.registration.letters import tell
from conf_app.registration.messages import COMPOSERS
from conf_app.registration.models import LostTicketRequest, Party, RegistrationState, WaitState
from conf_app.registration.rules import coming

LETTERS_KEPT = timedelta(days=1)
"""How long sent letters count against an address's share of the day."""


def ask_for_links(session: DatabaseSession, address: str, *, now: datetime) -> None:
    """Note an address to look up later, so that nobody learns by the answer whether it is known."""
    session.add(LostTicketRequest(address=address, asked_at=now))


def links_are_asked_for(session: DatabaseSession) -> bool:
    """Whether somebody waits for their links; only reads."""
    return session.scalar(select(LostTicketRequest.id).limit(1)) is not None


def send_links(session: DatabaseSession, *, now: datetime) -> None:
    """Queue one letter to each address that was asked about and has tickets; forget the requests.

    However often an address was typed, it gets one, and no more than its share of the day.
    """
    requests = session.scalars(select(LostTicketRequest)).all()
    for address in sorted({each.address for each in requests}):
        if parties := queries.of_address(session, address):
            tell(session, parties[-1], "tickets_found", now=now)
    for request in requests:
        session.delete(request)
    leave_no_trace(session.connection())


def disown(session: DatabaseSession, party: Party, *, cancels: bool, now: datetime) -> None:
    """Forget a party's address, and the letters that wait to go there.

    ``cancels`` also cancels the party, unless the event has begun; nobody is written to.
    """
    waiting.lock(session, party.event)
    _set_address(session, party, None)
    people = coming(party)
    if cancels and people and not has_begun(party.event, now):
        actions.cancel(session, people, now=now)


def change_address(
    session: DatabaseSession, party: Party, address: str | None, *, now: datetime
) -> None:
    """Write to a party elsewhere from now on, or nowhere; the same address again changes nothing.

    Letters that wait to go to the old one are dropped. What the party has or waits for goes to the
    new one, within its share of the day, while it is of use.
    """
    event = party.event
    waiting.lock(session, event)
    if address == party.email:
        return
    _set_address(session, party, address)
    if event.state is EventState.CANCELLED or event.at(now) >= last_moment(event):
        return
    states = {person.state for person in party.registrations}
    if RegistrationState.CONFIRMED in states:
        tell(session, party, "registration_confirmed", now=now)
    if any(wait.state is WaitState.OFFERED for wait in party.waits):
        tell(session, party, "seat_offered", now=now)
    elif RegistrationState.WAITING in states:
        tell(session, party, "waiting_joined", now=now)


def _set_address(session: DatabaseSession, party: Party, address: str | None) -> None:
    party.email = None
    keep_links_asked_for(session, party)
    unsent = OutboxMail.kind.in_(COMPOSERS) & (OutboxMail.state != MailState.SENT)
    session.execute(delete(OutboxMail).where(unsent, OutboxMail.subject_id == party.id))
    party.email = address
    session.flush()
    leave_no_trace(session.connection())


def keep_links_asked_for(session: DatabaseSession, party: Party) -> None:
    """Let a letter that brings all the links of an address outlive this one of its parties.

    The party has lost its address by then; without another the letter stays its own.
    """
    session.flush()
    asked = OutboxMail.kind == "tickets_found", OutboxMail.state != MailState.SENT
    letters = session.scalars(select(OutboxMail).where(*asked, OutboxMail.subject_id == party.id))
    for letter in letters.all():
        if others := queries.of_address(session, letter.recipient):
            letter.subject_id = others[-1].id
    session.flush()


def other_tickets(session: DatabaseSession, party: Party) -> list[Party]:
    """Return the other parties of an address that come to the same event."""
    if party.email is None:
        return []
    same = queries.of_address(session, party.email)
    return [
        each
        for each in same
        if each.event_id == party.event_id and each.id != party.id and coming(each)
    ]


def keep_one(session: DatabaseSession, party: Party, *, now: datetime) -> None:
    """Cancel the other parties of an address at an event; raise EventBegun once it has begun."""
    waiting.lock(session, party.event)  # first: of who left meanwhile nobody is left to cancel
    for other in other_tickets(session, party):
        actions.cancel(session, coming(other), now=now)


def forget_letters(session: DatabaseSession, *, now: datetime) -> None:
    """Forget the sent letters of addresses that were taken back, once the day's share is over.

    Were they forgotten at once, whoever registers and takes back an address again and again could
    fill its box.
    """
    owned = select(Party.id).where(
        Party.id == OutboxMail.subject_id, Party.email == OutboxMail.recipient
    )
    forgotten = session.execute(
        delete(OutboxMail)
        .where(
            OutboxMail.kind.in_(COMPOSERS),
            OutboxMail.state != MailState.QUEUED,
            OutboxMail.created_at < now - LETTERS_KEPT,
            ~owned.exists(),
        )
        .returning(OutboxMail.id)
        .execution_options(synchronize_session=False)
    )
    if forgotten.first():
        leave_no_trace(session.connection())
