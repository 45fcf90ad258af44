"""Importing brings the database to what a file says, and keeps what people did."""

from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session as DatabaseSession

from conf_app.database import transaction
from conf_app.programme import exporting, importing, reading, writing
from conf_app.programme.document import Document, EventEntry, RegistrationEntry
from conf_app.programme.importing import Release, Report, import_events
from conf_app.programme.models import Event, EventState, Session
from conf_app.seats import ledger
from conf_app.seats.models import SeatPool
from tests.conftest import NOON_IN_NOVEMBER
from tests.events import make_conference, paris

SHIPPED = Path(importing.__file__).parent / "shipped"
FILES = ("conf-2022.toml", "agenda.toml")


def nobody(_session: Session) -> int:
    return 0


def bring(
    session: DatabaseSession, *events: EventEntry, release: Release | None = None, **options: bool
) -> list[Report]:
    """Import events nobody has booked anything of."""
    return import_events(
        session,
        Document(events),
        now=NOON_IN_NOVEMBER,
        booked=nobody,
        release=release,
        force=options.get("force", False),
    )


def entry_of(session: DatabaseSession, slug: str = "conf") -> EventEntry:
    """Return what a file would say of the event."""
    return exporting.document(session, [slug]).events[0]


def event_of(session: DatabaseSession, slug: str = "conf") -> Event:
    return session.scalars(select(Event).where(Event.slug == slug)).one()


@pytest.mark.parametrize("name", FILES)
def test_exporting_what_was_imported_gives_the_file_again(app: Flask, name: str) -> None:
    content = (SHIPPED / name).read_bytes()
    read = reading.read(content, name)

    with app.app_context():
        with transaction() as session:
            bring(session, *read.events)
        with transaction() as session:
            exported = exporting.document(session, [event.slug for event in read.events])

    assert writing.write(exported) == content.decode()


def test_importing_again_changes_nothing(app: Flask) -> None:
    read = reading.read((SHIPPED / FILES[0]).read_bytes(), FILES[0])

    with app.app_context():
        with transaction() as session:
            first = bring(session, *read.events)
        with transaction() as session:
            second = bring(session, *read.events)
            event = event_of(session, "conf-2022")
            assert (event.content_version, event.sequence) == (1, 0)

    assert first == [Report("conf-2022", was=None, lines=("ajouté",))]
    assert second == [Report("conf-2022", was=EventState.PUBLISHED, lines=())]


def test_the_days_pool_has_the_lowest_id_of_its_event(app: Flask) -> None:
    read = reading.read((SHIPPED / FILES[0]).read_bytes(), FILES[0])

    with app.app_context(), transaction() as session:
        bring(session, *read.events)
        event = event_of(session, "conf-2022")
        others = [row.pool_id for row in event.sessions if row.pool_id is not None]

        assert event.pool_id is not None
        assert len(others) == 1
        assert event.pool_id < min(others)


def test_a_change_is_reported_and_heard_by_pages_and_calendars(app: Flask) -> None:
    with app.app_context():
        with transaction() as session:
            ids = {row.slug: row.id for row in make_conference(session).sessions}
            entry = entry_of(session)
        sessions = tuple(
            replace(item, ends=paris(18, 30)) if item.slug == "ag" else item
            for item in entry.sessions
        )

        with transaction() as session:
            [report] = bring(session, replace(entry, tagline="Autre", sessions=sessions))

            event = event_of(session)
            assert (event.content_version, event.sequence) == (2, 0)
            assert event.updated_at == NOON_IN_NOVEMBER
            assert {row.slug: row.id for row in event.sessions} == ids
            assert {row.slug: row.sequence for row in event.sessions if row.sequence} == {"ag": 1}

    assert report.lines == (
        'tagline\u00a0: "Pour essayer" → "Autre"',
        "créneau «\u00a0ag\u00a0», ends\u00a0: 2022-12-15T18:00:00 → 2022-12-15T18:30:00",
    )


@pytest.mark.parametrize(
    "change", [{"title": "Autre titre"}, {"venue": "Ailleurs"}, {"starts": paris(10)}]
)
def test_calendars_hear_that_the_event_itself_changed(
    app: Flask, change: dict[str, object]
) -> None:
    with app.app_context():
        with transaction() as session:
            make_conference(session)
            entry = entry_of(session)
        with transaction() as session:
            bring(session, replace(entry, **change))  # type: ignore[arg-type]
            assert event_of(session).sequence == 1


def test_a_renamed_room_is_heard_by_its_sessions_only(app: Flask) -> None:
    with app.app_context():
        with transaction() as session:
            make_conference(session)
            entry = entry_of(session)
        with transaction() as session:
            bring(session, replace(entry, rooms=(replace(entry.rooms[0], name="Petite salle"),)))
            changed = [row.slug for row in event_of(session).sessions if row.sequence]

    assert changed == ["ouverture"]


def test_only_a_new_revision_changes_no_page(app: Flask) -> None:
    with app.app_context():
        with transaction() as session:
            make_conference(session)
            entry = entry_of(session)
        with transaction() as session:
            bring(session, replace(entry, revision=7))
            assert (event_of(session).revision, event_of(session).content_version) == (7, 1)


def test_an_older_revision_is_refused_unless_forced(app: Flask) -> None:
    with app.app_context():
        with transaction() as session:
            make_conference(session)
            entry = entry_of(session)
            bring(session, replace(entry, revision=3))
        changed = replace(entry, revision=2, tagline="Autrement")

        with pytest.raises(importing.OlderRevision, match="révision 2"), transaction() as session:
            bring(session, changed)

        with transaction() as session:
            bring(session, changed, force=True)
            assert (event_of(session).tagline, event_of(session).revision) == ("Autrement", 4)


def test_of_two_people_who_changed_one_export_the_second_is_refused(app: Flask) -> None:
    with app.app_context():
        with transaction() as session:
            make_conference(session)
            export = entry_of(session)
        with transaction() as session:
            bring(session, replace(export, tagline="De la première"))
            assert event_of(session).revision == export.revision + 1

        with pytest.raises(importing.OlderRevision), transaction() as session:
            bring(session, replace(export, tagline="De la seconde"))

        with transaction() as session:
            bring(session, replace(export, tagline="De la première"))  # again: nothing to do
            assert event_of(session).revision == export.revision + 1


def test_what_a_file_no_longer_names_goes(app: Flask) -> None:
    with app.app_context():
        with transaction() as session:
            make_conference(session)
            entry = entry_of(session)
        bare = replace(
            entry,
            rooms=(),
            speakers=(),
            sessions=tuple(replace(i, room="", speakers=()) for i in entry.sessions[1:2]),
        )

        with transaction() as session:
            [report] = bring(session, bare)
        with transaction() as session:
            assert entry_of(session) == replace(bare, revision=entry.revision + 1)
            pools = session.scalar(select(func.count()).select_from(SeatPool))

    assert pools == 1
    assert "créneau «\u00a0ag\u00a0»\u00a0: retiré" in report.lines


def test_a_capacity_is_resized_and_its_seats_kept(app: Flask) -> None:
    with app.app_context():
        with transaction() as session:
            pool = make_conference(session).pool_id
            assert pool is not None
            ledger.move(session, {pool: 30})
            entry = entry_of(session)

        with transaction() as session:
            bring(session, replace(entry, registration=RegistrationEntry(capacity=40, held=5)))
            seats = ledger.count(session, [pool])[pool]
            assert (seats.capacity, seats.taken, seats.held) == (40, 30, 5)

        with pytest.raises(importing.CapacityTooLow) as refusal, transaction() as session:
            bring(session, replace(entry_of(session), registration=RegistrationEntry(capacity=29)))

    assert str(refusal.value) == (
        "évènement «\u00a0conf\u00a0», champ capacity\u00a0:"
        " 30 prises et 0 retenues ne tiennent pas dans 29 places."
    )


def test_registration_cannot_go_while_people_are_registered(app: Flask) -> None:
    with app.app_context():
        with transaction() as session:
            pool = make_conference(session).pool_id
            assert pool is not None
            ledger.move(session, {pool: 1})
            entry = entry_of(session)
            closed = tuple(replace(item, capacity=None) for item in entry.sessions)
        gone = replace(entry, registration=None, sessions=closed)

        with pytest.raises(importing.PeopleRegistered), transaction() as session:
            bring(session, gone)

        with transaction() as session:
            ledger.move(session, {pool: -1})
            bring(session, gone)
            assert entry_of(session) == replace(gone, revision=entry.revision + 1)
            assert session.scalar(select(func.count()).select_from(SeatPool)) == 0


def test_events_a_file_does_not_name_stay(app: Flask) -> None:
    with app.app_context():
        with transaction() as session:
            make_conference(session)
            entry = replace(entry_of(session), slug="autre", featured=False)
        with transaction() as session:
            bring(session, entry)
            assert [event.slug for event in exporting.document(session).events] == [
                "autre",
                "conf",
            ]


def test_an_unknown_event_cannot_be_exported(app: Flask) -> None:
    with (
        app.app_context(),
        pytest.raises(exporting.NoSuchEvent, match="inconnu"),
        transaction() as session,
    ):
        exporting.document(session, ["inconnu"])


def test_one_event_only_is_on_the_home_page(app: Flask) -> None:
    with app.app_context():
        with transaction() as session:
            make_conference(session)
            other = replace(entry_of(session), slug="autre", featured=True)
        with transaction() as session:
            [report] = bring(session, other)
            assert report.lines == ("ajouté", "«\u00a0conf\u00a0» n’est plus à la une")
        with transaction() as session:
            assert not event_of(session).featured
            assert event_of(session, "autre").featured
            assert bring(session, *exporting.document(session).events)[0].lines == ()


def test_the_home_page_passes_from_one_event_to_another_of_the_same_file(app: Flask) -> None:
    with app.app_context():
        with transaction() as session:
            make_conference(session)
            other = replace(entry_of(session), slug="autre", featured=False, starts=paris(10))
            bring(session, other)
        with transaction() as session:
            exported = {each.slug: each for each in exporting.document(session).events}
            bring(
                session,
                replace(exported["autre"], featured=True),
                replace(exported["conf"], featured=False),
            )
        with transaction() as session:
            assert event_of(session, "autre").featured
            assert (event_of(session).featured, event_of(session).revision) == (False, 2)


def test_open_pages_hear_that_a_session_has_more_seats(app: Flask) -> None:
    """They ask by the version of the day's seats alone."""
    with app.app_context():
        with transaction() as session:
            pool = make_conference(session).pool_id
            assert pool is not None
            entry = entry_of(session)
            before = ledger.count(session, [pool])[pool]

        with transaction() as session:
            larger = tuple(
                replace(item, capacity=150) if item.slug == "ag" else item
                for item in entry.sessions
            )
            bring(session, replace(entry, sessions=larger))
            after = ledger.count(session, [pool])[pool]

    assert after.version > before.version
    assert (after.capacity, after.taken) == (before.capacity, before.taken)


def test_open_pages_hear_of_any_change_and_calendars_only_of_theirs(app: Flask) -> None:
    with app.app_context():
        with transaction() as session:
            pool = make_conference(session).pool_id
            assert pool is not None
            entry = entry_of(session)
            before = ledger.count(session, [pool])[pool]

        for expected in (before.version + 1, before.version + 1):
            with transaction() as session:
                bring(session, replace(entry, banner="L’AG change de salle."))
                assert ledger.count(session, [pool])[pool].version == expected
                assert [event_of(session).sequence, *calendar_sequences(session)] == [0] * 6


def calendar_sequences(session: DatabaseSession) -> list[int]:
    return [row.sequence for row in event_of(session).sessions]
