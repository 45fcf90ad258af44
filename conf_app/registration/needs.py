"""Keep what a person needs to come in good conditions; forget it apart from the rest.

What is told of health is sensitive (RGPD, article 9): it is asked for with its reason, read by the
organisers alone, shown at the door only if the person agreed, and erased soon after the event.
"""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, exists, func, select
from sqlalchemy.event import listens_for
from sqlalchemy.orm import Session as DatabaseSession
from sqlalchemy.orm import contains_eager

from conf_app.database import leave_no_trace
from conf_app.programme.models import Event
from conf_app.programme.rules import Entry, last_moment
from conf_app.registration.models import Need, Registration, RegistrationState
from conf_app.registration.presence import note_presence
from conf_app.registration.refusals import NotConfirmed, RegistrationClosed

KEPT = timedelta(days=3)
"""How long after an event what people needed there is kept."""

TEXT_LENGTH = 500
CONSENT_VERSION = "2026-11"
"""Names the words of the consent to needs; raise it whenever they change."""


class NeedKind(enum.Enum):
    """What is often needed."""

    STEP_FREE = "plain-pied"
    SEAT = "assise"
    SIGNS = "lsf"
    CAPTIONS = "sous-titres"
    LOOP = "boucle"
    LARGE_PRINT = "gros-caracteres"
    GUIDE = "accompagnement"
    QUIET = "calme"


WORDS = {
    NeedKind.STEP_FREE: "Un chemin et une place de plain-pied",
    NeedKind.SEAT: "Une place assise gardée",
    NeedKind.SIGNS: "Une interprétation en langue des signes (LSF)",
    NeedKind.CAPTIONS: "Des sous-titres ou une transcription",
    NeedKind.LOOP: "Une boucle magnétique",
    NeedKind.LARGE_PRINT: "Le programme en gros caractères",
    NeedKind.GUIDE: "Quelqu’un pour m’accompagner sur place",
    NeedKind.QUIET: "Un endroit calme où faire une pause",
}


@dataclass(frozen=True)
class Needs:
    """Hold what a person needs: kinds, own words, and whether the door may see it."""

    kinds: frozenset[NeedKind] = frozenset()
    text: str = ""
    at_door: bool = False

    def __bool__(self) -> bool:
        """Whether anything is needed."""
        return bool(self.kinds or self.text)


NOTHING = Needs()


def tell(
    session: DatabaseSession, registration: Registration, needs: Needs, *, now: datetime
) -> None:
    """Keep what a person needs instead of what was told before; nothing needed keeps nothing.

    Raises NotConfirmed; RegistrationClosed once the event is over.
    """
    event = registration.event
    if registration.state is RegistrationState.CANCELLED:
        raise NotConfirmed(registration.state)
    if event.at(now) >= last_moment(event):
        raise RegistrationClosed(Entry.CLOSED)
    registration.need = kept(event, needs, at=event.at(now), already=registration.need)
    note_presence(registration.party, event.at(now))
    session.flush()


@listens_for(Need, "after_update")
@listens_for(Need, "after_delete")
def _forget(_mapper: object, connection: Connection, _need: Need) -> None:
    leave_no_trace(connection)


def kept(event: Event, needs: Needs, *, at: datetime, already: Need | None = None) -> Need | None:
    """Return the row that keeps what is needed, the one there is if any; None if nothing is.

    Each time, the person agreed to the day that the form told.
    """
    if not needs:
        return None
    row = already or Need()
    row.kinds = [kind.value for kind in NeedKind if kind in needs.kinds]
    row.text, row.at_door, row.told_at = needs.text, needs.at_door, at
    row.erase_on = erasing_day(event)
    row.consent_version = CONSENT_VERSION
    return row


def told(registration: Registration) -> Needs:
    """Return what a person said to need."""
    row = registration.need
    if row is None:
        return NOTHING
    return Needs(frozenset(map(NeedKind, row.kinds)), row.text, row.at_door)


def spelled(needs: Needs) -> list[str]:
    """Return what is needed, in words, one thing a line."""
    return [*(WORDS[kind] for kind in NeedKind if kind in needs.kinds), *filter(None, [needs.text])]


def note(registration: Registration) -> list[str]:
    """Return what the door may read of a person's needs: nothing unless they agreed."""
    needs = told(registration)
    return spelled(needs) if needs.at_door else []


def erasing_day(event: Event) -> date:
    """Return the day on which what is told now is to be erased, in the event's time zone."""
    return (last_moment(event) + KEPT).astimezone(event.zone).date()


def erased_on(need: Need) -> date:
    """Return the day on which a person's needs are erased: as promised, or sooner."""
    return min(need.erase_on, erasing_day(need.registration.event))


def number(session: DatabaseSession, event: Event) -> int:
    """Return how many people of an event need something and may come."""
    # From the few who need something, not from all who come.
    coming = exists().where(Registration.id == Need.registration_id, _of(event))
    return session.scalar(select(func.count(Need.registration_id)).where(coming)) or 0


def of_event(session: DatabaseSession, event: Event) -> Sequence[Registration]:
    """Return the people of an event who need something and may come, in the order they came."""
    return session.scalars(
        select(Registration)
        .join(Registration.need)
        .where(_of(event))
        .options(contains_eager(Registration.need))
        .order_by(Registration.id)
    ).all()


def _of(event: Event) -> ColumnElement[bool]:
    return and_(
        Registration.event_id == event.id, Registration.state != RegistrationState.CANCELLED
    )
