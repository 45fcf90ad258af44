"""The door in a real browser: accessible in every state, on a small phone, read from afar."""

from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from conf_app.database import transaction
from conf_app.registration.models import RegistrationState
from tests.browser import NARROW, ON_SQLITE, Live, OpenWindow, assert_accessible
from tests.events import make_conference
from tests.team import DOORS_OPEN, enrol, pass_token, ticket_of

pytestmark = ON_SQLITE


@pytest.fixture
def tickets(live: Live) -> dict[str, str]:
    """Register Zélie, and Wafa who cancelled, and open the doors."""
    live.clock.moment = DOORS_OPEN
    with live.app.app_context(), transaction() as session:
        event = make_conference(session)
        zelie = enrol(session, event, "Zélie", sessions=("atelier-a", "ag"))
        wafa = enrol(session, event, "Wafa", state=RegistrationState.CANCELLED)
        return {"Zélie": f"/B/{ticket_of(zelie)}", "Wafa": f"/B/{ticket_of(wafa)}"}


def stand(live: Live, page: Page, post: str) -> None:
    """Make a window a post, one that may search."""
    token = pass_token(live.app, live.clock, post=post, may_search=True)
    page.goto(f"/entree/acces/{token}")
    page.get_by_role("button", name="Tenir ce poste").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(post)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_state_is_accessible_on_a_small_phone(
    live: Live,
    open_window: OpenWindow,
    tickets: dict[str, str],
    scheme: Literal["light", "dark"],
) -> None:
    phone = open_window(tickets["Zélie"], scheme=scheme, size=NARROW)
    other = open_window("/entree/", scheme=scheme, size=NARROW)
    assert_accessible(phone)  # the neutral page
    assert_accessible(other)  # how one gets in
    phone.goto(f"/entree/acces/{'0' * 26}")
    assert_accessible(phone)
    phone.goto(f"/entree/acces/{pass_token(live.app, live.clock)}")
    assert_accessible(phone)
    stand(live, phone, "Poste 1")
    stand(live, other, "Poste 2")

    phone.get_by_role("button", name="Ouvrir la fiche").click()
    expect(phone.get_by_label("Code du billet ou référence")).to_be_focused()
    assert_accessible(phone)
    phone.get_by_role("link", name="Chercher un nom").click()
    for name in ("z", "personne", "zélie"):
        phone.get_by_label("Nom ou pseudonyme").fill(name)
        phone.get_by_role("button", name="Chercher").click()
        expect(phone.locator("#erreurs, #trouve")).to_be_visible()
        assert_accessible(phone)
    phone.goto(tickets["Zélie"])
    assert_accessible(phone)
    phone.get_by_role("button", name="Faire entrer").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Entre")
    assert_accessible(phone)
    live.clock.advance(seconds=30)
    other.goto(tickets["Zélie"])
    assert_accessible(other)
    other.get_by_role("button", name="Noter son retour").click()
    expect(other.get_by_text("vient de passer à un autre poste")).to_be_visible()
    assert_accessible(other)
    other.goto(tickets["Wafa"])
    expect(other.get_by_role("heading", level=1)).to_have_text("Refusé")
    assert_accessible(other)


def test_a_verdict_is_read_from_afar(
    live: Live, open_window: OpenWindow, tickets: dict[str, str]
) -> None:
    phone = open_window(size=NARROW)
    stand(live, phone, "Poste 1")
    phone.goto(tickets["Zélie"])
    phone.get_by_role("button", name="Faire entrer").click()

    for text in (phone.get_by_role("heading", level=1), phone.get_by_text("Zélie")):
        size = text.evaluate("(element) => parseFloat(getComputedStyle(element).fontSize)")
        assert size >= 32


def test_a_volunteer_works_without_javascript(
    live: Live, open_window: OpenWindow, tickets: dict[str, str]
) -> None:
    phone = open_window(size=NARROW, javascript=False)
    stand(live, phone, "Poste 1")

    phone.goto(tickets["Zélie"])
    phone.get_by_role("button", name="Faire entrer").click()
    phone.get_by_role("link", name="Billet suivant").click()

    expect(phone.get_by_text("1\u00a0personne")).to_be_visible()
