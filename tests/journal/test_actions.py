"""The journal keeps who did what, when."""

from flask import Flask
from sqlalchemy import select

from conf_app.database import transaction
from conf_app.journal import actions
from conf_app.journal.models import JournalEntry
from tests.conftest import NOON_IN_NOVEMBER


def test_a_line_says_who_did_what_to_what_and_when(app: Flask) -> None:
    with app.app_context():
        with transaction() as session:
            actions.write(
                session,
                actor="Alix",
                act="list.read",
                subject="conf inscriptions",
                count=12,
                now=NOON_IN_NOVEMBER,
            )

        with transaction() as session:
            line = session.scalars(select(JournalEntry)).one()
            assert (line.at, line.actor, line.act) == (NOON_IN_NOVEMBER, "Alix", "list.read")
            assert (line.subject, line.count) == ("conf inscriptions", 12)
