"""Make the database say what a document says, keeping ids, pools and registrations."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session as DatabaseSession

from conf_app.programme import changes, exporting
from conf_app.programme.document import (
    Document,
    EventEntry,
    RegistrationEntry,
    SessionEntry,
    columns,
)
from conf_app.programme.models import (
    Event,
    EventState,
    Notice,
    Room,
    Session,
    Speaker,
    Talk,
    Theme,
)
from conf_app.refusals import Refusal
from conf_app.seats import ledger
from conf_app.seats.models import SeatPool

Booked = Callable[[Session], int]
"""Says how many bookings a session has. Bookings live in a room above this one."""
Release = Callable[[Session], str]
"""Takes a session's bookings away, seats given back, and says in one line what became of them."""


class OlderRevision(Refusal):
    """The file is older than what the database holds."""

    def __init__(self, slug: str, *, file: int, database: int) -> None:
        super().__init__(
            f"évènement «\u00a0{slug}\u00a0»\u00a0: le fichier porte la révision {file}, la base"
            f" est déjà à la révision {database}\u00a0: quelqu’un l’a changée depuis."
            " Pars d’un export récent, ou ajoute --force."
        )


class SessionBooked(Refusal):
    """People have booked a session that would go."""

    def __init__(self, session: Session, count: int) -> None:
        people = "1 personne a réservé" if count == 1 else f"{count} personnes ont réservé"
        super().__init__(
            f"créneau «\u00a0{session.slug}\u00a0»\u00a0: {people}, il ne peut pas disparaître."
            " Ajoute --booked-sessions cancel pour annuler ces réservations,"
            " ou --booked-sessions move:<slug> pour les déplacer."
        )
        self.count = count


class PeopleRegistered(Refusal):
    """People are registered at an event that would take no registrations any more."""

    def __init__(self, slug: str, taken: int) -> None:
        super().__init__(
            f"évènement «\u00a0{slug}\u00a0»\u00a0: {taken} places sont prises,"
            " [event.registration] ne peut pas disparaître."
        )


class CapacityTooLow(Refusal):
    """The seats taken and held back would not fit into a new capacity."""

    def __init__(self, place: str, *, capacity: int, held: int, taken: int) -> None:
        super().__init__(
            f"{place}, champ capacity\u00a0: {taken} prises et {held} retenues ne tiennent pas"
            f" dans {capacity} places."
        )


@dataclass(frozen=True)
class Report:
    """Tell what an import did to one event; ``was`` is the state it had, None if it is new.

    ``moved`` says that it starts at another time.
    """

    slug: str
    was: EventState | None
    lines: tuple[str, ...]
    moved: bool = False


def import_events(
    session: DatabaseSession,
    document: Document,
    *,
    now: datetime,
    booked: Booked,
    release: Release | None = None,
    force: bool = False,
) -> list[Report]:
    """Bring the events of a document into the database and report what changed, event by event.

    Doing it twice changes nothing the second time; events the document does not name stay as
    they are. Raises OlderRevision unless forced, SessionBooked unless told how to release,
    PeopleRegistered and CapacityTooLow; nothing is then to be committed.
    """
    _lock(session, [entry.slug for entry in document.events])
    # The one that goes to the home page comes last: another of the file may have to leave it.
    entries = sorted(document.events, key=lambda entry: entry.featured)
    return [_Import(session, entry, now, booked, release).run(force=force) for entry in entries]


def _lock(session: DatabaseSession, slugs: list[str]) -> None:
    """Take the day pools first, as every transaction that touches an event's seats does."""
    pools = select(Event.pool_id).where(Event.slug.in_(slugs), Event.pool_id.is_not(None))
    for pool_id in session.scalars(pools.order_by(Event.pool_id)).all():
        if pool_id is not None:
            ledger.lock(session, pool_id)


class _Import:
    """Bring one event in."""

    def __init__(
        self,
        session: DatabaseSession,
        entry: EventEntry,
        now: datetime,
        booked: Booked,
        release: Release | None,
    ) -> None:
        self._session = session
        self._entry = entry
        self._now = now
        self._booked = booked
        self._release = release
        self._lines: list[str] = []

    def run(self, *, force: bool) -> Report:
        entry = self._entry
        event = self._session.scalar(select(Event).where(Event.slug == entry.slug))
        if event is None:
            self._feature()
            event = Event(slug=entry.slug, sequence=0, content_version=1, updated_at=self._now)
            self._session.add(event)
            self._apply(event)
            return Report(entry.slug, None, ("ajouté", *self._lines))
        before, was, started = exporting.event_entry(event), event.state, event.starts_at
        if replace(before, revision=entry.revision) == entry:
            event.revision = max(event.revision, entry.revision)
            return Report(entry.slug, was, ())
        if entry.revision < event.revision and not force:
            raise OlderRevision(entry.slug, file=entry.revision, database=event.revision)
        self._feature()
        self._count_up(event, before)
        # A change is a new revision, so that another file made from the same export is now older.
        revision = max(entry.revision, event.revision + 1)
        self._apply(event)
        event.revision = revision
        self._session.flush()
        lines = changes.differences(before, entry)
        moved = event.starts_at != started
        return Report(entry.slug, was, (*lines, *self._lines), moved)

    def _feature(self) -> None:
        """Take the other event off the home page, if this one goes there: there is one place."""
        if not self._entry.featured:
            return
        for other in self._session.scalars(
            select(Event).where(Event.featured, Event.slug != self._entry.slug)
        ):
            other.featured = False
            other.revision += 1
            other.content_version += 1
            self._lines.append(f"«\u00a0{other.slug}\u00a0» n’est plus à la une")
        self._session.flush()

    def _count_up(self, event: Event, before: EventEntry) -> None:
        """Raise what pages and calendars look at, where they have something to hear."""
        after = self._entry
        event.content_version += 1
        event.updated_at = self._now
        if changes.calendar_event(before) != changes.calendar_event(after):
            event.sequence += 1
        told = {item.slug: changes.calendar_session(item, before) for item in before.sessions}
        for item in after.sessions:
            if item.slug in told and told[item.slug] != changes.calendar_session(item, after):
                next(row for row in event.sessions if row.slug == item.slug).sequence += 1

    def _apply(self, event: Event) -> None:
        entry = self._entry
        _fill(event, entry, ends_at=entry.last)
        _fill(event, entry.host)
        _fill(event, entry.contact)
        _fill(event, entry.registration or RegistrationEntry(capacity=0))
        # The day's pool comes first: it must have the lowest id of the event's pools.
        if entry.registration is not None:
            event.pool = self._pool(
                event.pool, entry.registration, f"évènement «\u00a0{entry.slug}\u00a0»"
            )
        _merge(event.themes, entry.themes, Theme)
        _merge(event.notices, entry.notices, Notice)
        old_rooms = _merge(event.rooms, entry.rooms, Room, remove=False)
        old_speakers = _merge(event.speakers, entry.speakers, Speaker, remove=False)
        old_sessions = _merge(event.sessions, entry.sessions, Session, remove=False)
        for item in entry.sessions:
            self._place(event, next(s for s in event.sessions if s.slug == item.slug), item)
        self._session.flush()
        booked = {item.slug for item in entry.sessions if item.capacity is not None}
        for session in event.sessions:
            if session.slug not in booked:
                self._unbook(session)
        for rows, old in (
            (event.sessions, old_sessions),
            (event.rooms, old_rooms),
            (event.speakers, old_speakers),
        ):
            for row in old:
                rows.remove(row)
        if entry.registration is None and event.pool is not None:
            self._close(event)
        self._session.flush()
        if event.pool_id is not None:
            # Open pages ask by the day's version: it must tell whatever changed on them.
            ledger.move(self._session, {event.pool_id: 0})
        # The ledger writes beside the ORM, and the lists have their order to find again.
        self._session.expire_all()

    def _place(self, event: Event, session: Session, entry: SessionEntry) -> None:
        """Give a session its room, speakers and seats."""
        session.room = next((room for room in event.rooms if room.slug == entry.room), None)
        talks = {talk.speaker.slug: talk for talk in session.talks}
        people = {speaker.slug: speaker for speaker in event.speakers}
        session.talks = [
            talks.get(slug) or Talk(speaker=people[slug], position=position)
            for position, slug in enumerate(entry.speakers)
        ]
        for position, talk in enumerate(session.talks):
            talk.position = position
        if entry.capacity is not None:
            session.pool = self._pool(session.pool, entry, f"créneau «\u00a0{entry.slug}\u00a0»")

    def _pool(
        self, pool: SeatPool | None, entry: RegistrationEntry | SessionEntry, place: str
    ) -> SeatPool:
        capacity, held = entry.capacity or 0, entry.held
        if pool is None:
            return ledger.open_pool(self._session, capacity=capacity, held=held)
        if (pool.capacity, pool.held) != (capacity, held):
            try:
                ledger.resize(self._session, pool.id, capacity=capacity, held=held)
            except ledger.CapacityBelowTaken:
                taken = ledger.count(self._session, [pool.id])[pool.id].taken
                raise CapacityTooLow(place, capacity=capacity, held=held, taken=taken) from None
        return pool

    def _unbook(self, session: Session) -> None:
        """Take a session's seats away, once nobody holds one."""
        if session.pool is None:
            return
        if count := self._booked(session):
            if self._release is None:
                raise SessionBooked(session, count)
            self._lines.append(self._release(session))
        pool, session.pool = session.pool, None
        self._session.flush()
        self._session.delete(pool)

    def _close(self, event: Event) -> None:
        """Take an event's seats away, if nobody holds one."""
        pool = event.pool
        if pool is None:
            return
        if taken := ledger.count(self._session, [pool.id])[pool.id].taken:
            raise PeopleRegistered(event.slug, taken)
        event.pool = None
        self._session.flush()
        self._session.delete(pool)


def _fill(row: Any, entry: Any, **more: Any) -> None:
    for name, value in (columns(entry) | more).items():
        setattr(row, name, value)


def _merge(
    rows: list[Any], entries: Iterable[Any], model: type, *, remove: bool = True
) -> list[Any]:
    """Fill the rows of the same slugs, add the missing ones, and return those left over."""
    old = {row.slug: row for row in rows}
    for position, entry in enumerate(entries):
        row = old.pop(entry.slug, None)
        if row is None:
            row = model()
            rows.append(row)
        _fill(row, entry, position=position)
    for row in old.values() if remove else ():
        rows.remove(row)
    return list(old.values())
