"""Organisers see who is registered, find them, and leave a trace of it."""

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm.attributes import set_committed_value

from conf_app import codes
from conf_app.database import transaction
from conf_app.journal.models import JournalEntry
from conf_app.organiser.listing import PAGE, Order, Wanted, listing
from conf_app.privacy.erasure import erase_party
from conf_app.programme.models import Event
from conf_app.programme.queries import event_named
from conf_app.registration import actions, needs, waiting
from conf_app.registration.models import Party, Registration, RegistrationState
from conf_app.registration.needs import NeedKind, Needs
from conf_app.registration.rules import Attendee
from conf_app.seats import ledger
from conf_app.settings import Settings
from tests.conftest import NOON_IN_NOVEMBER, TestClock
from tests.events import make_conference
from tests.people import register
from tests.statements import counted
from tests.team import enrol, organiser, ticket_of, volunteer
from tests.visitor import Page, Visitor

LIST = "/orga/e/conf/inscriptions"
CANCELLED = RegistrationState.CANCELLED


@pytest.fixture
def alix(app: Flask, clock: TestClock) -> Visitor:
    """Return an organiser's browser, with a conference to organise."""
    with app.app_context(), transaction() as session:
        make_conference(session, capacity=500)
    return organiser(app, clock)


def people(app: Flask, *names: str, **options: object) -> None:
    """Register people of these names."""
    with app.app_context(), transaction() as session:
        event = session.scalars(select(Event)).one()
        for name in names:
            enrol(session, event, name, **options)  # type: ignore[arg-type]


def names(page: Page) -> list[str]:
    """Return the names a list shows, without their marks."""
    return page.texts("tbody th > a:first-child")


def test_the_events_are_listed_with_their_counts(app: Flask, alix: Visitor) -> None:
    people(app, "Zélie", "Yaël")
    people(app, "Wafa", state=CANCELLED)

    page = alix.get("/orga/")

    assert page.texts("tbody td") == ["jeudi 15\u00a0décembre 2022", "2", "1"]
    assert page.follow("Conférence d’essai").follow("Inscriptions").heading == "Inscriptions"


def test_the_list_shows_state_sessions_and_arrival(
    app: Flask, clock: TestClock, alix: Visitor
) -> None:
    people(app, "Zélie", email="zelie@exemple.org", sessions=("ag",))
    people(app, "Wafa", state=CANCELLED)
    with app.app_context(), transaction() as session:
        zelie = session.scalars(select(Registration).where(Registration.name == "Zélie")).one()
        ticket, reference = ticket_of(zelie), codes.spell(codes.Reference(zelie.reference))
    volunteer(app, clock).get(f"/B/{ticket}").submit()
    clock.moment = clock.moment.replace(month=11, day=16)

    page = alix.get(LIST)

    assert names(page) == ["Wafa", "Zélie"]
    assert page.texts("tbody tr:last-child td") == [
        "zelie@exemple.org",
        "inscrit·e",
        "Assemblée générale",
        "10\u00a0h\u00a042, Entrée principale",
        "15/11,\u00a012\u00a0h",
        reference,
    ]
    assert page.texts("tbody tr:first-child td")[1:4] == ["annulé·e", "–", "–"]


def test_the_counts_stand_on_top(app: Flask, alix: Visitor) -> None:
    people(app, "Zélie", "Yaël", sessions=("ag",))
    people(app, "Wafa", state=CANCELLED)

    page = alix.get("/orga/e/conf/")

    assert dict(zip(page.texts(".counts dt"), page.texts(".counts dd"), strict=True)) == {
        "Inscrit·es": "2 sur 500",
        "Annulé·es": "1",
        "Entré·es": "0",
    }


def test_who_waits_and_what_is_offered_is_counted(
    app: Flask, settings: Settings, alix: Visitor
) -> None:
    with app.app_context(), transaction() as session:
        event = session.scalars(select(Event)).one()
        pools = {each.slug: each.pool_id or 0 for each in event.sessions}
        ledger.resize(session, event.pool_id or 0, capacity=3, held=0)
        ledger.resize(session, pools["ag"], capacity=1, held=0)
        held = register(session, event, "Zélie", settings=settings, sessions=("ag",))

        def come(*names: str) -> Party:
            return actions.register(
                session,
                event,
                people=[Attendee(name) for name in names],
                email=None,
                keys=settings.ticket_keys,
                now=NOON_IN_NOVEMBER,
                may_wait=True,
            )

        pair = come("Awa", "Yann")
        for each in pair.registrations:
            actions.wait_for(session, [each], "ag", now=NOON_IN_NOVEMBER)
        waiting.decline(session, come("Noor", "Ange").waits[0], now=NOON_IN_NOVEMBER)
        come("Zoé")
        come("Eve", "Alix")
        actions.cancel(session, [held], now=NOON_IN_NOVEMBER)

    page = alix.get("/orga/e/conf/")

    assert dict(zip(page.texts(".counts dt"), page.texts(".counts dd"), strict=True)) == {
        "Inscrit·es": "2 sur 3",
        "En attente": "2",
        "Ont une offre": "1",
        "Annulé·es": "1",
        "Ont attendu en vain": "2",
        "Entré·es": "0",
    }
    told = [
        [cell.text_content() for cell in row.cssselect("td")] for row in page.select("tbody tr")
    ]
    assert told[2] == ["0", "1", "1", "1", "0"], "booked, seats, waiting, offered, inside"


def test_who_is_erased_stands_in_the_list_without_a_name(
    app: Flask, settings: Settings, alix: Visitor
) -> None:
    with app.app_context(), transaction() as session:
        event = session.scalars(select(Event)).one()
        erase_party(
            session, register(session, event, settings=settings).party, now=NOON_IN_NOVEMBER
        )
    assert names(alix.get(LIST)) == ["effacé·e"]


def test_likely_doubles_are_marked_and_lead_to_each_other(app: Flask, alix: Visitor) -> None:
    people(app, "Élodie Le-Goff", "LE GOFF Elodie", "Yaël")
    people(app, "Sacha", "Charlie", email="meme@exemple.org")

    page = alix.get(LIST)

    assert page.texts("tbody .double") == [
        "Doublon possible\u00a0: même courriel",
        "Doublon possible\u00a0: même courriel",
        "Doublon possible\u00a0: même nom",
        "Doublon possible\u00a0: même nom",
    ]
    address = page.select("th .double")[0].get("href")
    assert address is not None
    assert names(alix.get(address)) == ["LE GOFF Elodie", "Élodie Le-Goff"]


def test_who_cancelled_is_nobodys_double(app: Flask, alix: Visitor) -> None:
    people(app, "Zélie", email="z@exemple.org")
    people(app, "Zélie", email="z@exemple.org", state=CANCELLED)

    assert alix.get(LIST).texts(".double") == []


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("elodie", ["Élodie Le-Goff"]),
        ("goff él", ["Élodie Le-Goff"]),
        ("Yael@Exemple", ["Yaël"]),
        ("%", []),
        ("_", []),
        ("personne", []),
        ("", ["Yaël", "Élodie Le-Goff"]),
    ],
)
def test_people_are_found_by_pieces_of_name_or_address(
    app: Flask, alix: Visitor, typed: str, found: list[str]
) -> None:
    people(app, "Élodie Le-Goff")
    people(app, "Yaël", email="yael@exemple.org")

    assert names(alix.get(LIST).submit("form[role=search]", q=typed)) == found


def test_people_are_found_by_reference(app: Flask, alix: Visitor) -> None:
    people(app, "Zélie", "Yaël")
    with app.app_context(), transaction() as session:
        zelie = session.scalars(select(Registration).where(Registration.name == "Zélie")).one()
        typed = codes.spell(codes.Reference(zelie.reference)).lower()

    assert names(alix.get(LIST).submit("form[role=search]", q=typed)) == ["Zélie"]


def test_the_list_is_narrowed_to_a_state(app: Flask, alix: Visitor) -> None:
    people(app, "Zélie")
    people(app, "Wafa", state=CANCELLED)

    page = alix.get(LIST).submit("form[role=search]", etat="annule")

    assert names(page) == ["Wafa"]
    assert page.fields("form[role=search]")["etat"] == "annule"


def test_a_long_list_has_pages(app: Flask, alix: Visitor) -> None:
    people(app, *(f"Personne {number}" for number in range(PAGE + 3)))

    first = alix.get(LIST, {"q": "personne"})
    second = first.follow("Page suivante")

    assert len(names(first)) == PAGE
    assert names(second) == ["Personne 2", "Personne 1", "Personne 0"]
    assert names(second.follow("Page précédente")) == names(first)
    assert "Page suivante" not in second.text
    assert "Page précédente" not in first.text
    for lost in ("0", "-4", "x", "9" * 12, "999999"):
        assert names(alix.get(LIST, {"apres": lost})) == names(alix.get(LIST))


@pytest.mark.parametrize("order", list(Order))
def test_pages_lead_through_the_whole_list_and_back_in_any_order(
    app: Flask, alix: Visitor, order: Order
) -> None:
    told = [f"Personne {number % 7}" for number in range(2 * PAGE + 3)]
    people(app, *told)

    page = alix.get(LIST, {"tri": order.value})
    pages = [page]
    while "Page suivante" in page.text:
        page = page.follow("Page suivante")
        pages.append(page)
    back = [page]
    while "Page précédente" in page.text:
        page = page.follow("Page précédente")
        back.append(page)

    seen = [name for each in pages for name in names(each)]
    references = [each for page in pages for each in page.texts("td[data-label=Référence]")]
    assert len(pages) == 3
    assert len(set(references)) == len(told)
    assert [names(each) for each in reversed(back)] == [names(each) for each in pages]
    if order in {Order.NAME, Order.NAME_REVERSED}:
        assert seen == sorted(told, reverse=order is Order.NAME_REVERSED)
    else:
        assert seen == (told if order is Order.OLDEST else told[::-1])


def test_the_list_is_narrowed_by_session_arrival_needs_and_doubles(
    app: Flask, clock: TestClock, alix: Visitor
) -> None:
    people(app, "Zélie", sessions=("ag",))
    people(app, "Awa", "Noor", "Noor")
    with app.app_context(), transaction() as session:
        who = {each.name: each for each in session.scalars(select(Registration))}
        ticket = ticket_of(who["Awa"])
        told = Needs(frozenset({NeedKind.STEP_FREE}))
        needs.tell(session, who["Zélie"], told, now=NOON_IN_NOVEMBER)
    volunteer(app, clock).get(f"/B/{ticket}").submit()
    alix = organiser(app, clock, "Sacha")  # the other's sign-in has ended by then
    everybody = ["Noor", "Noor", "Awa", "Zélie"]

    for asked, found in (
        ({"creneau": "ag"}, ["Zélie"]),
        ({"creneau": "atelier-a"}, []),
        ({"creneau": "ailleurs"}, []),
        ({"entree": "oui"}, ["Awa"]),
        ({"entree": "non"}, ["Noor", "Noor", "Zélie"]),
        ({"entree": "peut-être"}, everybody),
        ({"besoins": "1"}, ["Zélie"]),
        ({"doublons": "1"}, ["Noor", "Noor"]),
        ({"doublons": "1", "q": "awa"}, []),
        ({"tri": "nom", "entree": "non"}, ["Noor", "Noor", "Zélie"]),
        ({}, everybody),
    ):
        page = alix.get(LIST, asked)
        assert names(page) == found, asked
        assert f"{len(found)}\u00a0inscription" in page.text

    taken = alix.get(LIST, {"entree": "oui"}).follow("Emporter cette sélection")
    assert "1\u00a0inscription de la sélection" in taken.text
    csv = taken.submit("main form").response.text
    assert "Awa" in csv
    assert "Zélie" not in csv


def test_reading_a_list_leaves_a_line_in_the_journal(app: Flask, alix: Visitor) -> None:
    people(app, "Zélie", "Yaël")

    alix.get(LIST)

    with app.app_context(), transaction() as session:
        line = session.scalars(select(JournalEntry).order_by(JournalEntry.id.desc())).first()
        assert line is not None
        assert (line.actor, line.act) == ("Alix", "list.read")
        assert (line.subject, line.count) == ("conf inscriptions", 2)


def test_more_rows_take_no_more_queries(app: Flask, alix: Visitor) -> None:
    people(app, "Zélie", email="z@exemple.org", sessions=("ag", "atelier-a"))
    with counted(app) as with_one:
        alix.get(LIST)
    people(app, "Yaël", "Wafa", email="w@exemple.org", sessions=("atelier-b",))
    with counted(app) as with_three:
        alix.get(LIST)

    assert len(with_three) == len(with_one)


def test_more_events_take_no_more_queries(app: Flask, alix: Visitor) -> None:
    with counted(app) as with_one:
        alix.get("/orga/")
    with app.app_context(), transaction() as session:
        for slug in ("rennes", "lyon"):
            make_conference(session, slug=slug, featured=False)
    with counted(app) as with_three:
        page = alix.get("/orga/")

    assert len(page.select("tbody tr")) == 3
    assert len(with_three) == len(with_one)


def test_an_event_that_is_not_there_is_not_found(alix: Visitor) -> None:
    assert alix.get("/orga/e/ailleurs/inscriptions").status == 404
    assert alix.get("/orga/e/ailleurs/inscriptions.csv").status == 404


def test_a_session_booked_while_the_list_is_read_harms_nothing(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        enrol(session, make_conference(session), "Zélie", sessions=("atelier-a", "ag"))
        event = event_named(session, "conf")
        set_committed_value(event, "sessions", event.sessions[:-1])  # as read before the assembly

        [line] = listing(session, event, Wanted()).lines

        assert line.sessions == ["Atelier A"]
