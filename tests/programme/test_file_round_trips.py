"""What is written is read again as it was, whatever people wrote."""

import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conf_app.database import db
from conf_app.programme import exporting, importing
from conf_app.programme.document import (
    ContactEntry,
    Document,
    EventEntry,
    HostEntry,
    NoticeEntry,
    RegistrationEntry,
    RoomEntry,
    SessionEntry,
    SpeakerEntry,
    ThemeEntry,
)
from conf_app.programme.importing import import_events
from conf_app.programme.models import EventKind, EventState, SessionKind
from conf_app.programme.reading import read
from conf_app.programme.writing import write
from tests.conftest import NOON_IN_NOVEMBER

SHIPPED = Path(importing.__file__).parent / "shipped"


def seen(text: str) -> str:
    """Return a text; an empty one in place of marks and spaces alone, which files refuse."""
    return text if any(unicodedata.category(each)[0] not in "CMZ" for each in text) else ""


SPECIAL = st.sampled_from(['"', '"""', "\\", "'", "’", "é", "\u00a0", "🖤", "#", "= ["])
BLANK_LETTERS = "\u115f\u1160\u2800\u3164\uffa0"
WORD = st.text(
    st.characters(
        exclude_categories=("C", "Zl", "Zp"), exclude_characters="\ufffe\uffff" + BLANK_LETTERS
    ),
    max_size=12,
)
LINE = st.lists(WORD | SPECIAL, max_size=8).map(lambda parts: seen("".join(parts).strip()[:90]))
NAMED = LINE.map(lambda line: line or "x")
PROSE = st.lists(LINE | st.sampled_from(["", "\t-", "x" * 120]), max_size=6).map(
    lambda lines: seen("\n".join(lines).strip())
)
SLUG = st.from_regex(r"[a-z0-9]{1,8}(-[a-z0-9]{1,8}){0,2}", fullmatch=True)
ZONES = st.sampled_from(["Europe/Paris", "UTC", "America/Guadeloupe", "Asia/Kathmandu"])
# Includes the nights when Paris tells an hour twice, and when it skips one.
DAYS = st.sampled_from(
    [datetime(2022, month, day, 12, tzinfo=UTC) for month, day in ((10, 29), (3, 26), (12, 15))]
)


def _unique(make: Callable[[str], st.SearchStrategy[Any]]) -> st.SearchStrategy[Any]:
    slugs = st.lists(SLUG, max_size=3, unique=True)
    return slugs.flatmap(lambda found: st.tuples(*(make(slug) for slug in found)))


@st.composite
def sessions(
    draw: st.DrawFn, slug: str, first: datetime, rooms: list[str], people: list[str], booked: bool
) -> SessionEntry:
    """Make a session somewhere in the two days from ``first``."""
    starts = first + timedelta(minutes=draw(st.integers(0, 40 * 60)))
    capacity = draw(st.none() | st.integers(0, 500)) if booked else None
    return SessionEntry(
        slug=slug,
        kind=draw(st.sampled_from(SessionKind)),
        title=draw(NAMED),
        abstract=draw(PROSE),
        starts=starts,
        ends=starts + timedelta(minutes=draw(st.integers(1, 300))),
        cancelled=draw(st.booleans()),
        room=draw(st.sampled_from(["", *rooms])),
        speakers=tuple(draw(st.permutations(people)))[: draw(st.integers(0, 3))],
        capacity=capacity,
        held=draw(st.integers(0, capacity)) if capacity else 0,
    )


@st.composite
def events(draw: st.DrawFn) -> EventEntry:
    """Make any event that a file can tell."""
    first = draw(DAYS)
    rooms = draw(_unique(lambda slug: st.builds(RoomEntry, slug=st.just(slug), name=NAMED)))
    people = draw(
        _unique(
            lambda slug: st.builds(
                SpeakerEntry, slug=st.just(slug), name=NAMED, role=LINE, bio=PROSE
            )
        )
    )
    booked = draw(st.booleans())
    capacity = draw(st.integers(0, 5000))
    asked = draw(st.just(0) | st.integers(2, 60))
    registration = RegistrationEntry(
        capacity=capacity,
        held=draw(st.integers(0, capacity)),
        opens=draw(st.none() | st.just(first - timedelta(days=30))),
        closes=draw(st.none() | st.just(first)),
        email_required=draw(st.booleans()),
        party_size=draw(st.integers(1, 20)),
        purge_after_days=draw(st.integers(0, 365)),
        reminder_days=asked,
        release_days=draw(st.integers(0, min(30, max(asked - 1, 0)))),
        eve_letter=draw(st.booleans()),
    )
    programme = draw(
        _unique(
            lambda slug: sessions(
                slug,
                first + timedelta(hours=14),
                [room.slug for room in rooms],
                [person.slug for person in people],
                booked,
            )
        )
    )
    last = first + timedelta(hours=60)
    return EventEntry(
        slug="essai",
        revision=draw(st.integers(1, 9)),
        kind=draw(st.sampled_from(EventKind)),
        state=draw(st.sampled_from(EventState)),
        featured=draw(st.booleans()),
        title=draw(NAMED),
        tagline=draw(LINE),
        presentation=draw(PROSE),
        english_note=draw(PROSE),
        banner=draw(LINE),
        starts=first + timedelta(minutes=draw(st.integers(0, 14 * 60))),
        ends=last if programme else draw(st.sampled_from([None, last])),
        timezone=draw(ZONES),
        language=draw(st.sampled_from(["fr", "pt-BR"])),
        venue=draw(LINE),
        address=draw(LINE),
        city=draw(LINE),
        url=draw(st.sampled_from(["", "https://exemple.org/?a=b&c=é"])),
        organiser=draw(LINE),
        host=draw(st.builds(HostEntry, name=LINE, badge=st.booleans())),
        contact=draw(st.builds(ContactEntry, email=st.sampled_from(["", "a@exemple.org"]))),
        registration=registration if booked else None,
        themes=draw(
            _unique(lambda slug: st.builds(ThemeEntry, slug=st.just(slug), title=NAMED, text=PROSE))
        ),
        notices=draw(
            _unique(
                lambda slug: st.builds(
                    NoticeEntry,
                    slug=st.just(slug),
                    title=NAMED,
                    text=PROSE.map(lambda text: text or "x"),
                )
            )
        ),
        rooms=rooms,
        speakers=people,
        sessions=programme,
    )


@pytest.mark.parametrize("name", ["conf-2022.toml", "agenda.toml"])
def test_the_shipped_files_are_canonical(name: str) -> None:
    content = (SHIPPED / name).read_bytes()

    assert write(read(content, name)).encode() == content


@given(events())
@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_written_is_read_again(event: EventEntry) -> None:
    text = write(Document((event,)))

    assert read(text.encode(), "essai.toml") == Document((event,))


@given(events(), events())
@settings(
    max_examples=15,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
def test_the_database_becomes_what_any_two_files_say_in_turn(
    app: Flask, first: EventEntry, second: EventEntry
) -> None:
    with app.app_context():
        session = db.session()
        lines = []
        for event in (first, second, second):
            [report] = import_events(
                session,
                Document((event,)),
                now=NOON_IN_NOVEMBER,
                booked=lambda _session: 0,
                force=True,
            )
            [told] = exporting.document(session).events
            assert told.revision >= event.revision
            told = replace(told, revision=event.revision)
            assert write(Document((told,))) == write(Document((event,)))
            lines.append(report.lines)
        assert lines[-1] == ()
        session.rollback()
