"""Answer the form: register, without an account, on one page."""

from flask import (
    Blueprint,
    Response,
    make_response,
    render_template,
    request,
    session,
    url_for,
)
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response as Redirect

from conf_app.database import db, transaction
from conf_app.programme.queries import event_with_seats, public_event
from conf_app.programme.rules import Entry, entry, is_full, purge_day
from conf_app.registration import actions, submission
from conf_app.registration.address import ticket_address
from conf_app.registration.blank import blank_page
from conf_app.registration.deadlines import STEPS
from conf_app.registration.forms import RegistrationForm
from conf_app.registration.models import Party, RegistrationState
from conf_app.registration.needs import erasing_day
from conf_app.registration.refusals import (
    AlreadySubmitted,
    EventFull,
    RegistrationClosed,
    SessionsFull,
    SessionsOverlap,
    UnknownSession,
)
from conf_app.registration.rules import bookable_sessions, coming
from conf_app.web.context import now, settings
from conf_app.web.forms import csrf
from conf_app.web.hypermedia import see_other
from conf_app.web.limits import REGISTRATIONS, TooMany, spend
from conf_app.web.private import keep_private
from conf_app.web.told import tell_next

registration = Blueprint("registration", __name__)
keep_private(registration)


@registration.route("/e/<event>/inscription", methods=["GET", "POST"])
@csrf.exempt  # type: ignore[untyped-decorator]  # the form checks it and shows itself again, filled
def register(event: str) -> Response | Redirect:
    """Register one person or several, or show the form again with what is wrong."""
    if request.method != "POST":
        return make_response(blank_page(event, session, lambda form: _page(event, form)))
    form = RegistrationForm(lambda: public_event(db.session(), event))
    earlier: Party | None = None
    status = 422
    if form.is_trapped:
        return see_other(url_for("programme.event_page", event=event))
    if form.adds_somebody:
        status = 200
        form.make_room(public_event(db.session(), event).party_size)
    elif form.validate_on_submit():
        try:
            spend(REGISTRATIONS)
            return see_other(_register(event, form))
        except TooMany as refusal:
            status = 429
            form.form_errors.append(str(refusal))
        except RegistrationClosed:
            status = 409  # the page that follows says why
        except EventFull:
            status = 409
            form.form_errors.append(_too_late(len(form.people)))
        except (SessionsFull, SessionsOverlap, UnknownSession) as refusal:
            form.refuse(refusal)
        except AlreadySubmitted as again:
            earlier, status = again.party, 409
            form.key.data, form.again.data = submission.new_key(), "y"
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
    people, email = form.attendees(), form.email.data or None
    with transaction() as writing:
        event = public_event(writing, slug)
        made = actions.register(
            writing,
            event,
            people=people,
            email=email,
            keys=settings().ticket_keys,
            now=now(),
            form=submission.registering(
                *(session, form.key.data or "", event.id, people, email),
                again=bool(form.again.data),
            ),
            may_wait=form.may_wait,
        )
        waits = coming(made)[0].state is RegistrationState.WAITING
        address = ticket_address(made)
    tell_next("waiting" if waits else "registered")
    return address


def _too_late(people: int) -> str:
    if people > 1:
        return (
            "Il n’y a plus assez de places pour vous toutes et tous\u00a0: efface un nom pour"
            " le laisser de côté, ou attendez ensemble."
        )
    return (
        "La dernière place vient d’être prise. Rejoins la liste d’attente\u00a0: si quelqu’un"
        " annule, sa place est proposée dans l’ordre."
    )


def _page(slug: str, form: RegistrationForm, earlier: Party | None = None) -> str:
    event = event_with_seats(db.session(), slug)
    state = entry(event, now())
    sessions = bookable_sessions(event)
    form.offer(sessions)
    return render_template(
        "registration/form.html" if state is Entry.OPEN else "registration/closed.html",
        event=event,
        entry=state,
        form=form,
        sessions=sessions,
        purge_day=purge_day(event),
        erasing_day=erasing_day(event),
        earlier=earlier and ticket_address(earlier),
        queue=form.may_wait or (is_full(event) and not form.is_submitted()),
        steps=STEPS,
    )
