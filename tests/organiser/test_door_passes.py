"""Organisers make door passes, see which phones hold them, and take either away."""

import threading
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from conf_app.codes import BearerToken
from conf_app.database import db, transaction
from conf_app.door import passes
from conf_app.door.models import Device, DoorPass
from conf_app.door.rules import Standing
from conf_app.journal.models import JournalEntry
from conf_app.programme.models import Session
from tests.conftest import TestClock
from tests.events import make_conference
from tests.team import DOORS_OPEN, organiser, pass_token
from tests.visitor import Page, Visitor

LIST = "/orga/e/conf/entrees"
ASKED = {
    "post": "Poste 1",
    "door": "Entrée principale",
    "starts": "2022-12-15T09:00",
    "ends": "2022-12-15T19:00",
    "devices": "2",
    "search": "y",
    "referent": "Camille",
    "phone": "06 12 34 56 78",
}


@pytest.fixture
def alix(app: Flask, clock: TestClock) -> Visitor:
    """Return an organiser of a conference, on the morning of the day."""
    with app.app_context(), transaction() as session:
        make_conference(session)
    clock.moment = DOORS_OPEN
    return organiser(app, clock)


def make(alix: Visitor, **changes: str) -> Page:
    return alix.get(f"{LIST}/nouvel-acces").submit(changes={**ASKED, **changes})


def link_in(page: Page) -> str:
    (field,) = page.select("#lien")
    return str(field.get("value")).removeprefix("http://localhost")


def test_a_pass_is_made_and_its_link_shown_this_once(app: Flask, alix: Visitor) -> None:
    made = make(alix)

    assert made.heading == "Poste 1"
    assert made.texts(".facts dd") == [
        "Entrée principale",
        "jeudi 15\u00a0décembre 2022 à 9\u00a0h",
        "jeudi 15\u00a0décembre 2022 à 19\u00a0h",
        "ouvert",
        "peut chercher un nom",
        "Camille 06 12 34 56 78",
    ]
    phone = Visitor(app).get(link_in(made)).submit()
    assert phone.heading == "Poste 1"
    assert phone.select('a[href="tel:06-12-34-56-78"]')
    assert "jeudi 15\u00a0décembre 2022 à 19\u00a0h" in phone.text
    assert not alix.get(made.path).select("#lien, .sheet-qr")


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("post", "", "Donne un nom au poste\u00a0: c’est ce que verront les autres."),
        ("post", "x" * 61, "C’est trop long\u00a0: 60 caractères au plus."),
        ("door", " ", "Dis quelle entrée le poste tient."),
        ("starts", "hier", "Écris une date et une heure, par exemple 2022-12-15T09:00."),
        ("starts", "0001-01-01T00:00", "C’est à plus d’un an de l’évènement."),
        ("ends", "9999-12-31T23:59", "C’est à plus d’un an de l’évènement."),
        ("ends", "2022-12-15T09:00", "La fin doit venir après le début."),
        ("devices", "trois", "Écris un nombre, en chiffres."),
        ("devices", "0", "De 1 à 50 téléphones."),
        ("devices", "51", "De 1 à 50 téléphones."),
        ("phone", "par courriel", "Écris un numéro, par exemple 06 12 34 56 78."),
        ("phone", "0" * 31, "Écris un numéro, par exemple 06 12 34 56 78."),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(
    app: Flask, alix: Visitor, field: str, typed: str, said: str
) -> None:
    refused = make(alix, **{field: typed})

    assert refused.status == 422
    assert refused.texts(".error:not(.notice)") == [f"▲ {said}"]
    kept = refused.fields()
    assert {name: kept[name] for name in ASKED} == ASKED | {field: typed.strip()}
    with app.app_context():
        assert db.session.scalars(select(DoorPass)).all() == []


def test_no_more_phones_hold_a_pass_than_may(app: Flask, alix: Visitor) -> None:
    made = make(alix, devices="1")
    link = link_in(made)
    first, second = Visitor(app), Visitor(app)
    first.get(link).submit()

    refused = second.get(link).submit()

    assert (refused.status, refused.heading) == (403, "Cet accès est déjà pris")
    assert first.get(link).submit().heading == "Poste 1"  # the same phone takes no second place
    first.get("/entree/quitter").submit()
    assert second.get(link).submit().heading == "Poste 1"


def test_a_phone_holds_one_post_at_a_time(app: Flask, alix: Visitor) -> None:
    one, two = link_in(make(alix)), link_in(make(alix, post="Poste 2"))
    phone = Visitor(app)

    for link in (one, two):
        phone.get(link).submit()

    assert alix.get(LIST).texts('td[data-label="Téléphones"]') == ["0 sur 2", "1 sur 2"]


def test_a_phone_taken_off_is_no_post_any_more(app: Flask, alix: Visitor) -> None:
    made = make(alix)
    phone = Visitor(app)
    phone.get(link_in(made)).submit()

    after = alix.get(made.path).submit()

    assert after.path == made.path
    assert not after.select("main form")
    assert phone.get("/entree/").path == "/entree/acces"


def test_a_pass_taken_away_ends_at_once_for_its_phones(app: Flask, alix: Visitor) -> None:
    made = make(alix)
    link = link_in(made)
    phone = Visitor(app)
    phone.get(link).submit()

    after = alix.get(made.path).follow("Retirer cet accès").submit()

    assert after.path == LIST
    assert after.texts('td[data-label="Accès"]') == ["retiré"]
    assert phone.get("/entree/").heading == "Cet accès a été retiré"
    assert Visitor(app).get(link).heading == "Cet accès a été retiré"


def test_the_journal_hears_of_it(app: Flask, alix: Visitor) -> None:
    made = make(alix)
    Visitor(app).get(link_in(made)).submit()
    alix.get(made.path).submit()
    for _ in range(2):  # the second time changes nothing
        alix.get(f"{made.path}/retirer").submit()

    with app.app_context():
        lines = db.session.scalars(
            select(JournalEntry)
            .where(JournalEntry.act.startswith("door."))
            .order_by(JournalEntry.id)
        )
        assert [(line.actor, line.act, line.subject) for line in lines] == [
            ("Alix", act, "conf Poste 1") for act in ("door.pass", "door.device", "door.revoke")
        ]


def test_a_pass_of_another_event_is_not_found(app: Flask, alix: Visitor) -> None:
    made = make(alix)
    with app.app_context(), transaction() as session:
        make_conference(session, slug="meetup", featured=False)

    for path in ("", "/retirer"):
        assert alix.get(made.path.replace("/conf/", "/meetup/") + path).status == 404
    for number in (999, 2**31 - 1, 2**80):
        assert alix.get(f"{LIST}/{number}").status == 404


def test_of_eight_phones_at_once_as_many_get_in_as_may(
    app: Flask, alix: Visitor, clock: TestClock, build: Callable[..., Flask]
) -> None:
    token = pass_token(app, clock)
    crowd = build(threads=8)
    start = threading.Barrier(8)
    inside: list[BearerToken] = []
    told: list[Standing] = []
    failed: list[BaseException] = []

    def join() -> None:
        try:
            with crowd.app_context():
                start.wait(timeout=30)
                with transaction() as session:
                    secret = passes.join(session, token, now=DOORS_OPEN)
                inside.append(secret)
        except passes.PassClosed as closed:
            told.append(closed.standing)
        except BaseException as error:  # a thread's failure must fail the test
            failed.append(error)

    threads = [threading.Thread(target=join) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert not failed
    assert (len(inside), told) == (3, [Standing.FULL] * 5)
    with app.app_context():
        assert len(db.session.scalars(select(Device)).all()) == 3


def test_a_pass_of_a_room_names_its_sessions(app: Flask, alix: Visitor) -> None:
    made = alix.get(f"{LIST}/nouvel-acces").submit(
        changes={**ASKED, "sessions": ["atelier-b", "ag"], "adds": "y"}
    )

    assert made.texts(".facts .booked li") == [
        "Atelier B 14\u00a0h\u00a0– 15\u00a0h",
        "Assemblée générale 17\u00a0h\u00a0– 18\u00a0h",
    ]
    assert "entre aussi, s’il reste des places" in made.text
    with app.app_context(), transaction() as session:
        for each in session.scalars(select(Session).where(Session.slug == "ag")):
            each.cancelled = True
    assert "(annulé)" in alix.get(made.path).text


def test_a_session_gone_since_the_form_was_opened_is_asked_for_anew(
    app: Flask, alix: Visitor
) -> None:
    form = alix.get(f"{LIST}/nouvel-acces")
    with app.app_context(), transaction() as session:
        for each in session.scalars(select(Session).where(Session.slug == "ag")):
            each.cancelled = True

    refused = form.submit(changes={**ASKED, "sessions": ["ag"]})

    assert refused.status == 422
    assert "▲ Un de ces créneaux n’existe plus\u00a0: choisis à nouveau." in refused.texts(".error")
    with app.app_context():
        assert db.session().scalars(select(DoorPass)).all() == []
