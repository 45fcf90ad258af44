"""Dates are written as French readers expect them."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from conf_app.web import french

PARIS = ZoneInfo("Europe/Paris")


def noon(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("first", "last", "written"),
    [
        (noon(2022, 10, 1), noon(2022, 10, 1), "samedi 1er octobre 2022"),
        (noon(2022, 10, 1), noon(2022, 10, 2), "du samedi 1er au dimanche 2 octobre 2022"),
        (
            noon(2027, 9, 30),
            noon(2027, 10, 2),
            "du jeudi 30 septembre au samedi 2 octobre 2027",
        ),
        (
            noon(2026, 12, 31),
            noon(2027, 1, 1),
            "du jeudi 31 décembre 2026 au vendredi 1er janvier 2027",
        ),
    ],
)
def test_days_name_each_month_and_year_once(first: datetime, last: datetime, written: str) -> None:
    assert french.days(first, last, PARIS).replace("\u00a0", " ") == written


@pytest.mark.parametrize(
    ("first", "last", "written"),
    [
        (date(2022, 10, 1), date(2022, 10, 2), "octobre 2022"),
        (date(2027, 9, 30), date(2027, 10, 2), "septembre\u00a0– octobre 2027"),
        (date(2026, 12, 31), date(2027, 1, 1), "décembre 2026\u00a0– janvier 2027"),
        (date(2026, 12, 31), date(2027, 12, 1), "décembre 2026\u00a0– décembre 2027"),
    ],
)
def test_months_are_both_named_where_they_differ(first: date, last: date, written: str) -> None:
    assert french.months(first, last) == written
