"""Enter and leave rehearsal; leaving first erases everything made in it."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Delete, delete, or_, select
from sqlalchemy.orm import Session as DatabaseSession

from conf_app.database import leave_no_trace
from conf_app.door.models import Device, Door, DoorPass, Passage
from conf_app.journal import actions as journal
from conf_app.mail.models import OutboxMail
from conf_app.programme import actions
from conf_app.programme.models import Event
from conf_app.refusals import Refusal
from conf_app.registration import messages
from conf_app.registration.models import (
    Booking,
    Need,
    OldTicket,
    Party,
    Presence,
    Registration,
    ReminderRound,
    Submission,
    Wait,
)
from conf_app.seats import ledger


class NotRehearsing(Refusal):
    """The event is real: nothing in it was made for trial."""


class Erased(NamedTuple):
    """Count what a rehearsal left."""

    registrations: int
    passages: int
    passes: int
    mails: int


def start(
    session: DatabaseSession, event: Event, *, now: datetime, at: datetime | None = None
) -> None:
    """Put an event in rehearsal, or move its clock; raise RealRegistrations if people came."""
    if not event.rehearsal and session.scalar(
        select(Registration.id).where(Registration.event_id == event.id).limit(1)
    ):
        raise actions.RealRegistrations(event.slug)
    actions.start_rehearsal(session, event, now=now, at=at)


def end(session: DatabaseSession, event: Event, *, now: datetime) -> Erased:
    """Erase all that was made in rehearsal, give its seats back, return to real time.

    Raises NotRehearsing if the event is real.
    """
    if event.pool_id is not None:
        ledger.lock(session, event.pool_id)
    session.refresh(event)
    if not event.rehearsal:
        raise NotRehearsing(f"«\u00a0{event.slug}\u00a0» n’est pas en répétition.")
    people = select(Registration.id).where(Registration.event_id == event.id)
    parties = select(Party.id).where(Party.event_id == event.id)
    doors = select(Door.id).where(Door.event_id == event.id)
    passes = select(DoorPass.id).where(DoorPass.door_id.in_(doors), DoorPass.rehearsal)
    devices = select(Device.id).where(Device.pass_id.in_(passes))
    passages = _erase(
        session,
        delete(Passage).where(
            or_(Passage.registration_id.in_(people), Passage.device_id.in_(devices))
        ),
    )
    _erase(session, delete(Device).where(Device.pass_id.in_(passes)))
    erased = Erased(
        passages=passages,
        passes=_erase(session, delete(DoorPass).where(DoorPass.id.in_(passes))),
        # SQLite uses ids again: a mail left behind would go to whoever gets the number next.
        mails=_erase(
            session,
            delete(OutboxMail).where(
                OutboxMail.kind.in_(messages.COMPOSERS), OutboxMail.subject_id.in_(parties)
            ),
        ),
        registrations=_erase_registrations(session, event),
    )
    _give_back(session, event)
    actions.end_rehearsal(event, now=now)
    journal.write(
        session,
        actor=journal.COMMAND_LINE,
        act="rehearsal.end",
        subject=event.slug,
        count=erased.registrations,
        now=now,
    )
    return erased


def _erase_registrations(session: DatabaseSession, event: Event) -> int:
    people = select(Registration.id).where(Registration.event_id == event.id)
    parties = select(Party.id).where(Party.event_id == event.id)
    for model in (Booking, Need, OldTicket):
        _erase(session, delete(model).where(model.registration_id.in_(people)))
    _erase(session, delete(Submission).where(Submission.party_id.in_(parties)))
    _erase(session, delete(Wait).where(Wait.party_id.in_(parties)))
    _erase(session, delete(Presence).where(Presence.party_id.in_(parties)))
    _erase(session, delete(ReminderRound).where(ReminderRound.event_id == event.id))
    erased = _erase(session, delete(Registration).where(Registration.event_id == event.id))
    _erase(session, delete(Party).where(Party.event_id == event.id))
    leave_no_trace(session.connection())
    return erased


def _erase(session: DatabaseSession, erasing: Delete) -> int:
    """Run a deletion and return how many rows went; what the session had loaded is expired."""
    result: Any = session.execute(erasing.execution_options(synchronize_session="fetch"))
    return int(result.rowcount)


def _give_back(session: DatabaseSession, event: Event) -> None:
    pools = [event.pool_id, *(each.pool_id for each in event.sessions)]
    seats = ledger.count(session, [pool for pool in pools if pool is not None])
    ledger.move(session, {pool: -count.taken for pool, count in seats.items()})
