"""Every page, in every state, is valid HTML in the eyes of a validator that is not ours."""

import subprocess
from pathlib import Path

import pytest
from flask import Flask

from conf_app.database import transaction
from hatch_build import find_node
from tests.browser import ON_SQLITE, ROOT
from tests.conftest import TestClock
from tests.events import make_conference
from tests.programme.days import make_crowded_day, make_shipped
from tests.programme.test_pages import PAGES, STATES, conference
from tests.team import organiser, volunteer
from tests.test_statements import STATEMENTS
from tests.visitor import Page, Visitor

pytestmark = ON_SQLITE
FORM = "/e/conf/inscription"


def assert_valid(pages: list[Page], folder: Path) -> None:
    """Hand pages to html-validate, all at once."""
    for number, page in enumerate(pages):
        name = page.path.strip("/").replace("/", "-") or "accueil"
        (folder / f"{number:02}-{name}.html").write_text(page.response.text, encoding="utf-8")
    validator = str(ROOT / "node_modules/.bin/html-validate")
    options = ["--formatter", "text", "--config", str(ROOT / ".htmlvalidate.json")]
    told = subprocess.run(
        [str(find_node()), validator, *options, str(folder)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert told.returncode == 0, told.stdout + told.stderr


@pytest.mark.parametrize("state", STATES)
def test_the_public_pages_are_valid_in_each_state(
    app: Flask, visitor: Visitor, tmp_path: Path, state: str
) -> None:
    conference(app, state)
    assert_valid([visitor.get(path) for path in (*PAGES, FORM)], tmp_path)


def test_the_shipped_programme_and_a_crowded_day_are_valid(
    app: Flask, visitor: Visitor, tmp_path: Path
) -> None:
    with app.app_context(), transaction() as session:
        make_crowded_day(session).featured = False
        session.flush()
        make_shipped(session)
    paths = ("/", "/e/conf-2022/", "/e/conf-2022/programme", "/e/conf-2022/inscription")
    crowded = ("/e/conf/programme", "/e/conf/intervenant-es", FORM)
    read = (*paths, *crowded, *STATEMENTS.values())
    assert_valid([visitor.get(path) for path in read], tmp_path)


def test_the_form_the_ticket_and_the_errors_are_valid(
    app: Flask, visitor: Visitor, tmp_path: Path
) -> None:
    conference(app)
    form = visitor.get(FORM)
    wrong = form.submit(name="", email="zelie", sessions=["atelier-a", "atelier-b"])
    ticket = form.submit(name="Zélie", email="z@exemple.org", sessions=["ag"], consent="y")
    again = form.submit(name="Yann", consent="y")
    pages = [form, wrong, ticket, again]
    pages += [visitor.get(ticket.path + path) for path in ("/modifier", "/annuler")]
    pages += [visitor.get(path) for path in ("/rien", "/e/rien/", "/billet/rien", "/B/rien")]
    pages.append(pages[5].submit())
    pages.append(visitor.get(f"{ticket.path}.png"))
    assert [page.status for page in pages] == [
        200, 422, 200, 409, 200, 200, 404, 404, 404, 200, 200, 409,
    ]  # fmt: skip
    assert_valid(pages, tmp_path)


def test_the_pages_of_rights_are_valid(app: Flask, visitor: Visitor, tmp_path: Path) -> None:
    conference(app)
    ticket = visitor.get(FORM).submit(
        name="Zélie", email="z@exemple.org", sessions=["ag"], consent="y"
    )
    ends = ("/mes-donnees", "/mes-donnees.html", "/rappels", "/pas-moi", "/effacer")
    pages = [visitor.get(ticket.path + end) for end in ends]
    pages += [pages[3].submit(), visitor.get("/billet-perdu")]
    pages += [pages[-1].submit(email=""), pages[-1].submit(email="z@exemple.org")]
    pages.append(pages[4].submit())
    assert [page.status for page in pages] == [200, 200, 200, 200, 200, 200, 200, 422, 200, 200]
    assert_valid(pages, tmp_path)


def test_the_door_and_the_organisers_pages_are_valid(
    app: Flask, clock: TestClock, tmp_path: Path
) -> None:
    with app.app_context(), transaction() as session:
        make_conference(session)
    Visitor(app).get(FORM).submit(name="Zélie", sessions=["ag"], consent="y")
    alix, post = organiser(app, clock), volunteer(app, clock)
    pages = [alix.get("/orga/"), alix.get("/orga/e/conf/inscriptions")]
    pages += [post.get("/entree/"), Visitor(app).get("/orga/"), Visitor(app).get("/entree/")]
    assert_valid(pages, tmp_path)
