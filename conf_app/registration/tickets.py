"""Answer the secret link: the tickets, their pictures, PDF and calendar; change, cancel."""

from typing import NamedTuple

from flask import Blueprint, Response, make_response, render_template, request, session
from markupsafe import Markup
from sqlalchemy.orm import Session as DatabaseSession
from werkzeug.wrappers import Response as Redirect

from conf_app import codes
from conf_app.database import db, transaction
from conf_app.programme.calendar import ticket_calendar
from conf_app.programme.models import EventState
from conf_app.programme.rules import Entry, has_begun
from conf_app.programme.words import hours_beyond
from conf_app.refusals import NotFound
from conf_app.registration import actions, needs, queries, queues, reminders, submission
from conf_app.registration.address import ticket_address
from conf_app.registration.domains import likely_domain
from conf_app.registration.facts import booked, ticket_facts
from conf_app.registration.link_forms import CancelForm, ChangeForm, NeedsForm, PassOnForm
from conf_app.registration.models import Party, Registration, RegistrationState
from conf_app.registration.refusals import (
    EventBegun,
    NotConfirmed,
    RegistrationClosed,
    SessionsFull,
    SessionsOverlap,
    UnknownSession,
)
from conf_app.registration.rules import bookable_sessions, coming, unmet_wait
from conf_app.tickets import qr
from conf_app.tickets.pdf import ticket_pdf
from conf_app.tickets.picture import ticket_png
from conf_app.web.context import now, settings
from conf_app.web.forms import csrf
from conf_app.web.hypermedia import see_other
from conf_app.web.limits import limit_guesses
from conf_app.web.private import keep_private
from conf_app.web.told import tell_next, told

tickets = Blueprint("ticket", __name__)
keep_private(tickets)
limit_guesses(tickets)


class Shown(NamedTuple):
    """Hold one ticket of a party's page."""

    registration: Registration
    reference: str
    picture: Markup | None


@tickets.get("/billet/<token>")
def show(token: str) -> str:
    """Show the tickets, or say that they are cancelled."""
    party, waits, held = queries.tickets(db.session(), token)
    opens = party.event.state is not EventState.CANCELLED
    return render_template(
        "registration/ticket.html",
        party=party,
        event=party.event,
        token=token,
        tickets=[
            Shown(
                person,
                codes.spell(codes.Reference(person.reference)),
                _drawing(person) if opens else None,
            )
            for person in coming(party)
            if person.state is RegistrationState.CONFIRMED
        ],
        waits=queues.standings(db.session(), party) if waits else [],
        unmet=None if coming(party) else unmet_wait(party),
        several=len(coming(party)) > 1,
        opens=opens,
        queue_over=not coming(party) and queues.ended_with_the_start(party),
        asked=reminders.is_asked(party, now()),
        until=reminders.at_stake(party),
        told=told(),
        programme_hours=hours_beyond(party.event, held),
        purge_day=party.purge_on,
        likely_domain=likely_domain(party.email),
    )


@tickets.get("/billet/<token>.svg", defaults={"number": 0})
@tickets.get("/billet/<token>/<int:number>.svg")
def svg(token: str, number: int) -> Response:
    """Send the QR as a drawing."""
    person = _one(token, number)
    return _file(_drawing(person).encode(), "image/svg+xml", person, number, "svg")


@tickets.get("/billet/<token>.png", defaults={"number": 0})
@tickets.get("/billet/<token>/<int:number>.png")
def png(token: str, number: int) -> Response:
    """Send the ticket as a picture that a phone keeps without network."""
    person = _one(token, number)
    picture = ticket_png(ticket_facts(person, settings()))
    return _file(picture, "image/png", person, number, "png")


@tickets.get("/billet/<token>.pdf", defaults={"number": 0})
@tickets.get("/billet/<token>/<int:number>.pdf")
def pdf(token: str, number: int) -> Response:
    """Send the tickets to print, each on its page, or one alone."""
    people = [_one(token, number)] if number else _coming(token)
    facts = [ticket_facts(person, settings()) for person in people]
    return _file(ticket_pdf(facts), "application/pdf", people[0], number, "pdf")


@tickets.get("/billet/<token>.ics", defaults={"number": 0})
@tickets.get("/billet/<token>/<int:number>.ics")
def ics(token: str, number: int) -> Response:
    """Send the day as a calendar, a person's or everybody's, without any secret."""
    people = [_one(token, number)] if number else _coming(token)
    content = ticket_calendar(people[0].event, booked(people), public_url=settings().public_url)
    return _file(content, "text/calendar", people[0], number, "ics")


@tickets.route("/billet/<token>/modifier", methods=["GET", "POST"])
@csrf.exempt  # type: ignore[untyped-decorator]  # the form checks it and shows itself again, filled
def change(token: str) -> str | tuple[str, int] | Redirect:
    """Change one person's name and sessions."""
    party = queries.by_manage_token(db.session(), token)
    if _left(party):
        return see_other(ticket_address(party))
    person = _person(party, request.args.get("personne", default=0, type=int))
    held = [booking.session for booking in person.bookings]
    has_seat = person.state is RegistrationState.CONFIRMED
    offered = bookable_sessions(party.event) if has_seat else []
    sessions = [*offered, *(each for each in held if each not in offered)]
    form = ChangeForm(person)
    form.offer(sessions)
    if form.validate_on_submit():
        try:
            with transaction() as writing:
                actions.change(
                    writing,
                    _person(queries.by_manage_token(writing, token), person.number),
                    name=form.name.data or "",
                    sessions=form.chosen(),
                    now=now(),
                )
            tell_next("changed")
            return see_other(ticket_address(party))
        except (SessionsFull, SessionsOverlap, UnknownSession) as refusal:
            form.refuse(refusal)
    page = render_template(
        "registration/change.html",
        registration=person,
        several=len(coming(party)) > 1,
        event=party.event,
        token=token,
        form=form,
        sessions=sessions,
    )
    return (page, 422) if form.errors else page


@tickets.route("/billet/<token>/besoins", methods=["GET", "POST"])
@csrf.exempt  # type: ignore[untyped-decorator]  # as above
def tell_needs(token: str) -> str | tuple[str, int] | Redirect:
    """Change what one person needs to come, or forget it all."""
    party = queries.by_manage_token(db.session(), token)
    if _left(party):
        return see_other(ticket_address(party))
    person = _person(party, request.args.get("personne", default=0, type=int))
    form = NeedsForm(needs.told(person))
    if form.validate_on_submit():
        told_now = needs.NOTHING if form.erases else form.needs()
        with transaction() as writing:
            changed = _person(queries.by_manage_token(writing, token), person.number)
            needs.tell(writing, changed, told_now, now=now())
        tell_next("needs" if told_now else "needs_erased")
        return see_other(ticket_address(party))
    page = render_template(
        "registration/needs.html",
        registration=person,
        several=len(coming(party)) > 1,
        event=party.event,
        token=token,
        form=form,
        erasing_day=needs.erasing_day(party.event),
    )
    return (page, 422) if form.errors else page


@tickets.route("/billet/<token>/transmettre", methods=["GET", "POST"])
@csrf.exempt  # type: ignore[untyped-decorator]  # as above
def pass_on(token: str) -> str | tuple[str, int] | Redirect:
    """Give one person's place to somebody else."""
    party = queries.by_manage_token(db.session(), token)
    if _left(party):
        return see_other(ticket_address(party))
    number = request.args.get("personne", default=0, type=int)
    form = PassOnForm()
    if form.validate_on_submit():
        with transaction() as writing:
            address = ticket_address(_pass_on(writing, token, number, form))
        tell_next("passed_on")
        return see_other(address)
    person = _with_ticket(_person(party, number))
    submission.bind(session)
    form.key.data = form.key.data or submission.new_key()
    page = render_template(
        "registration/pass_on.html",
        registration=person,
        several=len(coming(party)) > 1,
        event=party.event,
        token=token,
        form=form,
    )
    return (page, 422) if form.errors else page


@tickets.route("/billet/<token>/annuler", methods=["GET", "POST"])
@csrf.exempt  # type: ignore[untyped-decorator]  # as above
def cancel(token: str) -> str | tuple[str, int] | Redirect:
    """Ask who does not come, then cancel and free the seats."""
    party = queries.by_manage_token(db.session(), token)
    if _left(party):
        return see_other(ticket_address(party))
    if has_begun(party.event, now()):
        raise EventBegun
    people = coming(party)
    form = CancelForm(people)
    if form.validate_on_submit():
        with transaction() as writing:
            again = queries.by_manage_token(writing, token)
            numbers = form.people.data or []
            if leaving := [each for each in again.registrations if each.number in numbers]:
                actions.cancel(writing, leaving, now=now())
        return see_other(ticket_address(party))
    if not people:  # sent again by a browser that lost its cookie: the tickets' page says it all
        return see_other(ticket_address(party))
    page = render_template(
        "registration/cancel.html",
        people=people,
        event=party.event,
        token=token,
        form=form,
    )
    return (page, 422) if form.errors else page


def _pass_on(writing: DatabaseSession, token: str, number: int, form: PassOnForm) -> Party:
    """Return whom the ticket goes to; sent again, the same, though the person is gone by then."""
    name, email = form.name.data or "", form.email.data or None
    sent = submission.passing_on(session, form.key.data or "", token, name, email)
    party = queries.by_manage_token(writing, token)
    if sent is not None and (theirs := submission.same(writing, sent)) is not None:
        return theirs
    person = _person(party, number)
    keys = settings().ticket_keys
    return actions.pass_on(writing, person, name=name, email=email, keys=keys, now=now(), form=sent)


def _left(party: Party) -> bool:
    """Whether somebody opens a form about tickets that are worth nothing any more."""
    gone = not coming(party) or party.event.state is EventState.CANCELLED
    return request.method != "POST" and gone


def _person(party: Party, number: int = 0) -> Registration:
    """Return the person of a party who has that number; without one, the first who comes."""
    if number:
        found = [each for each in party.registrations if each.number == number]
    else:
        found = coming(party) or party.registrations
    if not found:
        raise NotFound
    return found[0]


def _one(token: str, number: int) -> Registration:
    return _with_ticket(_person(queries.by_manage_token(db.session(), token), number))


def _coming(token: str) -> list[Registration]:
    party = queries.by_manage_token(db.session(), token)
    return [_with_ticket(person) for person in coming(party) or [_person(party)]]


def _with_ticket(person: Registration) -> Registration:
    """Return a person whose ticket opens something, or refuse."""
    if person.state is not RegistrationState.CONFIRMED:
        raise NotConfirmed(person.state)
    if person.event.state is EventState.CANCELLED:
        raise RegistrationClosed(Entry.CANCELLED)
    return person


def _drawing(person: Registration) -> Markup:
    return qr.svg(_code_url(person), title="QR code du billet")


def _code_url(person: Registration) -> str:
    keys = settings()
    return qr.ticket_url(keys.public_url, queries.ticket_code(person, keys.ticket_keys))


def _file(
    content: bytes, mimetype: str, person: Registration, number: int, suffix: str
) -> Response:
    response = make_response(content)
    response.mimetype = mimetype
    name = f"billet-{person.event.slug}{f'-{number}' if number else ''}.{suffix}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
