"""Who finds the day full waits, sees where they stand, and answers an offer, without JavaScript."""

import email
import email.policy

import pytest
from flask import Flask
from sqlalchemy import select

from conf_app.database import db, transaction
from conf_app.mail.delivery import deliver_due
from conf_app.programme.models import Event, EventState, Session
from conf_app.registration.models import Registration, Wait
from conf_app.settings import Settings
from tests.conftest import TestClock
from tests.events import make_conference, paris
from tests.visitor import Page, Visitor

FORM = "/e/conf/inscription"
FIELDS = "main form"


def come(app: Flask, name: str, **fields: object) -> tuple[Visitor, Page]:
    """Register somebody in a browser of their own; return it and their page."""
    visitor = Visitor(app)
    typed = {"email": f"{name.lower()}@exemple.org", "consent": "y", **fields}
    return visitor, visitor.get(FORM).submit(FIELDS, {"name": name, **typed})


def answer(page: Page, value: str, **fields: object) -> Page:
    """Press a button of the page of offers."""
    return page.submit(FIELDS, {"answer": value, **fields})


def letter(settings: Settings, app: Flask, recipient: str) -> str:
    """Send what is due, and return the text of the last letter to an address."""
    with app.app_context():
        deliver_due(app.extensions["conf_app.post"])
    assert settings.mail_folder is not None
    for path in sorted(settings.mail_folder.iterdir(), reverse=True):
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        body = message.get_body(("plain",))
        if message["To"] == recipient and body is not None:
            return str(body.get_content())
    raise AssertionError(recipient)


@pytest.fixture
def full(app: Flask) -> tuple[Visitor, Page]:
    """Publish a conference of one seat, one in the assembly; Zélie has both."""
    with app.app_context(), transaction() as session:
        make_conference(session, capacity=1, assembly=1)
    return come(app, "Zélie", sessions=["ag"])


def test_the_way_from_a_full_day_to_a_ticket(
    app: Flask, settings: Settings, full: tuple[Visitor, Page]
) -> None:
    zelie, ticket = full
    awa, waiting = come(app, "Awa")
    noor, second = come(app, "Noor")

    assert waiting.heading == second.heading == "Liste d’attente"
    assert "tu es sur la liste d’attente" in waiting.text
    assert "En tête de la liste" in waiting.text
    assert "2e sur la liste" in second.text
    assert waiting.select("svg") == []
    assert awa.client.get(f"{waiting.path}.pdf").status_code == 409
    assert "à la place n°\u00a02" in letter(settings, app, "noor@exemple.org")

    zelie.get(f"{ticket.path}/annuler").submit()
    offered = awa.get(waiting.path)
    assert offered.heading == "Une place t’attend"
    said = letter(settings, app, "awa@exemple.org")
    assert "À prendre avant le mercredi 16\u00a0novembre 2022 à 12\u00a0h" in said
    assert f"{waiting.path}/offre" in said

    page = offered.follow("Répondre")
    assert "jusqu’au mercredi 16\u00a0novembre 2022 à 12\u00a0h" in page.text
    taken = answer(page, "accept")
    assert taken.heading == "Awa"
    assert len(taken.select(".ticket svg")) == 1
    assert noor.get(second.path).heading == "Liste d’attente"


def test_who_says_no_passes_the_seat_on(app: Flask, full: tuple[Visitor, Page]) -> None:
    zelie, ticket = full
    awa, waiting = come(app, "Awa")
    noor, second = come(app, "Noor")
    zelie.get(f"{ticket.path}/annuler").submit()

    refused = answer(awa.get(f"{waiting.path}/offre"), "decline")
    assert refused.path == waiting.path
    assert refused.heading == "Tu n’attends plus"
    assert "c’est noté\u00a0: la place est proposée à la suite de la liste" in refused.text
    assert noor.get(second.path).heading == "Une place t’attend"


def test_who_answers_too_late_is_told_so(
    app: Flask, clock: TestClock, settings: Settings, full: tuple[Visitor, Page]
) -> None:
    zelie, ticket = full
    awa, waiting = come(app, "Awa")
    zelie.get(f"{ticket.path}/annuler").submit()
    letter(settings, app, "awa@exemple.org")
    page = awa.get(f"{waiting.path}/offre")
    clock.advance(hours=24)

    late = answer(page, "accept")
    assert late.status == 422
    assert "Trop tard de peu" in late.text


@pytest.mark.parametrize("value", ["accept", "decline", "leave"])
def test_an_answer_sent_twice_is_told_the_same(
    app: Flask, full: tuple[Visitor, Page], value: str
) -> None:
    zelie, ticket = full
    awa, waiting = come(app, "Awa")
    if value != "leave":
        zelie.get(f"{ticket.path}/annuler").submit()
    page = awa.get(f"{waiting.path}/offre")

    first, again = answer(page, value), answer(page, value)

    assert (again.status, again.heading, again.text) == (200, first.heading, first.text)


def test_a_no_after_a_yes_changes_nothing(app: Flask, full: tuple[Visitor, Page]) -> None:
    zelie, ticket = full
    awa, waiting = come(app, "Awa")
    zelie.get(f"{ticket.path}/annuler").submit()
    page = awa.get(f"{waiting.path}/offre")
    answer(page, "accept")

    late = answer(page, "decline")

    assert late.heading == "Awa"
    assert len(late.select(".ticket svg")) == 1


@pytest.mark.parametrize("page", ["", "/offre", "/annuler"])
def test_who_waits_can_leave_the_queue(
    app: Flask, settings: Settings, full: tuple[Visitor, Page], page: str
) -> None:
    awa, waiting = come(app, "Awa")
    opened = awa.get(waiting.path + page)
    if not page:
        opened = opened.follow("Quitter la liste")
        assert opened.heading == "Quitter la liste d’attente\u00a0?"
    left = answer(opened, "leave") if page == "/offre" else opened.submit()
    assert (left.path, left.heading) == (waiting.path, "Tu n’attends plus")
    assert "tu as quitté la liste d’attente" in left.text
    assert "place" not in left.text
    with app.app_context():
        assert db.session().scalars(select(Wait)).one().state.value == "left"
    if page != "/offre":
        said = letter(settings, app, "awa@exemple.org")
        assert "Tu as quitté la liste d’attente" in said
        assert "rendue" not in said


def test_who_missed_an_offer_reads_that_it_went_on(
    app: Flask, clock: TestClock, settings: Settings, full: tuple[Visitor, Page]
) -> None:
    zelie, ticket = full
    awa, waiting = come(app, "Awa")
    zelie.get(f"{ticket.path}/annuler").submit()
    letter(settings, app, "awa@exemple.org")
    clock.advance(hours=24)
    (job,) = [job for job in app.extensions["conf_app.jobs"] if job.name == "offres"]
    with app.app_context():
        job.run(clock(), lambda: False)

    missed = awa.get(waiting.path)

    assert missed.heading == "L’offre est passée à d’autres"
    assert "Merci" not in missed.text


def test_who_waits_changes_their_name_and_needs(app: Flask, full: tuple[Visitor, Page]) -> None:
    awa, waiting = come(app, "Awa")
    form = awa.get(waiting.path).follow("Modifier le nom")
    assert form.select("[name=sessions]") == []

    renamed = form.submit(name="Ada")
    assert "C’est enregistré" in renamed.text
    with app.app_context():
        assert db.session().scalars(select(Registration.name)).all() == ["Zélie", "Ada"]

    told = renamed.follow("Besoins d’accessibilité").submit(
        need_text="Une chaise", need_consent="y"
    )
    assert (told.path, told.status) == (waiting.path, 200)
    assert "l’équipe lit les besoins" in told.text


@pytest.mark.parametrize("path", ["/transmettre", ".pdf"])
def test_what_needs_a_seat_is_refused_in_true_words(
    app: Flask, full: tuple[Visitor, Page], path: str
) -> None:
    zelie, ticket = full
    awa, waiting = come(app, "Awa")

    refused = awa.get(waiting.path + path)
    assert (refused.status, refused.heading) == (409, "Ta place n’est pas encore là")
    assert refused.follow("Voir la liste d’attente").path == waiting.path

    zelie.get(f"{ticket.path}/annuler").submit()
    assert awa.get(waiting.path + path).heading == "Réponds d’abord à l’offre"


def test_erasing_oneself_while_waiting_names_no_ticket(
    app: Flask, full: tuple[Visitor, Page]
) -> None:
    awa, waiting = come(app, "Eve")
    asked = awa.get(f"{waiting.path}/effacer")
    assert "Eve\u00a0: plus de place sur la liste d’attente." in asked.texts("main li")


def test_a_full_day_met_while_typing_can_be_waited_for(app: Flask, visitor: Visitor) -> None:
    with app.app_context(), transaction() as session:
        make_conference(session, capacity=1)
    form = visitor.get(FORM)
    come(app, "Zélie")
    refused = form.submit(name="Awa", consent="y")
    assert refused.status == 409
    assert "Rejoindre la liste d’attente" in refused.texts("main form button")

    waiting = refused.submit(attendre="y")
    assert waiting.heading == "Liste d’attente"
    assert "Sans adresse e-mail, rien ne te préviendra" in waiting.text


def test_the_queue_gives_a_seat_that_is_free_after_all(
    app: Flask, full: tuple[Visitor, Page]
) -> None:
    zelie, ticket = full
    awa = Visitor(app)
    form = awa.get(FORM)
    zelie.get(f"{ticket.path}/annuler").submit()
    assert form.submit(name="Awa", consent="y").heading == "Awa"
    with app.app_context():
        assert db.session().scalars(select(Wait)).all() == []


def test_a_full_session_is_waited_for_from_the_ticket(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        make_conference(session, assembly=1)
    zelie, ticket = come(app, "Zélie", sessions=["ag"])
    awa, hers = come(app, "Awa")
    page = hers.follow("Listes d’attente")
    assert "Assemblée générale" in page.text

    joined = answer(page, "join")
    assert "C’est noté\u00a0: tu es sur la liste." in joined.text
    assert "En tête de la liste" in joined.text
    assert "En attente" in awa.get(hers.path).texts("h2")

    zelie.get(f"{ticket.path}/modifier").submit(sessions=[])
    taken = answer(awa.get(f"{hers.path}/offre"), "accept")
    assert taken.texts("[role=status]") == ["C’est fait\u00a0: la réservation est prise."]
    assert "Assemblée générale" in taken.texts(".booked")[0]


def test_of_several_only_who_is_ticked_waits(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        make_conference(session, assembly=1)
    form = Visitor(app).get(FORM).submit(FIELDS, {"ajouter": "1", "name": "Zélie"})
    form = form.submit(FIELDS, {"ajouter": "1", "sessions": ["ag"], "others-0-name": "Awa"})
    ticket = form.submit(FIELDS, {"others-1-name": "Noor", "consent": "y"})
    page = ticket.follow("Listes d’attente")
    assert page.texts("fieldset strong") == ["Awa", "Noor"]

    missed = answer(page, "join")
    assert missed.status == 422
    assert missed.texts("#people-erreur") == ["▲ Coche au moins une personne."]
    with app.app_context():
        assert db.session().scalars(select(Wait)).all() == []

    joined = answer(missed, "join", people=["3"])
    assert joined.texts("section .soft bdi") == ["Noor"]
    assert "la prochaine place est pour Noor" in joined.text
    assert joined.fields("section:last-of-type form")["people"] == "2"
    with app.app_context():
        assert [one.name for one in db.session().scalars(select(Wait)).one().people] == ["Noor"]


def test_nobody_answers_for_others(app: Flask, full: tuple[Visitor, Page]) -> None:
    awa, waiting = come(app, "Awa")
    noor, second = come(app, "Noor")
    page = noor.get(f"{second.path}/offre")
    with app.app_context():
        wait = db.session().scalars(select(Wait).order_by(Wait.id)).first()
        assert wait is not None
        hers = wait.id

    for sent in (hers, "", "x", 10**20):
        assert answer(page, "leave", wait=str(sent)).status == 422
    assert answer(page, "steal").status == 422
    assert awa.get(waiting.path).heading == "Liste d’attente"


def test_a_session_that_is_not_there_cannot_be_waited_for(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        make_conference(session, assembly=0)
    _awa, ticket = come(app, "Awa")
    for slug in ("rien", "", "ouverture"):
        refused = answer(ticket.follow("Listes d’attente"), "join", session=slug)
        assert refused.status == 422
        assert "Ce créneau n’existe plus" in refused.text


def test_a_get_answers_nothing(app: Flask, full: tuple[Visitor, Page]) -> None:
    zelie, ticket = full
    awa, waiting = come(app, "Awa")
    zelie.get(f"{ticket.path}/annuler").submit()
    with app.app_context():
        wait = db.session().scalars(select(Wait)).one().id
    awa.get(f"{waiting.path}/offre", {"answer": "accept", "wait": str(wait)})
    with app.app_context():
        states = db.session().scalars(select(Registration.state)).all()
        assert [state.value for state in states] == ["cancelled", "offered"]


@pytest.mark.parametrize("state", [EventState.POSTPONED, EventState.CANCELLED])
def test_an_offer_is_no_promise_once_the_event_is_off(
    app: Flask, full: tuple[Visitor, Page], state: EventState
) -> None:
    zelie, ticket = full
    awa, waiting = come(app, "Awa")
    zelie.get(f"{ticket.path}/annuler").submit()
    stale = awa.get(f"{waiting.path}/offre")
    with app.app_context(), transaction() as session:
        session.scalars(select(Event)).one().state = state

    page = awa.get(waiting.path)
    assert page.heading == "Liste d’attente"
    assert "Répondre" not in page.texts("main a")
    if state is EventState.POSTPONED:
        offered = awa.get(f"{waiting.path}/offre")
        assert "la place t’est gardée, on te redira jusqu’à quand répondre" in offered.text
        assert "Prendre la place" not in offered.texts("button")
        assert "la place t’est gardée" in answer(stale, "accept").text
    else:
        assert "La liste d’attente s’arrête là" in page.text


def test_each_session_that_an_offer_gives_back_is_named(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        event = make_conference(session, workshop=1, assembly=1)
        long = next(each for each in event.sessions if each.slug == "ag")
        long.starts_at = paris(13)
    zelie, ticket = come(app, "Zélie", sessions=["ag"])
    awa, hers = come(app, "Awa", sessions=["atelier-a"])
    answer(awa.get(f"{hers.path}/offre"), "join", session="ag")
    with app.app_context(), transaction() as session:
        other = session.scalars(select(Session).where(Session.slug == "atelier-b")).one()
        other.starts_at, other.ends_at = paris(15), paris(16)
    awa.get(f"{hers.path}/modifier").submit(sessions=["atelier-a", "atelier-b"])
    zelie.get(f"{ticket.path}/annuler").submit()

    page = awa.get(f"{hers.path}/offre")
    assert "rend celles de «\u00a0Atelier A\u00a0» et «\u00a0Atelier B\u00a0»." in page.text


def test_without_an_address_the_queue_of_a_session_says_that_nothing_will_warn(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        make_conference(session, assembly=1)
    come(app, "Zélie", sessions=["ag"])
    for address, warned in (("", True), ("awa@exemple.org", False)):
        _awa, ticket = come(app, "Awa", email=address)
        page = ticket.follow("Listes d’attente")
        assert ("Sans adresse e-mail, rien ne te préviendra" in page.text) is warned


def test_who_waited_until_the_start_is_told_that_it_is_over(
    app: Flask, clock: TestClock, full: tuple[Visitor, Page]
) -> None:
    awa, waiting = come(app, "Awa")
    clock.moment = paris(11)
    (job,) = [job for job in app.extensions["conf_app.jobs"] if job.name == "offres"]
    with app.app_context():
        job.run(clock(), lambda: False)

    assert awa.get(waiting.path).heading == "Liste d’attente close"
