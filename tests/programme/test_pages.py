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
    gone["partner"] = nothing | {"/e/conf/programme"}

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
    assert page.texts("main a[href$=inscription]") == (
        ["Rejoindre la liste d’attente"] if state == "full" else []
    )


@pytest.mark.parametrize("state", ["open", "postponed", "cancelled"])
def test_a_rehearsal_invites_only_where_one_can_register(
    app: Flask, visitor: Visitor, state: str
) -> None:
    with app.app_context(), transaction() as session:
        event = make_conference(session, clock_shift=timedelta(days=30))
        STATES[state](session, event)

    (strip,) = visitor.get("/e/conf/").texts(".strip")

    assert strip.startswith("Répétition.")
    assert ("Inscris-toi" in strip) is (state == "open")


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
        "jeudi 15 décembre 2022, 11 h – 17 h 30 programme dès 10 h 50, jusqu’à 18 h"
    )
    assert facts["Où"].startswith("Cité des sciences et de l’industrie")
    assert facts["Entrée"] == "gratuite, sur inscription\u00a0— un badge apidays Paris suffit aussi"
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


def test_what_is_over_is_told_and_leads_to_its_own_page_only(
    app: Flask, visitor: Visitor, clock: TestClock
) -> None:
    clock.moment = paris(9) - timedelta(days=20)
    with app.app_context(), transaction() as session:
        make_shipped(session)

    page = visitor.get("/e/space-rentree/")

    assert "Cet évènement a eu lieu." in page.text
    assert page.select("main .button") == []
    for slug, address in (
        ("space-rentree", "https://twitter.com/OnEstLaTech/status/1572568950084620288"),
        ("contre-societe", "https://offensive.eco"),
    ):
        (link,) = visitor.get(f"/e/{slug}/").select("main .row a")
        assert (link.text_content(), link.get("href")) == ("La page de l’évènement", address)
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


@pytest.mark.parametrize("path", ["/agenda", "/e/conf/programme", "/e/conf/intervenant-es/camille"])
def test_a_slash_too_many_leads_to_the_page(app: Flask, visitor: Visitor, path: str) -> None:
    conference(app)
    page = visitor.get(f"{path}/")
    assert (page.status, page.path) == (200, path)


@pytest.mark.parametrize("page", ["programme", "intervenant-es", "infos-pratiques"])
def test_an_event_with_nothing_to_show_has_no_page_for_it(
    app: Flask, visitor: Visitor, page: str
) -> None:
    with app.app_context(), transaction() as session:
        make_shipped(session)

    assert visitor.get(f"/e/meetup-paris/{page}").status == 404


@pytest.mark.parametrize(
    ("page", "coming", "gone"),
    [
        ("programme", "Le programme n’est pas encore publié.", "Aucun programme n’a été publié."),
        ("intervenant-es", "La liste n’est pas encore publiée.", "Aucune liste n’a été publiée."),
    ],
)
def test_what_was_never_published_is_not_promised_once_over(
    app: Flask, visitor: Visitor, clock: TestClock, page: str, coming: str, gone: str
) -> None:
    conference(app, "bare")
    assert visitor.get(f"/e/conf/{page}").texts(".lead") == [coming]

    clock.moment = DAY + timedelta(days=2)

    assert visitor.get(f"/e/conf/{page}").texts(".lead") == [gone]


@pytest.mark.parametrize("state", ["postponed", "cancelled"])
def test_an_old_date_is_told_nowhere_unstruck(app: Flask, visitor: Visitor, state: str) -> None:
    conference(app, state)

    for path in ("/", "/agenda", *PAGES[2:7]):
        page = visitor.get(path)
        for struck in page.select("s"):
            struck.drop_tree()
        assert "décembre" not in page.tree.text_content(), path
        told = [str(meta.get("content")) for meta in page.select("meta[content]")]
        assert not any("décembre" in each for each in told), path


def test_the_home_leads_to_the_agenda_and_has_a_title_of_its_own(
    app: Flask, visitor: Visitor
) -> None:
    with app.app_context(), transaction() as session:
        make_shipped(session)

    home = visitor.get("/")

    assert home.texts("title") != visitor.get("/e/conf-2022/").texts("title")
    assert home.follow("Tout l’agenda").heading == "Agenda"


def test_days_over_the_end_of_a_month_name_both(app: Flask, visitor: Visitor) -> None:
    conference(app)
    with app.app_context(), transaction() as session:
        event = session.scalars(select(Event)).one()
        event.starts_at, event.ends_at = paris(11) + timedelta(days=16), paris(18) + timedelta(17)

    assert visitor.get("/agenda").texts(".date") == ["31–1décembre 2022\u00a0– janvier 2023"]


def test_robots_are_asked_to_leave_what_is_not_public(visitor: Visitor) -> None:
    lines = visitor.client.get("/robots.txt").text.splitlines()
    assert lines[0] == "User-agent: *"
    assert {"Disallow: /billet", "Disallow: /B/", "Disallow: /entree", "Disallow: /orga"} <= set(
        lines
    )


def test_what_goes_on_now_is_one_touch_away(app: Flask, visitor: Visitor, clock: TestClock) -> None:
    conference(app)
    assert visitor.get("/").select(".current") == []

    clock.moment = paris(11, 30)

    (link,) = visitor.get("/").select(".current a")
    with app.app_context(), transaction() as session:
        event = session.scalars(select(Event)).one()
        event.state = EventState.POSTPONED
        event.content_version += 1
    assert visitor.get("/").select(".current, .now, .next") == []
    assert (link.get("href"), link.text_content()) == ("#ouverture", "Ouverture")


def test_rooms_keep_their_columns_from_slot_to_slot(app: Flask, visitor: Visitor) -> None:
    with app.app_context(), transaction() as session:
        event = make_crowded_day(session)
        event.sessions.remove(event.sessions[0])  # the first slot has nothing in the first room
    page = visitor.get("/e/conf/programme")

    columns = {
        (int(str(one.get("id")).removeprefix("seance-")) % 3 + 1, one.get("data-column"))
        for one in page.select(".rooms .session")
    }
    assert columns == {(1, "1"), (2, "2"), (3, "3")}
    assert {rooms.get("data-columns") for rooms in page.select(".rooms")} == {"3"}
