"""People are told in plain words, with the ticket, and with nothing secret in the calendar.

The texts lie in ``messages/``; run with ``UPDATE_SNAPSHOTS=1`` to write them anew, then read them.
"""

import os
import re
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from flask import Flask, render_template
from lxml import html
from sqlalchemy import select
from sqlalchemy.orm import Session as DatabaseSession

from conf_app.database import transaction
from conf_app.mail.delivery import deliver_due
from conf_app.programme.models import Event
from conf_app.registration import actions, waiting
from conf_app.registration.letters import LETTERS_A_DAY
from conf_app.registration.messages import COMPOSERS
from conf_app.registration.models import Party, Registration
from conf_app.registration.rules import Attendee
from conf_app.settings import Settings
from conf_app.web import french
from tests.conftest import NOON_IN_NOVEMBER, TestClock
from tests.events import make_conference
from tests.people import register

SNAPSHOTS = Path(__file__).parent / "messages"
PARIS = ZoneInfo("Europe/Paris")


def delivered(app: Flask, settings: Settings) -> list[EmailMessage]:
    """Send what is due and read the letters, oldest first."""
    with app.app_context():
        deliver_due(app.extensions["conf_app.post"])
    assert settings.mail_folder is not None
    return [
        message_from_bytes(path.read_bytes(), policy=policy.default)
        for path in sorted(settings.mail_folder.glob("*.eml"))
    ]


def text_of(mail: EmailMessage) -> str:
    """Return what is read in a letter."""
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def paris(year: int, month: int, day: int, hour: int) -> datetime:
    """Return an hour in Paris, as UTC."""
    return datetime(year, month, day, hour, tzinfo=PARIS).astimezone(UTC)


def snapshot(name: str, mail: EmailMessage, app: Flask) -> None:
    """Compare a letter's subject, text and buttons with the file; secrets are written as words."""
    assert len(mail["Subject"]) < 60
    page = mail.get_body(("html",))
    assert page is not None
    links = html.fromstring(page.get_content()).cssselect("a[style]")
    buttons = "".join(f"[{link.text_content()}]\n" for link in links)
    text = f"{mail['Subject']}\n\n{text_of(mail)}\n{buttons}"
    with app.app_context(), transaction() as session:
        for number, made in enumerate(
            session.scalars(select(Registration).order_by(Registration.id)), 1
        ):
            reference = made.reference
            spelled = f"{reference[:3]}-{reference[3:6]}-{reference[6:]}"
            text = text.replace(spelled, f"<référence {number}>")
    words = [
        "<lien secret>" if "/billet/" in word else word
        for word in text.replace("\n", " \n ").split(" ")
    ]
    told = " ".join(words).replace(" \n ", "\n").replace("\r", "")
    file = SNAPSHOTS / f"{name}.txt"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        file.write_text(told, encoding="utf-8")
    assert told == file.read_text(encoding="utf-8")


def test_a_confirmation_brings_the_ticket(app: Flask, settings: Settings) -> None:
    with app.app_context(), transaction() as session:
        event = make_conference(session)
        register(session, event, settings=settings, email="zelie@exemple.org", sessions=("ag",))
    (mail,) = delivered(app, settings)

    snapshot("confirmation", mail, app)
    assert mail["To"] == "zelie@exemple.org"
    assert mail["Auto-Submitted"] == "auto-generated"
    files = {part.get_filename(): part.get_content() for part in mail.iter_attachments()}
    assert set(files) == {"billet-conf.pdf", "conf.ics"}
    assert files["billet-conf.pdf"].startswith(b"%PDF-")
    calendar = str(files["conf.ics"])
    assert "Assemblée générale" in calendar
    assert "/billet/" not in calendar
    assert [part.get_content_type() for part in mail.walk() if not part.is_multipart()] == [
        "text/plain",
        "text/html",
        "application/pdf",
        "text/calendar",
    ]


def test_a_second_ticket_of_one_address_names_the_first(app: Flask, settings: Settings) -> None:
    with app.app_context(), transaction() as session:
        event = make_conference(session)
        register(session, event, "Yann", settings=settings, email="zelie@exemple.org")
    delivered(app, settings)
    with app.app_context(), transaction() as session:
        event = session.scalars(select(Event)).one()
        register(session, event, "Zélie", settings=settings, email="zelie@exemple.org")
    snapshot("confirmation-autre-billet", delivered(app, settings)[-1], app)


def test_a_cancellation_is_told(app: Flask, settings: Settings) -> None:
    with app.app_context(), transaction() as session:
        event = make_conference(session)
        zelie = register(session, event, settings=settings, email="zelie@exemple.org")
        actions.cancel(session, [zelie], now=NOON_IN_NOVEMBER)
    (mail,) = delivered(app, settings)  # the ticket of a cancelled registration is not sent
    snapshot("annulation", mail, app)


@pytest.mark.parametrize("kind", ["event_postponed", "event_rescheduled", "event_cancelled"])
def test_everybody_confirmed_is_told_what_becomes_of_the_event(
    app: Flask, settings: Settings, kind: str
) -> None:
    with app.app_context(), transaction() as session:
        event = make_conference(session)
        event.banner = "La salle est fermée ce jour-là."
        event.contact_email = "equipe@exemple.org"
        register(session, event, settings=settings, email="zelie@exemple.org")
        register(session, event, "Yann", settings=settings)
        gone = register(session, event, "Alix", settings=settings, email="alix@exemple.org")
        actions.cancel(session, [gone], now=NOON_IN_NOVEMBER)
    delivered(app, settings)
    with app.app_context(), transaction() as session:
        event = session.scalars(select(Event)).one()
        assert actions.tell_everybody(session, event, kind, now=NOON_IN_NOVEMBER) == 1
    mail = delivered(app, settings)[-1]
    snapshot(kind, mail, app)
    assert mail["Reply-To"] == "equipe@exemple.org"


@pytest.mark.parametrize("kind", ["event_postponed", "event_rescheduled", "event_cancelled"])
def test_who_waits_or_holds_an_offer_is_told_too_and_several_as_several(
    app: Flask, settings: Settings, clock: TestClock, kind: str
) -> None:
    with app.app_context(), transaction() as session:
        make_conference(session, capacity=3)
        zelie = queued(session, settings, "Zélie", email=None)
        queued(session, settings, "Yann", "Awa", email="yann@exemple.org")
        queued(session, settings, "Noor", email="noor@exemple.org")
        queued(session, settings, "Alix", "Ange", email="alix@exemple.org")
        actions.cancel(session, zelie.registrations, now=clock())
    delivered(app, settings)
    with app.app_context(), transaction() as session:
        event = session.scalars(select(Event)).one()
        assert actions.tell_everybody(session, event, kind, now=NOON_IN_NOVEMBER) == 3
    told = {str(mail["To"]): mail for mail in delivered(app, settings)[-3:]}
    snapshot(f"{kind}-a-plusieurs", told["yann@exemple.org"], app)
    snapshot(f"{kind}-offre", told["noor@exemple.org"], app)
    snapshot(f"{kind}-attente-a-plusieurs", told["alix@exemple.org"], app)


def test_a_rehearsal_says_so_in_the_subject_and_the_text(
    app: Flask, settings: Settings, clock: TestClock
) -> None:
    with app.app_context(), transaction() as session:
        event = make_conference(session, clock_shift=timedelta(hours=1))
        register(session, event, settings=settings, email="zelie@exemple.org", now=clock())
    (mail,) = delivered(app, settings)
    snapshot("confirmation-repetition", mail, app)


def queued(session: DatabaseSession, settings: Settings, *names: str, email: str | None) -> Party:
    """Register people together, in the queue if the day is full."""
    return actions.register(
        session,
        session.scalars(select(Event)).one(),
        people=[Attendee(name, frozenset()) for name in names],
        email=email,
        keys=settings.ticket_keys,
        now=NOON_IN_NOVEMBER,
        may_wait=True,
    )


@pytest.mark.parametrize(
    ("names", "suffix"), [(("Awa",), ""), (("Noor", "Yann"), "-a-plusieurs")], ids=["one", "two"]
)
def test_who_waits_is_told_their_place_then_the_offer_then_that_it_went_on(
    app: Flask, settings: Settings, clock: TestClock, names: tuple[str, ...], suffix: str
) -> None:
    with app.app_context(), transaction() as session:
        make_conference(session, capacity=2)
        queued(session, settings, "Zélie", "Zoé", email=None)
        queued(session, settings, *names, email="awa@exemple.org")
    snapshot(f"attente{suffix}", delivered(app, settings)[-1], app)

    with app.app_context(), transaction() as session:
        pair = session.get_one(Party, 1)
        actions.cancel(session, pair.registrations, now=clock())
    snapshot(f"offre{suffix}", delivered(app, settings)[-1], app)

    clock.advance(hours=24)
    with app.app_context(), transaction() as session:
        event = session.scalars(select(Event)).one()
        assert waiting.lapse(session, event, now=clock()) == 1
    snapshot(f"offre-passee{suffix}", delivered(app, settings)[-1], app)


def test_who_waits_for_a_session_is_told_which_one_is_free(
    app: Flask, settings: Settings, clock: TestClock
) -> None:
    with app.app_context(), transaction() as session:
        event = make_conference(session, assembly=1)
        zelie = register(session, event, settings=settings, sessions=("ag",))
        awa = register(session, event, "Awa", settings=settings, email="awa@exemple.org")
        actions.wait_for(session, [awa], "ag", now=clock())
        actions.cancel(session, [zelie], now=clock())
    snapshot("offre-creneau", delivered(app, settings)[-1], app)

    clock.advance(hours=24)
    with app.app_context(), transaction() as session:
        waiting.lapse(session, session.scalars(select(Event)).one(), now=clock())
    snapshot("offre-passee-creneau", delivered(app, settings)[-1], app)


def test_a_party_is_told_where_each_of_them_waits_and_who_is_offered_what(
    app: Flask, settings: Settings, clock: TestClock
) -> None:
    with app.app_context(), transaction() as session:
        event = make_conference(session, assembly=1, workshop=1)
        leaving = [
            register(session, event, name, settings=settings, sessions=(slug,)).id
            for name, slug in (("Zélie", "ag"), ("Zoé", "atelier-a"))
        ]
        party = queued(session, settings, "Awa", "Yann", email="awa@exemple.org")
        actions.wait_for(session, [party.registrations[1]], "ag", now=clock())
    snapshot("attente-creneau-un-sur-deux", delivered(app, settings)[-1], app)

    with app.app_context(), transaction() as session:
        party = session.scalars(select(Party).where(Party.email.is_not(None))).one()
        actions.wait_for(session, party.registrations, "atelier-a", now=clock())
    snapshot("attente-deux-creneaux-a-plusieurs", delivered(app, settings)[-1], app)

    with app.app_context(), transaction() as session:
        for each in leaving:
            actions.cancel(session, [session.get_one(Registration, each)], now=clock())
    snapshot("offre-deux-creneaux-a-plusieurs", delivered(app, settings)[-1], app)

    with app.app_context(), transaction() as session:
        event = session.scalars(select(Event)).one()
        waiting.lock(session, event)
        waiting.renew(session, event, now=clock())
        actions.tell_everybody(session, event, "event_rescheduled", now=clock())
    snapshot("event_rescheduled-offres-a-plusieurs", delivered(app, settings)[-1], app)


def test_a_part_of_an_offered_party_that_leaves_leaves_the_offer_to_the_others(
    app: Flask, settings: Settings, clock: TestClock
) -> None:
    with app.app_context(), transaction() as session:
        make_conference(session, capacity=3)
        gone = queued(session, settings, "Zélie", "Zoé", "Ange", email=None)
        queued(session, settings, "Awa", "Yann", "Noor", email="awa@exemple.org")
        actions.cancel(session, gone.registrations, now=clock())
    delivered(app, settings)

    with app.app_context(), transaction() as session:
        party = session.scalars(select(Party).where(Party.email.is_not(None))).one()
        actions.cancel(session, party.registrations[:1], now=clock())
    snapshot("offre-quittee-par-une", delivered(app, settings)[-1], app)


def test_two_cancellations_sent_late_tell_each_of_those_who_left_then(
    app: Flask, settings: Settings, clock: TestClock
) -> None:
    with app.app_context(), transaction() as session:
        make_conference(session)
        queued(session, settings, "Zélie", "Awa", "Yann", email="zelie@exemple.org")
    delivered(app, settings)
    for number in (1, 0):
        clock.advance(seconds=5)
        with app.app_context(), transaction() as session:
            party = session.scalars(select(Party)).one()
            actions.cancel(session, [party.registrations[number]], now=clock())

    told = [text_of(mail) for mail in delivered(app, settings)[-2:]]
    assert "Awa ne vient plus" in told[0]
    assert "Zélie ne vient plus" in told[1]


def test_several_are_told_vous_and_one_is_told_tu() -> None:
    tu = re.compile(r"\b(?:tu|ton|ta|tes|toi)\b|\bt’|\bm’inscrire|\bm(?:on|a|es)\b")
    vous = re.compile(r"\b(?:vous|vos|votre)\b")
    several = [
        file
        for file in SNAPSHOTS.glob("*.txt")
        if "plusieurs" in file.stem
        or file.stem in {"annulation-une-sur-trois", "attente-creneau-un-sur-deux"}
        or file.stem in {"offre-quittee-par-une", "places-rendues", "vous-venez-toujours"}
    ]
    assert len(several) > 10
    for file in SNAPSHOTS.glob("*.txt"):
        told = file.read_text(encoding="utf-8")
        others = (tu if file in several else vous).findall(told.casefold())
        assert not others, f"{file.name}: {others}"


def test_an_offer_that_went_on_is_told_once(
    app: Flask, settings: Settings, clock: TestClock
) -> None:
    with app.app_context(), transaction() as session:
        event = make_conference(session, assembly=1, workshop=1)
        for slug in ("ag", "atelier-a"):
            register(session, event, slug, settings=settings, sessions=(slug,))
        awa = register(session, event, "Awa", settings=settings, email="awa@exemple.org")
        for slug in ("atelier-a", "ag"):
            actions.wait_for(session, [awa], slug, now=clock())
    for slug, title in (("ag", "Assemblée générale"), ("atelier-a", "Atelier A")):
        with app.app_context(), transaction() as session:
            leaving = select(Registration).where(Registration.name == slug)
            actions.cancel(session, session.scalars(leaving).all(), now=clock())
        delivered(app, settings)
        clock.advance(hours=24)
        with app.app_context(), transaction() as session:
            waiting.lapse(session, session.scalars(select(Event)).one(), now=clock())
        told = text_of(delivered(app, settings)[-1])
        assert re.findall("réponse à temps pour « (.*?) »", told) == [title]


def test_a_letter_of_the_queue_says_whom_to_ask_and_that_it_is_a_rehearsal(
    app: Flask, settings: Settings, clock: TestClock
) -> None:
    with app.app_context(), transaction() as session:
        event = make_conference(session, capacity=1, clock_shift=timedelta(hours=1))
        event.contact_email = "equipe@exemple.org"
        queued(session, settings, "Zélie", email=None)
        queued(session, settings, "Awa", email="awa@exemple.org")
    delivered(app, settings)
    with app.app_context(), transaction() as session:
        actions.cancel(session, session.get_one(Party, 1).registrations, now=clock())
    delivered(app, settings)
    clock.advance(hours=24)
    with app.app_context(), transaction() as session:
        waiting.lapse(session, session.scalars(select(Event)).one(), now=clock())

    letters = [text_of(mail) for mail in delivered(app, settings)]
    assert len(letters) == 3
    for letter in letters:
        assert "Ceci est une répétition" in letter
        assert "écris à equipe@exemple.org" in letter


def test_a_party_is_told_of_all_its_tickets_then_of_those_that_were_given_back(
    app: Flask, settings: Settings, clock: TestClock
) -> None:
    with app.app_context(), transaction() as session:
        make_conference(session)
        queued(session, settings, "Zélie", "Awa", "Yann", email="zelie@exemple.org")
    snapshot("confirmation-a-plusieurs", delivered(app, settings)[-1], app)

    for name, people in (("annulation-une-sur-trois", [1]), ("annulation-a-plusieurs", [0, 2])):
        clock.advance(minutes=1)
        with app.app_context(), transaction() as session:
            party = session.scalars(select(Party)).one()
            leaving = [party.registrations[number] for number in people]
            actions.cancel(session, leaving, now=clock())
        snapshot(name, delivered(app, settings)[-1], app)


def test_who_leaves_the_queue_is_not_told_of_a_seat(
    app: Flask, settings: Settings, clock: TestClock
) -> None:
    with app.app_context(), transaction() as session:
        make_conference(session, capacity=1)
        queued(session, settings, "Zélie", email=None)
        queued(session, settings, "Awa", "Eve", email="awa@exemple.org")
    delivered(app, settings)

    for name, people in (("attente-quittee-par-une", [1]), ("attente-quittee", [0])):
        clock.advance(minutes=1)
        with app.app_context(), transaction() as session:
            party = session.scalars(select(Party).where(Party.email == "awa@exemple.org")).one()
            leaving = [party.registrations[number] for number in people]
            actions.cancel(session, leaving, now=clock())
        snapshot(name, delivered(app, settings)[-1], app)


def test_passing_on_is_told_to_both(app: Flask, settings: Settings) -> None:
    with app.app_context(), transaction() as session:
        make_conference(session)
        giver = queued(session, settings, "Zélie", "Awa", email="zelie@exemple.org")
        people = [each.id for each in giver.registrations]
    delivered(app, settings)

    for number, name in ((0, "billet-transmis-un-sur-deux"), (1, "billet-transmis")):
        with app.app_context(), transaction() as session:
            actions.pass_on(
                session,
                session.get_one(Registration, people[number]),
                name="Noor",
                email="noor@exemple.org",
                keys=settings.ticket_keys,
                now=NOON_IN_NOVEMBER,
            )
        theirs, told = delivered(app, settings)[-2:]
        assert (theirs["To"], told["To"]) == ("noor@exemple.org", "zelie@exemple.org")
        snapshot(name, told, app)
        if number == 0:
            snapshot("confirmation-recue", theirs, app)


def test_a_ticket_made_anew_comes_by_letter(app: Flask, settings: Settings) -> None:
    with app.app_context(), transaction() as session:
        make_conference(session)
        person = queued(session, settings, "Zélie", email="zelie@exemple.org").registrations[0]
        before, party = person.reference, person.party_id
    delivered(app, settings)

    with app.app_context(), transaction() as session:
        person = session.get_one(Party, party).registrations[0]
        actions.reissue(session, person, keys=settings.ticket_keys, by="Alix", now=NOON_IN_NOVEMBER)
        assert person.reference != before
    letter = delivered(app, settings)[-1]
    assert letter["To"] == "zelie@exemple.org"
    snapshot("billet-refait", letter, app)


def test_every_kind_of_letter_has_a_snapshot() -> None:
    files = {
        "registration_confirmed": "confirmation",
        "registration_cancelled": "annulation",
        "ticket_passed_on": "billet-transmis",
        "ticket_reissued": "billet-refait",
        "waiting_joined": "attente",
        "seat_offered": "offre",
        "offer_lapsed": "offre-passee",
        "tickets_found": "billets-retrouves",
        "presence_asked": "tu-viens-toujours",
        "event_tomorrow": "la-veille",
        "seats_released": "places-rendues",
        "event_postponed": "event_postponed",
        "event_rescheduled": "event_rescheduled",
        "event_cancelled": "event_cancelled",
    }
    assert files.keys() == COMPOSERS.keys()
    assert [name for name in files.values() if not (SNAPSHOTS / f"{name}.txt").exists()] == []


@pytest.mark.parametrize(
    ("day", "told", "until"),
    [
        # Clocks go forward on 26 March 2023, back on 29 October.
        (date(2023, 3, 25), paris(2022, 12, 1, 14), "vendredi 2 décembre 2022 à 14 h"),
        (date(2023, 3, 26), paris(2022, 12, 1, 14), "vendredi 2 décembre 2022 à 14 h"),
        (date(2023, 6, 15), paris(2023, 3, 25, 14), "dimanche 26 mars 2023 à 15 h"),
        (date(2023, 10, 28), paris(2023, 3, 26, 14), "lundi 27 mars 2023 à 14 h"),
        (date(2023, 10, 29), paris(2023, 6, 1, 14), "vendredi 2 juin 2023 à 14 h"),
        (date(2023, 12, 14), paris(2023, 10, 28, 14), "dimanche 29 octobre 2023 à 13 h"),
    ],
    ids=str,
)
def test_hours_are_those_of_paris_on_both_sides_of_a_change_of_clocks(
    app: Flask, settings: Settings, clock: TestClock, day: date, told: datetime, until: str
) -> None:
    with app.app_context(), transaction() as session:
        event = make_conference(session, capacity=1)
        for each in (event, *event.sessions):
            for end in ("starts_at", "ends_at"):
                local = getattr(each, end).astimezone(PARIS)
                setattr(each, end, paris(day.year, day.month, day.day, local.hour))
        register(session, event, settings=settings, email="zelie@exemple.org", sessions=("ag",))
        queued(session, settings, "Awa", email="awa@exemple.org")
    clock.moment = told
    confirmation = text_of(delivered(app, settings)[0])
    assert f"{french.day(day)}, 11 h – 18 h" in confirmation
    assert "Réservé : Assemblée générale, 17 h – 18 h" in confirmation

    with app.app_context(), transaction() as session:
        actions.cancel(session, session.get_one(Party, 1).registrations, now=clock())
    offer = next(mail for mail in delivered(app, settings) if "t’attend" in mail["Subject"])
    assert f"À prendre avant le {until}." in text_of(offer)


def test_the_day_stands_whole_in_every_subject_however_long(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        event = make_conference(session, clock_shift=timedelta(hours=1))
        event.starts_at = paris(2022, 9, 21, 11)  # no other day has a longer name
        subjects = [
            render_template(
                f"mail/{kind}/subject.txt",
                event=event,
                tickets=[1] * people,
                several=people > 1,
                seats=people,
                waited=waited,
            ).strip()
            for kind in COMPOSERS
            for waited in (True, False)
            for people in (1, 2)
            if kind not in {"registration_confirmed", "event_tomorrow", "tickets_found"}
        ]
    for subject in subjects:
        assert subject.endswith("mercredi 21 septembre")
        assert len(subject) < 60


def test_an_address_gets_a_bounded_number_of_letters_a_day(
    app: Flask, settings: Settings, clock: TestClock
) -> None:
    with app.app_context():
        for number in range(LETTERS_A_DAY + 2):
            with transaction() as session:
                event = session.scalar(select(Event)) or make_conference(session)
                register(
                    session,
                    event,
                    f"Zélie {number}",
                    settings=settings,
                    email="zelie@exemple.org",
                    now=clock(),
                )
    assert len(delivered(app, settings)) == LETTERS_A_DAY

    clock.advance(hours=24, seconds=1)
    with app.app_context(), transaction() as session:
        event = session.scalars(select(Event)).one()
        register(session, event, settings=settings, email="zelie@exemple.org", now=clock())
    assert len(delivered(app, settings)) == LETTERS_A_DAY + 1
