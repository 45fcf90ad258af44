"""The timetable: days, hours, what is on and what comes next."""

from datetime import UTC, datetime, timedelta

import pytest

from conf_app.programme.models import Event, Room, Session, SessionKind
from conf_app.programme.timetable import Place, timetable
from tests.events import DAY, paris

GREAT = Room(position=0, slug="grande", name="Grande salle")
SMALL = Room(position=1, slug="petite", name="Petite salle")


def a_session(
    slug: str, start: datetime, minutes: int = 60, *, room: Room = GREAT, cancelled: bool = False
) -> Session:
    return Session(
        slug=slug,
        kind=SessionKind.TALK,
        title=slug,
        starts_at=start,
        ends_at=start + timedelta(minutes=minutes),
        position=0,
        room=room,
        cancelled=cancelled,
    )


def an_event(*sessions: Session) -> Event:
    return Event(timezone="Europe/Paris", sessions=list(sessions), ends_at=paris(18))


def places(event: Event, now: datetime) -> dict[str, Place]:
    return {
        one.slug: slot.place
        for day in timetable(event, now)
        for slot in day.slots
        for one in slot.sessions
        if slot.place is not Place.ELSE
    }


def test_sessions_of_one_hour_stand_side_by_side_in_the_order_of_rooms() -> None:
    event = an_event(
        a_session("later", paris(12)),
        a_session("small", paris(11), room=SMALL),
        a_session("great", paris(11), minutes=30),
    )

    (day,) = timetable(event, DAY)

    assert [[one.slug for one in slot.sessions] for slot in day.slots] == [
        ["great", "small"],
        ["later"],
    ]
    assert [slot.ends_at for slot in day.slots] == [None, paris(13)]


def test_days_are_those_of_the_event_not_of_greenwich() -> None:
    late = datetime(2022, 12, 15, 23, 30, tzinfo=UTC)

    days = timetable(an_event(a_session("day", paris(11)), a_session("night", late)), DAY)

    assert [str(day.date) for day in days] == ["2022-12-15", "2022-12-16"]


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (paris(0) - timedelta(minutes=1), {}),
        (paris(0), {"a": Place.NEXT}),
        (paris(11), {"a": Place.NOW, "b": Place.NEXT}),
        (paris(11, 59), {"a": Place.NOW, "b": Place.NEXT}),
        (paris(12), {"b": Place.NOW, "d": Place.NEXT}),
        (paris(13), {"d": Place.NEXT}),
        (paris(14, 30), {"d": Place.NOW}),
        (paris(15), {}),
    ],
)
def test_now_and_next_are_told_on_the_day_only(now: datetime, expected: dict[str, Place]) -> None:
    event = an_event(
        a_session("a", paris(11)),
        a_session("b", paris(12)),
        a_session("c", paris(13, 30), minutes=15, cancelled=True),
        a_session("d", paris(14)),
    )

    assert places(event, now) == expected
