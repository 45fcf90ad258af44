"""Posts and organisers see who is inside, expected and left, and never a name."""

import pytest
from flask import Flask
from sqlalchemy import select

from conf_app.database import transaction
from conf_app.door import passes
from conf_app.registration.models import Registration, RegistrationState
from conf_app.seats import ledger
from tests.conftest import TestClock
from tests.events import make_conference, paris
from tests.team import enrol, organiser, ticket_of
from tests.visitor import Page, Visitor

POST, ORGA = "/entree/tableau", "/orga/e/conf/tableau"


@pytest.fixture
def phones(app: Flask, clock: TestClock) -> dict[str, Visitor]:
    """Return phones at two doors and a room; of four people three booked the assembly."""
    clock.moment = paris(11, 30)
    phones = {}
    with app.app_context(), transaction() as session:
        event = make_conference(session, capacity=6, assembly=10)
        event.host_badge, event.host_name = True, "Salon d’à côté"
        ledger.resize(session, event.pool_id or 0, capacity=6, held=1)
        for name in ("Zélie", "Awa", "Noor"):
            enrol(session, event, name, sessions=("ag",))
        enrol(session, event, "Eve")
        enrol(session, event, "Ange", state=RegistrationState.CANCELLED)
        tokens = {
            door: passes.make(
                session, event, post=door, door=door, sessions=sessions, now=paris(9)
            )[0]
            for door, sessions in (("Nord", ()), ("Sud", ()), ("Salle", ("ag",)))
        }
    for door, token in tokens.items():
        phones[door] = Visitor(app)
        phones[door].get(f"/entree/acces/{token}").submit()
    return phones


def scan(app: Flask, phone: Visitor, *names: str) -> None:
    with app.app_context(), transaction() as session:
        paths = [
            f"/B/{ticket_of(each)}"
            for each in session.scalars(select(Registration).where(Registration.name.in_(names)))
        ]
    for path in paths:
        assert phone.get(path).submit().heading == "Entre"


def shown(page: Page) -> tuple[dict[str, str], dict[str, str]]:
    """Return the large counts, and those by door and session."""
    counts = dict(zip(page.texts(".counts dt"), page.texts(".counts dd"), strict=True))
    return counts, dict(zip(page.texts(".facts dt"), page.texts(".facts dd"), strict=True))


@pytest.mark.parametrize("path", [POST, ORGA])
def test_the_desk_counts_doors_rooms_and_what_is_left(
    app: Flask, clock: TestClock, phones: dict[str, Visitor], path: str
) -> None:
    scan(app, phones["Nord"], "Zélie", "Eve")
    scan(app, phones["Sud"], "Awa")
    scan(app, phones["Salle"], "Zélie")
    for _ in range(3):  # the seat that is held back, the free one, and one beyond
        phones["Sud"].get("/entree/").submit("main .row form", {"sorte": "badge"})

    viewer = phones["Nord"] if path == POST else organiser(app, clock)
    page = viewer.get(path)

    assert shown(page) == (
        {
            "Dedans": "6 sur 6",
            "Encore attendu·es": "1",
            "Places libres": "0",
            "Au-delà de la jauge": "1",
        },
        {
            "Nord": "2\u00a0personnes",
            "Sud": "4\u00a0personnes",
            "14\u00a0h": "Atelier B 0\u00a0entré·e, 0 encore attendu·es, 20\u00a0places libres",
            "17\u00a0h": "Assemblée générale 1\u00a0entré·e, 2 encore attendu·es,"
            " 7\u00a0places libres",
        },
    )
    for name in ("Zélie", "Awa", "Noor", "Eve"):
        assert name not in page.response.text


@pytest.mark.parametrize("path", [POST, ORGA])
def test_it_asks_again_for_the_part_alone(
    app: Flask, clock: TestClock, phones: dict[str, Visitor], path: str
) -> None:
    viewer = phones["Nord"] if path == POST else organiser(app, clock)
    (part,) = viewer.get(path).select("#tableau")

    again = viewer.client.get(part.get("hx-get"), headers={"HX-Request": "true"})

    assert again.text.startswith('<div id="tableau"')
    assert "<html" not in again.text


def test_a_post_reads_the_desk_of_its_own_event(app: Flask, phones: dict[str, Visitor]) -> None:
    with app.app_context(), transaction() as session:
        other = make_conference(session, slug="autre", featured=False, capacity=99)
        enrol(session, other, "Kim")
    counts, _ = shown(phones["Nord"].get(POST))
    assert (counts["Dedans"], counts["Encore attendu·es"]) == ("0 sur 6", "4")
