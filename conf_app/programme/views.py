"""Answer the public pages: home, agenda, one event and its programme, speakers and notices."""

from typing import Any

from flask import Blueprint, render_template, url_for
from werkzeug.wrappers import Response

from conf_app.database import db
from conf_app.programme import queries
from conf_app.programme.models import Event
from conf_app.programme.rules import entry, last_moment
from conf_app.programme.timetable import timetable as lay_out
from conf_app.refusals import NotFound
from conf_app.web.context import now
from conf_app.web.hypermedia import see_other

programme = Blueprint("programme", __name__)


@programme.get("/")
def home() -> str:
    """Show the featured event, then the agenda of the others."""
    event = queries.featured_event(db.session())
    others = [other for other in queries.public_events(db.session()) if other is not event]
    return _render("programme/home.html", event, others=others)


@programme.get("/agenda")
def agenda() -> str:
    """Show all public events."""
    return render_template("programme/agenda.html", events=queries.public_events(db.session()))


@programme.get("/e/<event>/")
def event_page(event: str) -> str:
    """Show one event: what it is, when, where, its themes."""
    return _render("programme/event_page.html", queries.whole_event(db.session(), event))


@programme.get("/e/<event>/programme")
def timetable(event: str) -> str:
    """Show an event's programme, hour by hour."""
    return _render("programme/timetable.html", queries.whole_event(db.session(), event))


@programme.get("/e/<event>/intervenant-es")
def speakers(event: str) -> str:
    """Show who speaks at an event."""
    return _render("programme/speakers.html", queries.whole_event(db.session(), event))


@programme.get("/e/<event>/intervenant-es/<speaker>")
def speaker(event: str, speaker: str) -> str:
    """Show one person and what they speak about."""
    found = queries.whole_event(db.session(), event)
    return _render("programme/speaker.html", found, speaker=queries.speaker_of(found, speaker))


@programme.get("/e/<event>/infos-pratiques")
def notices(event: str) -> str:
    """Show how to come, what to expect, whom to ask."""
    return _render("programme/notices.html", queries.whole_event(db.session(), event))


@programme.get("/programme")
def featured_timetable() -> Response:
    """Lead to the featured event's programme."""
    return see_other(url_for("programme.timetable", event=_featured()))


@programme.get("/inscription")
def featured_registration() -> Response:
    """Lead to the featured event's registration form."""
    return see_other(url_for("registration.register", event=_featured()))


def _featured() -> str:
    slug = queries.featured_slug(db.session())
    if slug is None:
        raise NotFound
    return slug


def _render(template: str, event: Event | None, **values: Any) -> str:
    if event is None:
        return render_template(template, event=None, **values)
    return render_template(
        template,
        event=event,
        entry=entry(event, now()),
        days=lay_out(event, event.at(now())),
        last_moment=last_moment(event),
        **values,
    )


@programme.get("/e/<event>/places")
def places(event: str) -> str:
    """Answer how many seats are left: a part for htmx, a small page otherwise."""
    return _render("programme/places.html", queries.whole_event(db.session(), event))


@programme.app_template_global()
def calm_pace(_seats: object) -> int:
    """Return how often a page asks for the seats, in seconds, before the server says more."""
    return 20
