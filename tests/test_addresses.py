"""Addresses badly written lead to the right ones; NUL leads nowhere: PostgreSQL holds none."""

from collections.abc import Callable

import pytest
from flask import Flask

from conf_app.database import transaction
from tests.conftest import TestClock
from tests.events import make_conference
from tests.team import organiser
from tests.visitor import Visitor


@pytest.fixture(autouse=True)
def conference(app: Flask) -> None:
    """Set up a conference."""
    with app.app_context(), transaction() as session:
        make_conference(session)


@pytest.mark.parametrize(
    "path", ["/e/%00/", "/e/a%00b/inscription", "/e/conf/intervenant-es/%00", "/billet/%00"]
)
def test_nul_in_an_address_leads_nowhere(visitor: Visitor, path: str) -> None:
    assert visitor.get(path).status == 404


def test_nul_in_an_organisers_address_or_search_is_refused(app: Flask, clock: TestClock) -> None:
    alix = organiser(app, clock)

    assert alix.get("/orga/e/%00/inscriptions").status == 404
    assert alix.get("/orga/e/conf/inscriptions?q=%00").status == 400


def test_nothing_typed_is_lost_to_a_nul_or_another_control_character(visitor: Visitor) -> None:
    form = visitor.get("/e/conf/inscription")

    again = form.submit(name="\0Zélie\a", sessions=["\0"], consent="y")
    assert (again.status, again.fields()["name"]) == (422, "Zélie")

    ticket = form.submit(name="Zélie\0 d’\x07Ys\0", email="zelie@exemple.org\0", consent="y")
    assert ticket.heading == "Zélie d’ Ys"


def test_an_unknown_page_of_an_event_is_not_found_with_or_without_a_slash(
    visitor: Visitor,
) -> None:
    for path in ("/e/conf/inconnu", "/e/conf/inconnu/"):
        assert visitor.get(path).status == 404
    assert visitor.get("/e/conf/programme/").path == "/e/conf/programme"


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(
    ("path", "straight"),
    [
        ("/e/conf", "/e/conf/"),
        ("/e/conf?vu=1", "/e/conf/?vu=1"),
        ("/e//conf/programme", "/e/conf/programme"),
        ("/e/conf/programme/", "/e/conf/programme"),
        ("/agenda/", "/agenda"),
        ("/entree", "/entree/"),
        ("/orga", "/orga/"),
    ],
)
def test_an_address_badly_written_leads_to_the_right_one_under_whatever_scheme(
    build: Callable[..., Flask], scheme: str, path: str, straight: str
) -> None:
    app = build(public_url=f"{scheme}://conf.exemple")
    answer = app.test_client().get(path, base_url="http://conf.exemple")
    assert (answer.status_code, answer.headers["Location"], answer.text) == (308, straight, "")
