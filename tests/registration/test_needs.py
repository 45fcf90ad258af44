"""What a person needs is asked with its reason, read by few, and forgotten apart."""

import json

import pytest
from flask import Flask
from sqlalchemy import func, select

from conf_app.database import db, transaction
from conf_app.journal.models import JournalEntry
from conf_app.programme.models import Event, EventState
from conf_app.registration import actions, needs
from conf_app.registration.models import Need, Registration
from conf_app.registration.needs import NeedKind, Needs
from conf_app.registration.refusals import NotConfirmed, RegistrationClosed
from conf_app.settings import Settings
from tests.browser import ON_SQLITE
from tests.conftest import NOON_IN_NOVEMBER, TestClock
from tests.events import make_conference, paris
from tests.people import register
from tests.team import organiser, ticket_of, volunteer
from tests.visitor import Page, Visitor

FORM = "/e/conf/inscription"
CHAIR = Needs(frozenset({NeedKind.SEAT, NeedKind.STEP_FREE}), "Une chaise,\nprès de la porte")


@pytest.fixture
def event(app: Flask) -> None:
    """Publish a conference."""
    with app.app_context(), transaction() as session:
        make_conference(session)


def kept(app: Flask) -> dict[str, Needs]:
    """Return what is kept of each person."""
    with app.app_context():
        found = db.session().scalars(select(Registration).join(Registration.need))
        return {each.name: needs.told(each) for each in found}


def come(visitor: Visitor, **fields: object) -> Page:
    """Register Zélie, with what she needs."""
    return visitor.get(FORM).submit("main form", {"name": "Zélie", "consent": "y", **fields})


@pytest.mark.usefixtures("event")
def test_the_form_asks_with_the_reason_the_readers_and_the_day(visitor: Visitor) -> None:
    (asked,) = visitor.get(FORM).texts("details")

    assert "Pour préparer l’accueil" in asked
    assert "Seule l’équipe d’organisation les lit" in asked
    assert "effacés à part, le dimanche 18\u00a0décembre 2022" in asked


@pytest.mark.usefixtures("event")
def test_each_person_of_a_party_has_needs_of_their_own(app: Flask, visitor: Visitor) -> None:
    page = visitor.get(FORM).submit("main form", {"ajouter": "1", "name": "Zélie"})
    page.submit(
        "main form",
        {
            "consent": "y",
            "need_consent": "y",
            "others-0-need_consent": "y",
            "need_kinds": ["plain-pied", "assise", "jamais-vu"],
            "need_text": "  Une chaise, \r\n\r\n près de la porte ",
            "others-0-name": "Awa",
            "others-0-need_kinds": ["lsf"],
            "others-0-need_at_door": "y",
        },
    )

    assert kept(app) == {
        "Zélie": CHAIR,
        "Awa": Needs(frozenset({NeedKind.SIGNS}), at_door=True),
    }


@pytest.mark.usefixtures("event")
def test_who_needs_nothing_leaves_no_row(app: Flask, visitor: Visitor) -> None:
    come(visitor, need_at_door="y", need_text=" \n ")

    assert kept(app) == {}


@pytest.mark.usefixtures("event")
def test_a_long_story_is_refused_beside_its_field_and_kept(app: Flask, visitor: Visitor) -> None:
    page = come(visitor, need_text="é" * 501)

    assert page.status == 422
    assert page.texts("#need_text-erreur") == ["▲ C’est trop long\u00a0: 500 caractères au plus."]
    assert page.select("details[open] textarea")[0].text_content().strip() == "é" * 501
    assert kept(app) == {}


@pytest.mark.usefixtures("event")
def test_needs_are_told_with_a_consent_of_their_own(app: Flask, visitor: Visitor) -> None:
    refused = come(visitor, need_kinds=["calme"])

    assert refused.status == 422
    assert refused.texts("details[open] #need_consent-erreur") == [
        "▲ Coche la case\u00a0: sans ton accord, rien n’est gardé des besoins."
    ]
    assert refused.select("#need_consent[autofocus]") != []
    assert kept(app) == {}
    (main,) = refused.texts("label:has(#consent)")
    assert "besoins" not in main

    refused.submit(need_consent="y")
    assert kept(app) == {"Zélie": Needs(frozenset({NeedKind.QUIET}))}


@pytest.mark.usefixtures("event")
def test_the_same_form_with_other_needs_is_another_content(app: Flask, visitor: Visitor) -> None:
    page = visitor.get(FORM)
    page.submit(name="Zélie", consent="y")
    again = page.submit(name="Zélie", consent="y", need_text="Une chaise", need_consent="y")

    assert again.status == 409
    assert "Tu es déjà inscrit·e" in again.text


@pytest.mark.usefixtures("event")
def test_needs_are_changed_and_erased_from_the_ticket(app: Flask, visitor: Visitor) -> None:
    ticket = come(visitor, need_kinds=["calme"], need_consent="y")
    page = ticket.follow("Besoins d’accessibilité")
    assert page.fields()["need_kinds"] == "calme"

    refused = page.submit(need_text="Une chaise")
    assert refused.status == 422
    assert "sans ton accord, rien n’est gardé" in refused.texts("#need_consent-erreur")[0]
    assert kept(app)["Zélie"].text == ""

    page = refused.submit(need_consent="y")
    assert "l’équipe lit les besoins" in page.text
    assert kept(app)["Zélie"] == Needs(frozenset({NeedKind.QUIET}), "Une chaise")

    page = page.follow("Besoins d’accessibilité").submit(effacer="y")
    assert "il ne reste rien des besoins" in page.text
    assert kept(app) == {}


@pytest.mark.parametrize("deed", ["cancel", "pass on"])
@pytest.mark.usefixtures("event")
def test_needs_go_with_the_person(app: Flask, settings: Settings, deed: str) -> None:
    with app.app_context(), transaction() as session:
        event = session.scalars(select(Event)).one()
        zelie = register(session, event, settings=settings)
        needs.tell(session, zelie, CHAIR, now=NOON_IN_NOVEMBER)
        if deed == "cancel":
            actions.cancel(session, [zelie], now=NOON_IN_NOVEMBER)
        else:
            actions.pass_on(
                session,
                zelie,
                name="Awa",
                email=None,
                keys=settings.ticket_keys,
                now=NOON_IN_NOVEMBER,
            )
    with app.app_context():
        assert db.session().scalar(select(func.count(Need.registration_id))) == 0


@pytest.mark.usefixtures("event")
def test_nobody_tells_needs_once_gone_or_over(app: Flask, settings: Settings) -> None:
    with app.app_context(), transaction() as session:
        event = session.scalars(select(Event)).one()
        zelie = register(session, event, settings=settings)
        with pytest.raises(RegistrationClosed):
            needs.tell(session, zelie, CHAIR, now=paris(18))
        actions.cancel(session, [zelie], now=NOON_IN_NOVEMBER)
        with pytest.raises(NotConfirmed):
            needs.tell(session, zelie, CHAIR, now=NOON_IN_NOVEMBER)


@pytest.mark.parametrize("at_door", [False, True])
@pytest.mark.usefixtures("event")
def test_the_door_reads_needs_only_of_who_agreed(
    app: Flask, settings: Settings, clock: TestClock, at_door: bool
) -> None:
    with app.app_context(), transaction() as session:
        event = session.scalars(select(Event)).one()
        zelie = register(session, event, settings=settings)
        told = Needs(CHAIR.kinds, CHAIR.text, at_door)
        needs.tell(session, zelie, told, now=NOON_IN_NOVEMBER)
        ticket = ticket_of(zelie)

    card = volunteer(app, clock).get(f"/B/{ticket}")

    assert card.heading == "Zélie"
    assert ("Une place assise gardée" in card.text) is at_door
    assert ("près de la porte" in card.text) is at_door


@pytest.mark.usefixtures("event")
def test_organisers_read_them_and_the_journal_hears_of_it(
    app: Flask, settings: Settings, clock: TestClock
) -> None:
    alix = organiser(app, clock)
    assert "Personne n’a dit" in alix.get("/orga/e/conf/besoins").text
    with app.app_context(), transaction() as session:
        event = session.scalars(select(Event)).one()
        for name in ("Zélie", "Awa"):
            person = register(session, event, name, settings=settings)
            needs.tell(session, person, CHAIR, now=NOON_IN_NOVEMBER)
        register(session, event, "Noor", settings=settings)

    page = alix.get("/orga/e/conf/")
    page = page.follow("Besoins d’accessibilité")

    assert page.texts("tbody th") == ["Zélie", "Awa"]
    assert page.texts(".counts dd") == ["2", "2", "2"]
    with app.app_context():
        lines = db.session().scalars(
            select(JournalEntry).where(JournalEntry.act == "needs.read").order_by(JournalEntry.id)
        )
        assert [(line.subject, line.count) for line in lines] == [
            ("conf besoins", 0),
            ("conf besoins", 2),
        ]
    assert "chaise" not in alix.client.get("/orga/e/conf/inscriptions.csv").text


@ON_SQLITE
@pytest.mark.usefixtures("event")
def test_people_see_and_take_away_what_is_kept_of_their_needs(visitor: Visitor) -> None:
    ticket = come(visitor, need_kinds=["boucle"], need_text="Au premier rang", need_consent="y")

    page = visitor.get(f"{ticket.path}/mes-donnees")
    file = visitor.client.get(f"{ticket.path}/mes-donnees.html").text

    assert "Une boucle magnétique" in page.text
    assert "lus par l’équipe seule, effacés le dimanche 18\u00a0décembre 2022" in page.text
    (person,) = json.loads(file.partition('id="donnees">')[2].partition("</script>")[0])[
        "personnes"
    ]
    assert person["besoins"]["texte"] == "Au premier rang"
    assert person["besoins"]["montres_a_l_entree"] is False


@ON_SQLITE
@pytest.mark.usefixtures("event")
def test_a_cancelled_event_asks_for_no_needs(app: Flask, visitor: Visitor) -> None:
    ticket = come(visitor)
    with app.app_context(), transaction() as session:
        session.scalars(select(Event)).one().state = EventState.CANCELLED

    assert visitor.get(f"{ticket.path}/besoins").path == ticket.path
