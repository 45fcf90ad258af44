"""People are asked whether they come, once; silence costs a seat only where it was announced."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session as DatabaseSession

from conf_app.database import db, transaction
from conf_app.journal.models import JournalEntry
from conf_app.mail.models import MailState, OutboxMail
from conf_app.programme import exporting
from conf_app.programme.document import Document
from conf_app.programme.models import Event, EventState, Notice
from conf_app.registration import actions, needs, reminders, waiting
from conf_app.registration.importing import import_over_bookings
from conf_app.registration.letters import LETTERS_A_DAY, tell
from conf_app.registration.models import Party, Presence, Registration
from conf_app.registration.needs import Needs
from conf_app.registration.reminders import Turnout
from conf_app.registration.rules import Attendee
from conf_app.settings import Settings
from tests.conftest import TestClock
from tests.events import make_conference, paris
from tests.people import register
from tests.registration.test_messages import delivered, snapshot
from tests.registration.test_owners import letters, path_in
from tests.team import organiser
from tests.visitor import Visitor

ASKING = paris(10) - timedelta(days=5)
RELEASE = paris(10) - timedelta(days=2)
EVE = paris(10) - timedelta(days=1)


@pytest.fixture
def event(app: Flask, settings: Settings) -> None:
    """Let Zélie, and Yann and Awa together, come; Alix without an address."""
    with app.app_context(), transaction() as session:
        event = make_conference(session, capacity=4)
        event.release_days = 2
        event.notices = [
            Notice(position=0, slug="venir", title="Venir", text="Métro 7.\n\nÀ pied.")
        ]
        register(session, event, settings=settings, email="zelie@exemple.org", sessions=("ag",))
        together(session, event, settings)
        register(session, event, "Alix", settings=settings)


def together(session: DatabaseSession, event: Event, settings: Settings) -> Party:
    """Register Yann and Awa as one party."""
    return actions.register(
        session,
        event,
        people=[Attendee("Yann"), Attendee("Awa")],
        email="yann@exemple.org",
        keys=settings.ticket_keys,
        now=paris(11) - timedelta(days=30),
    )


def work(app: Flask, clock: TestClock) -> None:
    """Let the worker do what reminders ask for, twice: the second time changes nothing."""
    (job,) = [job for job in app.extensions["conf_app.jobs"] if job.name == "rappels"]
    for _ in range(2):
        with app.app_context():
            job.run(clock(), lambda: False)


def states(app: Flask) -> dict[str, str]:
    """Return the state of each registration."""
    with app.app_context():
        found = db.session().scalars(select(Registration))
        return {each.name: each.state.value for each in found}


def turnout(app: Flask) -> Turnout | None:
    """Return the figures of the one event."""
    with app.app_context():
        session = db.session()
        return reminders.turnout(session, session.scalars(select(Event)).one())


@pytest.mark.usefixtures("event")
def test_people_are_asked_once_some_days_before(
    app: Flask, settings: Settings, clock: TestClock
) -> None:
    clock.moment = ASKING - timedelta(seconds=1)
    work(app, clock)
    assert letters(app, "presence_asked") == []

    clock.moment = ASKING
    work(app, clock)
    assert letters(app, "presence_asked") == ["zelie@exemple.org", "yann@exemple.org"]
    mails = delivered(app, settings)
    snapshot("tu-viens-toujours", mails[-2], app)
    snapshot("vous-venez-toujours", mails[-1], app)
    assert mails[-1]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    clock.advance(days=1)
    with app.app_context(), transaction() as session:
        event = session.scalars(select(Event)).one()
        actions.cancel(session, session.scalars(select(Party)).first().registrations, now=clock())  # type: ignore[union-attr]
        register(session, event, "Noor", settings=settings, email="noor@exemple.org", now=clock())
    work(app, clock)
    assert len(letters(app, "presence_asked")) == 2  # who comes later knows what they do


@pytest.mark.usefixtures("event")
def test_the_eve_brings_what_is_practical(app: Flask, settings: Settings, clock: TestClock) -> None:
    clock.moment = EVE
    work(app, clock)

    assert letters(app, "presence_asked") == []  # too late to ask
    assert letters(app, "event_tomorrow") == ["zelie@exemple.org", "yann@exemple.org"]
    snapshot("la-veille", delivered(app, settings)[-2], app)


@pytest.mark.usefixtures("event")
def test_on_the_day_itself_no_letter_says_that_it_is_tomorrow(
    app: Flask, settings: Settings, clock: TestClock
) -> None:
    clock.moment = paris(0)
    work(app, clock)
    assert letters(app, "event_tomorrow") == []

    clock.moment = paris(0) - timedelta(seconds=1)
    work(app, clock)
    assert len(letters(app, "event_tomorrow")) == 2
    clock.advance(seconds=1)
    assert [mail for mail in delivered(app, settings) if "demain" in mail["Subject"]] == []


@pytest.mark.parametrize(
    "change",
    [
        {"reminder_days": 0, "release_days": 0, "eve_letter": False},
        {"state": EventState.POSTPONED},
        {"state": EventState.CANCELLED},
    ],
)
@pytest.mark.usefixtures("event")
def test_nobody_is_reminded_of_what_is_not_to_be(
    app: Flask, clock: TestClock, change: dict[str, object]
) -> None:
    with app.app_context(), transaction() as session:
        event = session.scalars(select(Event)).one()
        for name, value in change.items():
            setattr(event, name, value)

    for clock.moment in (ASKING, RELEASE, EVE):
        work(app, clock)

    assert letters(app, "presence_asked") + letters(app, "event_tomorrow") == []


@pytest.mark.usefixtures("event")
def test_a_yes_keeps_the_seat_and_silence_gives_it_to_who_waits(
    app: Flask, settings: Settings, clock: TestClock, visitor: Visitor
) -> None:
    with app.app_context(), transaction() as session:
        event = session.scalars(select(Event)).one()
        actions.register(
            session,
            event,
            people=[Attendee("Noor")],
            email="noor@exemple.org",
            keys=settings.ticket_keys,
            now=clock(),
            may_wait=True,
        )
    clock.moment = ASKING
    work(app, clock)
    mails = delivered(app, settings)
    asked = {mail["To"]: path_in(mail, "/venir") for mail in mails if "toujours" in mail["Subject"]}

    page = visitor.get(asked["zelie@exemple.org"])
    assert page.heading == "Tu viens toujours\u00a0?"
    assert "Sans réponse avant le mardi 13\u00a0décembre 2022" in page.text
    page = page.submit()
    assert "C’est noté\u00a0: on t’attend." in page.text
    assert visitor.get(asked["zelie@exemple.org"]).path == page.path  # nothing more to say

    clock.moment = RELEASE - timedelta(seconds=1)
    work(app, clock)
    assert set(states(app).values()) == {"confirmed", "waiting"}
    clock.moment = RELEASE
    work(app, clock)
    assert states(app) == {
        "Zélie": "confirmed",
        "Yann": "cancelled",
        "Awa": "cancelled",
        "Alix": "confirmed",
        "Noor": "offered",
    }
    assert turnout(app) == Turnout(coming=1, gave_back=0, released=2, silent=0)
    told = [mail for mail in delivered(app, settings) if mail["To"] == "yann@exemple.org"]
    snapshot("places-rendues", told[-1], app)
    gone = visitor.get(asked["yann@exemple.org"])
    assert gone.heading == "Places rendues"
    with app.app_context():
        line = db.session().scalars(select(JournalEntry)).one()
        assert (line.act, line.subject, line.count) == ("seats.release", "conf", 2)


def test_however_many_keep_silent_all_are_served(
    app: Flask, settings: Settings, clock: TestClock
) -> None:
    with app.app_context(), transaction() as session:
        event = make_conference(session)
        event.release_days = 2
        for number in range(reminders.A_TURN + 1):
            name = f"Personne {number}"
            register(session, event, name, settings=settings, email=f"{number}@exemple.org")
    clock.moment = ASKING
    work(app, clock)
    with app.app_context(), transaction() as session:
        for party in session.scalars(select(Party)):
            reminders.presence_told(session, party.id, now=clock())
    clock.moment = RELEASE
    work(app, clock)

    assert set(states(app).values()) == {"cancelled"}


@pytest.mark.usefixtures("event")
def test_who_loses_a_seat_is_told_so_however_many_letters_they_had(
    app: Flask, settings: Settings, clock: TestClock
) -> None:
    clock.moment = ASKING
    work(app, clock)
    delivered(app, settings)
    clock.moment = RELEASE
    with app.app_context(), transaction() as session:
        zelie = session.scalars(select(Party)).first()
        assert zelie is not None
        for _ in range(LETTERS_A_DAY):
            tell(session, zelie, "registration_confirmed", now=clock())
    work(app, clock)

    assert "zelie@exemple.org" in letters(app, "seats_released")


@pytest.mark.usefixtures("event")
def test_silence_costs_nothing_unless_the_organisers_chose_so(
    app: Flask, settings: Settings, clock: TestClock
) -> None:
    with app.app_context(), transaction() as session:
        session.scalars(select(Event)).one().release_days = 0
    clock.moment = ASKING
    work(app, clock)
    body = delivered(app, settings)[-2].get_body(("plain",))
    assert body is not None
    assert "Sans réponse, ta place reste à toi." in body.get_content()
    with app.app_context(), transaction() as session:
        session.scalars(select(Event)).one().release_days = 2  # too late: nobody was warned
    clock.moment = EVE
    work(app, clock)

    assert set(states(app).values()) == {"confirmed"}
    assert turnout(app) == Turnout(coming=0, gave_back=0, released=0, silent=3)


@pytest.mark.usefixtures("event")
def test_a_letter_that_did_not_arrive_warns_nobody(app: Flask, clock: TestClock) -> None:
    clock.moment = ASKING
    work(app, clock)  # and nothing is delivered
    clock.moment = RELEASE + timedelta(hours=12)
    work(app, clock)

    assert set(states(app).values()) == {"confirmed"}
    assert turnout(app) is None
    with app.app_context():
        mails = db.session().scalars(select(OutboxMail).where(OutboxMail.kind == "presence_asked"))
        assert {mail.state for mail in mails} == {MailState.QUEUED}


@pytest.mark.usefixtures("event")
def test_one_click_against_reminders_drops_no_seat(
    app: Flask, settings: Settings, clock: TestClock, visitor: Visitor
) -> None:
    clock.moment = ASKING
    work(app, clock)
    mail = delivered(app, settings)[-1]
    unsubscribe = str(mail["List-Unsubscribe"]).strip("<>").removeprefix("http://localhost")
    visitor.client.post(unsubscribe, data={"List-Unsubscribe": "One-Click"})

    ticket = unsubscribe.removesuffix("/rappels")
    assert "ensuite, vos places passent" not in visitor.get(ticket).text
    assert "Sans réponse, vos places restent à vous." in visitor.get(f"{ticket}/venir").text
    for clock.moment in (RELEASE, EVE):
        work(app, clock)

    assert states(app)["Yann"] == states(app)["Awa"] == "confirmed"
    assert letters(app, "event_tomorrow") == []  # Zélie's seat went, Yann objects


@pytest.mark.usefixtures("event")
def test_who_objects_before_a_letter_leaves_gets_none(
    app: Flask, settings: Settings, clock: TestClock
) -> None:
    before = len(delivered(app, settings))
    for clock.moment in (ASKING, EVE):
        work(app, clock)
        with app.app_context(), transaction() as session:
            for party in session.scalars(select(Party)):
                reminders.take(session, party, takes=False)
        assert len(delivered(app, settings)) == before
        with app.app_context(), transaction() as session:
            for party in session.scalars(select(Party)):
                reminders.take(session, party, takes=True)

    assert letters(app, "presence_asked") + letters(app, "event_tomorrow") == []
    assert turnout(app) is None


@pytest.mark.usefixtures("event")
def test_a_yes_sent_twice_is_noted_both_times(
    app: Flask, settings: Settings, clock: TestClock, visitor: Visitor
) -> None:
    clock.moment = ASKING
    work(app, clock)
    page = visitor.get(path_in(delivered(app, settings)[-2], "/venir"))

    for _ in range(2):
        assert "C’est noté\u00a0: on t’attend." in page.submit().text


@pytest.mark.parametrize(
    "deed", ["change", "cancel one", "pass one on", "tell needs", "wait", "accept"]
)
@pytest.mark.usefixtures("event")
def test_who_does_something_with_the_tickets_has_answered(
    app: Flask, settings: Settings, clock: TestClock, deed: str
) -> None:
    clock.moment = ASKING
    work(app, clock)
    delivered(app, settings)
    with app.app_context(), transaction() as session:
        yann = session.scalars(select(Registration).where(Registration.name == "Yann")).one()
        match deed:
            case "change":
                actions.change(session, yann, name="Yann", sessions=frozenset(), now=clock())
            case "cancel one":
                actions.cancel(session, [yann], now=clock())
            case "pass one on":
                keys = settings.ticket_keys
                actions.pass_on(session, yann, name="Noor", email=None, keys=keys, now=clock())
            case "tell needs":
                needs.tell(session, yann, Needs(text="un siège"), now=clock())
            case "wait":
                actions.wait_for(session, [yann], "ag", now=clock())
            case "accept":
                accept_a_session(session, yann, now=clock())
    clock.moment = RELEASE
    work(app, clock)

    assert states(app)["Awa"] == "confirmed"
    gave_back = int(deed == "cancel one")
    comes = 1 if deed in {"cancel one", "pass one on"} else 2
    assert turnout(app) == Turnout(comes, gave_back, released=1, silent=0)


def accept_a_session(session: DatabaseSession, person: Registration, *, now: datetime) -> None:
    """Let somebody take a seat that was offered before they were asked whether they come."""
    entry = next(each for each in person.event.sessions if each.slug == "ag")
    wait = waiting.join_session(session, entry, [person], now=now)
    assert wait is not None
    waiting.serve(session, person.event, now=now)
    waiting.accept(session, wait, now=now)


@pytest.mark.parametrize("told", [False, True])
@pytest.mark.usefixtures("event")
def test_silence_costs_nothing_across_a_postponement(
    app: Flask, settings: Settings, clock: TestClock, told: bool
) -> None:
    clock.moment = ASKING
    work(app, clock)
    delivered(app, settings)
    clock.advance(days=1)
    if told:
        change_entry(app, clock, state=EventState.POSTPONED)
    clock.advance(days=6)
    work(app, clock)
    later = timedelta(days=90)
    with app.app_context(), transaction() as session:
        put_off(session.scalars(select(Event)).one(), later)
    change_entry(app, clock, state=EventState.PUBLISHED)
    work(app, clock)
    assert "cancelled" not in states(app).values()

    clock.moment = ASKING + later
    work(app, clock)
    assert len(letters(app, "presence_asked")) == 4
    clock.moment = RELEASE + later
    work(app, clock)
    assert "cancelled" not in states(app).values()  # no letter told them until when


def put_off(event: Event, later: timedelta) -> None:
    """Let an event and all its sessions take place so much later."""
    event.starts_at += later
    event.ends_at += later
    for entry in event.sessions:
        entry.starts_at += later
        entry.ends_at += later


def change_entry(app: Flask, clock: TestClock, **changed: object) -> None:
    """Import the one event as it is, but for what is changed."""
    with app.app_context(), transaction() as session:
        entry = exporting.event_entry(session.scalars(select(Event)).one())
        import_over_bookings(session, Document((replace(entry, **changed),)), now=clock())  # type: ignore[arg-type]


@pytest.mark.usefixtures("event")
def test_who_takes_reminders_again_is_not_held_to_an_old_question(
    app: Flask, settings: Settings, clock: TestClock
) -> None:
    clock.moment = ASKING
    work(app, clock)
    delivered(app, settings)
    with app.app_context(), transaction() as session:
        for party in session.scalars(select(Party)):
            party.reminders = False
        put_off(session.scalars(select(Event)).one(), timedelta(days=9))
    clock.advance(days=9)
    work(app, clock)
    with app.app_context(), transaction() as session:
        for party in session.scalars(select(Party)):
            party.reminders = True
    work(app, clock)

    assert "cancelled" not in states(app).values()


@pytest.mark.parametrize("days", [1, 60])
@pytest.mark.usefixtures("event")
def test_an_event_put_off_asks_anew(
    app: Flask, settings: Settings, clock: TestClock, days: int
) -> None:
    clock.moment = ASKING
    work(app, clock)
    delivered(app, settings)
    with app.app_context(), transaction() as session:
        for presence in session.scalars(select(Presence)):
            presence.answered_at = clock()
        put_off(session.scalars(select(Event)).one(), timedelta(days=days))

    clock.moment = ASKING + timedelta(days=days)
    work(app, clock)

    assert len(letters(app, "presence_asked")) == 4
    with app.app_context():
        assert {each.answered_at for each in db.session().scalars(select(Presence))} == {None}


@pytest.mark.usefixtures("event")
def test_a_rehearsal_set_back_by_a_day_asks_again(
    app: Flask, settings: Settings, clock: TestClock
) -> None:
    for hours, number in ((0, 1), (23, 1), (1, 2)):
        clock.advance(hours=hours)
        with app.app_context(), transaction() as session:
            session.scalars(select(Event)).one().clock_shift = ASKING - clock()
        work(app, clock)
        assert "[Répétition] Tu viens toujours" in delivered(app, settings)[-2]["Subject"]
        assert len(letters(app, "presence_asked")) == 2 * number


@pytest.mark.usefixtures("event")
def test_organisers_see_what_people_answered(
    app: Flask, settings: Settings, clock: TestClock, visitor: Visitor
) -> None:
    assert "Tu viens toujours" not in organiser(app, clock).get("/orga/e/conf/").text
    clock.moment = ASKING
    work(app, clock)
    visitor.get(path_in(delivered(app, settings)[-2], "/venir")).submit()

    page = organiser(app, clock, "Camille").get("/orga/e/conf/")

    assert page.texts("#presences dd") == ["1", "0", "0", "2"]
