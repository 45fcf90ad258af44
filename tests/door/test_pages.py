"""The door's pages: strangers read nothing, a post reads one opened ticket at a time."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from conf_app import codes
from conf_app.database import transaction
from conf_app.door import passes
from conf_app.door.models import Passage
from conf_app.programme.models import Event
from conf_app.registration.models import Registration, RegistrationState
from tests.conftest import TestClock
from tests.events import make_conference, paris
from tests.team import DOORS_OPEN, enrol, organiser, pass_token, ticket_of, volunteer
from tests.visitor import Visitor

ZELIE = "Zélie Aubry"


@pytest.fixture
def ticket(app: Flask) -> str:
    """Register Zélie, with a workshop, and return her ticket's code."""
    with app.app_context(), transaction() as session:
        event = make_conference(session)
        return ticket_of(enrol(session, event, ZELIE, sessions=("atelier-a",)))


def reference(app: Flask) -> str:
    """Return Zélie's reference, as she says it."""
    with app.app_context(), transaction() as session:
        found = session.scalars(select(Registration.reference)).first()
        assert found is not None
        return codes.spell(codes.Reference(found))


def test_a_stranger_reads_the_same_bytes_whatever_the_code(visitor: Visitor, ticket: str) -> None:
    known = visitor.get(f"/B/{ticket}")
    others = ["0" * 26, "n’importe quoi", "../etc/passwd", "%00", "x" * 3000, ""]

    assert ZELIE not in known.response.text
    for other in others:
        page = visitor.get(f"/B/{other}")
        assert (page.status, page.response.data) == (200, known.response.data)
        assert {**page.response.headers} == {**known.response.headers}
    assert "Set-Cookie" not in known.response.headers


def test_the_ticket_pages_stay_out_of_caches_and_search_engines(
    visitor: Visitor, ticket: str
) -> None:
    for path in (f"/B/{ticket}", "/entree/acces", f"/entree/acces/{ticket}"):
        headers = visitor.get(path).response.headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Robots-Tag"] == "noindex, nofollow"


def test_a_volunteer_opens_the_ticket_then_lets_in(
    app: Flask, clock: TestClock, ticket: str
) -> None:
    post = volunteer(app, clock)

    card = post.get(f"/B/{ticket}")
    assert card.heading == ZELIE
    assert "Atelier A (14\u00a0h)" in card.text
    assert reference(app) in card.text
    verdict = card.submit()

    assert verdict.heading == "Entre"
    assert ZELIE in verdict.text
    assert verdict.follow("Billet suivant").texts(".facts dd")[-1] == "1\u00a0personne"


def test_opening_the_card_admits_nobody(app: Flask, clock: TestClock, ticket: str) -> None:
    post = volunteer(app, clock)

    post.get(f"/B/{ticket}")

    with app.app_context(), transaction() as session:
        assert session.scalar(select(func.count(Passage.id))) == 0


def test_the_second_door_reads_since_when_and_where(
    app: Flask, clock: TestClock, ticket: str
) -> None:
    volunteer(app, clock).get(f"/B/{ticket}").submit()
    clock.advance(minutes=12)
    west = volunteer(app, clock, post="Poste 2", door="Porte ouest", at=None)

    card = west.get(f"/B/{ticket}")
    verdict = card.submit()

    since = "À 10\u00a0h\u00a042, il y a 12\u00a0min Entrée principale · Poste 1"
    assert since in card.text
    assert verdict.heading == "Retour noté"
    assert "première entrée à 10\u00a0h\u00a042, Entrée principale" in verdict.text
    assert "Attention" not in verdict.text


def test_a_moment_later_at_another_post_is_an_alert(
    app: Flask, clock: TestClock, ticket: str
) -> None:
    volunteer(app, clock).get(f"/B/{ticket}").submit()
    clock.advance(seconds=40)
    west = volunteer(app, clock, post="Poste 2", door="Porte ouest", at=None)

    verdict = west.get(f"/B/{ticket}").submit()

    assert "vient de passer à un autre poste, il y a 40\u00a0s" in verdict.text


def test_sending_the_form_twice_gives_the_same_verdict(
    app: Flask, clock: TestClock, ticket: str
) -> None:
    card = volunteer(app, clock).get(f"/B/{ticket}")

    assert card.submit().heading == "Entre"
    assert card.submit().heading == "Entre"


def test_small_letters_and_look_alikes_lead_to_the_ticket(
    app: Flask, clock: TestClock, ticket: str
) -> None:
    post = volunteer(app, clock)
    typed = ticket.replace("0", "O").replace("1", "I").lower()

    assert post.get(f"/b/{typed}").heading == ZELIE


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (RegistrationState.CANCELLED, "Cette inscription a été annulée."),
        (RegistrationState.WAITING, "Cette personne est en liste d’attente"),
    ],
)
def test_a_refusal_says_why_and_not_who(
    app: Flask, clock: TestClock, ticket: str, state: RegistrationState, sentence: str
) -> None:
    post = volunteer(app, clock)
    card = post.get(f"/B/{ticket}")
    with app.app_context(), transaction() as session:
        session.scalars(select(Registration)).one().state = state

    for page in (card.submit(), post.get(f"/B/{ticket}")):
        assert page.heading == "Refusé"
        assert sentence in page.text
        assert ZELIE not in page.text


def test_what_is_no_ticket_is_refused(app: Flask, clock: TestClock, ticket: str) -> None:
    post = volunteer(app, clock)

    for path in ("/B/", "/B/bonjour", f"/B/{'0' * 26}", "/entree/reference/AAAAAAA"):
        page = post.get(path)
        assert page.heading == "Refusé"
        assert "Ce n’est pas un billet d’ici." in page.text


def test_another_events_ticket_names_nobody(app: Flask, clock: TestClock, ticket: str) -> None:
    with app.app_context(), transaction() as session:
        make_conference(session, slug="meetup", featured=False)
    post = volunteer(app, clock, event="meetup")

    page = post.get(f"/B/{ticket}")

    assert "Ce billet est pour un autre évènement." in page.text
    assert ZELIE not in page.text


def test_a_reference_typed_by_hand_opens_the_card(
    app: Flask, clock: TestClock, ticket: str
) -> None:
    post = volunteer(app, clock)

    card = post.get("/entree/").submit(typed=reference(app).lower())

    assert card.heading == ZELIE
    assert "demande à la personne comment elle s’appelle" in card.text
    assert card.submit().heading == "Entre"


def test_a_code_typed_by_hand_opens_the_card(app: Flask, clock: TestClock, ticket: str) -> None:
    post = volunteer(app, clock)

    assert post.get("/entree/").submit(typed=f"http://localhost/B/{ticket}").heading == ZELIE


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ("", "Tape la référence du billet, par exemple K7Q-F2M-X."),
        ("K7Q-F2M", "Ce n’est ni un code ni une référence"),
        ("0000000", "Aucun billet de cet évènement ne porte cette référence."),
    ],
)
def test_what_was_mistyped_is_said_beside_the_field(
    app: Flask, clock: TestClock, ticket: str, typed: str, error: str
) -> None:
    page = volunteer(app, clock).get("/entree/").submit(typed=typed)

    assert page.status == 422
    (said,) = page.texts("p.error")
    assert error in said


def test_another_events_reference_is_unknown_here(
    app: Flask, clock: TestClock, ticket: str
) -> None:
    with app.app_context(), transaction() as session:
        make_conference(session, slug="meetup", featured=False)
    post = volunteer(app, clock, event="meetup")

    page = post.get("/entree/").submit(typed=reference(app))

    assert page.texts("p.error") == ["▲ Aucun billet de cet évènement ne porte cette référence."]


def test_opening_the_pass_link_makes_no_device(
    app: Flask, clock: TestClock, visitor: Visitor, ticket: str
) -> None:
    clock.moment = DOORS_OPEN
    page = visitor.get(f"/entree/acces/{pass_token(app, clock)}")

    assert page.heading == "Poste 1"
    assert visitor.get("/entree/").heading == "On tient l’entrée avec un lien"


def test_a_pass_opens_two_hours_before_the_first_session(
    app: Flask, clock: TestClock, visitor: Visitor, ticket: str
) -> None:
    link = f"/entree/acces/{pass_token(app, clock)}"
    clock.moment = paris(9) - timedelta(seconds=1)
    early = visitor.get(link)
    clock.moment = paris(9)

    assert early.heading == "Cet accès n’est pas encore ouvert"
    assert "jeudi 15\u00a0décembre 2022 à 9\u00a0h" in early.text
    assert visitor.get(link).heading == "Poste 1"


def test_a_pass_that_is_over_shows_nothing_more(app: Flask, clock: TestClock, ticket: str) -> None:
    post = volunteer(app, clock)
    card = post.get(f"/B/{ticket}")
    clock.moment = paris(20)

    for page in (post.get(f"/B/{ticket}"), post.get("/entree/"), card.submit()):
        assert (page.status, page.heading) == (403, "Cet accès est terminé")
        assert ZELIE not in page.text


def test_a_revoked_pass_gets_nothing_from_the_next_request_on(
    app: Flask, clock: TestClock, ticket: str
) -> None:
    post = volunteer(app, clock)
    card = post.get(f"/B/{ticket}")
    with app.app_context(), transaction() as session:
        event = session.scalars(select(Event)).one()
        assert passes.revoke(session, event, "Poste 1", now=clock()) == 1

    for page in (card.submit(), post.get(f"/B/{ticket}"), post.get("/entree/")):
        assert (page.status, page.heading) == (403, "Cet accès a été retiré")
    with app.app_context(), transaction() as session:
        assert session.scalar(select(func.count(Passage.id))) == 0


def test_a_rehearsal_pass_ends_with_the_rehearsal(
    app: Flask, clock: TestClock, ticket: str
) -> None:
    with app.app_context(), transaction() as session:
        session.scalars(select(Event)).one().clock_shift = timedelta(0)
    post = volunteer(app, clock)
    verdict = post.get(f"/B/{ticket}").submit()
    with app.app_context(), transaction() as session:
        session.scalars(select(Event)).one().clock_shift = None

    assert "RÉPÉTITION" in verdict.text
    assert post.get(f"/B/{ticket}").heading == "Cet accès est celui d’une répétition"


def test_a_real_pass_is_refused_in_rehearsal(app: Flask, clock: TestClock, ticket: str) -> None:
    post = volunteer(app, clock)
    with app.app_context(), transaction() as session:
        session.scalars(select(Event)).one().clock_shift = timedelta(0)

    assert post.get(f"/B/{ticket}").heading == "Cet accès est celui du vrai jour"


def test_a_rehearsal_pass_can_be_tried_at_once(app: Flask, clock: TestClock, ticket: str) -> None:
    with app.app_context(), transaction() as session:
        session.scalars(select(Event)).one().clock_shift = timedelta(days=9)

    assert volunteer(app, clock, at=None).get(f"/B/{ticket}").heading == ZELIE


def test_the_demos_pass_holds_years_before_and_after(
    app: Flask, clock: TestClock, visitor: Visitor, ticket: str
) -> None:
    with app.app_context(), transaction() as session:
        event = session.scalars(select(Event)).one()
        old = passes.demo_pass(session, event, now=clock())
        token = passes.demo_pass(session, event, now=clock())

    assert visitor.get(f"/entree/acces/{old}").heading == "Cet accès a été retiré"
    for days in (-3000, 6000):
        clock.advance(days=days)
        assert visitor.get(f"/entree/acces/{token}").submit().path == "/entree/"


def test_giving_the_post_back_leaves_a_stranger(app: Flask, clock: TestClock, ticket: str) -> None:
    post = volunteer(app, clock)

    assert post.get("/entree/quitter").submit().path == "/entree/acces"
    assert post.get(f"/B/{ticket}").heading == "Cette adresse se lit à l’entrée"


def test_after_its_end_a_link_makes_a_phone_tell_what_it_kept_and_nothing_else(
    app: Flask, clock: TestClock, ticket: str
) -> None:
    link = f"/entree/acces/{pass_token(app, clock)}"
    clock.moment = paris(20)
    phone = Visitor(app)
    asked = phone.get(link)
    assert "il ne fait plus entrer personne" in asked.text

    told = asked.submit()
    assert (told.status, told.heading) == (403, "Cet accès est terminé")
    assert told.select("#leftovers[data-wipes]")
    assert phone.get(f"/B/{ticket}").status == 403
    clock.moment = paris(20) + timedelta(hours=24)
    assert Visitor(app).get(link).heading == "Cet accès est terminé"


def test_whoever_opens_a_post_reads_that_one_of_its_phones_is_silent(
    app: Flask, clock: TestClock, ticket: str
) -> None:
    clock.moment = DOORS_OPEN
    link = f"/entree/acces/{pass_token(app, clock)}"
    phone = Visitor(app)
    phone.get(link).submit()
    phone.client.get("/entree/api/snapshot")
    clock.advance(minutes=2)
    assert "ne donne plus de nouvelles" not in Visitor(app).get(link).text
    clock.advance(minutes=2)
    assert "ne donne plus de nouvelles depuis 10\u00a0h\u00a042" in Visitor(app).get(link).text
    phone.client.get("/entree/api/snapshot")
    assert "ne donne plus de nouvelles" not in Visitor(app).get(link).text
    passes_page = organiser(app, clock).get("/orga/e/conf/entrees").follow("Poste 1")
    assert "en contact à 10\u00a0h\u00a046" in passes_page.text


def test_a_link_that_is_no_pass_says_so(visitor: Visitor, ticket: str) -> None:
    for token in ("0" * 26, "bonjour"):
        page = visitor.get(f"/entree/acces/{token}")
        assert (page.status, page.heading) == (403, "Ce lien n’est pas un accès bénévole")


def test_a_malformed_passage_id_is_a_bad_request(app: Flask, clock: TestClock, ticket: str) -> None:
    card = volunteer(app, clock).get(f"/B/{ticket}")

    assert card.submit(uuid="42").status == 400
    assert card.submit(uuid=None).status == 400


def test_only_who_notes_a_return_is_answered_calmly(
    app: Flask, clock: TestClock, ticket: str
) -> None:
    late = volunteer(app, clock).get(f"/B/{ticket}")
    volunteer(app, clock, post="Poste 2", door="Porte ouest", at=None).get(f"/B/{ticket}").submit()
    clock.advance(minutes=12)

    assert late.submit().heading == "Déjà entré·e"


@pytest.mark.usefixtures("ticket")
def test_a_post_is_given_back_after_being_asked_once_more(app: Flask, clock: TestClock) -> None:
    phone = volunteer(app, clock)

    asked = phone.get("/entree/").follow("Rendre ce poste")

    assert asked.follow("Non, je continue").path == "/entree/"
    assert asked.submit().path == "/entree/acces"
    assert phone.get("/entree/").path == "/entree/acces"


@pytest.mark.usefixtures("ticket")
def test_a_phone_whose_pass_is_over_can_be_given_back(app: Flask, clock: TestClock) -> None:
    phone = volunteer(app, clock)
    clock.moment = paris(20)

    leave = phone.get("/entree/").follow("Rendre ce poste")

    assert leave.heading == "Rendre ce poste\u00a0?"
    assert leave.submit().path == "/entree/acces"
    assert phone.get(f"/B/{'0' * 26}").heading == "Cette adresse se lit à l’entrée"


def test_a_passage_is_dated_by_the_event_and_received_in_real_time(
    app: Flask, clock: TestClock, ticket: str
) -> None:
    with app.app_context(), transaction() as session:
        session.scalars(select(Event)).one().clock_shift = paris(11) - clock()
    volunteer(app, clock, at=None).get(f"/B/{ticket}").submit()

    with app.app_context(), transaction() as session:
        passage = session.scalars(select(Passage)).one()
        assert (passage.made_at, passage.received_at) == (paris(11), clock())


def test_the_card_says_first_that_a_ticket_is_in(app: Flask, clock: TestClock, ticket: str) -> None:
    post = volunteer(app, clock)
    post.get(f"/B/{ticket}").submit()

    (first, *_) = post.get(f"/B/{ticket}").select("main .stack > *")

    assert [each.text for each in first.cssselect(".shape, .word")] == ["↺", "Déjà entré·e"]
