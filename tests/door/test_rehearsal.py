"""Leaving rehearsal erases everything made in it, and nothing else."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from conf_app.database import db, transaction
from conf_app.door import passes, rehearsal
from conf_app.door.commands import rehearse
from conf_app.door.models import Device, DoorPass
from conf_app.journal.models import JournalEntry
from conf_app.mail.models import OutboxMail
from conf_app.programme.actions import RealRegistrations
from conf_app.programme.models import Event
from conf_app.registration.models import Booking, Registration
from conf_app.seats.models import SeatPool
from conf_app.settings import Settings
from tests.conftest import NOON_IN_NOVEMBER
from tests.events import make_conference, paris
from tests.people import register


def test_leaving_rehearsal_erases_what_was_made_in_it(app: Flask, settings: Settings) -> None:
    with app.app_context():
        with transaction() as session:
            event = make_conference(session)
            other = make_conference(session, slug="autre", featured=False)
            register(session, other, settings=settings, email="a@exemple.org", sessions=("ag",))
            rehearsal.start(session, event, now=NOON_IN_NOVEMBER)
            register(session, event, settings=settings, email="b@exemple.org", sessions=("ag",))
            token, _ = passes.make(
                session, event, post="Poste 1", door="Entrée", now=NOON_IN_NOVEMBER,
                valid_from=event.at(NOON_IN_NOVEMBER),
            )  # fmt: skip
            session.flush()
            passes.join(session, token, now=NOON_IN_NOVEMBER)
            version = event.content_version

        with transaction() as session:
            event = session.scalars(select(Event).where(Event.slug == "conf")).one()
            erased = rehearsal.end(session, event, now=NOON_IN_NOVEMBER)

        assert erased == rehearsal.Erased(registrations=1, passages=0, passes=1, mails=1)
        session = db.session()
        left = {
            model: session.scalar(select(func.count()).select_from(model))
            for model in (Registration, Booking, OutboxMail, DoorPass, Device)
        }
        assert left == {Registration: 1, Booking: 1, OutboxMail: 1, DoorPass: 0, Device: 0}
        event = session.scalars(select(Event).where(Event.slug == "conf")).one()
        assert (event.rehearsal, event.content_version) == (False, version + 1)
        assert session.scalar(select(func.sum(SeatPool.taken))) == 2
        assert session.scalars(
            select(JournalEntry.count).where(JournalEntry.act == "rehearsal.end")
        ).all() == [1]


def test_real_registrations_forbid_a_rehearsal(app: Flask, settings: Settings) -> None:
    with app.app_context():
        with transaction() as session:
            register(session, make_conference(session), settings=settings)

        with pytest.raises(RealRegistrations), transaction() as session:
            event = session.scalars(select(Event)).one()
            rehearsal.start(session, event, now=NOON_IN_NOVEMBER)


def test_a_real_event_has_nothing_to_erase(app: Flask, settings: Settings) -> None:
    with app.app_context():
        with transaction() as session:
            register(session, make_conference(session), settings=settings)

        with pytest.raises(rehearsal.NotRehearsing), transaction() as session:
            rehearsal.end(session, session.scalars(select(Event)).one(), now=NOON_IN_NOVEMBER)


def test_the_command_sets_the_clock_and_brings_it_back(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        make_conference(session)
    run = app.test_cli_runner().invoke

    begun = run(rehearse, ["conf", "on", "--at", "2022-12-15T13:45"])
    with app.app_context():
        event = db.session().scalars(select(Event)).one()
        assert event.at(NOON_IN_NOVEMBER) == paris(13, 45)
    ended = run(rehearse, ["conf", "off"])

    assert begun.output == (
        "« conf » est en répétition : il y est jeudi 15\u00a0décembre 2022 à 13\u00a0h\u00a045.\n"
    )
    assert ended.output.startswith("« conf » n’est plus en répétition ; effacés : ")
