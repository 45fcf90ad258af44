"""Erase what tells who people are; counts stay."""

import secrets
from datetime import datetime

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session as DatabaseSession
from sqlalchemy.orm import selectinload

from conf_app import codes
from conf_app.database import leave_no_trace
from conf_app.journal import actions as journal
from conf_app.mail.models import MailState, OutboxMail
from conf_app.programme.models import Event
from conf_app.programme.rules import has_begun
from conf_app.registration import actions, owners, queues, waiting
from conf_app.registration.messages import COMPOSERS
from conf_app.registration.models import (
    Need,
    OldTicket,
    Party,
    Registration,
    Submission,
    Wait,
    WaitState,
)
from conf_app.registration.rules import coming

ERASED = ""
"""What stands where a name stood: nobody can type an empty one."""

ATTENDEE = "personne inscrite"


def erase(session: DatabaseSession, parties: ColumnElement[bool], *, sent: bool = True) -> None:
    """Erase names, addresses, needs, consents, waits, letters, forms of the parties that match.

    Without ``sent``, the letters that left stay a day, counted against the address's share.
    """
    ids = select(Party.id).where(parties)
    people = Registration.party_id.in_(ids)
    letters = OutboxMail.kind.in_(COMPOSERS) & OutboxMail.subject_id.in_(ids)
    if not sent:
        letters &= OutboxMail.state != MailState.SENT
    for erasing in (
        delete(OutboxMail).where(letters),
        delete(Submission).where(Submission.party_id.in_(ids)),
        # A seat on offer is taken in the ledger until somebody lets it go.
        delete(Wait).where(Wait.party_id.in_(ids), Wait.state != WaitState.OFFERED),
        delete(Need).where(Need.registration_id.in_(select(Registration.id).where(people))),
        delete(OldTicket).where(
            OldTicket.registration_id.in_(select(Registration.id).where(people))
        ),
        update(Registration).where(people).values(name=ERASED, name_key=ERASED),
        update(Party)
        .where(Party.id.in_(ids))
        .values(email=None, consent_version="", consented_at=None),
    ):
        session.execute(erasing.execution_options(synchronize_session=False))
    leave_no_trace(session.connection())
    session.expire_all()


def cut_ties(session: DatabaseSession, parties: ColumnElement[bool]) -> None:
    """Draw anew what a list or a letter may tell of the parties that match: references, codes."""
    for party in session.scalars(
        select(Party).where(parties).options(selectinload(Party.registrations))
    ):
        party.manage_seed, party.manage_hash = codes.new_seed(), secrets.token_bytes(32)
        for person in party.registrations:
            person.reference = codes.new_reference()
            person.ticket_seed, person.ticket_hash = codes.new_seed(), secrets.token_bytes(32)


def free_seats(
    session: DatabaseSession, event: Event, parties: ColumnElement[bool], *, now: datetime
) -> None:
    """Give to others the seats of the parties that match, at an event that has not begun.

    Nobody is told; their addresses are forgotten.
    """
    waiting.lock(session, event)
    leaving = session.scalars(select(Party).where(parties)).all()
    for party in leaving:
        party.email = None
    # Who waits goes first: nothing is offered to people who leave.
    for party in sorted(leaving, key=lambda each: not queues.open_waits(session, each)):
        if people := coming(party):
            actions.cancel(session, people, now=now)


def erase_party(session: DatabaseSession, party: Party, *, now: datetime) -> None:
    """Erase one party now, and give its seats to others unless the event has begun."""
    event = party.event
    waiting.lock(session, event)
    if party.consented_at is None:
        return  # somebody erased it meanwhile
    party.email = None  # first: nobody is told
    owners.keep_links_asked_for(session, party)
    people = coming(party)
    if people and not has_begun(event, now):
        actions.cancel(session, people, now=now)
    elif people:
        waiting.withdraw(session, people, now=now)
        waiting.serve(session, event, now=now)
    count = len(party.registrations)
    erase(session, Party.id == party.id, sent=False)
    journal.write(
        session, actor=ATTENDEE, act="privacy.erase", subject=event.slug, count=count, now=now
    )
