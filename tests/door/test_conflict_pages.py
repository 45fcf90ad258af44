"""Posts and organisers read what doors answered against each other, and settle it."""

import pytest
from flask import Flask

from conf_app import codes
from conf_app.database import transaction
from conf_app.door.sealing import ticket_id
from tests.conftest import TestClock
from tests.door.test_api import Hall, claim, tell
from tests.events import make_conference, paris
from tests.team import enrol, organiser, ticket_of
from tests.visitor import Visitor


@pytest.fixture
def hall(app: Flask, clock: TestClock) -> Hall:
    clock.moment = paris(13, 30)
    return Hall(app, clock)


@pytest.fixture
def post(hall: Hall) -> Visitor:
    """Let Zélie in at two doors without network, and Wafa whose booking was cancelled."""
    hall.clock.moment = paris(12)
    east, west = hall.post("Est"), hall.post("Ouest")
    hall.clock.moment = paris(13, 30)
    tell(east, hall.clock, claim(hall.id("Zélie"), paris(13, 2)))
    tell(west, hall.clock, claim(hall.id("Zélie"), paris(13, 4)))
    tell(west, hall.clock, claim(hall.id("Max"), paris(13, 5)))
    tell(west, hall.clock, claim("0" * 32, paris(13, 6), "trusted"))
    return west


def test_a_post_reads_them_without_a_name(hall: Hall, post: Visitor) -> None:
    assert "À éclaircir (3)" in post.get("/entree/").text
    page = post.get("/entree/conflits")
    told = page.texts(".conflicts > li")
    assert len(told) == 3
    assert "13\u00a0h\u00a002Porte Est · Est" in told[0]
    assert "13\u00a0h\u00a004Porte Ouest · Ouest hors ligne" in told[0]
    assert "Ce billet a servi à deux entrées." in told[0]
    assert "L’inscription était annulée." in told[1]
    assert told[2].startswith("Billet inconnu")
    assert not any(name in page.response.text for name in hall.tickets)
    # A whole reference would open a card with a name.
    team = organiser(hall.app, hall.clock).get("/orga/e/conf/conflits").texts(".conflicts h2")
    assert page.texts(".conflicts h2") == [*(f"{each[:3]}-…" for each in team[:2]), team[2]]


def test_a_ticket_of_another_event_is_told_without_its_reference(hall: Hall, post: Visitor) -> None:
    with hall.app.app_context(), transaction() as session:
        other = make_conference(session, slug="autre", featured=False)
        ida = enrol(session, other, "Ida")
        ticket, reference = ticket_id(ticket_of(ida)).hex(), ida.reference
    tell(post, hall.clock, claim(ticket, paris(13, 7), "trusted"))

    page = post.get("/entree/conflits")

    assert page.texts(".conflicts h2")[-1] == "Billet d’ailleurs"
    assert codes.spell(codes.Reference(reference)) not in page.text


@pytest.mark.parametrize("who", ["post", "organiser"])
def test_who_settled_it_and_how_is_told_to_all(
    app: Flask, clock: TestClock, hall: Hall, post: Visitor, who: str
) -> None:
    team = organiser(app, clock, "Alix")
    page = (post if who == "post" else team).get(
        "/entree/conflits" if who == "post" else "/orga/e/conf/conflits"
    )
    first = page.select(".conflicts > li")[0].get("id")
    page.submit(f"#{first} form", comment="two_people")
    by = "Ouest" if who == "post" else "Alix"
    said = f"Deux personnes, dit {by} à 13\u00a0h\u00a030."
    for visitor, address in ((post, "/entree/conflits"), (team, "/orga/e/conf/conflits")):
        told = visitor.get(address).texts(".conflicts > li")
        assert said in told[2]
        assert sum("hors ligne" in each for each in told) == 3
    assert "À éclaircir (2)" in team.get("/orga/e/conf/").text


@pytest.mark.parametrize(
    ("passage", "how", "status"),
    [("0", "noted", 400), ("9" * 12, "noted", 400), ("x", "noted", 400), ("1", "x", 400),
     ("1", "noted", 404)],
)  # fmt: skip
def test_what_is_no_conflict_is_refused(
    app: Flask, post: Visitor, passage: str, how: str, status: int
) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    sent = {"passage": passage, "comment": how}
    assert post.client.post("/entree/conflits", data=sent).status_code == status


def test_another_event_has_none(hall: Hall, post: Visitor) -> None:
    with hall.app.app_context(), transaction() as session:
        make_conference(session, slug="autre", featured=False)
    other = organiser(hall.app, hall.clock, "Noa")
    assert "les postes sont d’accord" in other.get("/orga/e/autre/conflits").text
