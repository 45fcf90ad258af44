"""The public pages: what they show, in every state of an event."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session as DatabaseSession

from conf_app.database import transaction
from conf_app.programme.models import Event, EventKind, EventState, Session
from conf_app.seats import ledger
from tests.conftest import TestClock
from tests.events import DAY, make_conference, paris
from tests.programme.days import make_crowded_day, make_shipped
from tests.programme.test_caching import queries_of
from tests.visitor import Visitor

PAGES = (
    "/",
    "/agenda",
    "/e/conf/",
    "/e/conf/programme",
    "/e/conf/intervenant-es",
    "/e/conf/intervenant-es/camille",
    "/e/conf/infos-pratiques",
    "/e/conf/places",
)

Change = Callable[[DatabaseSession, Event], None]


def _full(session: DatabaseSession, event: Event) -> None:
    assert event.pool_id is not None
    ledger.move(session, {event.pool_id: 200})


def _set(**values: object) -> Change:
    def change(_session: DatabaseSession, event: Event) -> None:
        for name, value in values.items():
            setattr(event, name, value)

    return change


STATES: dict[str, Change] = {
    "open": _set(),
    "full": _full,
    "not yet": _set(opens_at=paris(9) - timedelta(days=7)),
    "closed": _set(closes_at=paris(9) - timedelta(days=60)),
    "rehearsal": _set(clock_shift=timedelta(days=30)),
    "postponed": _set(state=EventState.POSTPONED),
    "cancelled": _set(state=EventState.CANCELLED),
    "archived": _set(state=EventState.ARCHIVED),
    "urgent": _set(banner="L’AG change de salle : rendez-vous en salle B."),
    "online": _set(kind=EventKind.ONLINE, pool_id=None, venue="", url="https://exemple.org/ici"),
    "partner": _set(kind=EventKind.PARTNER, pool_id=None, organiser="Des ami·es", sessions=[]),
    "two days": _set(ends_at=paris(18) + timedelta(days=1)),
    "bare": _set(sessions=[], speakers=[], themes=[], rooms=[], tagline=""),
}


def conference(app: Flask, state: str = "open") -> None:
    with app.app_context(), transaction() as session:
        STATES[state](session, make_conference(session))


@pytest.mark.parametrize("state", STATES)
def test_every_page_is_whole_in_every_state(app: Flask, visitor: Visitor, state: str) -> None:
    conference(app, state)
    nothing = {"/e/conf/places", "/e/conf/infos-pratiques"}
    gone = {"bare": {"/e/conf/intervenant-es/camille"}, "online": nothing}
    gone["partner"] = gone["online"]

    statuses = {path: visitor.get(path).status for path in PAGES}

    assert {path for path, status in statuses.items() if status == 404} == gone.get(state, set())
    assert set(statuses.values()) <= {200, 404}


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("not yet", "Les inscriptions ouvrent le jeudi 8\u00a0décembre 2022 à 9\u00a0h."),
        ("closed", "Les inscriptions sont closes."),
        ("postponed", "Cet évènement est reporté."),
        ("cancelled", "Cet évènement est annulé."),
        ("archived", "Cet évènement a eu lieu."),
        ("full", "La journée est complète."),
    ],
)
def test_the_page_says_why_one_cannot_register(
    app: Flask, visitor: Visitor, state: str, said: str
) -> None:
    conference(app, state)

    page = visitor.get("/e/conf/")

    assert said in page.text
    assert page.select("main a[href$=inscription]") == []


def test_registration_opens_by_itself(app: Flask, visitor: Visitor, clock: TestClock) -> None:
    conference(app, "not yet")
    assert visitor.get("/e/conf/").select("#places") == []

    clock.moment = paris(9) - timedelta(days=7)

    assert len(visitor.get("/e/conf/").select("#places")) == 1


def test_a_rehearsal_is_told_everywhere_and_shows_the_true_date(
    app: Flask, visitor: Visitor
) -> None:
    conference(app, "rehearsal")

    for path in PAGES[2:]:
        (strip,) = visitor.get(path).texts(".strip")
        assert strip.startswith("Répétition.")
    assert "jeudi 15 décembre 2022" in visitor.get("/e/conf/").text.replace("\u00a0", " ")


def test_an_urgent_banner_stands_on_every_page_of_the_event(app: Flask, visitor: Visitor) -> None:
    conference(app, "urgent")

    for path in PAGES[2:]:
        (strip,) = visitor.get(path).texts(".strip.urgent")
        assert "L’AG change de salle" in strip


def test_a_draft_is_not_there(app: Flask, visitor: Visitor) -> None:
    with app.app_context(), transaction() as session:
        make_conference(session, state=EventState.DRAFT)

    assert [visitor.get(path).status for path in PAGES[2:]] == [404] * 6
    assert visitor.get("/programme").status == 404
    assert visitor.get("/").heading == "L’agenda du collectif"


def test_the_short_addresses_lead_to_the_featured_event(app: Flask, visitor: Visitor) -> None:
    conference(app)

    for short, long in (
        ("/programme", "/e/conf/programme"),
        ("/inscription", "/e/conf/inscription"),
    ):
        answer = visitor.client.get(short)
        assert (answer.status_code, answer.headers["Location"]) == (303, long)


def test_a_partners_event_links_out(app: Flask, visitor: Visitor) -> None:
    with app.app_context(), transaction() as session:
        make_shipped(session)

    (link,) = [
        link
        for link in visitor.get("/agenda").select(".dates a")
        if "contre-société" in link.text_content()
    ]
    assert link.get("href") == "https://offensive.eco"


def test_what_is_past_is_told_apart(app: Flask, visitor: Visitor, clock: TestClock) -> None:
    clock.moment = datetime(2022, 9, 26, tzinfo=UTC)
    with app.app_context(), transaction() as session:
        make_shipped(session)

    assert visitor.get("/agenda").texts("h2") == ["À venir", "Déjà passés"]
    clock.moment = DAY + timedelta(days=3)
    assert visitor.get("/agenda").texts("h2") == ["Déjà passés"]


def test_the_shipped_home_says_what_when_where_and_how(
    app: Flask, visitor: Visitor, clock: TestClock
) -> None:
    clock.moment = paris(13, 45)
    with app.app_context(), transaction() as session:
        make_shipped(session)

    page = visitor.get("/")

    assert page.heading == "Mettre la technologie au service du bien commun"
    facts = dict(zip(page.texts(".facts dt"), page.texts(".facts dd"), strict=True))
    assert facts["Quand"].replace("\u00a0", " ") == (
        "jeudi 15 décembre 2022, 11 h – 17 h 30 programme de 10 h 50 à 18 h"
    )
    assert facts["Où"].startswith("Cité des sciences et de l’industrie")
    assert facts["Entrée"] == "gratuite, sur inscription — un badge apidays Paris suffit aussi"
    assert len(page.select(".timetable > li")) == 13
    assert page.texts(".now h3") == ["Pourquoi et comment on en est arrivé·es à créer OnEstLaTech"]
    assert page.texts(".next h3") == ["Les ingénieurs déserteurs"]
    assert page.texts(".assembly h3") == ["Assemblée générale du collectif"]
    assert len(page.select(".themes li")) == 8
    assert len(page.select(".dates li")) == 6


def test_the_shipped_notices_are_practical(app: Flask, visitor: Visitor) -> None:
    with app.app_context(), transaction() as session:
        make_shipped(session)

    page = visitor.get("/e/conf-2022/infos-pratiques")

    assert {"Venir", "Venir sans marches", "Code de conduite", "Photos"} <= set(page.texts("h2"))
    assert len(page.select("[lang=en]")) == 1
    assert len(page.select("a[href='mailto:onestlatech@protonmail.com']")) == 1
    assert "un dixième ou moins" in page.text


def test_speakers_lead_to_their_sessions_and_back(app: Flask, visitor: Visitor) -> None:
    with app.app_context(), transaction() as session:
        make_shipped(session)

    person = visitor.get("/e/conf-2022/programme").follow("Antonio A. Casilli")

    assert person.heading == "Antonio A. Casilli"
    assert len(person.select(".timetable > li")) == 1
    (back,) = person.select("main .kicker a")
    assert len(visitor.get(str(back.get("href"))).select(".people li")) == 17


def test_a_cancelled_session_is_struck_out_and_offers_no_seat(app: Flask, visitor: Visitor) -> None:
    conference(app)
    with app.app_context(), transaction() as session:
        session.scalars(select(Session).where(Session.slug == "ag")).one().cancelled = True

    page = visitor.get("/e/conf/programme")

    assert page.texts("#ag .kicker") == ["annulé"]
    assert page.select("#places-ag") == []


def test_rooms_stand_side_by_side(app: Flask, visitor: Visitor) -> None:
    with app.app_context(), transaction() as session:
        make_crowded_day(session)

    page = visitor.get("/e/conf/programme")

    assert [len(row.cssselect(".session")) for row in page.select(".rooms")] == [3] * 20


@pytest.mark.parametrize("path", PAGES[:-3])
def test_a_page_asks_as_few_questions_for_sixty_sessions_as_for_five(
    app: Flask, visitor: Visitor, path: str, build: Callable[..., Flask]
) -> None:
    conference(app)
    few = queries_of(app, lambda: visitor.get(path))
    with app.app_context(), transaction() as session:
        session.delete(session.scalars(select(Event)).one())
        session.flush()
        make_crowded_day(session)
    other = build()

    assert queries_of(other, lambda: Visitor(other).get(path)) == few


def test_a_meetup_leads_to_the_conference_and_promises_no_seat(
    app: Flask, visitor: Visitor, clock: TestClock
) -> None:
    clock.moment = paris(9) - timedelta(days=90)
    with app.app_context(), transaction() as session:
        make_shipped(session)

    page = visitor.get("/e/meetup-paris/")

    assert page.texts(".top nav a") == ["La conférence\u00a0du jeudi 15\u00a0décembre", "Agenda"]
    assert page.select(".top nav a")[0].get("href") == "/"
    assert "gratuit" not in page.response.text.lower()
    assert "a eu lieu" not in page.text
    assert visitor.get("/agenda").texts(".top .join") == ["S’inscrire"]


def test_what_is_over_is_told_and_leads_nowhere(
    app: Flask, visitor: Visitor, clock: TestClock
) -> None:
    clock.moment = paris(9) - timedelta(days=20)
    with app.app_context(), transaction() as session:
        make_shipped(session)

    page = visitor.get("/e/space-rentree/")

    assert "Cet évènement a eu lieu." in page.text
    assert page.select("main .button") == []
    assert visitor.get("/").texts(".dates h3") == ["Après-midi API Platform aux apidays"]


@pytest.mark.parametrize("state", ["not yet", "closed", "postponed", "cancelled", "full"])
def test_the_header_invites_only_while_there_are_seats(
    app: Flask, visitor: Visitor, state: str
) -> None:
    conference(app, state)

    for path in ("/", "/agenda", "/e/conf/programme"):
        assert visitor.get(path).select(".top .join") == []
    facts = visitor.get("/e/conf/").texts(".facts dt")
    assert ("Entrée" in facts) is (state not in {"cancelled", "postponed"})
