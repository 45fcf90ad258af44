"""The short form of ``make soak``: a hundred and fifty people, about a minute a database."""

from pathlib import Path

from conf_app.settings import Settings
from tests.soak.soak import Plan, soak

PLAN = Plan(people=150, seconds=10, seed=20221215)


def test_what_people_were_told_is_what_the_books_say(settings: Settings, tmp_path: Path) -> None:
    outcome = soak(settings, tmp_path, PLAN)

    assert outcome.disagreements == []
    assert outcome.figures["web worker kills"] > 0
    assert outcome.figures["letters received"] > 0
