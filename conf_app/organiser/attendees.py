"""Answer the organisers' addresses about attendees: the list, one person, what is done for them."""

from collections.abc import Callable
from uuid import UUID, uuid4

from flask import Blueprint, abort, g, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session as DatabaseSession

from conf_app.database import db, transaction
from conf_app.door import by_hand as door_by_hand
from conf_app.door.models import UndoReason
from conf_app.journal import actions as journal
from conf_app.organiser import listing, narrowing, person, words
from conf_app.organiser.attendee_forms import AddForm, EditForm
from conf_app.organiser.guard import note
from conf_app.organiser.listing import Order
from conf_app.programme.queries import event_named, event_with_seats
from conf_app.programme.rules import has_begun
from conf_app.registration import actions, by_hand, needs, owners, submission
from conf_app.registration.letters import tell
from conf_app.registration.models import Registration, RegistrationState
from conf_app.registration.refusals import (
    AlreadySubmitted,
    EventFull,
    SessionsFull,
    SessionsOverlap,
    UnknownSession,
)
from conf_app.registration.rules import bookable_sessions
from conf_app.registration.words import STATES
from conf_app.web.context import now, settings
from conf_app.web.hypermedia import see_other
from conf_app.web.told import tell_next, told

attendees = Blueprint("attendees", __name__)

_LETTER = {
    RegistrationState.CONFIRMED: "registration_confirmed",
    RegistrationState.WAITING: "waiting_joined",
    RegistrationState.OFFERED: "seat_offered",
}
"""Which letter says again where a person stands."""


@attendees.get("/e/<event>/inscriptions")
def show_list(event: str) -> str:
    """List the registrations of an event; the reading leaves a line in the journal."""
    found, asked = event_named(db.session(), event), narrowing.read()
    page = listing.listing(
        db.session(),
        found,
        asked,
        before=_edge("avant"),
        after=_edge("apres"),
    )
    body = render_template(
        "organiser/registrations.html",
        event=found,
        wanted=asked,
        listing=page,
        asked=narrowing.written(asked),
        counted=listing.COUNTED,
        sessions=[each for each in found.sessions if each.pool_id is not None],
        words=words,
        orders=Order,
        state_names=STATES,
    )
    note("list.read", f"{event} inscriptions", len(page.lines))
    return body


@attendees.get("/e/<event>/inscriptions/<reference>")
def show(event: str, reference: str) -> str:
    """Show one person: what is known, what happened, what can be done for them."""
    found = event_with_seats(db.session(), event)
    sheet = person.sheet(db.session(), found, reference)
    told_needs = needs.told(sheet.person)
    body = render_template(
        "organiser/person.html",
        event=found,
        sheet=sheet,
        person=sheet.person,
        needs=needs.spelled(told_needs) if told_needs else [],
        state_names=STATES,
        begun=has_begun(found, now()),
        uuid=uuid4(),
        told=told(),
    )
    note("person.read", event)
    return body


@attendees.post("/e/<event>/inscriptions/<reference>/renvoyer")
def resend(event: str, reference: str) -> ResponseReturnValue:
    """Queue again the letter that says where a person stands."""

    def act(writing: DatabaseSession, who: Registration) -> None:
        if (letter := _LETTER.get(who.state)) is None or who.party.email is None:
            abort(400)
        tell(writing, who.party, letter, now=now(), a_day=None)
        _write(writing, act="registration.resend", event=event)

    return _do(event, reference, act, "resent")


@attendees.route("/e/<event>/inscriptions/<reference>/modifier", methods=["GET", "POST"])
def change(event: str, reference: str) -> ResponseReturnValue:
    """Change a person's name and sessions, and where their party is written to."""
    found = event_with_seats(db.session(), event)
    who = person.named(db.session(), found, reference)
    held = [booking.session for booking in who.bookings]
    seated = who.state is RegistrationState.CONFIRMED
    offered = bookable_sessions(found) if seated else []
    sessions = [*offered, *(each for each in held if each not in offered)]
    form = EditForm(who)
    form.offer(sessions)
    if form.validate_on_submit():
        name, chosen, email = form.name.data or "", form.chosen(), form.email.data or None

        def act(writing: DatabaseSession, who: Registration) -> None:
            actions.change(writing, who, name=name, sessions=chosen, now=now())
            owners.change_address(writing, who.party, email, now=now())
            _write(writing, act="registration.change", event=event)

        try:
            return _do(event, reference, act, "changed")
        except (SessionsFull, SessionsOverlap, UnknownSession) as refusal:
            form.refuse(refusal)
    body = render_template(
        "organiser/change_person.html",
        event=found,
        registration=who,
        form=form,
        sessions=sessions,
        alone=len(who.party.registrations) < 2,
    )
    return body, 422 if form.errors else 200


@attendees.route("/e/<event>/inscriptions/<reference>/annuler", methods=["GET", "POST"])
def cancel(event: str, reference: str) -> ResponseReturnValue:
    """Ask once more, then cancel a person's registration; a letter tells them."""
    if request.method == "POST":

        def act(writing: DatabaseSession, who: Registration) -> None:
            if who.state is not RegistrationState.CANCELLED:
                actions.cancel(writing, [who], now=now())
                _write(writing, act="registration.cancel", event=event)

        return _do(event, reference, act, "cancelled")
    return _ask(event, reference, "organiser/cancel_person.html")


@attendees.route("/e/<event>/inscriptions/<reference>/refaire", methods=["GET", "POST"])
def reissue(event: str, reference: str) -> ResponseReturnValue:
    """Ask once more, then make a person another ticket; the old one opens no door any more."""
    if request.method != "POST":
        return _ask(event, reference, "organiser/reissue.html")
    actor = g.organiser.name
    with transaction() as writing:
        who = person.named(writing, event_named(writing, event), reference)
        actions.reissue(writing, who, keys=settings().ticket_keys, by=actor, now=now())
        fresh = who.reference
    tell_next("reissued")
    return see_other(url_for("organiser.attendees.show", event=event, reference=fresh))


@attendees.post("/e/<event>/inscriptions/<reference>/entrer")
def let_in(event: str, reference: str) -> ResponseReturnValue:
    """Let a person in by hand."""
    try:
        uuid = UUID(request.form.get("uuid", ""))
    except ValueError:
        abort(400)

    def act(writing: DatabaseSession, who: Registration) -> None:
        door_by_hand.admit(writing, who, by=g.organiser.name, uuid=uuid, now=now())

    return _do(event, reference, act, "let_in")


@attendees.post("/e/<event>/inscriptions/<reference>/reprendre")
def take_back(event: str, reference: str) -> ResponseReturnValue:
    """Take back the passage by which a person is in."""
    try:
        why = UndoReason(request.form.get("pourquoi", ""))
    except ValueError:
        abort(400)

    def act(writing: DatabaseSession, who: Registration) -> None:
        inside = person.sheet(writing, who.event, who.reference).inside
        if inside is not None:
            door_by_hand.undo(writing, inside, why, by=g.organiser.name, now=now())

    return _do(event, reference, act, "taken_back")


@attendees.route("/e/<event>/inscriptions/ajouter", methods=["GET", "POST"])
def add(event: str) -> ResponseReturnValue:
    """Register somebody, be it beyond the capacity with a reason."""
    found = event_with_seats(db.session(), event)
    form = AddForm()
    form.offer(bookable_sessions(found))
    if form.validate_on_submit():
        try:
            reference = _add(event, form)
            tell_next("added")
            return see_other(url_for("organiser.attendees.show", event=event, reference=reference))
        except AlreadySubmitted as again:
            reference = again.party.registrations[0].reference
            return see_other(url_for("organiser.attendees.show", event=event, reference=reference))
        except EventFull:
            form.refuse_full()
        except SessionsFull as refusal:
            form.refuse(refusal)
            form.refuse_full()
        except (SessionsOverlap, UnknownSession) as refusal:
            form.refuse(refusal)
    submission.bind(session)
    form.key.data = form.key.data or submission.new_key()
    body = render_template(
        "organiser/add_person.html",
        event=found,
        form=form,
        sessions=bookable_sessions(found),
    )
    return body, 422 if form.errors else 200


def _add(slug: str, form: AddForm) -> str:
    attendee, email = form.attendee(), form.email.data or None
    with transaction() as writing:
        event = event_named(writing, slug)
        people, key = [attendee], form.key.data or ""
        party = by_hand.add(
            writing,
            event,
            attendee,
            email=email,
            keys=settings().ticket_keys,
            by=g.organiser.name,
            now=now(),
            beyond=form.beyond.data or "",
            form=submission.registering(session, key, event.id, people, email, again=True),
        )
        return party.registrations[0].reference


def _do(
    slug: str,
    reference: str,
    act: Callable[[DatabaseSession, Registration], None],
    done: str,
) -> ResponseReturnValue:
    """Do something for a person, and show them again."""
    with transaction() as writing:
        act(writing, person.named(writing, event_named(writing, slug), reference))
    tell_next(done)
    return see_other(url_for("organiser.attendees.show", event=slug, reference=reference))


def _ask(slug: str, reference: str, template: str) -> str:
    found = event_named(db.session(), slug)
    who = person.named(db.session(), found, reference)
    return render_template(template, event=found, person=who)


def _write(writing: DatabaseSession, *, act: str, event: str) -> None:
    journal.write(writing, actor=g.organiser.name, act=act, subject=event, now=now())


def _edge(name: str) -> int | None:
    edge = request.args.get(name, type=int)
    return edge if edge is not None and 0 < edge < 2**31 else None
