"""The migrations go up and down without losing a row, and end where the models stand."""

from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

import flask_migrate
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask

from conf_app import resources
from conf_app.database import Base, db, transaction
from conf_app.door import passes
from conf_app.door.admission import admit
from conf_app.door.models import Device
from conf_app.journal import actions as journal
from conf_app.mail.models import Heartbeat
from conf_app.migrating import init_migrations
from conf_app.operations import expected_revision
from conf_app.organiser import access, approvals, members
from conf_app.organiser.models import Organiser, PairAct
from conf_app.programme.models import Notice, Theme
from conf_app.registration import actions, needs, owners, waiting
from conf_app.registration.keys import check_keys
from conf_app.registration.models import Presence, Reminder, ReminderRound
from conf_app.registration.needs import Needs
from conf_app.registration.submission import Form
from conf_app.settings import Settings
from tests.conftest import NOON_IN_NOVEMBER
from tests.events import make_conference, paris
from tests.people import register

REVISIONS = [
    script.revision for script in ScriptDirectory(str(resources.MIGRATIONS)).walk_revisions()
]
"""The newest first."""

Rows = dict[str, list[dict[str, Any]]]


def populate(settings: Settings) -> None:
    """Put at least one row into every table, through the rooms' own doors."""
    now = paris(12)
    with transaction() as session:
        event = make_conference(session)
        event.themes = [Theme(position=0, slug="communs", title="Communs")]
        event.notices = [Notice(position=0, slug="venir", title="Venir", text="À pied.")]
        zelie = register(
            session,
            event,
            settings=settings,
            email="zelie@exemple.org",
            sessions=("ag",),
            form=Form(b"k" * 32, b"c" * 32),
        )
        yann = register(session, event, "Yann", settings=settings)
        actions.pass_on(
            session, yann, name="Awa", email=None, keys=settings.ticket_keys, now=NOON_IN_NOVEMBER
        )
        waiting.join_session(session, zelie.bookings[0].session, [yann], now=NOON_IN_NOVEMBER)
        owners.ask_for_links(session, "awa@exemple.org", now=NOON_IN_NOVEMBER)
        needs.tell(session, zelie, Needs(text="Une chaise"), now=NOON_IN_NOVEMBER)
        yann.party.presence = Presence(asked_at=NOON_IN_NOVEMBER)
        session.add(ReminderRound(event_id=event.id, kind=Reminder.EVE, starts_at=event.starts_at))
        check_keys(session, settings.ticket_keys)
        token, _ = passes.make(session, event, post="Poste 1", door="Porte A", now=now)
        passes.make(session, event, post="Salle", door="Salle", sessions=("ag",), now=now)
        phone = passes.device_of(session, passes.join(session, token, now=now), now=now)
        assert isinstance(phone, Device)
        admit(session, zelie, device=phone, uuid=uuid4(), now=now)
        link = access.demo_link(session, now=now)
        members.ask_for_link(session, "alix@exemple.org", now=now)
        access.sign_in(session, link, now=now)
        alix = session.scalars(sa.select(Organiser)).one()
        approvals.start(session, by=alix, now=now)
        approvals.ask(session, PairAct.EXPORT, "conf", by=alix, now=now)
        journal.write(session, actor="Camille", act="try", subject="conf", now=now)
        session.add(Heartbeat(id=1, at=NOON_IN_NOVEMBER))


def rows() -> Rows:
    """Read every table whole."""
    with db.engine.connect() as connection:
        names = sa.inspect(connection).get_table_names()
        tables = sa.MetaData()
        tables.reflect(connection)
        return {
            name: [
                dict(row) for row in connection.execute(sa.select(tables.tables[name])).mappings()
            ]
            for name in names
            if name != "alembic_version"
        }


def assert_kept(before: Rows, after: Rows) -> None:
    """Assert that what both revisions know is the same, table by table, column by column."""
    for name in before.keys() & after.keys():
        shared = (before[name][0].keys() & after[name][0].keys()) if after[name] else set()
        assert len(shared) > 1
        kept, found = (
            sorted(repr([row[column] for column in sorted(shared)]) for row in held[name])
            for held in (before, after)
        )
        assert found == kept, name


def test_the_models_stand_where_the_migrations_end(app: Flask) -> None:
    with app.app_context(), db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_the_newest_migration_is_told_by_its_files_name() -> None:
    assert expected_revision() == ScriptDirectory(str(resources.MIGRATIONS)).get_current_head()


def test_going_down_and_up_again_keeps_all_that_the_older_revision_knew(
    app: Flask, settings: Settings
) -> None:
    init_migrations(app)
    with app.app_context():
        populate(settings)
        before = rows()
        assert all(before.values()), [name for name, held in before.items() if not held]

        newer = before
        for newest, revision in pairwise(REVISIONS):
            db.session.remove()
            flask_migrate.downgrade(revision=revision)
            older = rows()
            assert_kept(newer, older)
            flask_migrate.upgrade(revision=newest)
            again = rows()
            assert again.keys() == newer.keys()
            assert_kept(older, again)
            flask_migrate.downgrade(revision=revision)
            newer = rows()

        flask_migrate.downgrade(revision="base")
        assert rows() == {}
        flask_migrate.upgrade()
        assert rows() == {name: [] for name in before}


@pytest.mark.parametrize("path", sorted(resources.MIGRATIONS.glob("versions/*.py")))
def test_a_migration_stands_alone(path: Path) -> None:
    assert "conf_app" not in path.read_text(encoding="utf-8")
