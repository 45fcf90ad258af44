"""Offers and questions leave time to answer, and this time never ends at night."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conf_app.registration.deadlines import (
    MORNING,
    NIGHT,
    NOTICE,
    STEPS,
    answer_by,
    awake,
    days_before,
    deadline,
    span,
)

PARIS = ZoneInfo("Europe/Paris")
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


def paris(day: int, hour: int, minute: int = 0, month: int = 12) -> datetime:
    """Return a moment of 2022 in Paris, as UTC."""
    return datetime(2022, month, day, hour, minute, tzinfo=PARIS).astimezone(UTC)


START = paris(15, 11)


@pytest.mark.parametrize("number", range(len(STEPS)))
def test_each_step_of_the_table_begins_where_it_says(number: int) -> None:
    step = STEPS[number]
    assert span(step.before) == step.span
    assert span(step.before + MINUTE) == step.span
    if number:
        assert span(STEPS[number - 1].before - SECOND) == step.span


@pytest.mark.parametrize(
    ("told", "due"),
    [
        (paris(1, 14), paris(2, 14)),  # a fortnight before: a day
        (paris(12, 10, 59), paris(13, 10, 59)),  # three days and a minute before
        (paris(12, 11), paris(13, 11)),  # three days before, to the minute: a day still
        (paris(12, 11, 1), paris(13, 11)),  # a minute later: no earlier
        (paris(13, 5, 1), paris(13, 11, 1)),  # less than three days: six hours
        (paris(13, 15, 59), paris(13, 21, 59)),  # the last minute of the evening
        (paris(13, 16), paris(14, 9)),  # 22 h is night: the next morning
        (paris(1, 23), paris(3, 9)),  # told at night, due at night
        (paris(14, 4), paris(14, 10)),  # told at night, due by day
        (paris(14, 11), paris(14, 17)),  # a day before, to the minute: six hours still
        (paris(14, 11, 1), paris(14, 17)),  # a minute later: no earlier
        (paris(14, 15, 1), paris(14, 17, 1)),  # less than a day: two hours
        (paris(14, 20, 1), paris(15, 9)),  # in the evening before: the morning
        (paris(15, 5, 1), paris(15, 9)),  # 45 minutes, at night: the morning
        (paris(15, 8, 50), paris(15, 9, 35)),
        (paris(15, 9), paris(15, 9, 45)),  # two hours before, to the minute: 45 minutes still
        (paris(15, 9, 1), paris(15, 9, 45)),  # a minute later: no earlier
        (paris(15, 9, 31), paris(15, 9, 46)),  # less than two hours: a quarter
        (paris(15, 10, 45), START),  # a quarter before: all of it
        (paris(15, 10, 50), START),  # never after the start
        (START, START),
        (START + MINUTE, START + MINUTE),  # too late: over at once
    ],
)
def test_an_offer_ends_when_the_table_says(told: datetime, due: datetime) -> None:
    assert deadline(told, START, PARIS) == due


def test_an_event_that_starts_before_the_morning_ends_its_offers_at_its_start() -> None:
    dawn = paris(15, 7)
    assert deadline(paris(14, 23), dawn, PARIS) == dawn


def test_an_event_of_the_night_ends_its_offers_at_its_start() -> None:
    evening = paris(15, 23)
    assert deadline(paris(15, 21, 44), evening, PARIS) == paris(15, 21, 59)
    assert deadline(paris(15, 21, 45), evening, PARIS) == evening


@pytest.mark.parametrize(
    ("due", "answered_by"),
    [
        (paris(1, 21, 59), paris(1, 21, 59)),
        (paris(1, 22) - SECOND, paris(1, 22) - SECOND),
        (paris(1, 22), paris(2, 9)),
        (paris(2, 0) - SECOND, paris(2, 9)),
        (paris(2, 0), paris(2, 9)),
        (paris(2, 9) - SECOND, paris(2, 9)),
        (paris(2, 9), paris(2, 9)),
    ],
)
def test_the_night_is_from_22_h_to_9_h(due: datetime, answered_by: datetime) -> None:
    assert awake(due, PARIS) == answered_by


def test_a_day_is_a_day_when_the_clocks_go_back() -> None:
    """On 30 October: 24 hours later it is an hour earlier on the wall."""
    assert deadline(paris(29, 14, month=10), START, PARIS) == paris(30, 13, month=10)
    assert deadline(paris(29, 22, 59, month=10), START, PARIS) == paris(30, 21, 59, month=10)
    assert deadline(paris(29, 23, month=10), START, PARIS) == paris(31, 9, month=10)
    assert deadline(paris(29, 9, 59, month=10), START, PARIS) == paris(30, 9, month=10)
    assert awake(paris(30, 2, 30, month=10), PARIS) == paris(30, 9, month=10)
    assert awake(paris(29, 22, month=10), PARIS) == paris(30, 9, month=10)


def test_a_day_is_a_day_when_the_clocks_go_forward() -> None:
    """On 27 March: 24 hours later it is an hour later on the wall."""
    assert deadline(paris(26, 14, month=3), START, PARIS) == paris(27, 15, month=3)
    assert deadline(paris(26, 20, 59, month=3), START, PARIS) == paris(27, 21, 59, month=3)
    assert deadline(paris(26, 21, month=3), START, PARIS) == paris(28, 9, month=3)
    assert deadline(paris(26, 8, month=3), START, PARIS) == paris(27, 9, month=3)
    assert deadline(paris(26, 7, 59, month=3), START, PARIS) == paris(27, 9, month=3)
    assert awake(paris(27, 3, 30, month=3), PARIS) == paris(27, 9, month=3)
    assert awake(paris(26, 22, month=3), PARIS) == paris(27, 9, month=3)


@pytest.mark.parametrize(
    ("told", "start", "due"),
    [
        # 25 hours lie between two 11 h when the clocks go back: more than a day.
        (paris(29, 11, month=10), paris(30, 11, month=10), paris(29, 17, month=10)),
        (paris(29, 12, month=10), paris(30, 11, month=10), paris(29, 18, month=10)),
        (paris(29, 16, 1, month=10), paris(30, 11, month=10), paris(29, 18, 1, month=10)),
        # 23 when they go forward: less.
        (paris(26, 10, month=3), paris(27, 11, month=3), paris(26, 16, month=3)),
        (paris(26, 10, 1, month=3), paris(27, 11, month=3), paris(26, 16, month=3)),
        (paris(26, 14, 1, month=3), paris(27, 11, month=3), paris(26, 16, 1, month=3)),
    ],
)
def test_the_time_left_is_counted_in_true_hours(
    told: datetime, start: datetime, due: datetime
) -> None:
    assert deadline(told, start, PARIS) == due


@given(
    minutes=st.integers(0, 2 * 366 * 24 * 60), left=st.timedeltas(timedelta(0), timedelta(days=60))
)
def test_no_offer_ends_at_night_nor_after_the_start(minutes: int, left: timedelta) -> None:
    told = paris(1, 0, month=1) + minutes * MINUTE
    start = told + left
    due = deadline(told, start, PARIS)
    assert told <= due <= start
    assert due == start or MORNING <= due.astimezone(PARIS).time() < NIGHT
    assert due == start or due - told >= span(left)


@given(
    told=st.timedeltas(timedelta(0), timedelta(days=9)),
    later=st.timedeltas(timedelta(0), timedelta(days=1)),
)
def test_who_is_told_later_never_has_to_answer_earlier(told: timedelta, later: timedelta) -> None:
    written = START - told
    sent = min(written + later, START)
    assert deadline(written, START, PARIS) <= deadline(sent, START, PARIS)


@pytest.mark.parametrize(
    ("told", "release_days", "due"),
    [
        (paris(10, 10), 2, paris(13, 10)),  # two days before the event
        (paris(11, 9, 59), 2, paris(13, 10)),
        (paris(11, 10, 1), 2, paris(13, 10, 1)),  # 48 hours of notice at least
        (paris(11, 23), 3, paris(14, 9)),  # not at night
        (paris(13, 8, 59), 2, paris(15, 9)),  # the morning of the day itself
        (paris(13, 10, 59), 2, paris(15, 10, 59)),
        (paris(13, 11), 2, None),  # too late to warn: nobody loses a seat
        (paris(10, 10), 0, None),  # the organisers do not give seats back
    ],
)
def test_silence_costs_a_seat_after_notice_only(
    told: datetime, release_days: int, due: datetime | None
) -> None:
    assert answer_by(told, START, release_days, PARIS) == due
    assert due is None or due - told >= NOTICE


@pytest.mark.parametrize(
    ("start", "days", "leaves"),
    [
        (START, 5, paris(10, 10)),
        (START, 1, paris(14, 10)),
        (paris(15, 0), 1, paris(14, 10)),
        (paris(15, 23, 59), 1, paris(14, 10)),
        (paris(31, 9, month=10), 2, paris(29, 10, month=10)),  # 10 h on both sides of the change
        (paris(28, 9, month=3), 2, paris(26, 10, month=3)),
    ],
)
def test_letters_leave_at_ten_in_the_morning(start: datetime, days: int, leaves: datetime) -> None:
    assert days_before(start, days, PARIS) == leaves
