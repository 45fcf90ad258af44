"""On the printed day names and addresses go, by themselves; counts stay."""

import contextlib
import sqlite3
from datetime import date, timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session as DatabaseSession

from conf_app.database import compact, db, transaction
from conf_app.journal.models import JournalEntry
from conf_app.mail.models import OutboxMail
from conf_app.privacy import retention
from conf_app.privacy.commands import purge as purge_command
from conf_app.privacy.erasure import erase_party
from conf_app.privacy.retention import Purged
from conf_app.programme.models import Event, EventState
from conf_app.registration import actions, needs, owners
from conf_app.registration.models import (
    Booking,
    Need,
    Party,
    Registration,
    RegistrationState,
    Submission,
)
from conf_app.registration.needs import Needs
from conf_app.registration.submission import Form
from conf_app.settings import Settings
from tests.browser import ON_SQLITE
from tests.conftest import TestClock
from tests.events import make_conference, paris
from tests.people import register
from tests.visitor import Visitor

LAST_EVENING = paris(23) + timedelta(days=29)
COUNTS = "conf (3\u00a0noms, 2\u00a0adresses, 3\u00a0courriels)"
PRINTED_DAY = LAST_EVENING + timedelta(hours=1)


def make_people(app: Flask, settings: Settings) -> str:
    """Register two people, one of whom cancels; return the path of the other's ticket."""
    with app.app_context(), transaction() as session:
        event = make_conference(session)
        form = Form(b"k" * 32, b"c" * 32)
        register(
            session,
            event,
            "Zélie",
            settings=settings,
            email="zelie@exemple.org",
            sessions=("ag",),
            form=form,
        )
        gone = register(session, event, "Yann", settings=settings, email="yann@exemple.org")
        actions.cancel(session, [gone], now=paris(9))
    ticket = Visitor(app).get("/e/conf/inscription").submit(name="Alix", consent="y")
    return ticket.path


def test_nothing_goes_before_the_printed_day(app: Flask, settings: Settings) -> None:
    make_people(app, settings)
    with app.app_context(), transaction() as session:
        assert retention.purge(session, now=LAST_EVENING) == []


def test_on_the_printed_day_names_go_and_counts_stay(
    app: Flask, settings: Settings, clock: TestClock
) -> None:
    ticket = make_people(app, settings)
    clock.moment = PRINTED_DAY
    with app.app_context():
        lists = select(Registration.reference, Registration.ticket_hash, Registration.ticket_seed)
        exported = {each for row in db.session().execute(lists) for each in row}
        with transaction() as session:
            assert retention.purge(session, now=PRINTED_DAY) == [Purged("conf", 3, 2, 3)]
            assert retention.purge(session, now=PRINTED_DAY) == []
        session = db.session()
        people = session.scalars(select(Registration)).all()
        assert [(one.name, one.name_key, one.party.email) for one in people] == [("", "", None)] * 3
        assert not exported & {each for row in session.execute(lists) for each in row}
        assert session.scalars(select(OutboxMail)).all() == []
        assert session.scalars(select(Submission)).all() == []
        assert len(session.scalars(select(Booking)).all()) == 1
        (line,) = session.scalars(select(JournalEntry)).all()
        assert (line.act, line.subject, line.count) == ("privacy.purge", "conf", 3)
    assert Visitor(app).get(ticket).status == 404


def test_needs_go_first_and_apart(app: Flask, settings: Settings, visitor: Visitor) -> None:
    make_people(app, settings)
    with app.app_context():
        with transaction() as session:
            zelie = session.scalars(select(Registration).where(Registration.name == "Zélie")).one()
            needs.tell(session, zelie, Needs(text="Une chaise"), now=paris(9))
        third_day = paris(0) + timedelta(days=3)
        with transaction() as session:
            assert retention.purge(session, now=third_day - timedelta(seconds=1)) == []
            assert retention.purge(session, now=third_day) == [Purged("conf", needs=1)]
            assert retention.purge(session, now=third_day) == []
        session = db.session()
        assert session.scalars(select(Need)).all() == []
        assert {each.name for each in session.scalars(select(Registration))} >= {"Zélie"}
        (line,) = session.scalars(select(JournalEntry)).all()
        assert (line.act, line.subject, line.count) == ("privacy.purge-needs", "conf", 1)
    assert visitor.get("/donnees-personnelles").texts("h3 + dl dd")[0].startswith("1\u00a0besoin")


def test_needs_go_on_the_promised_day_though_the_event_is_put_off(
    app: Flask, settings: Settings, visitor: Visitor
) -> None:
    make_people(app, settings)
    third_day = paris(0) + timedelta(days=3)
    with app.app_context():
        with transaction() as session:
            zelie, alix = (
                session.scalars(select(Registration).where(Registration.name == name)).one()
                for name in ("Zélie", "Alix")
            )
            for one in (zelie, alix):
                needs.tell(session, one, Needs(text="Une chaise"), now=paris(9))
            put_off(session, timedelta(days=90))
            # Alix agrees anew, to the day that the form tells now.
            needs.tell(session, alix, Needs(text="Deux chaises"), now=paris(10))
        session = db.session()
        days = {each.registration.name: each.erase_on for each in session.scalars(select(Need))}
        assert days == {"Zélie": date(2022, 12, 18), "Alix": date(2023, 3, 18)}
        with transaction() as session:
            assert retention.purge(session, now=third_day - timedelta(seconds=1)) == []
            assert retention.purge(session, now=third_day) == [Purged("conf", needs=1)]
        assert [each.registration.name for each in db.session().scalars(select(Need))] == ["Alix"]


def test_nobody_erased_keeps_a_seat_at_an_event_put_off_with_no_date(
    app: Flask, settings: Settings, clock: TestClock
) -> None:
    make_people(app, settings)
    with app.app_context(), transaction() as session:
        event = session.scalars(select(Event)).one()
        late = register(session, event, "Noor", settings=settings)
        late.party.purge_on += timedelta(days=90)
        kept = late.id
        event.state = EventState.POSTPONED
        assert event.pool is not None
        assert event.pool.taken == 3

    clock.moment = PRINTED_DAY
    run = app.test_cli_runner().invoke
    told = "conf (3\u00a0noms, 2\u00a0adresses, 3\u00a0courriels, 2\u00a0inscriptions annulées)"
    assert run(purge_command).output == f"Effacé\u00a0: {told}.\n"

    with app.app_context():
        session = db.session()
        event = session.scalars(select(Event)).one()
        assert event.pool is not None
        assert event.pool.taken == 1
        assert session.scalars(select(Booking)).all() == []
        assert session.scalars(select(OutboxMail)).all() == []
        named = session.scalars(select(Registration).where(Registration.name != "")).one()
        assert (named.id, named.state) == (kept, RegistrationState.CONFIRMED)


def test_needs_go_earlier_where_the_event_takes_place_earlier(
    app: Flask, settings: Settings
) -> None:
    make_people(app, settings)
    with app.app_context(), transaction() as session:
        zelie = session.scalars(select(Registration).where(Registration.name == "Zélie")).one()
        needs.tell(session, zelie, Needs(text="Une chaise"), now=paris(9))
        put_off(session, timedelta(days=-1))
        second_day = paris(0) + timedelta(days=2)
        assert retention.purge(session, now=second_day) == [Purged("conf", needs=1)]


def put_off(session: DatabaseSession, by: timedelta) -> None:
    """Move the event and its sessions."""
    event = session.scalars(select(Event)).one()
    event.starts_at, event.ends_at = event.starts_at + by, event.ends_at + by
    for each in event.sessions:
        each.starts_at, each.ends_at = each.starts_at + by, each.ends_at + by
    session.flush()


def test_the_worker_purges_by_itself(app: Flask, settings: Settings, clock: TestClock) -> None:
    make_people(app, settings)
    clock.moment = PRINTED_DAY
    with app.app_context():
        (job,) = [job for job in app.extensions["conf_app.jobs"] if job.name == "effacement"]
        job.run(clock(), lambda: False)
        assert set(db.session().scalars(select(Party.email))) == {None}


def test_a_rehearsal_counts_its_days_on_its_own_clock(
    app: Flask, settings: Settings, clock: TestClock
) -> None:
    make_people(app, settings)
    with app.app_context(), transaction() as session:
        event = session.scalars(select(Event)).one()
        event.clock_shift = paris(13) - PRINTED_DAY
        session.flush()
        assert retention.due(session, now=PRINTED_DAY) == []


def test_the_command_says_what_it_would_do_then_what_it_did(
    app: Flask, settings: Settings, clock: TestClock
) -> None:
    make_people(app, settings)
    clock.moment = PRINTED_DAY
    run = app.test_cli_runner().invoke
    assert run(purge_command, ["--dry-run"]).output == f"À effacer\u00a0: {COUNTS}.\n"
    assert run(purge_command).output == f"Effacé\u00a0: {COUNTS}.\n"
    assert run(purge_command).output == "Effacé\u00a0: rien.\n"


def test_a_receipt_is_shown_to_everybody(
    app: Flask, settings: Settings, clock: TestClock, visitor: Visitor
) -> None:
    make_people(app, settings)
    assert "Déjà effacé" not in visitor.get("/donnees-personnelles").text
    clock.moment = PRINTED_DAY

    app.test_cli_runner().invoke(purge_command)

    receipt = visitor.get("/donnees-personnelles").texts("h3 + dl dd")
    assert receipt == ["3\u00a0noms, samedi 14\u00a0janvier 2023"]


@ON_SQLITE
def test_no_name_nor_address_stays_in_the_file(
    app: Flask, settings: Settings, clock: TestClock
) -> None:
    words = []
    with app.app_context():
        with transaction() as session:
            event = make_conference(session)
            for number in range(150):
                name, email = f"Zelie{number}Qui", f"zelie{number}@exemple.org"
                register(session, event, name, settings=settings, email=email)
                words += [name, name.casefold(), email]
        with transaction() as session:
            owners.ask_for_links(session, "zelie3@exemple.org", now=clock())
            people = session.scalars(select(Registration).where(Registration.id % 3 == 0)).all()
            for person in people:
                actions.cancel(session, [person], now=clock())
            alone = session.scalars(select(Registration).where(Registration.id % 3 == 1)).all()
            for person in alone:
                told = f"Chaise de {person.name}"
                needs.tell(session, person, Needs(text=told), now=clock())
                words.append(told)
        with transaction() as session:
            owners.send_links(session, now=clock())
    assert found_in_files(settings, words) == set(words)
    clock.moment = PRINTED_DAY

    app.test_cli_runner().invoke(purge_command)

    assert found_in_files(settings, words) == set()
    with app.app_context():
        session = db.session()
        assert session.scalar(select(func.count(Registration.id))) == 150
        assert session.scalars(select(Event)).one().pool.taken == 100  # type: ignore[union-attr]


def found_in_files(settings: Settings, words: list[str]) -> set[str]:
    """Return the words that lie anywhere in the database's files, freed pages and log included."""
    path = Path(settings.database_url.removeprefix("sqlite:///"))
    held = b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))
    return {word for word in words if word.encode() in held}


@ON_SQLITE
def test_what_somebody_erases_leaves_the_file_and_its_log_within_seconds(
    app: Flask, settings: Settings, clock: TestClock
) -> None:
    erased = ["perdu@exemple.org"]
    with app.app_context():
        with transaction() as session:
            event = make_conference(session)
            for number in range(150):
                name, email = f"Zelie{number}Qui", f"zelie{number}@exemple.org"
                person = register(session, event, name, settings=settings, email=email)
                needs.tell(session, person, Needs(text=f"Chaise de {name}"), now=clock())
        people = [each.id for each in db.session().scalars(select(Registration))]
        for number, person_id in enumerate(people):
            with transaction() as session:
                person = session.get_one(Registration, person_id)
                name, email = person.name, str(person.party.email)
                if number % 3 == 0:
                    erase_party(session, person.party, now=clock())
                    erased += [name, name.casefold(), email, f"Chaise de {name}"]
                elif number % 3 == 1:
                    owners.disown(session, person.party, cancels=False, now=clock())
                    erased.append(email)
                else:
                    needs.tell(session, person, needs.NOTHING, now=clock())
                    erased.append(f"Chaise de {name}")
        with transaction() as session:
            owners.ask_for_links(session, "perdu@exemple.org", now=clock())
    assert len(found_in_files(settings, erased)) > 100

    with app.app_context():
        for job in app.extensions["conf_app.jobs"]:
            if job.every <= timedelta(seconds=10):
                job.run(clock(), lambda: False)

    assert found_in_files(settings, erased) == set()


@ON_SQLITE
def test_whoever_reads_meanwhile_puts_it_off_to_the_next_time(
    app: Flask, settings: Settings, clock: TestClock
) -> None:
    words = ["zelie@exemple.org"]
    make_people(app, settings)
    path = settings.database_url.removeprefix("sqlite:///")
    with app.app_context(), contextlib.closing(sqlite3.connect(path)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM party").fetchone()
        with transaction() as session:
            zelie = session.scalars(select(Registration).where(Registration.name == "Zélie")).one()
            erase_party(session, zelie.party, now=clock())
        compact()
        assert found_in_files(settings, words) == set(words)

        reader.rollback()
        compact()
        assert found_in_files(settings, words) == set()
