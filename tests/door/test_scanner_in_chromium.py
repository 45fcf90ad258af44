"""The scanner in a real browser: a camera that sees a film, a network that goes and comes."""

import contextlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect
from sqlalchemy import select

from conf_app import codes
from conf_app.codes import TicketCode
from conf_app.database import db, transaction
from conf_app.door import conflicts, passes, sealing
from conf_app.door.models import Passage, PassageKind, Verdict
from conf_app.programme.models import Event
from conf_app.registration.models import Registration, RegistrationState
from conf_app.tickets import qr
from tests.browser import (
    NARROW,
    ON_SQLITE,
    PHONE,
    Live,
    OpenWindow,
    assert_accessible,
    launch,
    watch,
)
from tests.door.film import Shot, picture, shoot
from tests.door.phone import Phone
from tests.events import make_conference, paris
from tests.team import enrol, pass_token, ticket_of

pytestmark = ON_SQLITE

NAMES = ["Zélie", "Awa", "Noé", *(f"Personne{number:02}" for number in range(45))]
DRILL = sealing.DRILL_CODE
SENT = "1\u00a0passage resté sur ce téléphone est envoyé."


@pytest.fixture
def tickets(live: Live) -> dict[str, str]:
    """Register people, one who cancelled among them, and open the doors; return what QRs hold."""
    live.clock.moment = paris(12)
    with live.app.app_context(), transaction() as session:
        event = make_conference(session)
        event.host_badge, event.host_name = True, "Salon d’à côté"
        people = [enrol(session, event, name) for name in NAMES]
        people.append(enrol(session, event, "Wafa", state=RegistrationState.CANCELLED))
        return {each.name: qr.ticket_url(live.url, ticket_of(each)) for each in people}


@pytest.fixture
def phone(live: Live, open_window: OpenWindow, tickets: dict[str, str]) -> Phone:
    return Phone(live, open_window(size=PHONE))


def entries(live: Live) -> Counter[str]:
    """Return how often each person is inside."""
    with live.app.app_context():
        rows = db.session().execute(
            select(Registration.name)
            .join(Passage, Passage.registration_id == Registration.id)
            .where(Passage.verdict == Verdict.ADMITTED, Passage.undone_at.is_(None))
        )
        return Counter(rows.scalars())


def uuids(live: Live) -> Counter[str]:
    with live.app.app_context():
        return Counter(str(each) for each in db.session().scalars(select(Passage.uuid)))


@contextlib.contextmanager
def filmed(chromium: Browser, film: Path, live: Live) -> Iterator[Page]:
    """Open a browser whose camera plays a film."""
    browser = launch(chromium.browser_type, film=film)
    faults: list[str] = []
    try:
        context = browser.new_context(base_url=live.url, viewport={"width": 360, "height": 740})
        page = context.new_page()
        watch(page, live.url, faults)
        yield page
    finally:
        browser.close()
    assert not [each for each in faults if "ERR_INTERNET_DISCONNECTED" not in each], faults


def test_a_film_of_tickets_is_scanned_with_and_without_network(
    live: Live, chromium: Browser, tickets: dict[str, str], tmp_path: Path
) -> None:
    crowd = [tickets[name] for name in NAMES[3:]]
    shots: list[Shot] = [
        (tickets["Zélie"], 1.5),
        (None, 2.5),
        (tickets["Zélie"], 1.0),
        ("HTTPS://AILLEURS.EXEMPLE/X", 1.0),
        (tickets["Awa"], 1.0),
        (None, 5.0),
        # 45 people, four of them twice, and one who cancelled: 50.
        *((url, 0.4) for url in (*crowd, tickets["Wafa"], *crowd[:4])),
    ]
    with filmed(chromium, shoot(tmp_path / "film.mjpeg", shots), live) as page:
        phone = Phone(live, page)
        page.get_by_role("button", name="Démarrer la caméra").click()
        phone.wait(lambda: any("Awa" in each for each in phone.heard), seconds=90)
        said = phone.heard
        first = said.index("Entre. Zélie.")
        assert said[first + 1].startswith("Déjà entré·e. Zélie. À 12\u00a0h, ")
        assert said[first + 2].startswith("Refusé. Ce n’est pas un billet d’ici.")
        assert said[first + 3] == "Entre. Awa."
        online = uuids(live)

        phone.offline()
        # The film begins anew until the camera caught each of them.
        phone.wait(
            lambda: {f"Entre. {name}." for name in NAMES[3:]} <= set(phone.heard), seconds=180
        )
        phone.wait(lambda: phone.unsent >= 50, seconds=120)
        page.evaluate("document.getElementById('start').click()")
        expect(page.locator("#start")).to_have_text("Démarrer la caméra")
        page.wait_for_timeout(300)
        queue = phone.queue
        answers = {(each["answer"], each.get("reason")) for each in queue}
        assert answers >= {("admitted", None), ("already_in", None), ("refused", "cancelled")}
        assert uuids(live) == online, "nothing reached the server meanwhile"

        phone.offline(False)
        expect(page.locator("#network")).to_have_text("En ligne")
        assert phone.queue == []
        told = uuids(live) - online
        assert {each["id"] for each in queue} <= set(told)
        assert set(told.values()) == {1}
        assert entries(live) == Counter(name for name in NAMES if name != "Noé")


def test_two_phones_without_network_let_one_ticket_in_and_it_is_told(
    live: Live, open_window: OpenWindow, tickets: dict[str, str]
) -> None:
    one = Phone(live, open_window(size=PHONE), "Poste 1")
    two = Phone(live, open_window(size=PHONE), "Poste 2")
    for phone in (one, two):
        phone.offline()
        assert phone.scan(tickets["Noé"]) == "Entre. Noé."
    one.offline(False)
    two.offline(False)
    expect(two.page.get_by_text("1 passage est à éclaircir")).to_be_visible()

    assert entries(live) == {"Noé": 1}
    with live.app.app_context():
        event = db.session().scalars(select(Event).where(Event.slug == "conf")).one()
        (conflict,) = conflicts.of_event(db.session(), event)
        assert conflict.passage.verdict is Verdict.ALREADY_IN


def test_a_hand_held_scanner_needs_no_pointer(
    live: Live, phone: Phone, tickets: dict[str, str]
) -> None:
    assert phone.scan(tickets["Zélie"]) == "Entre. Zélie."
    page = phone.page
    verdict = page.get_by_role("region", name="Verdict")
    expect(verdict.get_by_role("heading", name="Entre")).to_be_visible()
    expect(page.get_by_role("button", name="Billet suivant")).to_be_focused()
    assert phone.scan("HTTPS://AILLEURS.EXEMPLE/X").startswith("Refusé. Ce n’est pas un billet")
    assert phone.scan(tickets["Wafa"]).startswith("Refusé. Cette inscription a été annulée.")
    assert phone.scan(tickets["Zélie"]).startswith("Déjà entré·e. Zélie. À 12\u00a0h, ")
    page.keyboard.press("Escape")
    expect(verdict).to_be_hidden()
    expect(page.locator("#last")).to_contain_text("Déjà entré·e")

    page.get_by_label("Code du billet ou référence").focus()
    phone.keys(tickets["Awa"])
    expect(verdict.get_by_text("Awa")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Reprendre ce passage")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Garder ce passage")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("C’est repris")).to_be_visible()
    expect(page.locator("#network")).to_have_text("En ligne")
    assert entries(live) == {"Zélie": 1}
    assert phone.scan(tickets["Awa"]) == "Entre. Awa."


def test_what_the_browser_keeps_names_nobody(phone: Phone, tickets: dict[str, str]) -> None:
    def leaks(kept: dict[str, object]) -> list[str]:
        codes = [url.rpartition("/")[2] for url in tickets.values()]
        return [
            f"{secret} in {place}"
            for place, told in kept.items()
            if "/static/" not in place  # the same for everybody
            for secret in (*NAMES, "Wafa", *codes, "exemple.org")
            if secret in str(told) or secret.encode().decode("latin-1") in str(told)
        ]

    before = phone.kept()
    assert {"queue", "kept", "tickets", "arrivals"} <= before.keys()
    assert any(place.endswith("/entree/") for place in before)
    assert leaks(before) == []
    phone.scan(tickets["Zélie"])
    phone.offline()
    for name in ("Awa", "Wafa", "Zélie"):
        phone.scan(tickets[name])
    after = phone.kept()
    assert len(after["queue"][0]) == 3
    assert leaks(after) == []


def test_a_killed_tab_loses_nothing_and_the_page_opens_without_network(
    live: Live, phone: Phone, tickets: dict[str, str]
) -> None:
    page = phone.page
    phone.offline()
    phone.scan(tickets["Zélie"])
    phone.scan(tickets["Awa"])
    context = page.context
    page.close(run_before_unload=False)

    page = phone.page = context.new_page()
    page.add_init_script("window.heard = []")
    page.goto("/entree/")
    expect(page.locator("#network")).to_have_text("Hors ligne\u00a0· 2 à envoyer")
    expect(page.get_by_role("heading", level=1)).to_have_text("Poste 1")
    phone.keys(tickets["Zélie"])
    expect(page.get_by_role("heading", name="Déjà entré·e")).to_be_visible()
    context.set_offline(False)
    expect(page.locator("#network")).to_have_text("En ligne")
    assert entries(live) == {"Zélie": 1, "Awa": 1}


@pytest.mark.usefixtures("tickets")
def test_a_form_that_no_network_takes_is_answered_in_words(
    live: Live, open_window: OpenWindow
) -> None:
    page = Phone(live, open_window(size=PHONE), may_add=True).page
    page.goto("/entree/inscription")
    page.locator("main input[name=name]").fill("Noor")
    page.locator("main input[name=consent]").check()
    page.context.set_offline(True)

    page.locator("main form button[type=submit]").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Hors ligne")
    assert_accessible(page)
    page.get_by_role("link", name="Revenir au poste").click()
    expect(page.locator("#network")).to_have_text("Hors ligne")
    page.context.set_offline(False)


def test_a_page_opened_without_network_reads_codes(
    live: Live, phone: Phone, tickets: dict[str, str], tmp_path: Path
) -> None:
    context = phone.page.context
    phone.page.close()
    picture = tmp_path / "billet.png"
    picture.write_bytes(qr.png(tickets["Zélie"]))
    live.go_away()

    page = phone.page = context.new_page()
    page.add_init_script("window.heard = []")
    page.goto("/entree/")
    page.locator("#photo").set_input_files(picture)

    expect(page.locator("[data-check=decoder] .how")).to_have_text("chargé")
    expect(page.get_by_role("heading", name="Entre", exact=True)).to_be_visible()


def test_a_phone_that_lost_what_it_kept_says_so(phone: Phone, tickets: dict[str, str]) -> None:
    page = phone.page
    phone.offline()
    phone.scan(tickets["Zélie"])
    page.evaluate(
        """() => new Promise((done) => {
          const asked = indexedDB.deleteDatabase("door");
          asked.onsuccess = done;
          asked.onblocked = done;
        })"""
    )
    page.reload()
    expect(page.get_by_text("1 passage gardé sur ce téléphone a disparu")).to_be_visible()


def test_a_phone_whose_storage_was_cleared_says_so_where_its_post_ended(
    phone: Phone, tickets: dict[str, str]
) -> None:
    page = phone.page
    phone.offline()
    phone.scan(tickets["Zélie"])
    page.goto("about:blank")
    page.context.set_offline(False)
    page.goto("/accessibilite")
    page.evaluate("indexedDB.deleteDatabase('door')")
    page.goto("/entree/quitter")
    expect(page.get_by_text("1 passage gardé sur ce téléphone a disparu")).to_be_visible()


def test_a_window_that_may_lose_what_is_not_sent_asks_before_it_closes(
    phone: Phone, tickets: dict[str, str]
) -> None:
    page, asked = phone.page, []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    phone.offline()
    phone.scan(tickets["Zélie"])
    expect(page.get_by_text("Ne ferme pas cette fenêtre")).to_be_visible()
    page.get_by_role("button", name="Billet suivant").click()
    page.close(run_before_unload=True)
    phone.wait(lambda: asked == ["beforeunload"])
    phone.offline(False)
    expect(page.get_by_text("Ne ferme pas cette fenêtre")).to_be_hidden()
    page.get_by_role("link", name="Qui est là").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Qui est là")
    assert asked == ["beforeunload"]


@pytest.mark.parametrize("known", [True, False])
def test_a_reference_typed_as_the_server_falls_silent_is_to_be_checked(
    live: Live, phone: Phone, tickets: dict[str, str], known: bool
) -> None:
    page = phone.page
    page.context.route("**/entree/api/**", lambda route: None)  # no answer ever comes
    field = page.get_by_label("Code du billet ou référence")
    reference = codes.spell(codes.new_reference())
    if known:
        with live.app.app_context():
            reference = db.session().scalars(select(Registration.reference)).first() or ""
    field.fill(reference)
    field.press("Enter")
    expect(page.get_by_role("heading", name="À vérifier")).to_be_visible()
    expect(page.locator("#network")).to_contain_text("Hors ligne")
    assert len(phone.queue) == 1


def test_a_browser_that_keeps_nothing_says_so_with_each_verdict(
    live: Live, open_window: OpenWindow, tickets: dict[str, str]
) -> None:
    page = open_window(size=PHONE)
    page.add_init_script("Object.defineProperty(window, 'indexedDB', {value: undefined})")
    phone = Phone(live, page)
    expect(page.get_by_text("Ce navigateur ne garde rien")).to_be_visible()
    phone.offline()
    assert "Pas enregistré sur ce téléphone" in phone.scan(tickets["Zélie"])
    expect(page.locator(".verdict .lost")).to_be_visible()
    phone.offline(False)
    assert entries(live) == {"Zélie": 1}


def test_a_server_that_dawdles_is_not_waited_for(
    live: Live, phone: Phone, tickets: dict[str, str]
) -> None:
    page = phone.page
    page.route("**/entree/api/scans", lambda route: None)  # never answered
    assert phone.scan(tickets["Zélie"]) == "Entre. Zélie."
    page.unroute("**/entree/api/scans")
    expect(page.locator("#network")).to_have_text("En ligne")
    assert entries(live) == {"Zélie": 1}


def test_a_ticket_unknown_offline_is_to_be_checked_and_settles_by_itself(
    live: Live, phone: Phone, tickets: dict[str, str]
) -> None:
    with live.app.app_context(), transaction() as session:
        event = session.scalars(select(Event).where(Event.slug == "conf")).one()
        event.trust_offline = True
    phone.page.reload()
    phone.settle()
    phone.offline()
    with live.app.app_context(), transaction() as session:
        event = session.scalars(select(Event).where(Event.slug == "conf")).one()
        late = qr.ticket_url(live.url, ticket_of(enrol(session, event, "Lou")))
    assert phone.scan(late).startswith("À vérifier. Billet inconnu de ce téléphone. Fais entrer")
    assert phone.scan(late).startswith("Déjà entré·e.")
    phone.offline(False)
    expect(phone.page.locator("#network")).to_have_text("En ligne")
    assert entries(live) == {"Lou": 1}
    expect(phone.page.get_by_text("passage est à éclaircir")).to_be_hidden()


def test_the_drill_works_both_ways_and_counts_nobody(live: Live, phone: Phone) -> None:
    drill = qr.ticket_url(live.url, DRILL)
    said = "Entre. Billet d’essai. Le scanner marche. Ce passage n’est pas compté."
    assert phone.scan(drill) == said
    phone.offline()
    assert phone.scan(drill) == said
    assert phone.queue == []
    phone.offline(False)
    assert uuids(live) == {}
    phone.page.keyboard.press("Escape")
    phone.page.locator("#ready summary").click()
    expect(phone.page.locator("[data-check=drill]")).to_contain_text("reconnu")
    expect(phone.page.locator("[data-check=tickets]")).to_contain_text("48 billets")
    expect(phone.page.locator("[data-check=decoder]")).to_contain_text("fait\u00a0: ")
    expect(phone.page.locator("[data-check=decoder] .how")).to_have_text("chargé")


def test_a_badge_is_counted_by_one_tap_with_and_without_network(live: Live, phone: Phone) -> None:
    page = phone.page
    for cut in (False, True):
        phone.offline(cut)
        page.get_by_role("button", name="Badge Salon d’à côté").click()
        expect(page.get_by_text("Badge Salon d’à côté").first).to_be_visible()
        page.get_by_role("button", name="Suivant").click()
    phone.offline(False)
    expect(page.locator("#network")).to_have_text("En ligne")
    with live.app.app_context():
        kinds = db.session().scalars(select(Passage.kind)).all()
    assert kinds == [PassageKind.BADGE] * 2


def test_a_phone_wipes_itself_when_its_pass_is_stopped(
    live: Live, phone: Phone, tickets: dict[str, str]
) -> None:
    with live.app.app_context(), transaction() as session:
        event = session.scalars(select(Event).where(Event.slug == "conf")).one()
        passes.revoke(session, event, "Poste 1", now=live.clock())
    phone.keys(tickets["Zélie"])
    expect(phone.page.get_by_text("L’équipe a fermé cet accès.")).to_be_visible()
    phone.page.wait_for_timeout(300)
    kept = phone.kept()
    assert [kept[store][0] for store in ("kept", "tickets", "arrivals")] == [[], [], []]
    assert not any(place.endswith("/entree/") for place in kept)
    assert entries(live) == {}


def test_a_photo_of_a_ticket_is_read(phone: Phone, tickets: dict[str, str], tmp_path: Path) -> None:
    picture(tickets["Zélie"], 12).save(tmp_path / "photo.png")
    picture("ceci n’est pas un billet".encode("ascii", "ignore").decode(), 2).resize((8, 8)).save(
        tmp_path / "flou.png"
    )
    phone.page.locator("#photo").set_input_files(tmp_path / "flou.png")
    expect(phone.page.get_by_text("Pas de QR code sur cette photo")).to_be_visible()
    phone.page.locator("#photo").set_input_files(tmp_path / "photo.png")
    expect(phone.page.get_by_role("heading", name="Entre")).to_be_visible()


def test_a_reference_dictated_offline_is_kept(
    live: Live, phone: Phone, tickets: dict[str, str]
) -> None:
    with live.app.app_context():
        zelie = db.session().scalars(select(Registration).filter_by(name="Zélie")).one()
        reference = zelie.reference
        wrong = reference[:-1] + ("0" if reference[-1] != "0" else "1")
    page = phone.page
    phone.offline()
    field = page.get_by_label("Code du billet ou référence")
    field.fill(wrong)
    field.press("Enter")
    expect(page.get_by_text("Ce n’est ni un code de billet")).to_be_visible()
    field.fill(reference)
    field.press("Enter")
    expect(page.get_by_role("heading", name="À vérifier")).to_be_visible()
    (kept,) = phone.queue
    assert kept["reference"] == reference
    phone.offline(False)
    expect(page.locator("#network")).to_have_text("En ligne")
    assert set(uuids(live)) == {kept["id"]}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_verdict_is_accessible_on_a_small_phone(
    live: Live, open_window: OpenWindow, tickets: dict[str, str], scheme: str
) -> None:
    phone = Phone(live, open_window(size=NARROW, scheme=scheme))
    page = phone.page
    page.locator("#ready summary").click()
    assert_accessible(page)
    for name in ("Zélie", "Zélie", "Wafa"):
        phone.scan(tickets[name])
        assert_accessible(page)
    phone.offline()
    phone.scan(qr.ticket_url(live.url, TicketCode("0" * 26)))
    assert_accessible(page)


def test_a_room_lets_in_who_booked_and_others_by_one_tap(
    live: Live, open_window: OpenWindow, tickets: dict[str, str]
) -> None:
    with live.app.app_context(), transaction() as session:
        event = session.scalars(select(Event).where(Event.slug == "conf")).one()
        booked = enrol(session, event, "Lou", sessions=("ag",))
        lou = qr.ticket_url(live.url, ticket_of(booked))
    phone = Phone(live, open_window(size=PHONE), sessions=("atelier-a", "ag"), may_add=True)
    page = phone.page
    page.get_by_label("Faire entrer à").select_option("ag")
    page.get_by_role("button", name="Changer").click()
    phone.settle()
    assert phone.scan(lou) == "Entre. Lou. Assemblée générale."
    said = phone.scan(tickets["Zélie"])
    assert said.startswith("Sans réservation. Zélie. Il reste 119\u00a0places pour")
    page.get_by_role("button", name="Faire entrer sans réservation").click()
    expect(page.get_by_role("heading", name="Entre")).to_be_visible()
    assert entries(live) == {"Lou": 1, "Zélie": 1}
    page.get_by_role("button", name="Reprendre ce passage").click()
    page.get_by_role("button", name="C’était une erreur").click()
    expect(page.get_by_text("ce passage ne compte plus")).to_be_visible()
    assert phone.scan(tickets["Zélie"]).startswith("Sans réservation. Zélie. Il reste 119")

    phone.offline()
    assert phone.scan(tickets["Awa"]).startswith("Refusé. Pas de réservation pour")
    assert phone.scan(lou).startswith("Déjà entré·e. Lou.")
    page.keyboard.press("Escape")
    page.get_by_label("Faire entrer à").select_option("atelier-a")
    page.get_by_role("button", name="Changer").click()
    expect(page.get_by_text("ce téléphone fait entrer à")).to_be_visible()
    assert phone.scan(lou).startswith("Refusé. Pas de réservation pour")
    phone.offline(False)
    page.reload()
    phone.settle()
    expect(page.get_by_label("Faire entrer à")).to_have_value("atelier-a")


def test_the_camera_rests_while_nobody_looks(phone: Phone) -> None:
    page = phone.page
    page.get_by_role("button", name="Démarrer la caméra").click()
    expect(page.locator("#start")).to_have_text("Arrêter la caméra")
    look = """(hidden) => {
      Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }"""
    page.evaluate(look, True)
    expect(page.locator("#scanner[data-camera=off]")).to_be_visible()
    page.evaluate(look, False)
    expect(page.locator("#scanner[data-camera=on]")).to_be_visible()


def reopened(phone: Phone, path: str) -> Page:
    """Kill the tab, mend the network, and open an address of the site in another."""
    context = phone.page.context
    phone.page.close(run_before_unload=False)
    context.set_offline(False)
    page = context.new_page()
    page.goto(path)
    return page


def test_what_a_post_still_holds_is_sent_when_its_pass_is_over(
    live: Live, phone: Phone, tickets: dict[str, str]
) -> None:
    phone.offline()
    phone.scan(tickets["Zélie"])
    (held,) = phone.queue
    live.clock.moment = paris(21)
    phone.page = reopened(phone, "/entree/")
    expect(phone.page.get_by_role("heading", name="Cet accès est terminé")).to_be_visible()
    expect(
        phone.page.get_by_text("1\u00a0passage resté sur ce téléphone est envoyé.")
    ).to_be_visible()
    assert set(uuids(live)) == {held["id"]}
    kept = phone.kept()
    assert [kept[store][0] for store in ("kept", "tickets", "arrivals", "queue")] == [[]] * 4
    assert not any(place.endswith("/entree/") for place in kept)


def test_what_a_post_still_holds_is_its_own_when_another_pass_is_opened(
    live: Live, phone: Phone, tickets: dict[str, str]
) -> None:
    phone.offline()
    phone.scan(tickets["Zélie"])
    page = reopened(phone, f"/entree/acces/{pass_token(live.app, live.clock, post='Poste 2')}")
    expect(page.get_by_text(SENT)).to_be_visible()
    page.get_by_role("button", name="Tenir ce poste").click()
    expect(page.locator("#network")).to_have_text("En ligne")
    with live.app.app_context():
        (passage,) = db.session().scalars(select(Passage))
        assert passage.device.door_pass.post == "Poste 1"
        assert passage.verdict is Verdict.ADMITTED


def test_a_post_that_is_closed_counts_nobody(live: Live, phone: Phone) -> None:
    with live.app.app_context(), transaction() as session:
        event = session.scalars(select(Event).where(Event.slug == "conf")).one()
        passes.revoke(session, event, "Poste 1", now=live.clock())
    phone.keys("0" * 26)
    expect(phone.page.get_by_text("L’équipe a fermé cet accès.")).to_be_visible()
    phone.page.get_by_role("button", name="Badge Salon d’à côté").click()
    phone.keys("0" * 26)
    phone.page.wait_for_timeout(300)
    expect(phone.page.locator("#verdict")).to_be_hidden()
    assert phone.queue == []


def test_what_the_server_tells_leaves_known_what_is_not_sent(
    live: Live, phone: Phone, tickets: dict[str, str]
) -> None:
    page = phone.page
    page.route("**/entree/api/passages", lambda route: route.abort())
    phone.offline()
    phone.scan(tickets["Zélie"])
    page.context.set_offline(False)
    page.wait_for_timeout(4_000)  # a delta came
    phone.page.context.set_offline(True)
    assert phone.scan(tickets["Zélie"]).startswith("Déjà entré·e. Zélie.")
    assert entries(live) == {}


def test_two_codes_in_view_are_read_once_each(
    live: Live, chromium: Browser, tickets: dict[str, str], tmp_path: Path
) -> None:
    turns: list[Shot] = [(tickets[name], 0.5) for name in ("Zélie", "Awa")]
    with filmed(chromium, shoot(tmp_path / "film.mjpeg", turns), live) as page:
        phone = Phone(live, page)
        page.get_by_role("button", name="Démarrer la caméra").click()
        phone.wait(lambda: len(phone.heard) >= 2)
        page.wait_for_timeout(4_000)
        assert sorted(phone.heard) == ["Entre. Awa.", "Entre. Zélie."]
