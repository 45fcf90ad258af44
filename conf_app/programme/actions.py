"""Change how an event lives."""

from datetime import datetime

from sqlalchemy.orm import Session as DatabaseSession

from conf_app.programme.models import Event
from conf_app.programme.rules import is_near, rehearsal_shift
from conf_app.refusals import Refusal
from conf_app.seats import ledger


class RealRegistrations(Refusal):
    """Leaving a rehearsal erases what was made in it: real registrations must not be there."""

    def __init__(self, slug: str) -> None:
        super().__init__(
            f"évènement «\u00a0{slug}\u00a0»\u00a0: des personnes sont vraiment inscrites,"
            " une répétition effacerait leurs inscriptions à la fin."
        )


class FarFromEvent(Refusal):
    """A moment told by an event's clock is more than about a year away from it."""

    def __init__(self, event: Event, moment: datetime) -> None:
        super().__init__(
            f"le {moment:%d/%m/%Y} est à plus d’un an de «\u00a0{event.slug}\u00a0»,"
            f" qui commence le {event.starts_at.astimezone(event.zone):%d/%m/%Y}."
        )


def start_rehearsal(
    session: DatabaseSession, event: Event, *, now: datetime, at: datetime | None = None
) -> None:
    """Put an event in rehearsal, or move its clock: to ``at``, or 21 days before its start.

    Raises RealRegistrations if seats of the real event are taken, FarFromEvent.
    """
    if at is not None and not is_near(event, at):
        raise FarFromEvent(event, at)
    if event.pool_id is not None:
        ledger.lock(session, event.pool_id)
        if not event.rehearsal and ledger.count(session, [event.pool_id])[event.pool_id].taken:
            raise RealRegistrations(event.slug)
    event.clock_shift = rehearsal_shift(event, now, at=at)
    _touch(event, now)


def end_rehearsal(event: Event, *, now: datetime) -> None:
    """Bring an event back to real time; what was made in rehearsal must be gone by then."""
    event.clock_shift = None
    _touch(event, now)


def _touch(event: Event, now: datetime) -> None:
    event.content_version += 1
    event.updated_at = now
