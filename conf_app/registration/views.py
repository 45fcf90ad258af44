"""Answer the form: register, without an account, on one page."""

from flask import Blueprint, Response, make_response, render_template, request, session
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response as Redirect

from conf_app.database import db, transaction
from conf_app.programme.queries import event_with_seats, public_event
from conf_app.programme.rules import Entry, entry, is_full, purge_day
from conf_app.registration import actions, submission
from conf_app.registration.address import ticket_address
from conf_app.registration.blank import blank_page
from conf_app.registration.forms import RegistrationForm
from conf_app.registration.models import Registration
from conf_app.registration.refusals import (
    AlreadySubmitted,
    EventFull,
    RegistrationClosed,
    SessionsFull,
    SessionsOverlap,
    UnknownSession,
)
from conf_app.registration.rules import bookable_sessions
from conf_app.web.context import now, settings
from conf_app.web.forms import csrf
from conf_app.web.hypermedia import see_other
from conf_app.web.private import keep_private

registration = Blueprint("registration", __name__)
keep_private(registration)


@registration.route("/e/<event>/inscription", methods=["GET", "POST"])
@csrf.exempt  # type: ignore[untyped-decorator]  # the form checks it and shows itself again, filled
def register(event: str) -> Response | Redirect:
    """Register one person, or show the form again with what is wrong."""
    if request.method != "POST":
        return make_response(blank_page(event, session, lambda form: _page(event, form)))
    form = RegistrationForm(lambda: public_event(db.session(), event).email_required)
    earlier: Registration | None = None
    status = 422
    if form.validate_on_submit():
        try:
            return see_other(_register(event, form) + "?nouveau")
        except RegistrationClosed:
            status = 409  # the page that follows says why
        except EventFull:
            status = 409
            form.form_errors.append(
                "La dernière place vient d’être prise. Si quelqu’un annule, sa place se libère"
                " aussitôt\u00a0: tu peux renvoyer ce formulaire plus tard."
            )
        except (SessionsFull, SessionsOverlap, UnknownSession) as refusal:
            form.refuse(refusal)
        except AlreadySubmitted as again:
            earlier, status = again.registration, 409
            form.key.data = submission.new_key()
    submission.bind(session)
    form.key.data = form.key.data or submission.new_key()
    return make_response(_page(event, form, earlier), status)


def _register(slug: str, form: RegistrationForm) -> str:
    """Register, and return the ticket's address."""
    while True:
        try:
            return _try_to_register(slug, form)
        except IntegrityError as fault:
            # A reference is 30 bits: once in a while two are drawn alike, and one draws again.
            if "reference" not in str(fault.orig):
                raise


def _try_to_register(slug: str, form: RegistrationForm) -> str:
    attendee = form.attendee()
    with transaction() as writing:
        event = public_event(writing, slug)
        made = actions.register(
            writing,
            event,
            attendee=attendee,
            keys=settings().ticket_keys,
            now=now(),
            form=submission.sent_form(session, form.key.data or "", event.id, attendee),
        )
        return ticket_address(made)


def _page(slug: str, form: RegistrationForm, earlier: Registration | None = None) -> str:
    event = event_with_seats(db.session(), slug)
    state = entry(event, now())
    sessions = bookable_sessions(event)
    form.offer(sessions)
    if state is not Entry.OPEN:
        template = "registration/closed.html"
    elif is_full(event) and not form.is_submitted():
        template = "registration/full.html"
    else:
        template = "registration/form.html"
    return render_template(
        template,
        event=event,
        entry=state,
        form=form,
        sessions=sessions,
        purge_day=purge_day(event),
        earlier=earlier and ticket_address(earlier),
    )
