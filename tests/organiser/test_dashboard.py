"""The team sees an event's numbers, drawn and in tables, without a name."""

from datetime import date, timedelta
from uuid import NAMESPACE_URL, UUID, uuid5

import pytest
from flask import Flask
from sqlalchemy import select

from conf_app.database import transaction
from conf_app.door import by_hand
from conf_app.organiser import charts, curves, members
from conf_app.organiser.models import Organiser, TeamRole
from conf_app.programme.models import Event
from conf_app.registration.models import Registration, RegistrationState
from tests.conftest import NOON_IN_NOVEMBER, TestClock
from tests.events import make_conference, paris
from tests.statements import counted
from tests.team import enrol, organiser
from tests.visitor import Page, Visitor

PAGE = "/orga/e/conf/"


@pytest.fixture
def alix(app: Flask, clock: TestClock) -> Visitor:
    """Return an organiser's browser; four registered on three days, one cancelled, two came."""
    with app.app_context(), transaction() as session:
        event = make_conference(session, capacity=50)
        moments = {
            "Zélie": NOON_IN_NOVEMBER,
            # Midnight in Paris is not midnight in UTC.
            "Awa": NOON_IN_NOVEMBER.replace(hour=23, minute=30),
            "Noor": NOON_IN_NOVEMBER + timedelta(days=2),
            "Eve": NOON_IN_NOVEMBER + timedelta(days=2),
        }
        for name, moment in moments.items():
            enrol(
                session, event, name, sessions=("ag",) if name == "Awa" else ()
            ).created_at = moment
        eve = session.scalars(select(Registration).filter_by(name="Eve")).one()
        eve.state, eve.cancelled_at = RegistrationState.CANCELLED, moments["Eve"]
        for name, at in (("Zélie", paris(11, 2)), ("Awa", paris(11, 47))):
            person = session.scalars(select(Registration).filter_by(name=name)).one()
            by_hand.admit(session, person, by="Alix", uuid=person_uuid(name), now=at)
    return organiser(app, clock)


def person_uuid(name: str) -> UUID:
    return uuid5(NAMESPACE_URL, name)


def tables(page: Page) -> list[list[list[str]]]:
    """Return the rows of each folded table."""
    return [
        [[cell.text_content().strip() for cell in row] for row in table.cssselect("tbody tr")]
        for table in page.select("details table")
    ]


def test_registrations_are_told_by_day_and_arrivals_by_quarter_of_an_hour(alix: Visitor) -> None:
    page = alix.get("/orga/").follow("Conférence d’essai")

    assert page.heading == "Conférence d’essai"
    counts = dict(zip(page.texts(".counts dt"), page.texts(".counts dd"), strict=True))
    assert counts == {"Inscrit·es": "3 sur 50", "Annulé·es": "1", "Entré·es": "2"}
    by_day, by_quarter = tables(page)
    assert by_day == [
        ["jeudi 17\u00a0novembre 2022", "2", "1", "3"],
        ["mercredi 16\u00a0novembre 2022", "1", "0", "2"],
        ["mardi 15\u00a0novembre 2022", "1", "0", "1"],
    ]
    assert by_quarter == [
        ["11\u00a0h", "1", "1"],
        ["11\u00a0h\u00a015", "0", "1"],
        ["11\u00a0h\u00a030", "0", "1"],
        ["11\u00a0h\u00a045", "1", "2"],
    ]
    assert page.texts("section:first-of-type tbody tr:last-child td") == [
        *("1", "120", "0", "0", "0")
    ]
    assert len(page.select("svg.chart")) == 2
    assert len(page.select("svg.chart")[0].cssselect("rect")) == 3
    for name in ("Zélie", "Awa", "Noor", "Eve"):
        assert name not in page.text


def test_the_numbers_ask_for_themselves(alix: Visitor) -> None:
    part = alix.client.get(PAGE, headers={"HX-Request": "true"}).text
    assert part.lstrip().startswith('<div id="chiffres"')
    assert "<h1" not in part


@pytest.mark.parametrize("role", [TeamRole.PROGRAMME, TeamRole.ACCUEIL])
def test_who_sees_no_names_sees_the_numbers(
    app: Flask, clock: TestClock, alix: Visitor, role: TeamRole
) -> None:
    with app.app_context(), transaction() as session:
        token = members.invite(session, "Noa", now=clock())
        session.scalars(select(Organiser).filter_by(name="Noa")).one().role = role
    noa = Visitor(app)
    noa.get(f"/orga/connexion/{token}").submit()
    page = noa.get(PAGE)
    assert page.status == 200
    assert "Inscriptions" not in page.texts("nav a")
    for link in page.select("main a"):
        assert noa.get(link.get("href") or "").status == 200, link.get("href")


def test_a_long_way_from_one_day_to_the_next_leaves_none_out(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        event = make_conference(session)
        for ago in (0, 40):
            person = enrol(session, event, f"Personne {ago}")
            person.created_at = NOON_IN_NOVEMBER - timedelta(days=ago)
        session.flush()
        days = curves.registrations(session, event)
    assert len(days) == 41
    assert (days[0].day, days[-1]) == (date(2022, 10, 6), (date(2022, 11, 15), 1, 0, 2))


def test_an_event_of_nobody_has_no_drawing(app: Flask, clock: TestClock) -> None:
    with app.app_context(), transaction() as session:
        make_conference(session)
    page = organiser(app, clock).get(PAGE)
    assert page.status == 200
    assert page.select("svg.chart") == []


def test_more_people_take_no_more_queries(app: Flask, alix: Visitor) -> None:
    with counted(app) as few:
        alix.get(PAGE)
    with app.app_context(), transaction() as session:
        event = session.scalars(select(Event)).one()
        for number in range(5):
            enrol(session, event, f"Personne {number}", sessions=("atelier-a",))
    with counted(app) as more:
        alix.get(PAGE)
    assert len(more) == len(few)


@pytest.mark.parametrize("number", [0, 1, 7, 30, 400])
def test_bars_stand_side_by_side_below_the_highest_line(number: int) -> None:
    chart = charts.bars([(str(each), each) for each in range(number)])
    assert len(chart.bars) == number
    for bar, after in zip(chart.bars, chart.bars[1:], strict=False):
        assert bar.x + bar.width <= after.x + 0.2
        assert bar.height <= after.height
    for bar in chart.bars:
        assert chart.side <= bar.x < bar.x + bar.width <= chart.width
        assert bar.y >= chart.lines[-1].y
        assert abs(bar.y + bar.height - chart.foot) < 0.2
    assert 2 <= len(chart.lines) <= 6
    assert sum(bool(bar.label) for bar in chart.bars) <= 7
