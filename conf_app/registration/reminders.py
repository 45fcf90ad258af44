"""Remind people of an event: ask whether they come, tell what is practical the day before.

Both letters go once, to those who take reminders; once more if the event is put off. Whoever keeps
silent after notice loses the seat only where the organisers chose so. All is dated by the event's
clock; ``now`` is real time.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import and_, case, delete, func, select
from sqlalchemy.orm import Session as DatabaseSession
from sqlalchemy.orm import joinedload

from conf_app.journal import actions as journal
from conf_app.programme.models import Event, EventState
from conf_app.programme.rules import first_moment
from conf_app.registration import actions, deadlines, waiting
from conf_app.registration.letters import tell
from conf_app.registration.models import (
    Party,
    Presence,
    Registration,
    RegistrationState,
    Reminder,
    ReminderRound,
)
from conf_app.registration.presence import note_presence
from conf_app.registration.refusals import EventBegun, NotConfirmed

LETTERS = {Reminder.PRESENCE: "presence_asked", Reminder.EVE: "event_tomorrow"}

PUT_OFF = timedelta(days=1)
"""An event that starts so much later than when people were asked is worth asking about again."""

A_TURN = 50
"""How many silent parties lose their seats in one transaction."""

_SEATED = Party.registrations.any(Registration.state == RegistrationState.CONFIRMED)


class Turnout(NamedTuple):
    """Count the people who were asked whether they come, by what they said."""

    coming: int
    gave_back: int
    released: int
    silent: int


def due(session: DatabaseSession, *, now: datetime) -> list[Event]:
    """Return the events that have letters to send or seats to give back; only reads."""
    published = select(Event).where(Event.state == EventState.PUBLISHED, Event.pool_id.is_not(None))
    return [
        event
        for event in session.scalars(published.order_by(Event.id))
        if _kinds(session, event, now) or _silent(session, event, now)
    ]


def remind(session: DatabaseSession, event: Event, *, now: datetime) -> bool:
    """Queue the letters of an event that are due, and give back the seats of some of the silent.

    Returns whether more of them may be left: nobody else should wait long for the event's seats.
    """
    waiting.lock(session, event)
    at = event.at(now)
    for kind in _kinds(session, event, now):
        if kind is Reminder.PRESENCE:
            _forget_answers(session, event)
        for party in _addressed(session, event):
            if kind is Reminder.PRESENCE:
                party.presence = Presence(asked_at=at)
            tell(session, party, LETTERS[kind], now=now)
        session.merge(ReminderRound(event_id=event.id, kind=kind, starts_at=_real_start(event)))
    released = 0
    silent = _silent(session, event, now)
    for party in silent:
        people = [each for each in party.registrations if _is_seated(each)]
        actions.cancel(session, people, now=now, released=True)
        released += len(people)
    if released:
        journal.write(
            session,
            actor=journal.WORKER,
            act="seats.release",
            subject=event.slug,
            count=released,
            now=now,
        )
    return len(silent) == A_TURN


def take_back(session: DatabaseSession, event: Event) -> None:
    """Forget what people were asked and answered, if the event does not take place then."""
    asked = session.get(ReminderRound, (event.id, Reminder.PRESENCE)) is not None
    put_off = asked and not _went(session, event, Reminder.PRESENCE)
    if put_off or event.state is EventState.POSTPONED:
        _forget_answers(session, event)
        session.execute(delete(ReminderRound).where(ReminderRound.event_id == event.id))


def presence_told(session: DatabaseSession, party_id: int, *, now: datetime) -> None:
    """Note that a party was asked by a letter that left, and until when it may answer."""
    party = session.get(Party, party_id)
    if party is None:
        return
    event = party.event
    waiting.lock(session, event)
    presence = party.presence
    if presence is None:
        return
    presence.told_at = event.at(now)
    presence.answer_by = answer_by(event, presence.told_at)


def answer_by(event: Event, told_at: datetime) -> datetime | None:
    """Return until when a party asked then may answer; None if its silence costs nothing."""
    return deadlines.answer_by(told_at, first_moment(event), event.release_days, event.zone)


def confirm(session: DatabaseSession, party: Party, *, now: datetime) -> None:
    """Note that a party comes; again changes nothing. Raises EventBegun, NotConfirmed."""
    waiting.lock(session, party.event)
    if not is_seated(party):
        raise NotConfirmed(party.registrations[0].state)
    at = party.event.at(now)
    if at >= first_moment(party.event):
        raise EventBegun
    note_presence(party, at)


def take(session: DatabaseSession, party: Party, *, takes: bool) -> None:
    """Say whether a party takes letters that only remind it of the event."""
    party.reminders = takes
    session.flush()


def is_seated(party: Party) -> bool:
    """Whether somebody of a party has a seat."""
    return any(_is_seated(each) for each in party.registrations)


def has_answered(party: Party) -> bool:
    """Whether a party with seats was asked whether it comes, and said so."""
    presence = party.presence
    return presence is not None and presence.answered_at is not None and is_seated(party)


def is_asked(party: Party, now: datetime) -> bool:
    """Whether a party is asked whether it comes, and has not said so yet."""
    presence, event = party.presence, party.event
    if presence is None or presence.answered_at is not None or not is_seated(party):
        return False
    return event.state is EventState.PUBLISHED and event.at(now) < first_moment(event)


def at_stake(party: Party) -> datetime | None:
    """Return when a party's silence gives its seats back; None if it never does."""
    if party.presence is None or party.email is None or not party.reminders:
        return None
    return party.presence.answer_by


def is_eve(event: Event, now: datetime) -> bool:
    """Whether the event is tomorrow, at an hour at which its letter leaves."""
    at, start = event.at(now), first_moment(event)
    eve = deadlines.days_before(start, 1, event.zone)
    return eve <= at < deadlines.midnight_before(start, event.zone)


def turnout(session: DatabaseSession, event: Event) -> Turnout | None:
    """Count what the people who were told of the question did; None if nobody was."""
    seated = Registration.state == RegistrationState.CONFIRMED
    answered = Presence.answered_at.is_not(None)
    since = and_(~seated, ~Registration.released, Registration.cancelled_at >= Presence.asked_at)
    asked = select(Presence.party_id).join(Party).where(Party.event_id == event.id)
    if session.scalar(asked.limit(1)) is None:
        return None
    counts = session.execute(
        select(
            *(
                func.count(case((each, Registration.id)))
                for each in (seated & answered, since, Registration.released, seated & ~answered)
            )
        )
        .select_from(Registration)
        .join(Presence, Presence.party_id == Registration.party_id)
        .where(Registration.event_id == event.id, Presence.told_at.is_not(None))
    ).one()
    return Turnout._make(counts) if any(counts) else None


def _kinds(session: DatabaseSession, event: Event, now: datetime) -> list[Reminder]:
    """Return which letters are due now, and were not sent for this start of the event."""
    at, start = event.at(now), first_moment(event)
    kinds = []
    if event.reminder_days:
        asking = deadlines.days_before(start, event.reminder_days, event.zone)
        if asking <= at < deadlines.days_before(start, 1, event.zone):
            kinds.append(Reminder.PRESENCE)
    if event.eve_letter and is_eve(event, now):
        kinds.append(Reminder.EVE)
    return [kind for kind in kinds if not _went(session, event, kind)]


def _forget_answers(session: DatabaseSession, event: Event) -> None:
    """Forget who was asked, and who answered: it was for another start."""
    people = select(Party.id).where(Party.event_id == event.id)
    session.execute(delete(Presence).where(Presence.party_id.in_(people)))


def _is_seated(person: Registration) -> bool:
    return person.state is RegistrationState.CONFIRMED


def _went(session: DatabaseSession, event: Event, kind: Reminder) -> bool:
    """Whether the letters of a kind went; not if the event, or a rehearsal, was put off since."""
    sent = session.get(ReminderRound, (event.id, kind))
    return sent is not None and _real_start(event) < sent.starts_at + PUT_OFF


def _real_start(event: Event) -> datetime:
    return event.starts_at - (event.clock_shift or timedelta())


def _addressed(session: DatabaseSession, event: Event) -> Iterable[Party]:
    return session.scalars(
        select(Party)
        .where(Party.event_id == event.id, Party.email.is_not(None), Party.reminders, _SEATED)
        .options(joinedload(Party.presence))
        .order_by(Party.id)
    ).all()


def _silent(session: DatabaseSession, event: Event, now: datetime) -> Sequence[Party]:
    """Return some parties whose seats are to be given back: told in time, and silent since.

    Nobody's are for want of an answer about another start.
    """
    at = event.at(now)
    if not event.release_days or at >= first_moment(event):
        return []
    if not _went(session, event, Reminder.PRESENCE):
        return []
    return session.scalars(
        select(Party)
        .join(Party.presence)
        .where(
            Party.event_id == event.id,
            Party.email.is_not(None),
            Party.reminders,
            Presence.answer_by <= at,
            Presence.answered_at.is_(None),
            _SEATED,
        )
        .order_by(Party.id)
        .limit(A_TURN)
    ).all()
