"""Several people register together: all or none, a ticket each, one link and one letter."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from conf_app.database import db, transaction
from conf_app.mail.delivery import deliver_due
from conf_app.programme.models import Event
from conf_app.registration import queries
from conf_app.registration.models import OldTicket, Party, Registration, RegistrationState
from conf_app.seats import ledger
from conf_app.settings import Settings
from tests.conftest import TestClock
from tests.events import make_conference
from tests.team import ticket_of, volunteer
from tests.tickets.printed import printed
from tests.visitor import Page, Visitor

FORM = "/e/conf/inscription"
FIELDS = "main form"


@pytest.fixture
def conference(app: Flask) -> None:
    """Publish a conference of three seats for the day, two for the assembly."""
    with app.app_context(), transaction() as session:
        make_conference(session, capacity=3, assembly=2)


def add(page: Page, **typed: Any) -> Page:
    """Ask the form for room for one more person."""
    return page.submit(ajouter="1", **typed)


def three(visitor: Visitor, **typed: Any) -> Page:
    """Register Zélie, Awa and Yann on one form."""
    form = add(add(visitor.get(FORM), name="Zélie"))
    people = {"others-0-name": "Awa", "others-1-name": "Yann"}
    return form.submit(FIELDS, {**people, "email": "zelie@exemple.org", "consent": "y", **typed})


def free(app: Flask) -> dict[str, int]:
    """Return the free seats of the day and of each session."""
    with app.app_context():
        event = db.session().scalars(select(Event)).one()
        pools = {event.pool_id: "jour", **{each.pool_id: each.slug for each in event.sessions}}
        counts = ledger.count(db.session(), [pool for pool in pools if pool is not None])
        return {pools[pool]: seats.free for pool, seats in counts.items()}


@pytest.mark.usefixtures("conference")
def test_adding_a_person_keeps_what_was_typed(app: Flask, visitor: Visitor) -> None:
    page = add(visitor.get(FORM), name="Zélie", email="zelie@exemple", sessions=["ag"])

    fields = page.fields()
    assert page.status == 200
    assert (fields["name"], fields["email"], fields["sessions"]) == ("Zélie", "zelie@exemple", "ag")
    assert fields["others-0-name"] == ""
    assert len(page.select("input[autofocus][name=others-0-name]")) == 1
    assert page.select(".error") == []
    assert free(app)["jour"] == 3


@pytest.mark.usefixtures("conference")
def test_three_people_get_three_tickets_under_one_link(
    app: Flask, settings: Settings, visitor: Visitor
) -> None:
    page = three(visitor, **{"sessions": ["ag"], "others-1-sessions": ["ag"]})

    assert page.heading == "3 billets"
    assert page.texts(".ticket h2") == ["Zélie", "Awa", "Yann"]
    assert len(page.select(".ticket svg")) == 3
    assert len(set(page.texts(".ticket .reference"))) == 3
    assert free(app) == {"jour": 0, "atelier-a": 20, "atelier-b": 20, "ag": 0}
    assert printed(visitor.client.get(f"{page.path}.pdf").data).pages == 3
    assert printed(visitor.client.get(f"{page.path}/2.pdf").data).pages == 1
    assert (
        visitor.client.get(f"{page.path}/2.svg").data
        != visitor.client.get(f"{page.path}/3.svg").data
    )
    assert visitor.get(f"{page.path}/4.png").status == 404
    with app.app_context():
        deliver_due(app.extensions["conf_app.post"])
    assert settings.mail_folder is not None
    (letter,) = settings.mail_folder.glob("*.eml")
    assert b'filename="billets-conf.pdf"' in letter.read_bytes()


@pytest.mark.usefixtures("conference")
def test_a_party_gets_all_its_seats_or_none(app: Flask, visitor: Visitor) -> None:
    visitor.get(FORM).submit(name="Alix", consent="y")

    refused = three(Visitor(app))
    assert refused.status == 409
    assert "plus assez de places pour vous toutes et tous" in refused.text
    assert refused.fields()["others-1-name"] == "Yann"
    assert free(app)["jour"] == 2

    two = refused.submit(FIELDS, {"others-1-name": "", "consent": "y"})
    assert two.texts(".ticket h2") == ["Zélie", "Awa"]
    assert free(app)["jour"] == 0


@pytest.mark.usefixtures("conference")
def test_a_session_too_small_for_those_who_want_it_refuses_them_all(
    app: Flask, visitor: Visitor
) -> None:
    every = {"sessions": ["ag"], "others-0-sessions": ["ag"], "others-1-sessions": ["ag"]}
    refused = three(visitor, **every)
    assert refused.status == 422
    assert "Plus de place pour «\u00a0Assemblée générale\u00a0»" in refused.text
    assert free(app) == {"jour": 3, "atelier-a": 20, "atelier-b": 20, "ag": 2}


@pytest.mark.usefixtures("conference")
def test_what_is_wrong_with_somebody_else_is_said_beside_them(visitor: Visitor) -> None:
    refused = three(
        visitor, **{"others-0-name": "", "others-0-sessions": ["atelier-a", "atelier-b"]}
    )
    assert refused.texts("#erreurs li") == [
        "Personne 2\u00a0: Écris un nom ou un pseudonyme\u00a0: c’est lui qu’on lira à l’entrée."
    ]
    assert [link.get("href") for link in refused.select("#erreurs a")] == ["#others-0-name"]
    assert len(refused.select("#others-0-name[aria-invalid=true][autofocus]")) == 1

    refused = refused.submit(FIELDS, {"others-0-name": "Awa", "consent": "y"})
    assert "ont lieu en même temps" in refused.texts("#others-0-sessions .error")[0]


@pytest.mark.usefixtures("conference")
def test_no_more_people_than_the_event_takes_at_once(app: Flask, visitor: Visitor) -> None:
    with app.app_context(), transaction() as session:
        session.scalars(select(Event)).one().party_size = 2
    page = add(visitor.get(FORM), name="Zélie")
    assert page.select("button[name=ajouter]") == []

    refused = page.submit(FIELDS, {"others-0-name": "Awa", "others-1-name": "Yann", "consent": "y"})
    assert refused.status == 422
    assert "2\u00a0personnes au plus" in refused.text
    assert free(app)["jour"] == 3


@pytest.mark.usefixtures("conference")
def test_one_person_cancels_without_touching_the_others(
    app: Flask, settings: Settings, visitor: Visitor
) -> None:
    tickets = three(visitor, **{"sessions": ["ag"], "others-0-sessions": ["ag"]})
    asked = visitor.get(f"{tickets.path}/annuler")
    assert asked.submit().status == 422

    left = asked.submit(people=["2"])
    assert left.texts(".ticket h2") == ["Zélie", "Yann"]
    assert free(app) == {"jour": 1, "atelier-a": 20, "atelier-b": 20, "ag": 1}
    assert visitor.client.get(f"{tickets.path}/2.png").status_code == 409
    assert visitor.client.get(f"{tickets.path}/3.png").status_code == 200
    with app.app_context():
        states = db.session().scalars(select(Registration.state).order_by(Registration.number))
        assert [state.value for state in states] == ["confirmed", "cancelled", "confirmed"]
        deliver_due(app.extensions["conf_app.post"])
    assert settings.mail_folder is not None
    letters = [path.read_text(encoding="utf-8") for path in settings.mail_folder.glob("*.eml")]
    assert any("Awa ne vient plus" in text for text in letters)

    gone = visitor.get(f"{tickets.path}/annuler").submit(people=["1", "3"])
    assert gone.heading == "Inscription annulée"
    assert free(app) == {"jour": 3, "atelier-a": 20, "atelier-b": 20, "ag": 2}


@pytest.mark.usefixtures("conference")
@pytest.mark.parametrize("leaving", [["2"], ["1", "3"], ["1", "2", "3"]])
def test_cancelling_sent_twice_changes_and_says_the_same(
    app: Flask, visitor: Visitor, leaving: list[str]
) -> None:
    tickets = three(visitor)
    form = visitor.get(f"{tickets.path}/annuler")

    first = form.submit(people=leaving)
    again = form.submit(people=leaving)

    assert (again.status, again.heading) == (first.status, first.heading)
    assert free(app)["jour"] == len(leaving)


@pytest.mark.usefixtures("conference")
def test_an_old_page_cancels_nobody_who_is_not_ticked(app: Flask, visitor: Visitor) -> None:
    tickets = add(visitor.get(FORM), name="Zélie").submit(
        FIELDS, {"others-0-name": "Awa", "consent": "y"}
    )
    old, other = (visitor.get(f"{tickets.path}/annuler") for _ in range(2))
    other.submit(people=["1"])

    asked = old.submit()

    assert asked.status == 422
    assert asked.texts("#people-erreur") == ["▲ Coche au moins une personne."]
    assert free(app)["jour"] == 2
    assert asked.submit(people=["2"]).heading == "Inscription annulée"


@pytest.mark.usefixtures("conference")
def test_an_old_page_of_one_person_cancels_nobody_else(app: Flask, visitor: Visitor) -> None:
    tickets = three(visitor)
    visitor.get(f"{tickets.path}/annuler").submit(people=["2", "3"])
    alone = visitor.get(f"{tickets.path}/annuler")
    assert alone.fields()["people"] == "1"

    assert alone.submit(people=None).status == 422
    assert free(app)["jour"] == 2


@pytest.mark.usefixtures("conference")
def test_one_person_is_changed_without_touching_the_others(app: Flask, visitor: Visitor) -> None:
    tickets = three(visitor, sessions=["ag"])
    page = visitor.get(f"{tickets.path}/modifier", {"personne": "2"})
    assert page.fields()["name"] == "Awa"

    changed = page.submit(name="Ada", sessions=["ag"])
    assert changed.texts(".ticket h2") == ["Zélie", "Ada", "Yann"]
    assert free(app)["ag"] == 0


@pytest.mark.usefixtures("conference")
def test_a_form_sent_twice_registers_a_party_once(app: Flask, visitor: Visitor) -> None:
    form = add(visitor.get(FORM), name="Zélie")
    typed = {"others-0-name": "Awa", "consent": "y"}
    first, second = form.submit(FIELDS, typed), form.submit(FIELDS, typed)
    assert first.path == second.path
    assert free(app)["jour"] == 1


@pytest.mark.usefixtures("conference")
def test_a_ticket_passed_on_is_somebody_elses(
    app: Flask, settings: Settings, clock: TestClock, visitor: Visitor
) -> None:
    tickets = three(visitor, **{"others-0-sessions": ["ag"]})
    with app.app_context():
        awa = db.session().scalars(select(Registration).where(Registration.name == "Awa")).one()
        old = ticket_of(awa)

    asked = visitor.get(f"{tickets.path}/transmettre", {"personne": "2"})
    assert asked.submit(name="Noor").status == 422
    theirs = asked.submit(name="Noor", consent="y")

    assert theirs.heading == "Noor"
    assert theirs.path != tickets.path
    assert "Assemblée générale" in theirs.text
    assert "Donne l’adresse de cette page à Noor" in theirs.text
    assert visitor.get(tickets.path).texts(".ticket h2") == ["Zélie", "Yann"]
    assert free(app) == {"jour": 0, "atelier-a": 20, "atelier-b": 20, "ag": 1}

    with app.app_context():
        noor = db.session().scalars(select(Registration).where(Registration.name == "Noor")).one()
        new = ticket_of(noor)
        assert old != new
        assert db.session().scalars(select(OldTicket.registration_id)).all() == [noor.id]
        assert queries.by_manage_token(db.session(), theirs.path.rpartition("/")[2]) == noor.party
    phone = volunteer(app, clock)
    shown = phone.get(f"/B/{old}")
    assert "Ce billet a été transmis" in shown.text
    assert "Noor" not in shown.text
    assert phone.get(f"/B/{new}").submit().texts(".who") == ["Noor"]


@pytest.mark.usefixtures("conference")
@pytest.mark.parametrize("people", [1, 3])
def test_passing_on_sent_twice_passes_on_once(app: Flask, visitor: Visitor, people: int) -> None:
    if people == 3:
        tickets = three(visitor)
    else:
        tickets = visitor.get(FORM).submit(FIELDS, {"name": "Zélie", "consent": "y"})
    form = visitor.get(f"{tickets.path}/transmettre", {"personne": "1"})
    typed = {"name": "Noor", "email": "noor@exemple.org", "consent": "y"}

    first, again = form.submit(FIELDS, typed), form.submit(FIELDS, typed)

    assert (again.status, again.path, again.text) == (200, first.path, first.text)
    with app.app_context():
        assert len(db.session().scalars(select(Party)).all()) == 2


@pytest.mark.usefixtures("conference")
def test_the_link_of_a_ticket_passed_on_says_so(app: Flask, visitor: Visitor) -> None:
    ticket = visitor.get(FORM).submit(name="Zélie", consent="y")
    visitor.get(f"{ticket.path}/transmettre").submit(
        name="Noor", email="noor@exemple.org", consent="y"
    )

    assert visitor.get(ticket.path).heading == "Billet transmis"
    assert visitor.get(f"{ticket.path}/modifier").heading == "Billet transmis"
    assert visitor.get(f"{ticket.path}.pdf").status == 404
    with app.app_context():
        emails = db.session().scalars(select(Party.email).order_by(Party.id)).all()
        assert emails == [None, "noor@exemple.org"]
        states = db.session().scalars(select(Registration.state)).all()
        assert states == [RegistrationState.CONFIRMED]
