"""Who has no ticket is counted against the seats, or registered on the spot; both can be undone."""

import threading
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select, update

from conf_app import codes
from conf_app.database import db, transaction
from conf_app.door import passes, queries, walk_ins
from conf_app.door.models import Device, Passage, PassageKind, UndoReason, Verdict
from conf_app.journal.models import JournalEntry
from conf_app.programme.models import Event, EventState
from conf_app.registration.models import Registration, RegistrationState
from conf_app.seats import ledger
from tests.conftest import TestClock
from tests.events import make_conference, paris
from tests.team import enrol, ticket_of
from tests.visitor import Page, Visitor

BADGE, WALK_IN = PassageKind.BADGE, PassageKind.WALK_IN


@pytest.fixture
def post(app: Flask, clock: TestClock) -> Visitor:
    """Return the phone of a post that may register, at a conference of three seats, one held."""
    with app.app_context(), transaction() as session:
        event = make_conference(session, capacity=3)
        event.host_badge, event.host_name = True, "Salon d’à côté"
        ledger.resize(session, event.pool_id or 0, capacity=3, held=1)
        enrol(session, event, "Zélie")
    clock.moment = paris(11, 30)
    return phone_of(app, may_add=True)


def phone_of(app: Flask, *, post: str = "Poste 1", may_add: bool = False) -> Visitor:
    """Return the phone of a new post at the main door."""
    with app.app_context(), transaction() as session:
        event = session.scalars(select(Event)).one()
        token, _ = passes.make(
            session, event, post=post, door="Entrée", may_add=may_add, now=paris(9)
        )
    phone = Visitor(app)
    phone.get(f"/entree/acces/{token}").submit()
    return phone


def badge(post: Visitor) -> Page:
    return post.get("/entree/").submit("main .row form", {"sorte": "badge"})


def register(post: Visitor, name: str) -> Page:
    form = post.get("/entree/").follow("Inscrire sur place")
    return form.submit(name=name, consent="y")


def house(app: Flask) -> tuple[int, int, int]:
    """Return how many seats are taken and held back, and how many heads are inside."""
    with app.app_context():
        event = db.session().scalars(select(Event)).one()
        seats = ledger.count(db.session(), [event.pool_id or 0])[event.pool_id or 0]
        return seats.taken, seats.held, queries.heads(db.session(), event.id)


def test_badges_take_the_seats_held_back_then_free_ones_then_none(
    app: Flask, post: Visitor
) -> None:
    counted = badge(post)
    assert (counted.heading, counted.texts(".who")) == ("Entre", ["Badge Salon d’à côté"])
    assert house(app) == (2, 0, 1)
    assert "au-delà" not in badge(post).text
    assert house(app) == (3, 0, 2)

    assert "au-delà de la jauge" in badge(post).text
    assert house(app) == (3, 0, 3)


def test_a_badge_taken_back_leaves_its_seat_to_whom_it_was_held_for(
    app: Flask, post: Visitor
) -> None:
    held, free = badge(post), badge(post)
    assert house(app) == (3, 0, 2)
    for badge_page, left in ((free, (2, 0, 1)), (held, (1, 1, 0))):
        badge_page.follow("Reprendre ce passage").submit(pourquoi="not_in")
        assert house(app) == left


def test_where_seats_are_not_counted_nobody_is_beyond_them(app: Flask, post: Visitor) -> None:
    with app.app_context(), transaction() as session:
        event = session.scalars(select(Event)).one()
        session.execute(update(Event).where(Event.id == event.id).values(pool_id=None))

    counted = badge(post)
    assert "au-delà" not in counted.text
    counted.follow("Reprendre ce passage").submit(pourquoi="not_in")
    with app.app_context():
        event = db.session().scalars(select(Event)).one()
        assert queries.heads(db.session(), event.id) == 0


def test_somebody_is_registered_on_the_spot_by_a_name_alone(app: Flask, post: Visitor) -> None:
    entered = register(post, " Awa ")

    assert (entered.heading, entered.texts(".who")) == ("Entre", ["Awa"])
    assert house(app) == (2, 1, 1)
    with app.app_context():
        awa = db.session().scalars(select(Registration).where(Registration.name == "Awa")).one()
        assert (awa.state, awa.party.email) == (RegistrationState.CONFIRMED, None)
        assert awa.party.purge_on == awa.event.starts_at.date().replace(year=2023, month=1, day=14)
        path = f"/B/{ticket_of(awa)}"
        assert codes.spell(codes.Reference(awa.reference)) in entered.text
    assert "Déjà entré·e" in post.get(path).text


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ({"name": "Awa"}, "Demande d’abord à la personne si elle est d’accord."),
        ({"name": " ", "consent": "y"}, "Écris un nom ou un pseudonyme"),
    ],
)
def test_what_is_missing_is_asked_for_and_nobody_is_registered(
    app: Flask, post: Visitor, typed: dict[str, str], error: str
) -> None:
    form = post.get("/entree/inscription")

    refused = form.submit(changes=typed)

    assert refused.status == 422
    assert any(error in each for each in refused.texts(".error"))
    assert refused.fields("main form")["uuid"] == form.fields("main form")["uuid"]
    assert house(app) == (1, 1, 0)


def test_the_same_form_sent_twice_registers_once(app: Flask, post: Visitor) -> None:
    form = post.get("/entree/inscription")
    first, again = (form.submit(name="Awa", consent="y") for _ in range(2))

    assert first.text == again.text
    assert house(app) == (2, 1, 1)


def test_once_it_is_full_one_is_counted_beyond_at_most(app: Flask, post: Visitor) -> None:
    register(post, "Awa")

    full = register(post, "Noor")

    assert full.status == 422
    assert "Il ne reste plus de place pour la journée." in full.text  # one is held back
    counted = full.submit("form:not(.stack)", {"sorte": "walk_in"})
    assert "au-delà de la jauge" in counted.text
    assert house(app) == (2, 1, 2)


def test_a_postponed_event_registers_nobody_at_the_door(app: Flask, post: Visitor) -> None:
    form = post.get("/entree/inscription")
    with app.app_context(), transaction() as session:
        session.scalars(select(Event)).one().state = EventState.POSTPONED

    refused = form.submit(name="Awa", consent="y")

    assert refused.status == 422
    assert "on n’y inscrit personne" in refused.text


def test_a_post_that_may_not_add_only_counts_badges(app: Flask, post: Visitor) -> None:
    plain = phone_of(app, post="Poste 2")
    page = plain.get("/entree/")
    assert "Inscrire sur place" not in page.text
    assert plain.get("/entree/inscription").status == 403

    sent = page.fields("main .row form") | {"sorte": "walk_in"}
    refused = plain.post("/entree/sans-billet", sent)
    assert (refused.status, refused.heading) == (
        409,
        "Ce poste ne fait entrer qu’avec un billet",
    )
    assert plain.post("/entree/sans-billet", sent | {"sorte": "rien"}).status == 400
    assert plain.post("/entree/sans-billet", sent | {"uuid": "x"}).status == 400
    assert house(app) == (1, 1, 0)


def test_a_passage_is_taken_back_and_the_ticket_lets_in_again(app: Flask, post: Visitor) -> None:
    with app.app_context():
        zelie = db.session().scalars(select(Registration)).one()
        path = f"/B/{ticket_of(zelie)}"
    entered = post.get(path).submit()
    assert house(app)[2] == 1

    back = entered.follow("Reprendre ce passage").submit(pourquoi="mistake")

    assert back.texts(".done[role=status]") == ["C’est repris\u00a0: ce passage ne compte plus."]
    assert house(app) == (1, 1, 0)
    assert entered.follow("Reprendre ce passage").path == "/entree/"  # it is done already
    assert post.get(path).submit().heading == "Entre"
    with app.app_context():
        kept = db.session().scalars(select(Passage).order_by(Passage.id)).all()
        assert [(each.verdict, each.undone_why) for each in kept] == [
            (Verdict.ADMITTED, UndoReason.MISTAKE),
            (Verdict.ADMITTED, None),
        ]
        line = (
            db.session().scalars(select(JournalEntry).where(JournalEntry.act == "door.undo")).one()
        )
        assert (line.actor, line.subject) == ("Poste 1", "conf mistake")


def test_taking_a_badge_back_gives_its_seat_back_once(app: Flask, post: Visitor) -> None:
    counted = badge(post)
    question = counted.follow("Reprendre ce passage")
    for _ in range(2):
        question.submit(pourquoi="not_in")

    assert house(app) == (1, 1, 0)  # the seat is held back as it was
    beyond = [badge(post) for _ in range(3)][-1]
    beyond.follow("Reprendre ce passage").submit(pourquoi="not_in")
    assert house(app) == (3, 0, 2)


def test_a_post_takes_back_its_own_passages_alone(app: Flask, post: Visitor) -> None:
    counted = badge(post)
    other = phone_of(app, post="Poste 2")
    (link,) = [a for a in counted.select("a") if a.text == "Reprendre ce passage"]

    assert other.get(str(link.get("href"))).status == 404
    assert other.get(f"/entree/passage/{uuid4()}/reprendre").status == 404
    assert house(app)[2] == 1


def test_a_refusal_cannot_be_taken_back(app: Flask, post: Visitor) -> None:
    with app.app_context(), transaction() as session:
        zelie = session.scalars(select(Registration)).one()
        zelie.state = RegistrationState.CANCELLED
        path = f"/B/{ticket_of(zelie)}"
    sent = post.get("/entree/").fields("main .row form")
    assert post.post(path, sent).heading == "Refusé"

    undone = post.post(f"/entree/passage/{sent['uuid']}/reprendre", sent | {"pourquoi": "mistake"})

    assert (undone.status, undone.heading) == (409, "Il n’y a rien à reprendre")


def test_many_posts_at_once_give_each_seat_once_and_count_every_head(
    app: Flask, post: Visitor
) -> None:
    with app.app_context():
        phone = db.session().scalars(select(Device.id)).one()
    ready = threading.Barrier(8)

    def count(kind: PassageKind, uuid: UUID) -> None:
        with app.app_context():
            ready.wait()
            with transaction() as session:
                device = session.get_one(Device, phone)
                walk_ins.count_in(session, kind, device=device, uuid=uuid, now=paris(11, 30))

    sent = [uuid4() for _ in range(4)]
    threads = [
        threading.Thread(target=count, args=(kind, each))
        for kind, each in zip((BADGE, WALK_IN) * 2, sent, strict=True)
        for _ in range(2)  # each is sent twice
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    taken, held, heads = house(app)
    assert heads == 4
    assert (taken, held) == (3, 0)
