"""Answer the secret link: the ticket, its picture, PDF and calendar; change, cancel."""

from flask import Blueprint, Response, make_response, render_template, request
from markupsafe import Markup
from werkzeug.wrappers import Response as Redirect

from conf_app import codes
from conf_app.database import db, transaction
from conf_app.programme.calendar import ticket_calendar
from conf_app.programme.models import EventState
from conf_app.programme.rules import Entry, purge_day
from conf_app.registration import actions, queries
from conf_app.registration.address import ticket_address
from conf_app.registration.facts import ticket_facts
from conf_app.registration.forms import CancelForm, ChangeForm
from conf_app.registration.models import Registration, RegistrationState
from conf_app.registration.refusals import (
    NotConfirmed,
    RegistrationClosed,
    SessionsFull,
    SessionsOverlap,
    UnknownSession,
)
from conf_app.registration.rules import bookable_sessions
from conf_app.tickets import qr
from conf_app.tickets.pdf import ticket_pdf
from conf_app.web.context import now, settings
from conf_app.web.forms import csrf
from conf_app.web.hypermedia import see_other
from conf_app.web.private import keep_private

tickets = Blueprint("ticket", __name__)
keep_private(tickets)


@tickets.get("/billet/<token>")
def show(token: str) -> str:
    """Show the ticket, or say that it is cancelled."""
    found, last = queries.ticket(db.session(), token)
    confirmed = found.state is RegistrationState.CONFIRMED
    opens = confirmed and found.event.state is not EventState.CANCELLED
    return render_template(
        "registration/ticket.html",
        registration=found,
        event=found.event,
        token=token,
        reference=codes.spell(codes.Reference(found.reference)),
        confirmed=confirmed,
        picture=_drawing(found) if opens else None,
        purge_day=purge_day(found.event, last),
    )


@tickets.get("/billet/<token>.svg")
def svg(token: str) -> Response:
    """Send the QR as a drawing."""
    found = _confirmed(token)
    return _file(_drawing(found).encode(), "image/svg+xml", f"billet-{found.event.slug}.svg")


@tickets.get("/billet/<token>.png")
def png(token: str) -> Response:
    """Send the QR as a picture that a phone keeps without network."""
    found = _confirmed(token)
    return _file(qr.png(_code_url(found)), "image/png", f"billet-{found.event.slug}.png")


@tickets.get("/billet/<token>.pdf")
def pdf(token: str) -> Response:
    """Send the ticket to print."""
    found = _confirmed(token)
    facts = ticket_facts(found, settings())
    return _file(ticket_pdf(facts), "application/pdf", f"billet-{found.event.slug}.pdf")


@tickets.get("/billet/<token>.ics")
def ics(token: str) -> Response:
    """Send the person's day as a calendar, without any secret."""
    found = _confirmed(token)
    sessions = [booking.session for booking in found.bookings]
    content = ticket_calendar(found.event, sessions, public_url=settings().public_url)
    return _file(content, "text/calendar", f"{found.event.slug}.ics")


@tickets.route("/billet/<token>/modifier", methods=["GET", "POST"])
@csrf.exempt  # type: ignore[untyped-decorator]  # the form checks it and shows itself again, filled
def change(token: str) -> str | tuple[str, int] | Redirect:
    """Change the name and the sessions."""
    found = queries.by_manage_token(db.session(), token)
    if _left(found):
        return see_other(ticket_address(found))
    held = [booking.session for booking in found.bookings]
    offered = bookable_sessions(found.event)
    sessions = [*offered, *(each for each in held if each not in offered)]
    form = ChangeForm(found)
    form.offer(sessions)
    if form.validate_on_submit():
        try:
            with transaction() as writing:
                actions.change(
                    writing,
                    queries.by_manage_token(writing, token),
                    name=form.name.data or "",
                    sessions=form.chosen(),
                    now=now(),
                )
            return see_other(ticket_address(found))
        except (SessionsFull, SessionsOverlap, UnknownSession) as refusal:
            form.refuse(refusal)
    page = render_template(
        "registration/change.html",
        registration=found,
        event=found.event,
        token=token,
        form=form,
        sessions=sessions,
    )
    return (page, 422) if form.errors else page


@tickets.route("/billet/<token>/annuler", methods=["GET", "POST"])
@csrf.exempt  # type: ignore[untyped-decorator]  # as above
def cancel(token: str) -> str | tuple[str, int] | Redirect:
    """Ask once more, then cancel and free the seats."""
    found = queries.by_manage_token(db.session(), token)
    if _left(found):
        return see_other(ticket_address(found))
    form = CancelForm()
    if form.validate_on_submit():
        with transaction() as writing:
            actions.cancel(writing, queries.by_manage_token(writing, token), now=now())
        return see_other(ticket_address(found))
    page = render_template(
        "registration/cancel.html", registration=found, event=found.event, token=token, form=form
    )
    return (page, 422) if form.errors else page


def _left(found: Registration) -> bool:
    """Whether somebody opens a form about a ticket that they gave back."""
    return request.method != "POST" and found.state is RegistrationState.CANCELLED


def _confirmed(token: str) -> Registration:
    found = queries.by_manage_token(db.session(), token)
    if found.state is not RegistrationState.CONFIRMED:
        raise NotConfirmed
    if found.event.state is EventState.CANCELLED:
        raise RegistrationClosed(Entry.CANCELLED)
    return found


def _drawing(found: Registration) -> Markup:
    return Markup(qr.svg(_code_url(found), title="Code QR du billet"))  # noqa: S704  # our own markup


def _code_url(found: Registration) -> str:
    keys = settings()
    return qr.ticket_url(keys.public_url, queries.ticket_code(found, keys.ticket_keys))


def _file(content: bytes, mimetype: str, name: str) -> Response:
    response = make_response(content)
    response.mimetype = mimetype
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
