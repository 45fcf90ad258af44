"""Live seats: nothing new is a 204, what is new is the part, and counts never jump back."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask

from conf_app.database import transaction
from conf_app.programme import exporting
from conf_app.programme.document import Document
from conf_app.programme.importing import import_events
from conf_app.programme.models import Event, EventState
from conf_app.programme.pace import POLLS_PER_SECOND, holds, pace
from conf_app.seats import ledger
from conf_app.seats.rules import SeatState
from tests.conftest import NOON_IN_NOVEMBER
from tests.events import make_conference
from tests.programme.test_caching import queries_of, take
from tests.visitor import Page, Visitor

HTMX = {"HX-Request": "true"}


@pytest.fixture
def pools(app: Flask) -> dict[str, int]:
    with app.app_context(), transaction() as session:
        event: Event = make_conference(session, capacity=20)
        assert event.pool_id is not None
        return {"": event.pool_id} | {
            one.slug: one.pool_id for one in event.sessions if one.pool_id is not None
        }


def poll(visitor: Visitor, seen: str) -> Page:
    return visitor.get("/e/conf/places", {"vu": seen}, headers=HTMX)


def address_of(page: Page) -> str:
    (part,) = page.select("#places")
    return str(part.get("hx-get"))


@pytest.mark.usefixtures("pools")
def test_nothing_new_is_answered_without_a_word_nor_a_question(
    app: Flask, visitor: Visitor
) -> None:
    address = address_of(visitor.get("/e/conf/"))
    answer = visitor.client.get(address, headers=HTMX)

    assert (answer.status_code, answer.data) == (204, b"")
    assert queries_of(app, lambda: visitor.client.get(address, headers=HTMX)) == 0


def test_new_numbers_come_as_the_part_with_each_sessions_own(
    app: Flask, visitor: Visitor, pools: dict[str, int]
) -> None:
    page = visitor.get("/e/conf/")
    with app.app_context(), transaction() as session:
        ledger.move(session, {pools[""]: 1, pools["ag"]: 1})

    part = visitor.get(address_of(page), headers=HTMX)

    assert part.status == 200
    assert "ETag" not in part.response.headers
    assert part.response.headers["Cache-Control"] == "no-store"
    assert part.texts("#places .figure") == ["19"]
    assert part.texts("#places-ag[hx-swap-oob]") == ["119\u00a0places libres sur 120"]
    assert visitor.get(address_of(part), headers=HTMX).status == 204


@pytest.mark.usefixtures("pools")
def test_without_htmx_the_same_address_is_a_small_page(visitor: Visitor) -> None:
    page = visitor.get("/e/conf/places", {"vu": "0.15"})

    assert page.heading == "Places libres"
    assert page.texts("#places .figure") == ["20"]


def test_who_saw_later_seats_than_this_process_makes_it_look_again(
    visitor: Visitor, pools: dict[str, int], build: Callable[..., Flask]
) -> None:
    visitor.get("/e/conf/")
    other = build()
    take(other, pools[""], 5)
    later = address_of(Visitor(other).get("/e/conf/"))

    assert visitor.get(later, headers=HTMX).status == 204
    assert visitor.get("/e/conf/").texts("#places .figure") == ["15"]


@pytest.mark.parametrize("seen", ["", "x", "1", "-1.15", "99999999999999999999.1", "1.15.2", "²."])
@pytest.mark.usefixtures("pools")
def test_a_strange_version_is_taken_for_none(visitor: Visitor, seen: str) -> None:
    assert poll(visitor, seen).texts("#places .figure") == ["20"]


@pytest.mark.parametrize(
    ("taken", "state", "word"),
    [
        (17, "free", "places libres sur 20"),
        (18, "few", "places libres sur 20 · il en reste peu"),
        (19, "few", "place libre sur 20 · il en reste peu"),
        (20, "full", "Complet 20 places prises"),
    ],
)
def test_few_is_a_tenth_of_the_places_whatever_the_hour(
    app: Flask, visitor: Visitor, pools: dict[str, int], taken: int, state: str, word: str
) -> None:
    take(app, pools[""], taken)

    page = visitor.get("/e/conf/")

    assert page.texts(f"#places.{state} .word") == [word]
    assert page.texts("#places .figure") == [str(20 - taken)] * (taken < 20)


def test_a_full_day_offers_no_button(app: Flask, visitor: Visitor, pools: dict[str, int]) -> None:
    take(app, pools[""], 20)

    assert visitor.get("/e/conf/").select(".panel .button") == []


def bring(app: Flask, **changes: object) -> None:
    """Import the event with something changed."""
    with app.app_context(), transaction() as session:
        entry = exporting.document(session, ["conf"]).events[0]
        changed = Document((replace(entry, **changes),))  # type: ignore[arg-type]
        import_events(session, changed, now=NOON_IN_NOVEMBER, booked=lambda _session: 0)


@pytest.mark.parametrize(
    ("state", "word"), [(EventState.POSTPONED, "Reporté"), (EventState.CANCELLED, "Annulé")]
)
@pytest.mark.usefixtures("pools")
def test_an_open_page_stops_inviting_once_the_event_is_called_off_and_resumes_with_it(
    app: Flask, visitor: Visitor, state: EventState, word: str
) -> None:
    page = visitor.get("/")

    bring(app, state=state)
    part = visitor.get(address_of(page), headers=HTMX)
    assert part.status == 200
    assert part.texts("#places.off .word") == [f"{word} Ce qui a changé"]
    assert part.texts("#places-way[hidden][hx-swap-oob]") == [""]
    assert part.select(".button, .figure, .gauge") == []
    assert visitor.get(address_of(part), headers=HTMX).status == 204

    bring(app, state=EventState.PUBLISHED)
    again = visitor.get(address_of(part), headers=HTMX)
    assert again.texts("#places .figure") == ["20"]
    assert again.texts("#places-way .button") == ["S’inscrire gratuitement"]


@pytest.mark.usefixtures("pools")
def test_what_is_urgent_comes_to_an_open_page_and_leaves_it(app: Flask, visitor: Visitor) -> None:
    page = visitor.get("/e/conf/programme")
    assert [one.get("hidden") is not None for one in page.select("#urgent")] == [True]

    bring(app, banner="L’AG change de salle.")
    part = visitor.get(address_of(page), headers=HTMX)
    assert part.texts("#urgent[hx-swap-oob]:not([hidden])") == [
        "Important\u00a0: L’AG change de salle."
    ]

    bring(app, banner="")
    assert visitor.get(address_of(part), headers=HTMX).texts("#urgent[hidden]") == [""]


@pytest.mark.usefixtures("pools")
def test_a_page_whose_event_is_unpublished_stays_as_it_is(app: Flask, visitor: Visitor) -> None:
    address = address_of(visitor.get("/e/conf/"))

    bring(app, state=EventState.DRAFT)
    answer = visitor.client.get(address, headers=HTMX)

    assert (answer.status_code, answer.data) == (204, b"")


def test_an_event_without_seats_has_no_such_address(visitor: Visitor) -> None:
    assert visitor.get("/e/conf/places").status == 404


def test_the_pace_hastens_near_full_and_slows_when_many_watch() -> None:
    assert pace(SeatState.FREE) == 15
    assert pace(SeatState.FEW) == 5
    assert pace(SeatState.FULL) == 15
    assert pace(SeatState.FEW, 6 * POLLS_PER_SECOND) == 15
    assert pace(SeatState.FREE, 16 * POLLS_PER_SECOND) == 30
    assert pace(SeatState.FREE, 1_000 * POLLS_PER_SECOND) == 60


def test_a_page_slower_than_wished_is_left_alone() -> None:
    assert holds(15, 15)
    assert holds(30, 15)
    assert not holds(5, 15)


def test_a_page_that_asks_too_often_is_told_the_new_pace(
    app: Flask, visitor: Visitor, pools: dict[str, int]
) -> None:
    page = visitor.get("/e/conf/")
    app.extensions["conf_app.site"].watchers = 16 * POLLS_PER_SECOND

    part = visitor.get(address_of(page), headers=HTMX)

    assert part.select("#places")[0].get("hx-trigger") == "every 30s, places:refresh"
