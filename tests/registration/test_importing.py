"""Importing over bookings keeps them, or does with them what it was told."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session as DatabaseSession

from conf_app.database import db, transaction
from conf_app.mail.models import OutboxMail
from conf_app.privacy import retention
from conf_app.programme import exporting, writing
from conf_app.programme.commands import export_events
from conf_app.programme.document import Document, EventEntry
from conf_app.programme.importing import SessionBooked
from conf_app.programme.models import Event, EventState, Session
from conf_app.refusals import Refusal
from conf_app.registration import actions, queues, waiting
from conf_app.registration.commands import import_events
from conf_app.registration.importing import CannotMove, import_over_bookings
from conf_app.registration.models import Booking, Registration, Wait, WaitState
from conf_app.registration.refusals import OfferOver
from conf_app.seats import ledger
from conf_app.settings import Settings
from tests.conftest import NOON_IN_NOVEMBER
from tests.events import make_conference, paris
from tests.people import register


def prepare(settings: Settings, *, workshop: int = 20) -> EventEntry:
    """Have two people book workshop A, one of them the assembly too."""
    with transaction() as session:
        event = make_conference(session, workshop=workshop)
        register(session, event, "Zélie", settings=settings, sessions=("atelier-a",))
        register(
            session,
            event,
            "Ange",
            settings=settings,
            email="ange@exemple.org",
            sessions=("atelier-a", "ag"),
        )
        return exporting.event_entry(event)


def without_workshop(entry: EventEntry) -> EventEntry:
    kept = tuple(item for item in entry.sessions if item.slug != "atelier-a")
    return replace(entry, sessions=kept)


def bring(entry: EventEntry, how: str | None = None) -> tuple[str, ...]:
    """Import one event and return the lines of its report."""
    with transaction() as session:
        [report] = import_over_bookings(
            session, Document((entry,)), now=NOON_IN_NOVEMBER, booked_sessions=how
        )
        return report.lines


def taken(session: DatabaseSession) -> dict[str, int]:
    """Return the seats taken, which the bookings must equal."""
    pools = {
        row.slug: row.pool_id for row in session.execute(select(Session.slug, Session.pool_id))
    }
    seats = ledger.count(session, [pool for pool in pools.values() if pool])
    found = {slug: seats[pool].taken for slug, pool in pools.items() if pool}
    for slug, number in found.items():
        bookings = select(func.count()).select_from(Booking).join(Session)
        assert session.scalar(bookings.where(Session.slug == slug)) == number
    return found


def test_a_session_people_booked_does_not_go_by_itself(app: Flask, settings: Settings) -> None:
    with app.app_context():
        entry = prepare(settings)

        with pytest.raises(SessionBooked) as refusal:
            bring(without_workshop(entry))

        assert refusal.value.count == 2
        assert "«\u00a0atelier-a\u00a0»\u00a0: 2 personnes ont réservé" in str(refusal.value)
        assert taken(db.session()) == {"atelier-a": 2, "atelier-b": 0, "ag": 1}


def test_its_bookings_can_be_cancelled(app: Flask, settings: Settings) -> None:
    with app.app_context():
        entry = prepare(settings)

        lines = bring(without_workshop(entry), "cancel")

        assert "créneau «\u00a0atelier-a\u00a0»\u00a0: 2\u00a0réservations en moins" in lines
        assert taken(db.session()) == {"atelier-b": 0, "ag": 1}


def test_its_bookings_can_be_moved(app: Flask, settings: Settings) -> None:
    with app.app_context():
        entry = prepare(settings)

        bring(without_workshop(entry), "move:atelier-b")

        assert taken(db.session()) == {"atelier-b": 2, "ag": 1}


def test_who_is_moved_to_a_session_waits_for_it_no_longer(app: Flask, settings: Settings) -> None:
    with app.app_context():
        entry = prepare(settings)
        with transaction() as session:
            ange = session.scalars(select(Registration).where(Registration.name == "Ange")).one()
            actions.wait_for(session, [ange], "atelier-b", now=NOON_IN_NOVEMBER)
            assert queues.open_waits(session, ange.party)[0].state is WaitState.OFFERED

        bring(without_workshop(entry), "move:atelier-b")

        assert taken(db.session()) == {"atelier-b": 2, "ag": 1}
        assert db.session().scalars(select(Wait.state)).all() == [WaitState.DECLINED]


def test_nobody_waits_for_a_session_that_is_cancelled_nor_gets_a_seat_in_it(
    app: Flask, settings: Settings
) -> None:
    with app.app_context():
        entry = prepare(settings)
        with transaction() as session:
            ange = session.scalars(select(Registration).where(Registration.name == "Ange")).one()
            actions.wait_for(session, [ange], "atelier-b", now=NOON_IN_NOVEMBER)
            wait = queues.open_waits(session, ange.party)[0]
            assert wait.session is not None
            wait.session.cancelled = True
            with pytest.raises(OfferOver):
                waiting.accept(session, wait, now=NOON_IN_NOVEMBER, swap=True)
            wait.session.cancelled = False

        bring(
            replace(
                entry,
                sessions=tuple(
                    replace(item, cancelled=item.slug == "atelier-b") for item in entry.sessions
                ),
            )
        )

        assert taken(db.session()) == {"atelier-a": 2, "atelier-b": 0, "ag": 1}
        assert db.session().scalars(select(Wait)).all() == []


def test_somebody_who_has_the_other_session_already_keeps_one_seat(
    app: Flask, settings: Settings
) -> None:
    with app.app_context():
        entry = prepare(settings)

        bring(without_workshop(entry), "move:ag")

        assert taken(db.session()) == {"atelier-b": 0, "ag": 2}


def test_a_full_or_unknown_session_takes_no_bookings(app: Flask, settings: Settings) -> None:
    with app.app_context():
        entry = without_workshop(prepare(settings, workshop=2))
        narrow = tuple(
            replace(item, capacity=1) if item.slug == "atelier-b" else item
            for item in entry.sessions
        )

        with pytest.raises(CannotMove, match="pas assez de places"):
            bring(replace(entry, sessions=narrow), "move:atelier-b")
        with pytest.raises(CannotMove, match="n’existe pas"):
            bring(entry, "move:ailleurs")

        assert taken(db.session()) == {"atelier-a": 2, "atelier-b": 0, "ag": 1}


def test_people_are_told_once_that_the_event_is_postponed(app: Flask, settings: Settings) -> None:
    with app.app_context():
        entry = replace(prepare(settings), state=EventState.POSTPONED)

        lines = bring(entry)
        assert "1\u00a0courriel à envoyer" in lines
        assert (
            "sans nouvelle date au samedi 14\u00a0janvier 2023, jour promis de l’effacement,"
            " 2\u00a0inscriptions seront annulées"
        ) in lines
        assert bring(entry) == ()

        mails = select(func.count()).select_from(OutboxMail)
        assert db.session().scalar(mails.where(OutboxMail.kind == "event_postponed")) == 1


def test_people_are_told_once_when_the_event_takes_place_now(
    app: Flask, settings: Settings
) -> None:
    with app.app_context():
        entry = prepare(settings)
        told = select(OutboxMail.kind).where(OutboxMail.kind.startswith("event_"))

        early = entry.starts - timedelta(minutes=30)
        changes: list[tuple[dict[str, Any], bool]] = [
            ({"state": EventState.POSTPONED}, True),
            ({"state": EventState.PUBLISHED}, True),  # on the same day after all, or another
            ({"tagline": "Autre"}, False),
            ({"starts": early}, True),
        ]
        for revision, (change, is_told) in enumerate(changes, 1):
            entry = replace(entry, revision=revision, **change)
            assert ("1\u00a0courriel à envoyer" in bring(entry)) is is_told
        kinds = db.session().scalars(told.order_by(OutboxMail.id)).all()
        assert kinds == ["event_postponed", "event_rescheduled", "event_rescheduled"]


def test_an_event_that_is_over_is_put_right_without_telling_anybody(
    app: Flask, settings: Settings
) -> None:
    with app.app_context():
        entry = prepare(settings)
        corrected = Document((replace(entry, starts=entry.starts - timedelta(minutes=30)),))
        with transaction() as session:
            import_over_bookings(session, corrected, now=datetime(2022, 12, 16, 12, tzinfo=UTC))
        told = select(OutboxMail.kind).where(OutboxMail.kind.startswith("event_"))
        assert db.session().scalars(told).all() == []


def test_two_imports_at_once_tell_people_once(app: Flask, settings: Settings) -> None:
    with app.app_context():
        entry = replace(prepare(settings), state=EventState.POSTPONED)
    ready = threading.Barrier(2)
    found: list[tuple[str, ...]] = []

    def import_it() -> None:
        with app.app_context():
            ready.wait()
            found.append(bring(entry))

    threads = [threading.Thread(target=import_it) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert sum("1\u00a0courriel à envoyer" in lines for lines in found) == 1
    with app.app_context():
        mails = select(func.count()).select_from(OutboxMail)
        assert db.session().scalar(mails.where(OutboxMail.kind == "event_postponed")) == 1


def test_sessions_that_come_to_overlap_are_told(app: Flask, settings: Settings) -> None:
    with app.app_context():
        entry = prepare(settings)
        sessions = tuple(
            replace(item, starts=paris(14, 30), ends=paris(15, 30)) if item.slug == "ag" else item
            for item in entry.sessions
        )

        lines = bring(replace(entry, sessions=sessions))

    assert lines[-1] == "1\u00a0personne a maintenant deux créneaux à la même heure"


def test_a_longer_keeping_puts_nobodys_erasure_off(app: Flask, settings: Settings) -> None:
    with app.app_context():
        entry = prepare(settings)
        assert entry.registration is not None
        longer = replace(entry.registration, purge_after_days=90)
        lines = bring(replace(entry, registration=longer))

        assert lines[-1] == (
            "2\u00a0personnes restent effacées à la date promise,"
            " avant le mercredi 15\u00a0mars 2023"
        )
        promised = datetime(2023, 1, 14, 12, tzinfo=UTC)
        assert retention.due(db.session(), now=promised - timedelta(days=1)) == []
        (due,) = retention.due(db.session(), now=promised)
        assert (due.slug, due.names) == ("conf", 2)


def test_an_event_put_off_keeps_its_people_until_it_is_over(app: Flask, settings: Settings) -> None:
    with app.app_context():
        entry = prepare(settings)
        later = tuple(
            replace(
                item, **{at: getattr(item, at) + timedelta(days=60) for at in ("starts", "ends")}
            )
            for item in entry.sessions
        )

        lines = bring(
            replace(
                entry,
                starts=entry.starts + timedelta(days=60),
                ends=entry.last + timedelta(days=60),
                sessions=later,
            )
        )

        assert lines[-2:] == (
            "2\u00a0personnes seront effacées plus tard que promis,"
            " le mercredi 15\u00a0mars 2023\u00a0: préviens-les",
            "1\u00a0courriel à envoyer",
        )
        promised = datetime(2023, 3, 15, 12, tzinfo=UTC)
        assert retention.due(db.session(), now=promised - timedelta(days=1)) == []
        (due,) = retention.due(db.session(), now=promised)
        assert (due.slug, due.names) == ("conf", 2)


def test_the_command_tells_what_changed_and_can_only_try(
    app: Flask, settings: Settings, tmp_path: Path
) -> None:
    with app.app_context():
        entry = prepare(settings)
    file = tmp_path / "conf.toml"
    file.write_text(writing.write(Document((replace(entry, tagline="Autre"),))))
    run = app.test_cli_runner().invoke

    tried = run(import_events, [str(file), "--dry-run"])
    with app.app_context():
        assert db.session().scalars(select(Event.tagline)).one() == "Pour essayer"
    done = run(import_events, [str(file)])
    again = run(import_events, [str(file)])

    change = 'conf : tagline\u00a0: "Pour essayer" → "Autre"\n'
    told = "conf.toml : 1\u00a0évènement lu, 1\u00a0changé"
    assert tried.output == f"{change}{told} (essai, rien d’écrit).\n"
    assert done.output == f"{change}{told}.\n"
    assert again.output == "conf.toml : 1\u00a0évènement lu, rien n’a changé.\n"


def test_the_commands_refuse_in_clear_words(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "conf.toml"
    file.write_text("rien = 1")
    run = app.test_cli_runner().invoke

    wrong = run(import_events, [str(file)])
    unknown = run(export_events, ["inconnu"])

    assert isinstance(wrong.exception, Refusal)
    assert "conf.toml, champ rien\u00a0: ce champ n’existe pas." in str(wrong.exception)
    assert isinstance(unknown.exception, Refusal)


def test_what_export_writes_import_reads(app: Flask, settings: Settings, tmp_path: Path) -> None:
    with app.app_context():
        entry = prepare(settings)
    file = tmp_path / "export.toml"
    run = app.test_cli_runner().invoke

    written = run(export_events, ["conf", "-o", str(file)])

    assert written.output == f"1\u00a0évènement écrit dans {file}.\n"
    assert file.read_text() == writing.write(Document((entry,)))
    assert run(export_events, []).stdout == file.read_text()
