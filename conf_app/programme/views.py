"""Answer the public pages: home, agenda, one event and its programme, speakers and notices."""

from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from flask.sansio.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from werkzeug.wrappers import Response as Redirect

from conf_app.database import db
from conf_app.programme import calendar, queries, schedule
from conf_app.programme.jsonld import as_script, event_jsonld
from conf_app.programme.models import Event
from conf_app.programme.pace import holds, pace
from conf_app.programme.rules import Entry, entry, is_full, last_moment
from conf_app.programme.site import EXTENSION, Site, site, stamp
from conf_app.programme.timetable import by_speaker, only_of
from conf_app.programme.timetable import timetable as lay_out
from conf_app.refusals import NotFound
from conf_app.seats.rules import Seats
from conf_app.web.addresses import moved
from conf_app.web.caching import keep, public
from conf_app.web.context import now, settings
from conf_app.web.hypermedia import see_other, wants_part

programme = Blueprint("programme", __name__)


@programme.get("/")
@public(stamp)
def home() -> str:
    """Show the featured event, then the agenda of the others."""
    event = queries.featured_event(db.session())
    coming, past = _coming_and_past(event)
    return _render(
        "programme/home.html",
        event,
        coming=[other for other in coming if other is not event],
        past=[other for other in past if other is not event],
    )


@programme.get("/agenda")
@public(stamp)
def agenda() -> str:
    """Show all public events."""
    featured = queries.featured(db.session())
    coming, past = _coming_and_past(featured)
    return render_template(
        "programme/agenda.html",
        coming=coming,
        past=past,
        featured=featured,
    )


@programme.get("/e/<event>/")
@public(stamp)
def event_page(event: str) -> str:
    """Show one event: what it is, when, where, its themes."""
    return _render("programme/event_page.html", queries.whole_event(db.session(), event))


@programme.get("/e/<event>/programme")
@public(stamp)
def timetable(event: str) -> str:
    """Show an event's programme, hour by hour."""
    found = queries.whole_event(db.session(), event)
    if not (found.sessions or found.pool):
        raise NotFound
    return _render("programme/timetable.html", found)


@programme.get("/e/<event>/intervenant-es")
@public(stamp)
def speakers(event: str) -> str:
    """Show who speaks at an event."""
    found = queries.whole_event(db.session(), event)
    if not (found.speakers or found.pool):
        raise NotFound
    return _render("programme/speakers.html", found, talks=by_speaker(found))


@programme.get("/e/<event>/intervenant-es/<speaker>")
@public(stamp)
def speaker(event: str, speaker: str) -> str:
    """Show one person and what they speak about."""
    found = queries.whole_event(db.session(), event)
    person = queries.speaker_of(found, speaker)
    days = only_of(person, lay_out(found, found.at(now())))
    return _render("programme/speaker.html", found, speaker=person, days=days)


@programme.get("/e/<event>/infos-pratiques")
@public(stamp)
def notices(event: str) -> str:
    """Show how to come, what to expect, whom to ask."""
    found = queries.whole_event(db.session(), event)
    if not (found.notices or found.pool or found.contact_email or found.contact_url):
        raise NotFound
    return _render("programme/notices.html", found)


@programme.get("/agenda.ics")
@public(stamp)
def agenda_ics() -> Response:
    """Give the agenda to calendars."""
    events = queries.public_events(db.session())
    made = calendar.agenda_calendar(
        events, title="Agenda onestla.tech", public_url=settings().public_url
    )
    return Response(made, mimetype="text/calendar")


@programme.get("/e/<event>/programme.ics")
@public(stamp)
def programme_ics(event: str) -> Response:
    """Give an event's programme to calendars (RFC 5545)."""
    found = queries.whole_event(db.session(), event)
    made = calendar.programme_calendar(found, public_url=settings().public_url)
    return Response(made, mimetype="text/calendar")


@programme.get("/e/<event>/programme.xml")
@public(stamp)
def programme_xml(event: str) -> Response:
    """Give an event's programme as a frab schedule.xml."""
    found = queries.whole_event(db.session(), event)
    made = schedule.schedule_xml(found, public_url=settings().public_url)
    return Response(made, mimetype="application/xml")


@programme.get("/e/<event>/programme.json")
@public(stamp)
def programme_json(event: str) -> Response:
    """Give an event's programme as a c3voc schedule.json."""
    found = queries.whole_event(db.session(), event)
    made = schedule.schedule_json(found, public_url=settings().public_url)
    return Response(made, mimetype="application/json")


@programme.get("/programme")
def featured_timetable() -> Redirect:
    """Lead to the featured event's programme."""
    return see_other(url_for("programme.timetable", event=_featured()))


@programme.get("/inscription")
def featured_registration() -> Redirect:
    """Lead to the featured event's registration form."""
    return see_other(url_for("registration.register", event=_featured()))


@programme.get("/agenda/")
@programme.get("/e/<event>/<path:page>/", strict_slashes=False)
def slash_too_many(**_: str) -> Response:
    """Lead to the same address without its last slash."""
    if not request.path.endswith("/"):
        raise NotFound
    return moved(request.path.rstrip("/"))


@programme.get("/robots.txt")
def robots() -> Response:
    """Ask robots to leave out what is not public (RFC 9309)."""
    kept_out = ("/billet", "/B/", "/b/", "/entree", "/orga")
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in kept_out)]
    return Response("\n".join(lines) + "\n", mimetype="text/plain")


def _featured() -> str:
    slug = queries.featured_slug(db.session())
    if slug is None:
        raise NotFound
    return slug


def _render(template: str, event: Event | None, **values: Any) -> str:
    if event is None:
        return render_template(template, event=None, **values)
    featured = queries.featured(db.session())
    shown = {
        "event": event,
        "featured": featured,
        "over": _over(event, featured),
        "entry": entry(event, now()),
        "days": lay_out(event, event.at(now())),
        "last_moment": last_moment(event),
        "described": _described(event),
    }
    return render_template(template, **shown | values)


def _over(event: Event, featured: Event | None) -> bool:
    """Whether an event has ended; a rehearsal of the featured one moves the others along."""
    clock = event if event.rehearsal or featured is None else featured
    return last_moment(event) <= clock.at(now())


def _coming_and_past(featured: Event | None) -> tuple[list[Event], list[Event]]:
    """Return the public events to come, the next first, and those that ended, the last first."""
    events = queries.public_events(db.session())
    coming = [event for event in events if not _over(event, featured)]
    return coming, [event for event in reversed(events) if event not in coming]


def _described(event: Event) -> Markup:
    seats = event.pool.seats if event.pool else None
    return as_script(event_jsonld(event, public_url=settings().public_url, seats=seats, now=now()))


@programme.get("/e/<event>/places")
def places(event: str) -> ResponseReturnValue:
    """Answer how many seats are left: a part for htmx, nothing new (204), or a small page."""
    # Read by hand: of all addresses this is the one asked most, and a full parse costs a tenth.
    version, asked = _seen(request.environ.get("QUERY_STRING", "").removeprefix("vu="))
    here = site()
    glance = here.glance(event, version)
    seats = glance.seats.get(event)
    if seats is None:
        if wants_part():
            return Response(status=204)  # the page outlived its event: whoever types goes on
        raise NotFound
    wished = pace(seats.state, here.watchers)
    if asked:
        here.count_watcher(asked)
        if version == seats.version and holds(asked, wished):
            return Response(status=204)
    if wants_part():
        kept = keep((request.path, wished), glance.stamp, lambda: _places_moved(event, wished))
        return kept.unstored()
    return _places_page(event=event)


@public(stamp)
def _places_page(event: str) -> str:
    return _render("programme/places.html", queries.whole_event(db.session(), event))


def _places_moved(slug: str, wished: int) -> str:
    event = queries.whole_event(db.session(), slug)
    bookables = [one for one in event.sessions if one.pool and not one.cancelled]
    return render_template(
        "programme/_places_moved.html",
        event=event,
        entry=entry(event, now()),
        bookables=bookables,
        pace=wished,
    )


def _seen(text: str) -> tuple[int, int]:
    """Read the version and the pace that a page has; zeros if it says nothing of the kind."""
    version, _, seconds = text.partition(".")
    if version.isdecimal() and seconds.isdecimal() and len(text) < 20:
        return int(version), int(seconds)
    return 0, 0


@programme.app_template_global()
def joinable(event: Event) -> bool:
    """Whether one can register for an event now, and finds a seat."""
    return entry(event, now()) is Entry.OPEN and not is_full(event)


@programme.app_template_global()
def calm_pace(seats: Seats) -> int:
    """Return how often a page asks for the seats, in seconds, before the server says more."""
    return pace(seats.state)


@programme.record_once
def _watch(state: BlueprintSetupState) -> None:
    extensions = state.app.extensions
    extensions[EXTENSION] = Site(extensions["conf_app.clock"], extensions["conf_app.writes"])
