"""Organisers read one person's sheet, and do for them what they could do themselves."""

import pytest
from flask import Flask
from sqlalchemy import select

from conf_app import codes
from conf_app.database import db, transaction
from conf_app.door import queries as door
from conf_app.journal.models import JournalEntry
from conf_app.mail.models import OutboxMail
from conf_app.programme.models import Event, EventState
from conf_app.registration import actions, needs
from conf_app.registration.models import Party, Registration, RegistrationState
from conf_app.registration.needs import NeedKind, Needs
from conf_app.registration.rules import Attendee
from conf_app.seats import ledger
from conf_app.settings import Settings
from tests.conftest import NOON_IN_NOVEMBER, TestClock
from tests.events import make_conference, paris
from tests.statements import counted
from tests.team import enrol, organiser, ticket_of, volunteer
from tests.visitor import Page, Visitor

LIST = "/orga/e/conf/inscriptions"


@pytest.fixture
def alix(app: Flask, clock: TestClock) -> Visitor:
    """Return an organiser's browser, with a conference where Zélie comes."""
    with app.app_context(), transaction() as session:
        event = make_conference(session, capacity=3)
        enrol(session, event, "Zélie", email="zelie@exemple.org", sessions=("ag",))
    return organiser(app, clock)


def sheet(alix: Visitor, name: str = "Zélie") -> Page:
    return alix.get(LIST).follow(name)


def state(app: Flask, name: str) -> RegistrationState:
    with app.app_context():
        who = db.session().scalars(select(Registration).filter_by(name=name)).one()
        return who.state


def letters(app: Flask) -> list[str]:
    with app.app_context():
        rows = db.session().scalars(select(OutboxMail).order_by(OutboxMail.id))
        return [each.kind for each in rows]


def last_acts(app: Flask, number: int) -> list[tuple[str, str, str]]:
    with app.app_context():
        lines = db.session().scalars(select(JournalEntry).order_by(JournalEntry.id.desc()))
        told = [(each.actor, each.act, each.subject) for each in lines]
        return [each for each in told if not each[1].endswith(".read")][:number]


def seats(app: Flask, slug: str = "") -> tuple[int, int, int]:
    """Return how many seats are taken, held back, and there, of the day or of a session."""
    with app.app_context():
        event = db.session().scalars(select(Event)).one()
        pools = {each.slug: each.pool_id for each in event.sessions} | {"": event.pool_id}
        pool = pools[slug]
        assert pool is not None
        count = ledger.count(db.session(), [pool])[pool]
        return count.taken, count.held, count.capacity


def heads(app: Flask) -> int:
    with app.app_context():
        event = db.session().scalars(select(Event)).one()
        return door.heads(db.session(), event.id)


def facts(page: Page) -> dict[str, str]:
    return dict(zip(page.texts(".facts dt"), page.texts(".facts dd"), strict=True))


def test_the_sheet_says_all_that_is_known(app: Flask, clock: TestClock, alix: Visitor) -> None:
    with app.app_context(), transaction() as session:
        zelie = session.scalars(select(Registration)).one()
        ticket, reference = ticket_of(zelie), codes.spell(codes.Reference(zelie.reference))
        told = Needs(frozenset({NeedKind.STEP_FREE}))
        needs.tell(session, zelie, told, now=NOON_IN_NOVEMBER)
    volunteer(app, clock).get(f"/B/{ticket}").submit()
    volunteer(app, clock, post="Poste 2", door="Porte B", at=None).get(f"/B/{ticket}").submit()
    clock.moment = NOON_IN_NOVEMBER.replace(day=16)

    page = sheet(alix)

    told_facts = facts(page)
    assert told_facts["État"] == "inscrit·e, dedans depuis 10\u00a0h\u00a042"
    assert told_facts["Référence"] == reference
    assert told_facts["Courriel"] == "zelie@exemple.org"
    assert told_facts["Créneaux"].startswith("Assemblée générale")
    assert "sans marches" in told_facts["Besoins"] or "plain-pied" in told_facts["Besoins"]
    happened = page.texts(".rows li span")
    assert happened == [
        "Déjà entré·e Porte B · Poste 2",
        "Entrée Entrée principale · Poste 1",
        "Courriel en file billets, à zelie@exemple.org",
        "S’est inscrit·e",
    ]


def test_a_party_leads_from_one_to_the_other(app: Flask, settings: Settings, alix: Visitor) -> None:
    with app.app_context(), transaction() as session:
        event = session.scalars(select(Event)).one()
        actions.register(
            session,
            event,
            people=[Attendee("Awa"), Attendee("Yann")],
            email=None,
            keys=settings.ticket_keys,
            now=NOON_IN_NOVEMBER,
        )
    page = sheet(alix, "Awa")
    assert facts(page)["Avec"] == "Yann"
    assert page.follow("Yann").heading == "Yann"


def test_the_letter_goes_again(app: Flask, alix: Visitor) -> None:
    done = sheet(alix).submit("form[action$=renvoyer]")
    assert "C’est en file" in done.text
    assert letters(app) == ["registration_confirmed"] * 2
    assert last_acts(app, 1) == [("Alix", "registration.resend", "conf")]


def test_who_has_no_address_is_sent_nothing(app: Flask, alix: Visitor) -> None:
    with app.app_context(), transaction() as session:
        session.scalars(select(Party)).one().email = None
    page = sheet(alix)
    assert not page.select("form[action$=renvoyer]")
    app.config["WTF_CSRF_ENABLED"] = False
    assert alix.client.post(f"{page.path}/renvoyer").status_code == 400
    assert letters(app) == ["registration_confirmed"]


def test_name_sessions_and_address_are_changed(app: Flask, alix: Visitor) -> None:
    form = sheet(alix).follow("Modifier")
    assert form.fields("main form")["name"] == "Zélie"
    done = form.submit("main form", name="Zélia", email="zelia@exemple.org", sessions=["atelier-a"])
    assert "C’est enregistré" in done.text
    assert done.heading == "Zélia"
    assert (seats(app, "ag")[0], seats(app, "atelier-a")[0]) == (0, 1)
    assert facts(done)["Courriel"] == "zelia@exemple.org"
    assert ("Alix", "registration.change", "conf") in last_acts(app, 1)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"name": " "}, "Écris un nom ou un pseudonyme"),
        ({"email": "zelie"}, "Il manque le «\u00a0@\u00a0»"),
        ({"sessions": ["ailleurs"]}, "Ce créneau n’existe plus"),
    ],
)
def test_a_wrong_change_changes_nothing(
    app: Flask, alix: Visitor, changes: dict[str, object], error: str
) -> None:
    refused = sheet(alix).follow("Modifier").submit("main form", changes=changes)
    assert refused.status == 422
    assert any(error in each for each in refused.texts(".error"))
    assert facts(sheet(alix))["Courriel"] == "zelie@exemple.org"
    assert seats(app, "ag")[0] == 1


def test_a_registration_is_cancelled_after_being_asked_once_more(app: Flask, alix: Visitor) -> None:
    done = sheet(alix).follow("Annuler").submit("main form")
    assert "la place est rendue" in done.text
    assert not done.select("#faire")
    assert state(app, "Zélie") is RegistrationState.CANCELLED
    assert (seats(app)[0], seats(app, "ag")[0]) == (0, 0)
    assert letters(app)[-1] == "registration_cancelled"
    assert last_acts(app, 1) == [("Alix", "registration.cancel", "conf")]


def test_a_ticket_is_made_anew(app: Flask, alix: Visitor) -> None:
    before = facts(sheet(alix))["Référence"]
    done = sheet(alix).follow("Refaire le billet").submit("main form")
    assert "l’ancien billet n’ouvre plus" in done.text
    assert facts(done)["Référence"] != before
    assert "Billet refait" in done.text
    assert letters(app)[-1] == "ticket_reissued"
    assert last_acts(app, 1) == [("Alix", "ticket.reissue", "conf")]


def test_a_person_is_let_in_and_taken_back_by_hand(
    app: Flask, clock: TestClock, alix: Visitor
) -> None:
    clock.moment = paris(11)
    alix = organiser(app, clock, "Sacha")
    page = sheet(alix)
    inside = page.submit("form[action$=entrer]")
    assert "dedans depuis 11\u00a0h" in facts(inside)["État"]
    assert page.submit("form[action$=entrer]").status == 200, "the same form again is harmless"
    assert heads(app) == 1
    assert "À la main · Sacha" in inside.text
    assert "À la main" not in alix.get("/orga/e/conf/entrees").text
    assert "Liste papier" not in alix.get("/orga/e/conf/listes-papier").texts("main")[0][500:]

    out = inside.submit("form[action$=reprendre]", pourquoi="not_in")
    assert "ce passage ne compte plus" in out.text
    assert heads(app) == 0
    assert {each[1] for each in last_acts(app, 4)} >= {"door.by-hand", "door.undo"}


def test_an_entry_of_any_post_is_taken_back(app: Flask, clock: TestClock, alix: Visitor) -> None:
    with app.app_context():
        ticket = ticket_of(db.session().scalars(select(Registration)).one())
    volunteer(app, clock).get(f"/B/{ticket}").submit()
    sheet(organiser(app, clock, "Sacha")).submit("form[action$=reprendre]", pourquoi="mistake")
    assert heads(app) == 0


def test_somebody_is_registered_by_hand(app: Flask, alix: Visitor) -> None:
    form = alix.get(LIST).follow("Inscrire quelqu’un")
    typed = {"name": "Awa", "email": "awa@exemple.org", "sessions": ["ag"], "consent": "y"}
    done = form.submit("main form", changes=typed)
    assert done.heading == "Awa"
    assert "C’est inscrit" in done.text
    assert (seats(app)[0], seats(app, "ag")[0]) == (2, 2)
    assert letters(app)[-1] == "registration_confirmed"
    assert last_acts(app, 1) == [("Alix", "registration.add", "conf")]

    again = form.submit("main form", changes=typed)
    assert again.path == done.path
    assert seats(app)[0] == 2


def test_where_it_is_full_seats_held_back_are_given_then_more_with_a_reason(
    app: Flask, alix: Visitor
) -> None:
    with app.app_context(), transaction() as session:
        event = session.scalars(select(Event)).one()
        ledger.resize(session, event.pool_id or 0, capacity=2, held=1)

    def add(name: str, **more: object) -> Page:
        form = alix.get(f"{LIST}/ajouter")
        return form.submit("main form", changes={"name": name, "consent": "y", **more})

    assert add("Awa").status == 200
    assert seats(app) == (2, 0, 2)
    refused = add("Noor")
    assert refused.status == 422
    assert any("dis pourquoi" in each for each in refused.texts(".error"))
    assert refused.fields("main form")["name"] == "Noor"
    assert seats(app) == (2, 0, 2)

    added = add("Noor", beyond="régie")
    assert added.heading == "Noor"
    assert seats(app) == (3, 0, 3)
    assert last_acts(app, 2) == [
        ("Alix", "seats.raise", "conf\u00a0: régie"),
        ("Alix", "registration.add", "conf"),
    ]


def test_nobody_is_registered_without_their_word(app: Flask, alix: Visitor) -> None:
    refused = alix.get(f"{LIST}/ajouter").submit("main form", name="Awa")
    assert refused.status == 422
    assert seats(app)[0] == 1


def test_nobody_is_registered_to_what_is_off(app: Flask, alix: Visitor) -> None:
    form = alix.get(f"{LIST}/ajouter")
    with app.app_context(), transaction() as session:
        session.scalars(select(Event)).one().state = EventState.CANCELLED
    assert form.submit("main form", name="Awa", consent="y").status == 409
    assert seats(app)[0] == 1


def test_nobody_of_another_event_is_found(app: Flask, alix: Visitor) -> None:
    path = sheet(alix).path
    with app.app_context(), transaction() as session:
        make_conference(session, slug="autre", featured=False)
    assert alix.get(path.replace("/conf/", "/autre/")).status == 404
    assert alix.get(f"{LIST}/K7Q").status == 404


def test_more_history_takes_no_more_queries(app: Flask, clock: TestClock, alix: Visitor) -> None:
    with app.app_context():
        ticket = ticket_of(db.session().scalars(select(Registration)).one())
    clock.moment = paris(11)
    posts = [
        volunteer(app, clock, post=f"Poste {number}", door=f"Porte {number}", at=None)
        for number in range(3)
    ]
    alix = organiser(app, clock, "Sacha")
    path = sheet(alix).path
    posts[0].get(f"/B/{ticket}").submit()
    with counted(app) as with_one:
        alix.get(path)
    for post in posts[1:]:
        post.get(f"/B/{ticket}").submit()
    with counted(app) as with_three:
        alix.get(path)
    assert len(with_three) == len(with_one)
