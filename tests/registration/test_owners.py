"""Whoever owns an address decides over it; nobody else learns whether it has tickets."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email.message import EmailMessage

import psycopg
import pytest
from flask import Flask
from sqlalchemy import func, select

from conf_app.database import db, transaction
from conf_app.mail.models import OutboxMail
from conf_app.programme.models import Event
from conf_app.registration import actions, owners, queries, waiting
from conf_app.registration.letters import LETTERS_A_DAY, tell
from conf_app.registration.models import LostTicketRequest, Party, Registration, RegistrationState
from conf_app.registration.rules import Attendee
from conf_app.settings import Settings
from tests.conftest import NOON_IN_NOVEMBER, TestClock
from tests.events import make_conference
from tests.people import register
from tests.registration.test_messages import delivered, snapshot
from tests.statements import counted
from tests.visitor import Visitor

ADDRESS = "zelie@exemple.org"


@pytest.fixture
def event(app: Flask, settings: Settings) -> None:
    """Bring Zélie and Yann in, by one address, and Alix by hers."""
    with app.app_context(), transaction() as session:
        event = make_conference(session)
        register(session, event, settings=settings, email=ADDRESS)
        register(session, event, "Yann", settings=settings, email=ADDRESS)
        register(session, event, "Alix", settings=settings, email="alix@exemple.org")


def work(app: Flask, clock: TestClock) -> None:
    """Let the worker look the addresses up."""
    (job,) = [job for job in app.extensions["conf_app.jobs"] if job.name == "billets perdus"]
    with app.app_context():
        job.run(clock(), lambda: False)


def wait_until_somebody_waits(database_url: str) -> None:
    """Wait until one transaction waits for another; SQLite has one at a time anyway."""
    if not database_url.startswith("postgresql"):
        return
    waiting_now = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    deadline = time.monotonic() + 60
    with psycopg.connect(database_url.replace("+psycopg", ""), autocommit=True) as server:
        while server.execute(waiting_now).fetchone() == (0,):
            assert time.monotonic() < deadline
            time.sleep(0.02)


def letters(app: Flask, kind: str) -> list[str]:
    """Return to whom letters of a kind were queued."""
    with app.app_context():
        found = select(OutboxMail.recipient).where(OutboxMail.kind == kind)
        return list(db.session().scalars(found.order_by(OutboxMail.id)))


def ask(visitor: Visitor, address: str) -> bytes:
    """Ask for the links of an address; return what is answered."""
    page = visitor.get("/billet-perdu").submit(email=address)
    assert page.heading == "Regarde ta boîte"
    return page.response.get_data()


@pytest.mark.usefixtures("event")
def test_a_known_and_an_unknown_address_are_answered_alike(app: Flask) -> None:
    asked: list[tuple[list[str], bytes]] = []
    for address in (ADDRESS, "nobody@exemple.org"):
        visitor = Visitor(app)
        visitor.get("/billet-perdu")
        with counted(app) as statements:
            answer = ask(visitor, address)
        asked.append((statements, answer))

    known, unknown = asked
    assert known == unknown
    assert "INSERT INTO lost_ticket_request" in known[0][0]


@pytest.mark.usefixtures("event")
@pytest.mark.parametrize("page", ["pas-moi", "effacer"])
def test_links_asked_for_arrive_though_one_of_the_tickets_goes(
    app: Flask, settings: Settings, clock: TestClock, visitor: Visitor, page: str
) -> None:
    ask(visitor, ADDRESS)
    work(app, clock)
    with app.app_context():
        yann = db.session().scalars(select(Registration).where(Registration.name == "Yann")).one()
        token = queries.manage_token(yann.party, settings.ticket_keys)

    visitor.get(f"/billet/{token}/{page}").submit()

    texts = [
        str(body.get_content())
        for mail in delivered(app, settings)
        if "Tes billets" in mail["Subject"] and (body := mail.get_body(("plain",)))
    ]
    assert ["Zélie" in text and "Yann" not in text for text in texts] == [True]


def test_a_letter_that_leaves_and_an_address_taken_back_do_not_block_each_other(
    app: Flask, settings: Settings, clock: TestClock
) -> None:
    with app.app_context():
        with transaction() as session:
            event = make_conference(session, capacity=1)
            register(session, event, settings=settings)
            party = actions.register(
                session,
                event,
                people=[Attendee("Alix")],
                email=ADDRESS,
                keys=settings.ticket_keys,
                now=clock(),
                may_wait=True,
            )
            actions.cancel(session, [session.scalars(select(Registration)).all()[0]], now=clock())
            number = party.id

        with ThreadPoolExecutor(1) as thread:
            with transaction() as session:
                party = session.get_one(Party, number)
                waiting.lock(session, party.event)
                sending = thread.submit(delivered, app, settings)
                wait_until_somebody_waits(settings.database_url)
                owners.disown(session, party, cancels=True, now=clock())
            sending.result(60)

        assert db.session().scalars(select(OutboxMail.state)).all() == []


@pytest.mark.usefixtures("event")
def test_one_letter_brings_all_the_links_of_the_address(
    app: Flask, settings: Settings, clock: TestClock, visitor: Visitor
) -> None:
    with app.app_context(), transaction() as session:
        meetup = make_conference(session, slug="amis", featured=False)
        meetup.title = "Chez des ami·es"
        left = register(session, meetup, settings=settings, email=ADDRESS)
        actions.cancel(session, [left], now=NOON_IN_NOVEMBER)
    delivered(app, settings)
    for address in (ADDRESS, " Zelie@Exemple.org ", "nobody@exemple.org"):
        ask(visitor, address)
    work(app, clock)

    assert letters(app, "tickets_found") == [ADDRESS]
    mail = delivered(app, settings)[-1]
    assert mail["To"] == ADDRESS
    snapshot("billets-retrouves", mail, app)
    body = mail.get_body(("plain",))
    assert body is not None
    links = re.findall(r"http://localhost(/billet/\w+)\s", body.get_content())
    headings = [visitor.get(link).heading for link in links]
    assert headings == ["Zélie", "Yann", "Inscription annulée"]
    with app.app_context():
        assert db.session().scalar(select(func.count(LostTicketRequest.id))) == 0


@pytest.mark.usefixtures("event")
def test_asking_again_and_again_sends_a_bounded_number_of_letters(
    app: Flask, clock: TestClock, visitor: Visitor
) -> None:
    for _ in range(LETTERS_A_DAY):
        ask(visitor, ADDRESS)
        work(app, clock)
        clock.advance(minutes=1)

    assert len(letters(app, "tickets_found")) == LETTERS_A_DAY - 2  # two brought the tickets


@pytest.mark.usefixtures("event")
def test_what_is_erased_is_not_found_again(app: Flask, clock: TestClock, visitor: Visitor) -> None:
    clock.moment = NOON_IN_NOVEMBER + timedelta(days=100)
    (job,) = [job for job in app.extensions["conf_app.jobs"] if job.name == "effacement"]
    with app.app_context():
        job.run(clock(), lambda: False)
    ask(visitor, ADDRESS)
    work(app, clock)

    assert letters(app, "tickets_found") == []


def test_a_mistyped_address_is_refused_beside_the_field(visitor: Visitor) -> None:
    page = visitor.get("/billet-perdu").submit(email="zelie")

    assert page.status == 422
    assert "Il manque le" in page.texts("#email-erreur")[0]


def test_the_door_and_dead_links_lead_there(app: Flask, visitor: Visitor) -> None:
    with app.app_context(), transaction() as session:
        make_conference(session)
    for path in ("/B/0000", "/billet/rien"):
        assert "/billet-perdu" in [a.get("href") for a in visitor.get(path).select("main a")]


def path_in(mail: EmailMessage, end: str) -> str:
    """Return the path of a letter's last link that matches."""
    body = mail.get_body(("plain",))
    assert body is not None
    return re.findall(rf"http://localhost(/billet/\w+{end})\s", body.get_content())[-1]  # type: ignore[no-any-return]


@pytest.mark.usefixtures("event")
def test_an_address_is_taken_back_and_the_registration_stays(
    app: Flask, settings: Settings, visitor: Visitor
) -> None:
    path = path_in(delivered(app, settings)[-1], "/pas-moi")
    with app.app_context(), transaction() as session:
        alix = session.scalars(select(Registration).where(Registration.name == "Alix")).one()
        tell(session, alix.party, "event_postponed", now=NOON_IN_NOVEMBER)

    page = visitor.get(path).submit()

    assert page.heading == "Aucune adresse ici"
    with app.app_context():
        alix = db.session().scalars(select(Registration).where(Registration.name == "Alix")).one()
        assert (alix.party.email, alix.state) == (None, RegistrationState.CONFIRMED)
    assert letters(app, "event_postponed") == []


@pytest.mark.usefixtures("event")
def test_an_address_is_taken_back_and_the_registration_cancelled_without_a_letter(
    app: Flask, settings: Settings, visitor: Visitor
) -> None:
    path = path_in(delivered(app, settings)[-1], "/pas-moi")

    visitor.get(path).submit(cancels="y")

    with app.app_context():
        session = db.session()
        assert session.scalars(select(Registration.state).order_by(Registration.id)).all() == [
            RegistrationState.CONFIRMED,
            RegistrationState.CONFIRMED,
            RegistrationState.CANCELLED,
        ]
        assert session.scalars(select(Event)).one().pool.taken == 2  # type: ignore[union-attr]
    assert letters(app, "registration_cancelled") == []


@pytest.mark.usefixtures("event")
def test_sent_letters_count_for_a_day_after_the_address_is_taken_back(
    app: Flask, settings: Settings, clock: TestClock, visitor: Visitor
) -> None:
    visitor.get(path_in(delivered(app, settings)[-1], "/pas-moi")).submit()
    (job,) = [job for job in app.extensions["conf_app.jobs"] if job.name == "formulaires"]
    sent = []
    for _ in range(2):
        with app.app_context():
            job.run(clock(), lambda: False)
        sent.append(letters(app, "registration_confirmed"))
        clock.advance(hours=24, seconds=1)

    assert sent == [[ADDRESS, ADDRESS, "alix@exemple.org"], [ADDRESS, ADDRESS]]


@pytest.mark.usefixtures("event")
def test_of_several_tickets_one_is_kept(app: Flask, settings: Settings, visitor: Visitor) -> None:
    yanns = delivered(app, settings)[1]

    page = visitor.get(path_in(yanns, "/garder/\\w+"))
    assert page.texts("main li bdi") == ["Yann", "Zélie"]
    ticket = page.submit()

    assert ticket.heading == "Yann"
    assert "les autres sont annulés" in ticket.text
    with app.app_context():
        states = select(Registration.name, Registration.state).order_by(Registration.id)
        assert [tuple(row) for row in db.session().execute(states)] == [
            ("Zélie", RegistrationState.CANCELLED),
            ("Yann", RegistrationState.CONFIRMED),
            ("Alix", RegistrationState.CONFIRMED),
        ]
    assert visitor.get(path_in(yanns, "/garder/\\w+")).heading == "Yann"


@pytest.mark.usefixtures("event")
def test_a_ticket_given_back_while_another_is_kept_stops_nothing(
    app: Flask, settings: Settings, clock: TestClock
) -> None:
    with app.app_context(), transaction() as session:
        event = session.scalars(select(Event)).one()
        register(session, event, "Awa", settings=settings, email=ADDRESS)

    def keep_awas() -> None:
        with app.app_context(), transaction() as session:
            kept = select(Party).join(Party.registrations).where(Registration.name == "Awa")
            owners.keep_one(session, session.scalars(kept).one(), now=clock())

    with ThreadPoolExecutor(1) as thread, app.app_context():
        with transaction() as session:
            yann = session.scalars(select(Registration).where(Registration.name == "Yann")).one()
            waiting.lock(session, yann.event)
            keeping = thread.submit(keep_awas)
            wait_until_somebody_waits(settings.database_url)
            actions.cancel(session, [yann], now=clock())
        keeping.result(60)

        confirmed = Registration.state == RegistrationState.CONFIRMED
        left = db.session().scalars(select(Registration.name).where(confirmed))
        assert set(left) == {"Awa", "Alix"}


@pytest.mark.usefixtures("event")
def test_who_typed_somebody_elses_address_sees_and_cancels_none_of_its_tickets(
    app: Flask, settings: Settings, visitor: Visitor
) -> None:
    ticket = visitor.get("/e/conf/inscription").submit(name="Lou", email=ADDRESS, consent="y")
    delivered(app, settings)
    with app.app_context():
        zelie = db.session().scalars(select(Registration).where(Registration.name == "Zélie")).one()
        proof = queries.mail_proof(zelie.party, settings.ticket_keys)

    for guess in ("0" * 26, str(proof), ticket.path.rpartition("/")[2]):
        assert visitor.get(f"{ticket.path}/garder/{guess}").status == 404
