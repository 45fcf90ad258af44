"""On the printed day names and addresses go, by themselves; counts stay."""

from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from conf_app.database import db, transaction
from conf_app.journal.models import JournalEntry
from conf_app.mail.models import OutboxMail
from conf_app.privacy import retention
from conf_app.privacy.commands import purge as purge_command
from conf_app.privacy.retention import Purged
from conf_app.programme.models import Event
from conf_app.registration import actions
from conf_app.registration.models import Booking, Registration, Submission
from conf_app.settings import Settings
from tests.conftest import TestClock
from tests.events import make_conference, paris
from tests.people import register
from tests.visitor import Visitor

LAST_EVENING = paris(23) + timedelta(days=29)
PRINTED_DAY = LAST_EVENING + timedelta(hours=1)


def make_people(app: Flask, settings: Settings) -> str:
    """Register two people, one of whom cancels; return the path of the other's ticket."""
    with app.app_context(), transaction() as session:
        event = make_conference(session)
        form = actions.Form(b"k" * 32, b"c" * 32)
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
        actions.cancel(session, gone, now=paris(9))
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
        with transaction() as session:
            assert retention.purge(session, now=PRINTED_DAY) == [Purged("conf", 3)]
            assert retention.purge(session, now=PRINTED_DAY) == []
        session = db.session()
        people = session.scalars(select(Registration)).all()
        assert [(one.name, one.name_key, one.email) for one in people] == [("", "", None)] * 3
        assert session.scalars(select(OutboxMail)).all() == []
        assert session.scalars(select(Submission)).all() == []
        assert len(session.scalars(select(Booking)).all()) == 1
        (line,) = session.scalars(select(JournalEntry)).all()
        assert (line.act, line.subject, line.count) == ("privacy.purge", "conf", 3)
    assert Visitor(app).get(ticket).status == 404


def test_the_worker_purges_by_itself(app: Flask, settings: Settings, clock: TestClock) -> None:
    make_people(app, settings)
    clock.moment = PRINTED_DAY
    with app.app_context():
        (job,) = [job for job in app.extensions["conf_app.jobs"] if job.name == "effacement"]
        job.run(clock(), lambda: False)
        assert {one.email for one in db.session().scalars(select(Registration))} == {None}


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
    assert (
        run(purge_command, ["--dry-run"]).output == "À effacer\u00a0: conf, 3\u00a0inscriptions.\n"
    )
    assert run(purge_command).output == "Effacé\u00a0: conf, 3\u00a0inscriptions.\n"
    assert run(purge_command).output == "Effacé\u00a0: rien.\n"
