"""Who finds a day or a session full waits, is offered what is given back, and answers."""

import pytest
from playwright.sync_api import Page, expect

from conf_app.database import transaction
from tests.browser import ON_SQLITE, Live
from tests.events import make_conference
from tests.journeys.conftest import Look, OpenPhone
from tests.journeys.steps import cancel, come, expect_title, house, letters, link_in
from tests.people import register
from tests.registration.test_messages import text_of
from tests.team import link_of

AWA = "awa@exemple.org"
NOOR = "noor@exemple.org"


def publish(
    live: Live,
    *names: str,
    sessions: tuple[str, ...] = (),
    capacity: int = 200,
    workshop: int = 20,
) -> list[str]:
    """Publish a conference and register people, each alone; return their secret links."""
    with live.app.app_context(), transaction() as session:
        event = make_conference(session, capacity=capacity, workshop=workshop)
        people = [
            register(session, event, name, settings=house(live), sessions=sessions)
            for name in names
        ]
        return [f"/billet/{link_of(each)}" for each in people]


@pytest.fixture
def zelie(live: Live, open_phone: OpenPhone) -> Page:
    """Publish a conference of one seat, which Zélie has; return her ticket."""
    (link,) = publish(live, "Zélie", capacity=1)
    return open_phone(link)


@pytest.fixture
def awa(open_phone: OpenPhone, zelie: Page) -> Page:
    """Let Awa wait for the seat; return her page."""
    page = open_phone()
    come(page, "Awa", email=AWA, full=True)
    return page


def answer(page: Page, button: str) -> None:
    """Open the page of offers from where one waits, and press a button."""
    page.reload()
    page.get_by_role("link", name="Répondre").click()
    page.get_by_role("button", name=button).click()


def test_people_wait_alone_and_together_see_their_place_and_the_rule(
    open_phone: OpenPhone, awa: Page, look: Look
) -> None:
    expect(awa.get_by_role("main")).to_contain_text("En tête de la liste")
    pair = open_phone()
    come(pair, "Noor", "Yann", email=NOOR, full=True)

    expect(pair.get_by_role("main")).to_contain_text("2e sur la liste")
    look(pair)
    pair.get_by_role("link", name="La règle en entier").click()
    expect(pair.get_by_role("main")).to_contain_text("Numéro 2 sur la liste")
    expect(pair.get_by_role("main")).to_contain_text("Noor et Yann, ensemble ou pas du tout")
    pair.get_by_text("La règle de la liste", exact=True).click()
    expect(pair.get_by_text("Les places rendues sont proposées dans l’ordre")).to_be_visible()
    look(pair)


def test_a_seat_given_back_is_offered_by_letter_and_taken_by_the_page(
    live: Live, open_phone: OpenPhone, zelie: Page, awa: Page, look: Look
) -> None:
    pair = open_phone()
    come(pair, "Noor", "Yann", email=NOOR, full=True)
    cancel(zelie)

    *_, letter = letters(live, AWA)
    assert "Une place t’attend" in letter["Subject"]
    assert "À prendre avant le mercredi 16\u00a0novembre 2022 à 12\u00a0h" in text_of(letter)
    page = open_phone(link_in(letter, "/offre"))
    expect_title(page, "Une place t’attend")
    expect(page.get_by_role("main")).to_contain_text("mercredi 16\u00a0novembre 2022 à 12\u00a0h")
    look(page)
    page.get_by_role("button", name="Prendre la place").click()

    expect_title(page, "Awa")
    expect(page.get_by_role("img", name="QR code du billet")).to_be_visible()
    assert "Ton billet" in letters(live, AWA)[-1]["Subject"]
    pair.reload()
    expect(pair.get_by_role("main")).to_contain_text("En tête de la liste")


@ON_SQLITE  # tests/registration/test_waiting.py asks both
def test_a_party_is_offered_its_seats_together(
    live: Live, open_phone: OpenPhone, look: Look
) -> None:
    zelie, yael = map(open_phone, publish(live, "Zélie", "Yaël", capacity=2))
    pair = open_phone()
    come(pair, "Noor", "Yann", email=NOOR, full=True)

    cancel(zelie)
    pair.reload()
    expect_title(pair, "Liste d’attente")
    cancel(yael)

    pair.goto(link_in(letters(live, NOOR)[-1], "/offre"))
    expect(pair.get_by_role("main")).to_contain_text("elles sont pour vous")
    look(pair)
    pair.get_by_role("button", name="Prendre les places").click()
    expect_title(pair, "2 billets")


@ON_SQLITE  # tests/registration/test_waiting_pages.py asks both
def test_an_offer_declined_goes_to_the_next(
    live: Live, open_phone: OpenPhone, zelie: Page, awa: Page, look: Look
) -> None:
    noor = open_phone()
    come(noor, "Noor", email=NOOR, full=True)
    cancel(zelie)
    answer(awa, "Non merci")

    expect_title(awa, "Tu n’attends plus")
    expect(awa.get_by_role("main")).to_contain_text("la place est proposée à la suite")
    look(awa)
    noor.goto(link_in(letters(live, NOOR)[-1], "/offre"))
    noor.get_by_role("button", name="Prendre la place").click()
    expect_title(noor, "Noor")


def test_an_offer_that_nobody_answers_passes_on_and_says_so(
    live: Live, open_phone: OpenPhone, zelie: Page, awa: Page, look: Look
) -> None:
    noor = open_phone()
    come(noor, "Noor", email=NOOR, full=True)
    cancel(zelie)
    awa.goto(link_in(letters(live, AWA)[-1], "/offre"))
    live.clock.advance(hours=24)

    *_, lapsed = letters(live, AWA)
    assert "L’offre est passée" in lapsed["Subject"]
    awa.get_by_role("button", name="Prendre la place").click()
    expect(awa.get_by_role("alert")).to_contain_text("cette place est passée à la suite")
    look(awa)
    answer(noor, "Prendre la place")
    expect_title(noor, "Noor")


@ON_SQLITE  # tests/registration/test_waiting_pages.py asks both
def test_who_leaves_the_queue_lets_the_others_come_nearer(
    open_phone: OpenPhone, awa: Page, look: Look
) -> None:
    noor = open_phone()
    come(noor, "Noor", email=NOOR, full=True)
    awa.get_by_role("link", name="Quitter la liste").click()
    expect_title(awa, "Quitter la liste d’attente\u00a0?")
    awa.get_by_role("button", name="Oui, quitter la liste").click()

    expect_title(awa, "Tu n’attends plus")
    look(awa)
    noor.reload()
    expect(noor.get_by_role("main")).to_contain_text("En tête de la liste")


def test_a_full_session_is_waited_for_and_swapped_for_the_one_at_the_same_hour(
    live: Live, open_phone: OpenPhone, look: Look
) -> None:
    (link,) = publish(live, "Zélie", sessions=("atelier-a",), workshop=1)
    zelie, awa = open_phone(link), open_phone()
    come(awa, "Awa", email=AWA, sessions={"Awa": ["Atelier B"]})
    awa.get_by_role("link", name="Listes d’attente").click()
    expect_title(awa, "Listes d’attente")
    look(awa)
    awa.get_by_role("button", name="Attendre une place pour Atelier A").click()
    expect(awa.get_by_role("status")).to_have_text("C’est noté\u00a0: tu es sur la liste.")
    expect(awa.get_by_role("main")).to_contain_text("En tête de la liste")

    zelie.get_by_role("link", name="Modifier le nom ou les créneaux").click()
    zelie.get_by_role("checkbox", name="Atelier A").uncheck()
    zelie.get_by_role("button", name="Enregistrer").click()
    awa.goto(link_in(letters(live, AWA)[-1], "/offre"))
    expect(awa.get_by_role("main")).to_contain_text("rend celle de «\u00a0Atelier B\u00a0»")
    look(awa)
    awa.get_by_role("button", name="Prendre la place").click()

    expect_title(awa, "Awa")
    expect(awa.get_by_role("status")).to_contain_text("Celle de la même heure est rendue.")
    expect(awa.get_by_role("article")).to_contain_text("Atelier A")
    expect(awa.get_by_role("article")).not_to_contain_text("Atelier B")
