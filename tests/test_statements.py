"""What the site says of itself in public is true of its tables, its events and its settings."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from conf_app.database import Base, transaction
from conf_app.programme.models import Event
from conf_app.settings import Settings
from conf_app.statements.weights import weights
from tests.browser import ON_SQLITE
from tests.events import make_conference
from tests.people import register
from tests.programme.test_caching import queries_of
from tests.visitor import Visitor

STATEMENTS = {
    "Données personnelles": "/donnees-personnelles",
    "Mentions légales": "/mentions-legales",
    "Accessibilité\u00a0: non auditée": "/accessibilite",
    "Éco-conception": "/eco-conception",
}

TOLD = {
    "party": {
        "Adresse e-mail": {"email"},
        "Réservations": {"event_id"},
        "Accord": {"consent_version", "consented_at", "purge_on"},
        "Billet": {"key_number", "manage_seed", "manage_hash"},
        "Rappels": {"reminders"},
    },
    "presence": {
        "Rappels": {"party_id", "asked_at", "told_at", "answer_by", "answered_at"},
    },
    "registration": {
        "Nom": {"name", "name_key"},
        "Réservations": {
            *("event_id", "party_id", "number"),
            *("state", "created_at", "cancelled_at", "released", "changed_at"),
        },
        "Billet": {"reference", "key_number", "ticket_seed", "ticket_hash"},
    },
    "need": {
        "Besoins": {
            *("registration_id", "kinds", "text", "at_door"),
            *("told_at", "erase_on", "consent_version"),
        }
    },
    "old_ticket": {"Billet remplacé": {"ticket_hash", "reference", "registration_id", "at", "why"}},
    "wait": {
        "Liste d’attente": {
            *("event_id", "party_id", "session_id", "pool_id", "state"),
            *("joined_at", "offered_at", "deadline", "ended_at"),
        }
    },
    "wait_people": {"Liste d’attente": {"wait_id", "registration_id"}},
    "booking": {"Réservations": {"registration_id", "session_id"}},
    "submission": {"Formulaire envoyé": {"key_hash", "content_hash", "party_id", "created_at"}},
    "lost_ticket_request": {"Billet perdu": {"address", "asked_at"}},
    "passage": {
        "Entrée": {
            *("uuid", "registration_id", "session_id", "device_id", "verdict", "reason"),
            *("made_at", "received_at", "kind", "beyond", "was_held", "undone_at", "undone_why"),
            "left_for_it",
            *("shown", "changed_at", "settled_at", "settled_by", "settled_how"),
        }
    },
    "outbox_mail": {
        "Courriels": {
            *("kind", "subject_id", "recipient", "message_id", "state", "created_at", "due_at"),
            *("leased_until", "attempts", "sent_at", "error"),
        }
    },
}
"""Under which words the page tells of each column that is about an attendee."""

OF_THE_TEAM = {
    *("organiser", "sign_in_link", "sign_in_request", "sign_in", "journal_entry"),
    *("pair_rule", "approval"),
    *("door_pass", "door_pass_session", "device"),
}
OF_THE_PROGRAMME = {
    "event",
    "reminder_round",
    "theme",
    "notice",
    "room",
    "speaker",
    "session",
    "talk",
}
OF_NOBODY = {"seat_pool", "ticket_key", "heartbeat", "door"}

PUBLISHED = {
    "publisher": "Les ami·es de l’essai",
    "publisher_address": "1 rue de l’Essai, Lille",
    "publication_director": "Alix Martin",
    "hosting_provider": "Hébergeur d’essai, Roubaix",
    "contact_address": "equipe@exemple.org",
}


def erasures(visitor: Visitor) -> dict[str, str]:
    """Return what the page says of each event."""
    page = visitor.get("/donnees-personnelles")
    of_dates = "[aria-labelledby=date]"
    return dict(zip(page.texts(f"{of_dates} dt"), page.texts(f"{of_dates} dd"), strict=True))


@pytest.mark.parametrize("path", ["/", "/agenda", "/e/conf/inscription", "/rien", "/orga/"])
def test_every_page_leads_to_the_four_statements(app: Flask, visitor: Visitor, path: str) -> None:
    with app.app_context(), transaction() as session:
        make_conference(session)

    page = visitor.get(path)

    links = {link.text_content(): link.get("href") for link in page.select("footer a")}
    assert STATEMENTS.items() <= links.items()
    for words, address in STATEMENTS.items():
        assert visitor.get(address).heading, words


@ON_SQLITE
def test_the_page_tells_of_every_column_about_a_person(visitor: Visitor) -> None:
    tables = Base.metadata.tables
    told = {name: set[str]().union(*words.values()) for name, words in TOLD.items()}

    assert {
        name: {column.name for column in tables[name].columns} - {"id"} for name in TOLD
    } == told, "say on /donnees-personnelles what is kept and why, then here"
    assert tables.keys() - TOLD.keys() == OF_THE_TEAM | OF_THE_PROGRAMME | OF_NOBODY
    terms = visitor.get("/donnees-personnelles").texts("dt")
    assert {word for words in TOLD.values() for word in words} <= set(terms)


def test_the_erasing_day_of_each_event_is_the_one_of_its_form(app: Flask, visitor: Visitor) -> None:
    with app.app_context(), transaction() as session:
        make_conference(session)
        elsewhere = make_conference(session, slug="amis", featured=False)
        elsewhere.title, elsewhere.pool = "Chez des ami·es", None
    day = "samedi 14\u00a0janvier 2023"
    assert day in visitor.get("/e/conf/inscription").text
    assert erasures(visitor) == {"Conférence d’essai": f"effacées le {day}"}

    with app.app_context(), transaction() as session:
        event = session.scalars(select(Event).where(Event.slug == "conf")).one()
        event.purge_after_days = 3
        event.content_version += 1

    assert erasures(visitor) == {"Conférence d’essai": "effacées le dimanche 18\u00a0décembre 2022"}


def test_a_day_promised_to_somebody_is_told_beside_the_one_of_the_form(
    app: Flask, visitor: Visitor, settings: Settings
) -> None:
    with app.app_context(), transaction() as session:
        event = make_conference(session)
        register(session, event, settings=settings)
        event.purge_after_days = 3
        event.content_version += 1

    assert erasures(visitor) == {
        "Conférence d’essai": "effacées le dimanche 18\u00a0décembre 2022 ou le samedi"
        " 14\u00a0janvier 2023, selon le jour promis à l’inscription"
    }


def test_who_publishes_and_hosts_comes_from_the_settings(build: Callable[..., Flask]) -> None:
    page = Visitor(build(**PUBLISHED)).get("/mentions-legales")

    for words in PUBLISHED.values():
        assert words in page.text
    assert "pas encore renseigné" not in page.text


@ON_SQLITE
def test_what_is_not_set_is_said_to_be_missing(visitor: Visitor) -> None:
    page = visitor.get("/mentions-legales")

    assert page.text.count("pas encore renseigné") == 3
    assert "conf@exemple.org" in page.text


@ON_SQLITE
def test_the_weights_told_are_those_measured(visitor: Visitor) -> None:
    page = visitor.get("/eco-conception")

    assert page.texts("tbody th") == [weight.page for weight in weights()]
    heaviest = max(weight.bytes for weight in weights())
    assert f"{heaviest / 1000:.1f}\u00a0ko".replace(".", ",") in page.texts(".lead")[0]


def test_the_statements_are_kept_and_set_no_cookie(app: Flask, visitor: Visitor) -> None:
    with app.app_context(), transaction() as session:
        make_conference(session)
    for path in STATEMENTS.values():
        first = visitor.get(path).response
        assert first.headers["Cache-Control"] == "public, no-cache"
        assert "Set-Cookie" not in first.headers
        assert queries_of(app, lambda path=path: visitor.get(path)) == 0  # type: ignore[misc]


def test_the_one_cookie_comes_with_a_form_and_goes_with_the_browser(
    app: Flask, visitor: Visitor
) -> None:
    with app.app_context(), transaction() as session:
        make_conference(session)
    visitor.get("/")
    assert visitor.client.get_cookie("conf") is None

    visitor.get("/e/conf/inscription")

    cookie = visitor.client.get_cookie("conf")
    assert cookie is not None
    assert (cookie.expires, cookie.max_age) == (None, None)
