"""The organisers' pages in a real browser: accessible, and a list that narrows in place."""

import io
import re
from typing import Literal

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from conf_app.database import transaction
from conf_app.door.sealing import DRILL_CODE
from conf_app.organiser import access
from conf_app.organiser.listing import PAGE
from conf_app.programme.models import Event
from tests.browser import DESK, NARROW, ON_SQLITE, Live, OpenWindow, assert_accessible
from tests.events import make_conference
from tests.team import enrol
from tests.tickets.decoders import read_with_zxing

pytestmark = ON_SQLITE


@pytest.fixture
def link(live: Live) -> str:
    """Register many people, and return a sign-in link that lasts."""
    with live.app.app_context(), transaction() as session:
        event = make_conference(session)
        for number in range(PAGE):
            enrol(session, event, f"Personne {number}")
        for name in ("Sacha Petit", "PETIT Sacha"):
            enrol(session, event, name, email="sacha@exemple.org", sessions=("ag",))
        return f"/orga/connexion/{access.demo_link(session, 'Alix', now=live.clock())}"


def qr_in(drawing: Locator) -> list[str]:
    """Return what a drawn QR says to a camera."""
    return read_with_zxing(Image.open(io.BytesIO(drawing.screenshot())))


def sign_in(page: Page, link: str) -> None:
    """Sign a window in."""
    page.goto(link)
    page.get_by_role("button", name="Me connecter").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Évènements")


@pytest.mark.parametrize(
    ("scheme", "size"), [("light", NARROW), ("dark", NARROW), ("light", DESK), ("dark", DESK)]
)
def test_every_page_is_accessible(
    open_window: OpenWindow, link: str, scheme: Literal["light", "dark"], size: tuple[int, int]
) -> None:
    page = open_window("/orga/", scheme=scheme, size=size)
    assert_accessible(page)
    for path in (f"/orga/connexion/{'0' * 26}", link):
        page.goto(path)
        assert_accessible(page)
    sign_in(page, link)
    assert_accessible(page)
    for query in ("", "?tri=nom&entree=non", "?q=personne+d’autre"):
        page.goto(f"/orga/e/conf/inscriptions{query}")
        assert_accessible(page)
    page.goto("/orga/e/conf/inscriptions")
    page.get_by_role("link", name="PETIT Sacha").click()
    assert_accessible(page)
    page.get_by_role("button", name="Faire entrer").click()
    expect(page.get_by_role("status")).to_contain_text("C’est noté")
    assert_accessible(page)
    for name in ("Modifier", "Refaire le billet", "Annuler"):
        page.get_by_role("link", name=name).click()
        assert_accessible(page)
        page.go_back()
    page.goto("/orga/e/conf/inscriptions/ajouter")
    page.get_by_role("button", name="Inscrire").click()
    expect(page.get_by_role("textbox", name="Nom ou pseudonyme")).to_be_focused()
    assert_accessible(page)
    for path in ("/orga/confirmer", "/orga/equipe/adresse", "/orga/e/conf/emporter"):
        page.goto(path)
        assert_accessible(page)
    page.goto("/orga/equipe")
    page.get_by_role("link", name="Inviter quelqu’un").click()
    page.get_by_role("button", name="Inviter dans l’équipe").click()
    expect(page.get_by_role("textbox", name="Nom")).to_be_focused()
    assert_accessible(page)
    page.get_by_role("textbox", name="Nom").fill("Sacha")
    page.get_by_label("Adresse e-mail").fill("sacha@exemple.org")
    page.get_by_role("button", name="Inviter dans l’équipe").click()
    expect(page.get_by_role("status")).to_contain_text("Sacha est de l’équipe.")
    assert_accessible(page)
    page.get_by_role("link", name="Rôle de Sacha").click()
    assert_accessible(page)
    page.get_by_role("radio", name="accueil").check()
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("link", name="Rôle de Sacha")).to_have_text("accueil")
    page.get_by_role("link", name="Retirer Sacha de l’équipe").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Retirer Sacha")
    assert_accessible(page)
    page.get_by_role("button", name="Oui, retirer de l’équipe").click()
    expect(page.get_by_role("heading", name="N’en sont plus")).to_be_visible()
    assert_accessible(page)
    page.goto("/orga/journal")
    assert_accessible(page)
    page.get_by_label("Qui").fill("Sacha")
    page.get_by_role("button", name="Chercher").click()
    expect(page.locator("#lignes")).to_contain_text("Rien ne correspond")
    assert_accessible(page)
    page.goto("/orga/e/conf/")
    for closed in page.locator("details summary").all():
        closed.click()
    assert_accessible(page)
    page.get_by_role("link", name="Accès bénévoles").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Accès bénévoles")
    assert_accessible(page)
    page.get_by_role("link", name="Faire un accès").click()
    page.get_by_role("button", name="Faire l’accès").click()
    expect(page.get_by_label("Nom du poste")).to_be_focused()
    assert_accessible(page)
    page.get_by_label("Nom du poste").fill("Poste 1")
    page.get_by_role("textbox", name="Entrée").fill("Entrée principale")
    page.get_by_role("button", name="Faire l’accès").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Poste 1")
    assert_accessible(page)
    link_drawn, drill_drawn = page.locator(".sheet-qr svg").all()
    assert qr_in(link_drawn) == [page.get_by_label("Le lien du poste").input_value()]
    expect(drill_drawn).to_be_hidden()
    page.emulate_media(media="print")
    (drill,) = qr_in(drill_drawn)
    assert drill.endswith(f"/B/{DRILL_CODE}")
    page.emulate_media(media="screen")
    page.get_by_role("link", name="Retirer cet accès").click()
    expect(page.get_by_role("button", name="Oui, retirer cet accès")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Oui, retirer cet accès").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    assert_accessible(page)


@pytest.mark.parametrize("javascript", [True, False])
def test_the_list_narrows_and_its_address_can_be_shared(
    open_window: OpenWindow, link: str, javascript: bool
) -> None:
    page = open_window(javascript=javascript)
    sign_in(page, link)
    page.get_by_role("link", name="Conférence d’essai").click()
    page.get_by_role("link", name="Inscriptions", exact=True).click()
    page.get_by_label("Nom, courriel ou référence").fill("petit")
    page.get_by_role("button", name="Chercher").click()

    expect(page.locator("tbody tr")).to_have_count(2)
    expect(page).to_have_url(re.compile(r"/orga/e/conf/inscriptions\?q=petit&etat=&"))
    expect(page.locator("#liste")).to_have_count(1)
    expect(page.get_by_label("Nom, courriel ou référence")).to_have_value("petit")
    page.reload()
    expect(page.locator("tbody tr")).to_have_count(2)


def test_a_name_without_end_leaves_the_other_columns_in_view(
    live: Live, open_window: OpenWindow, link: str
) -> None:
    with live.app.app_context(), transaction() as session:
        event = session.scalars(select(Event)).one()
        enrol(session, event, "W" * 80, email=f"{'w' * 60}@exemple.org")
    page = open_window()
    sign_in(page, link)
    page.goto("/orga/e/conf/inscriptions?q=www")
    page.locator(".scroll").scroll_into_view_if_needed()

    expect(page.get_by_role("cell", name="w@exemple.org")).to_be_in_viewport()
    assert page.locator(".scroll").evaluate("(list) => list.scrollWidth <= list.clientWidth")
    expect(page.get_by_role("columnheader", name="Référence")).to_be_in_viewport(ratio=1)


def test_the_fields_of_the_filter_line_up(open_window: OpenWindow, link: str) -> None:
    page = open_window()
    sign_in(page, link)
    page.goto("/orga/e/conf/inscriptions")

    for row, number in ((".filter", 2), (".choices", 4)):
        boxes = page.locator(f"{row} :is(input, select, button)").evaluate_all(
            "(all) => all.map((one) => { const box = one.getBoundingClientRect();"
            " return [Math.round(box.top), Math.round(box.bottom)]; })"
        )
        assert boxes == [boxes[0]] * number


def test_the_pages_of_a_list_turn_in_place(open_window: OpenWindow, link: str) -> None:
    page = open_window()
    sign_in(page, link)
    page.goto("/orga/e/conf/inscriptions")
    page.get_by_role("link", name="Page suivante").click()

    expect(page.locator("tbody tr")).to_have_count(2)
    expect(page).to_have_url(re.compile(r"/orga/e/conf/inscriptions\?apres=\d+$"))
    page.get_by_label("Dans l’ordre").select_option("nom")
    expect(page.locator("tbody th").first).to_contain_text("Personne 0")
    expect(page).to_have_url(re.compile(r"tri=nom$"))
    page.get_by_role("link", name="Page suivante").click()
    expect(page).to_have_url(re.compile(r"\?tri=nom&apres=\d+$"))
    expect(page.locator("tbody tr")).to_have_count(2)
    expect(page.get_by_role("link", name="Page suivante")).to_have_count(0)


def test_the_page_says_that_a_list_is_being_made_until_it_is_there(
    open_window: OpenWindow, link: str
) -> None:
    page = open_window()
    sign_in(page, link)
    page.goto("/orga/e/conf/emporter")
    waits = page.get_by_text("Le fichier se prépare")
    expect(waits).to_be_hidden()
    page.evaluate(
        """() => {
          window.shown = [];
          const sign = document.getElementById("prepare");
          new MutationObserver(() => window.shown.push(!sign.hidden))
            .observe(sign, { attributes: true });
        }"""
    )
    with page.expect_download() as download:
        page.get_by_role("button", name="XLSX").click()
    assert download.value.suggested_filename.endswith(".xlsx")
    expect(waits).to_be_hidden()
    assert page.evaluate("window.shown") == [True, False]


def test_the_numbers_of_an_event_move_unless_somebody_reads_them(
    live: Live, open_window: OpenWindow, link: str
) -> None:
    page = open_window()
    page.clock.install()
    sign_in(page, link)
    page.goto("/orga/e/conf/")
    registered = page.locator(".counts dd").first
    expect(registered).to_contain_text(str(PAGE + 2))
    with live.app.app_context(), transaction() as session:
        enrol(session, session.scalars(select(Event)).one(), "Noor")
    page.get_by_text("Les nombres").first.click()
    page.clock.run_for(35_000)
    expect(registered).to_contain_text(str(PAGE + 2))
    page.get_by_text("Les nombres").first.click()
    page.clock.run_for(35_000)
    expect(registered).to_contain_text(str(PAGE + 3))


def test_deciding_by_two_is_accessible_and_needs_no_script(
    live: Live, open_window: OpenWindow, link: str
) -> None:
    page = open_window(javascript=False, size=NARROW)
    sign_in(page, link)
    page.goto("/orga/equipe")
    page.get_by_role("link", name="Décider à deux").click()
    page.get_by_role("button", name="Lancer la règle").click()
    expect(page.get_by_text("La règle est en marche")).to_be_visible()
    page.goto("/orga/e/conf/emporter")
    page.get_by_role("button", name="CSV pour tableur").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Cela se décide à deux")
    page.get_by_role("button", name="Demander un accord").click()
    with live.app.app_context(), transaction() as session:
        other = f"/orga/connexion/{access.demo_link(session, 'Sacha', now=live.clock())}"
    second = open_window(size=NARROW)
    sign_in(second, other)
    second.get_by_role("link", name="Répondre").click()
    assert_accessible(second)
    second.get_by_role("button", name="D’accord pour").click()
    expect(second.get_by_text("Sacha est d’accord")).to_be_visible()
    assert_accessible(second)
    page.goto("/orga/e/conf/emporter")
    with page.expect_download():
        page.get_by_role("button", name="CSV pour tableur").click()
