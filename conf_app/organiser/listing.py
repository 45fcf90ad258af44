"""Find registrations: narrowed, sorted, a page at a time.

Pages go by the registration at their edge, not by counting, so that the last is as fast as the
first, and who registers meanwhile moves nobody.
"""

import contextlib
import enum
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, tuple_
from sqlalchemy.orm import Session as DatabaseSession
from sqlalchemy.orm import contains_eager, selectinload

from conf_app import codes
from conf_app.codes import Reference
from conf_app.door import queries as door
from conf_app.door.models import Passage
from conf_app.door.queries import Sighting
from conf_app.programme.models import Event
from conf_app.registration.models import Booking, Need, Party, Registration, RegistrationState
from conf_app.registration.names import name_key

PAGE = 50
"""How many registrations a page of a list shows."""

COUNTED = 10_000
"""How far registrations are counted: of more it is only said that there are more."""

_ACTIVE = Registration.state != RegistrationState.CANCELLED


_Query = Select[*tuple[Any, ...]]


class Order(enum.Enum):
    """In which order a list stands."""

    LATEST = "recents"
    OLDEST = "anciens"
    NAME = "nom"
    NAME_REVERSED = "nom-inverse"


class Wanted(NamedTuple):
    """Hold what a list is narrowed to, and its order.

    ``session`` is the slug of one that people booked; ``arrived`` whether they came in, None for
    both; ``needing`` and ``doubled`` keep only who said a need, or may be somebody twice.
    """

    text: str = ""
    state: RegistrationState | None = None
    session: str = ""
    arrived: bool | None = None
    needing: bool = False
    doubled: bool = False
    order: Order = Order.LATEST

    @property
    def narrows(self) -> bool:
        """Whether anybody may be left out."""
        return self != Wanted(order=self.order)


class Line(NamedTuple):
    """Hold one registration of a list, and what is worth saying about it."""

    registration: Registration
    reference: str
    sessions: list[str]
    arrival: Sighting | None
    same_email: bool
    same_name: bool


class Listing(NamedTuple):
    """Hold one page of a list, how many registrations there are in all, and the ways on.

    ``total`` goes up to COUNTED + 1, which stands for more.

    ``before`` and ``after`` are the ids at its edges, None where nothing comes before or after.
    """

    lines: list[Line]
    total: int
    before: int | None
    after: int | None


def count(session: DatabaseSession, event: Event, wanted: Wanted) -> int:
    """Return how many registrations a list has."""
    counted = _with_party(select(func.count(Registration.id)), wanted)
    return session.scalar(narrowed(counted, event, wanted)) or 0


def _some(session: DatabaseSession, event: Event, wanted: Wanted) -> int:
    """Return how many registrations a list has, as far as they are counted."""
    found = narrowed(_with_party(select(Registration.id), wanted), event, wanted)
    return (
        session.scalar(select(func.count()).select_from(found.limit(COUNTED + 1).subquery())) or 0
    )


def listing(
    session: DatabaseSession,
    event: Event,
    wanted: Wanted,
    *,
    before: int | None = None,
    after: int | None = None,
) -> Listing:
    """Return the page of a list that ends before a registration, or begins after one."""
    forward = before is None
    found = narrowed(_with_party(select(Registration), wanted), event, wanted)
    edge = _place(session, before if before is not None else after)
    if edge is not None:
        found = found.where(_beyond(wanted.order, edge, forward=forward))
    rows = session.scalars(
        found.options(
            contains_eager(Registration.party)
            if _needs_party(wanted)
            else selectinload(Registration.party),
            selectinload(Registration.bookings),
        )
        .order_by(*_sorted(wanted.order, forward=forward))
        .limit(PAGE + 1)
    ).all()
    more, shown = len(rows) > PAGE, [*rows[:PAGE]]
    if not forward:
        shown.reverse()
    begins = edge is None if forward else not more
    ends = not more if forward else edge is None
    return Listing(
        _lines(session, event, shown),
        len(shown) if begins and ends else _some(session, event, wanted),
        shown[0].id if shown and not begins else None,
        shown[-1].id if shown and not ends else None,
    )


def _lines(session: DatabaseSession, event: Event, people: Sequence[Registration]) -> list[Line]:
    arrivals = door.arrivals(session, [each.id for each in people])
    emails = _doubled_emails(session, event, {each.party.email for each in people} - {None})
    names = _doubled_names(session, event, {each.name_key for each in people} - {""})
    titles = {entry.id: entry.title for entry in event.sessions}
    return [
        Line(
            each,
            codes.spell(Reference(each.reference)),
            # A session made and booked between two of our queries waits for the next reading.
            [titles[one.session_id] for one in each.bookings if one.session_id in titles],
            arrivals.get(each.id),
            same_email=_is_active(each) and each.party.email in emails,
            same_name=_is_active(each) and each.name_key in names,
        )
        for each in people
    ]


_Row = tuple[str, int]


def _place(session: DatabaseSession, edge: int | None) -> _Row | None:
    """Return by what the registration at an edge is sorted; None if it is gone, or none is."""
    if edge is None:
        return None
    row = session.execute(
        select(Registration.name_key, Registration.id).where(Registration.id == edge)
    ).first()
    return None if row is None else (row.name_key, row.id)


def _beyond(order: Order, edge: _Row, *, forward: bool) -> ColumnElement[bool]:
    upwards = forward is (order in {Order.OLDEST, Order.NAME})
    if order in {Order.LATEST, Order.OLDEST}:
        return Registration.id > edge[1] if upwards else Registration.id < edge[1]
    place = tuple_(Registration.name_key, Registration.id)
    return place > edge if upwards else place < edge


def _sorted(order: Order, *, forward: bool) -> list[ColumnElement[object]]:
    columns: list[ColumnElement[object]] = [Registration.id]  # type: ignore[list-item]
    if order in {Order.NAME, Order.NAME_REVERSED}:
        columns.insert(0, Registration.name_key)  # type: ignore[arg-type]
    upwards = forward is (order in {Order.OLDEST, Order.NAME})
    return columns if upwards else [each.desc() for each in columns]


def _needs_party(wanted: Wanted) -> bool:
    return bool(wanted.text) or wanted.doubled


def _with_party(query: _Query, wanted: Wanted) -> _Query:
    return query.join(Registration.party) if _needs_party(wanted) else query


def narrowed(query: _Query, event: Event, wanted: Wanted) -> _Query:
    """Keep of a query over registrations those of an event that are wanted.

    Where text or doubles are wanted, the query has the party joined.
    """
    query = query.where(Registration.event_id == event.id)
    if wanted.state is not None:
        query = query.where(Registration.state == wanted.state)
    if wanted.session:
        entry = next((each for each in event.sessions if each.slug == wanted.session), None)
        booked = select(Booking.registration_id).where(
            Booking.session_id == (entry.id if entry else None)
        )
        query = query.where(Registration.id.in_(booked))
    if wanted.arrived is not None:
        came = exists().where(
            Passage.registration_id == Registration.id,
            Passage.session_id.is_(None),
            door.WENT_IN,
        )
        query = query.where(came if wanted.arrived else ~came)
    if wanted.needing:
        query = query.where(exists().where(Need.registration_id == Registration.id))
    if wanted.doubled:
        query = query.where(_ACTIVE, or_(*_doubles(event)))
    if wanted.text:
        query = query.where(_says(wanted.text))
    return query


def _says(text: str) -> ColumnElement[bool]:
    """Return whether a name holds each word of a text, or an address or reference all of it."""
    words = name_key(text).split()
    found = [
        and_(*(Registration.name_key.contains(word, autoescape=True) for word in words)),
        func.lower(Party.email).contains(text.lower(), autoescape=True),
    ]
    with contextlib.suppress(codes.NotACode):
        found.append(Registration.reference == codes.parse_reference(text))
    return or_(*found)


def _doubles(event: Event) -> list[ColumnElement[bool]]:
    """Return who shares a name, or an address with another party, by what ``Line`` says."""
    emails = _shared_emails(event).where(Party.email.is_not(None))
    names = (
        select(Registration.name_key)
        .where(Registration.event_id == event.id, Registration.name_key != "", _ACTIVE)
        .group_by(Registration.name_key)
        .having(func.count(Registration.id) > 1)
    )
    return [Registration.name_key.in_(names), Party.email.in_(emails)]


def _shared_emails(event: Event) -> Select[str | None]:
    """Ask which addresses several parties of an event gave, somebody of them coming."""
    return (
        select(Party.email)
        .where(
            Party.event_id == event.id,
            Party.registrations.any(_ACTIVE),
        )
        .group_by(Party.email)
        .having(func.count(Party.id) > 1)
    )


def _doubled_emails(
    session: DatabaseSession, event: Event, emails: set[str | None]
) -> set[str | None]:
    return set(session.scalars(_shared_emails(event).where(Party.email.in_(emails))))


def _doubled_names(session: DatabaseSession, event: Event, keys: set[str]) -> set[str]:
    """Return which of these names several active registrations of the event share."""
    return set(
        session.scalars(
            select(Registration.name_key)
            .where(Registration.event_id == event.id, Registration.name_key.in_(keys), _ACTIVE)
            .group_by(Registration.name_key)
            .having(func.count(Registration.id) > 1)
        )
    )


def _is_active(registration: Registration) -> bool:
    return registration.state is not RegistrationState.CANCELLED
