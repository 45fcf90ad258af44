"""Answer the public statements: personal data, accessibility, legal notice, weight."""

from typing import Any

from flask import Blueprint, render_template

from conf_app.database import db
from conf_app.journal.actions import PURGE, PURGE_NEEDS
from conf_app.journal.queries import of_act
from conf_app.programme import queries
from conf_app.programme.rules import purge_day
from conf_app.programme.site import stamp
from conf_app.registration.queries import purge_days
from conf_app.statements.weights import weights
from conf_app.web.caching import public

statements = Blueprint("statements", __name__)


@statements.get("/donnees-personnelles")
@public(stamp)
def personal_data() -> str:
    """Say what is kept of people, why, who reads it, and until which day."""
    events = queries.public_events(db.session())
    promised = purge_days(db.session())
    purges = [
        (event, sorted({purge_day(event), *promised.get(event.id, ())}))
        for event in reversed(events)
        if event.pool_id is not None
    ]
    named = {event.slug: event for event in events}
    receipts = [
        (named[line.subject], line, words)
        for act, words in (
            (PURGE, ("nom", "noms")),
            (PURGE_NEEDS, ("besoin", "besoins")),
        )
        for line in of_act(db.session(), act)
        if line.subject in named
    ]
    return _render("personal_data", purges=purges, receipts=receipts)


@statements.get("/accessibilite")
@public(stamp)
def accessibility() -> str:
    """Say how accessible the site is known to be (model of RGAA 4.1.2)."""
    return _render("accessibility")


@statements.get("/mentions-legales")
@public(stamp)
def legal_notice() -> str:
    """Say who publishes and who hosts the site (loi n° 2004-575)."""
    return _render("legal_notice")


@statements.get("/eco-conception")
@public(stamp)
def frugality() -> str:
    """Say what pages weigh and what was chosen to keep them light (RGESN 2024)."""
    return _render("frugality", weights=weights())


def _render(name: str, **values: Any) -> str:
    featured = queries.featured(db.session())
    return render_template(f"statements/{name}.html", featured=featured, **values)
