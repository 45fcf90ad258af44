"""Import events over registrations: say who booked what would go, and do as told with it."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session as DatabaseSession

from conf_app.programme.document import Document
from conf_app.programme.importing import Report, import_events
from conf_app.programme.models import Event, EventState, Session
from conf_app.refusals import Refusal
from conf_app.registration.actions import tell_everybody
from conf_app.registration.models import Booking
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
    """Import events; queue mails if one is postponed or cancelled by it.

    ``booked_sessions`` says what becomes of the bookings of a session that goes: CANCEL, or MOVE
    followed by the slug of another session of the event. Raises what ``import_events`` raises,
    and CannotMove.
    """
    slugs = [event.slug for event in document.events]
    states = _states(session, slugs)
    reports = import_events(
        session,
        document,
        now=now,
        force=force,
        booked=partial(_count, session),
        release=partial(_release, session, how=booked_sessions) if booked_sessions else None,
    )
    return [_tell(session, report, states, now) for report in reports]


def _tell(
    session: DatabaseSession, report: Report, states: Mapping[str, EventState], now: datetime
) -> Report:
    event = session.scalars(select(Event).where(Event.slug == report.slug)).one()
    kind = _MAILS.get(event.state)
    if report.new or kind is None or states[report.slug] is event.state:
        return report
    told = french.count(tell_everybody(session, event, kind, now=now), "courriel", "courriels")
    return Report(report.slug, report.new, (*report.lines, f"{told} à envoyer"))


def _states(session: DatabaseSession, slugs: list[str]) -> dict[str, EventState]:
    rows = session.execute(select(Event.slug, Event.state).where(Event.slug.in_(slugs)))
    return {row.slug: row.state for row in rows}


def _count(session: DatabaseSession, gone: Session) -> int:
    bookings = select(func.count()).select_from(Booking).where(Booking.session_id == gone.id)
    return session.scalar(bookings) or 0


def _release(session: DatabaseSession, gone: Session, *, how: str) -> str:
    """Cancel or move the bookings of a session, whose pool is there still."""
    count = _count(session, gone)
    told = french.count(count, "réservation", "réservations")
    if how == CANCEL:
        ledger.move(session, {_pool(gone): -count})
        session.execute(delete(Booking).where(Booking.session_id == gone.id))
        return f"créneau «\u00a0{gone.slug}\u00a0»\u00a0: {told} en moins"
    slug = how.removeprefix(MOVE)
    _move(session, gone, slug)
    return f"créneau «\u00a0{gone.slug}\u00a0»\u00a0: {told} vers «\u00a0{slug}\u00a0»"


def _move(session: DatabaseSession, gone: Session, slug: str) -> None:
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
    try:
        ledger.move(session, {_pool(gone): -len(bookings), target.pool_id: coming})
    except ledger.NotEnoughSeats:
        raise CannotMove(gone, slug, "il n’y a pas assez de places") from None
    session.flush()


def _pool(session: Session) -> int:
    if session.pool_id is None:
        raise ValueError(f"{session.slug} is not booked on its own")
    return session.pool_id
