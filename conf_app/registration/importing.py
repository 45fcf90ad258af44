"""Import events over registrations: say who booked what would go, and do as told with it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session as DatabaseSession
from sqlalchemy.orm import aliased

from conf_app.programme.document import Document
from conf_app.programme.importing import Report, import_events
from conf_app.programme.models import Event, EventState, Session
from conf_app.programme.rules import last_moment, purge_day
from conf_app.refusals import Refusal
from conf_app.registration import queues, reminders, waiting
from conf_app.registration.actions import tell_everybody
from conf_app.registration.models import Booking, Party, Registration, RegistrationState
from conf_app.registration.rules import overlap
from conf_app.seats import ledger
from conf_app.web import french

CANCEL = "cancel"
MOVE = "move:"

_MAILS = {EventState.POSTPONED: "event_postponed", EventState.CANCELLED: "event_cancelled"}


class CannotMove(Refusal):
    """The bookings of a session cannot go to the one named."""

    def __init__(self, session: Session, slug: str, reason: str) -> None:
        super().__init__(
            f"les réservations de «\u00a0{session.slug}\u00a0» ne peuvent pas passer à"
            f" «\u00a0{slug}\u00a0»\u00a0: {reason}."
        )


def import_over_bookings(
    session: DatabaseSession,
    document: Document,
    *,
    now: datetime,
    force: bool = False,
    booked_sessions: str | None = None,
) -> list[Report]:
    """Import events; queue mails if one is postponed or cancelled by it, and say what it upsets.

    ``booked_sessions`` says what becomes of the bookings of a session that goes: CANCEL, or MOVE
    followed by the slug of another session of the event. Raises what ``import_events`` raises,
    and CannotMove.
    """
    reports = import_events(
        session,
        document,
        now=now,
        force=force,
        booked=partial(_count, session),
        release=partial(_release, session, how=booked_sessions, now=now)
        if booked_sessions
        else None,
    )
    return [
        replace(report, lines=(*report.lines, *_consequences(session, report, now)))
        for report in reports
    ]


def _consequences(session: DatabaseSession, report: Report, now: datetime) -> Iterator[str]:
    """Tell what a changed event means for those who are registered."""
    if report.was is None or not report.lines:
        return
    event = session.scalars(select(Event).where(Event.slug == report.slug)).one()
    if torn := _torn(session, event):
        people = french.count(torn, "personne a", "personnes ont")
        yield f"{people} maintenant deux créneaux à la même heure"
    yield from _promised(session, event)
    waiting.lock(session, event)
    kind = _letter(report, event, now)
    if kind == "event_rescheduled":
        waiting.renew(session, event, now=now)
    if offered := waiting.serve(session, event, now=now):
        seats = french.count(sum(len(each.people) for each in offered), "place", "places")
        yield f"{seats} à proposer à la liste d’attente"
    for entry in event.sessions:
        if entry.cancelled:
            waiting.end_queue(session, entry)
    reminders.take_back(session, event)
    if kind:
        told = french.count(tell_everybody(session, event, kind, now=now), "courriel", "courriels")
        yield f"{told} à envoyer"


def _letter(report: Report, event: Event, now: datetime) -> str:
    """Return which letter tells of the change; none if it moved nobody's day."""
    if event.state is not EventState.PUBLISHED:
        return _MAILS.get(event.state, "") if report.was is not event.state else ""
    moved = report.moved or report.was is EventState.POSTPONED
    return "event_rescheduled" if moved and event.at(now) < last_moment(event) else ""


def _torn(session: DatabaseSession, event: Event) -> int:
    """Return how many people booked two sessions that overlap."""
    one, other = aliased(Session), aliased(Session)
    booked, too = aliased(Booking), aliased(Booking)
    torn = (
        select(func.count(booked.registration_id.distinct()))
        .join(one, booked.session_id == one.id)
        .join(too, too.registration_id == booked.registration_id)
        .join(other, too.session_id == other.id)
        .where(
            one.event_id == event.id,
            one.id < other.id,
            one.starts_at < other.ends_at,
            other.starts_at < one.ends_at,
            one.cancelled.is_(False),
            other.cancelled.is_(False),
        )
    )
    return session.scalar(torn) or 0


def _promised(session: DatabaseSession, event: Event) -> Iterator[str]:
    """Keep the promised purge days, but for an event that is put off beyond them; say whose."""
    day = purge_day(event)
    over = last_moment(event).astimezone(event.zone).date()
    promised = update(Party).where(Party.event_id == event.id, Party.purge_on <= over)
    late = _named(session, event, Party.purge_on <= over)
    if late:
        session.execute(promised.values(purge_on=day).execution_options(synchronize_session=False))
        session.expire_all()
        people = french.count(late, "personne sera effacée", "personnes seront effacées")
        yield f"{people} plus tard que promis, le {french.day(day)}\u00a0: préviens-les"
    if kept := _named(session, event, Party.purge_on < day):
        people = french.count(kept, "personne reste effacée", "personnes restent effacées")
        yield f"{people} à la date promise, avant le {french.day(day)}"
    coming = select(func.count(Registration.id), func.min(Party.purge_on)).join(Registration.party)
    gone, first = session.execute(
        coming.where(
            Party.event_id == event.id,
            Registration.name != "",
            Registration.state != RegistrationState.CANCELLED,
        )
    ).one()
    if event.state is EventState.POSTPONED and gone:
        people = french.count(gone, "inscription sera annulée", "inscriptions seront annulées")
        yield f"sans nouvelle date au {french.day(first)}, jour promis de l’effacement, {people}"


def _named(session: DatabaseSession, event: Event, condition: ColumnElement[bool]) -> int:
    """Return how many people of an event, of parties like this, are not erased."""
    people = select(func.count(Registration.id)).join(Registration.party)
    named = people.where(Party.event_id == event.id, Registration.name != "", condition)
    return session.scalar(named) or 0


def _count(session: DatabaseSession, gone: Session) -> int:
    """Return how many people have a seat in a session, or are offered one."""
    bookings = select(func.count()).select_from(Booking).where(Booking.session_id == gone.id)
    return (session.scalar(bookings) or 0) + queues.seats_on_offer(session, gone)


def _release(session: DatabaseSession, gone: Session, *, how: str, now: datetime) -> str:
    """Cancel or move the bookings of a session, whose pool is there still."""
    waiting.end_queue(session, gone)
    count = _count(session, gone)
    told = french.count(count, "réservation", "réservations")
    if how == CANCEL:
        ledger.move(session, {_pool(gone): -count})
        booked = select(Booking.registration_id).where(Booking.session_id == gone.id)
        session.execute(
            update(Registration)
            .where(Registration.id.in_(booked))
            .values(changed_at=func.now())
            .execution_options(synchronize_session=False)
        )
        session.execute(delete(Booking).where(Booking.session_id == gone.id))
        return f"créneau «\u00a0{gone.slug}\u00a0»\u00a0: {told} en moins"
    slug = how.removeprefix(MOVE)
    _move(session, gone, slug, now=now)
    return f"créneau «\u00a0{gone.slug}\u00a0»\u00a0: {told} vers «\u00a0{slug}\u00a0»"


def _move(session: DatabaseSession, gone: Session, slug: str, *, now: datetime) -> None:
    target = session.scalar(
        select(Session).where(Session.event_id == gone.event_id, Session.slug == slug)
    )
    if target is None or target is gone or target.pool_id is None or target.cancelled:
        raise CannotMove(gone, slug, "ce créneau n’existe pas ou ne se réserve pas")
    bookings = session.scalars(select(Booking).where(Booking.session_id == gone.id)).all()
    coming = 0
    for booking in bookings:
        others = [each.session for each in booking.registration.bookings if each is not booking]
        if target in others:
            session.delete(booking)
        elif overlap([*others, target]):
            raise CannotMove(gone, slug, "quelqu’un a déjà réservé un créneau à la même heure")
        else:
            booking.session = target
            coming += 1
            waiting.withdraw(session, [booking.registration], now=now, booked={target.id})
    try:
        ledger.move(session, {_pool(gone): -len(bookings), target.pool_id: coming})
    except ledger.NotEnoughSeats:
        raise CannotMove(gone, slug, "il n’y a pas assez de places") from None
    session.flush()


def _pool(session: Session) -> int:
    if session.pool_id is None:
        raise ValueError(f"{session.slug} is not booked on its own")
    return session.pool_id
