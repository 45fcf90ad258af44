"""Answer the waiting people's page: where they wait, what they are offered, yes or no."""

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response as Redirect

from conf_app.database import db, transaction
from conf_app.programme.models import EventState, Session
from conf_app.registration import actions, queries, queues, waiting
from conf_app.registration.address import ticket_address
from conf_app.registration.deadlines import STEPS
from conf_app.registration.link_forms import AnswerForm
from conf_app.registration.models import Party, Registration, RegistrationState, WaitState
from conf_app.registration.refusals import (
    EventPostponed,
    OfferOver,
    SessionBegun,
    SessionsOverlap,
    UnknownSession,
)
from conf_app.registration.rules import bookable_sessions, coming
from conf_app.web.context import now
from conf_app.web.forms import csrf
from conf_app.web.hypermedia import see_other
from conf_app.web.limits import limit_guesses
from conf_app.web.private import keep_private
from conf_app.web.told import tell_next, told

offers = Blueprint("offer", __name__)
keep_private(offers)
limit_guesses(offers)


@offers.route("/billet/<token>/offre", methods=["GET", "POST"])
@csrf.exempt  # type: ignore[untyped-decorator]  # the form checks it and shows itself again
def show(token: str) -> str | tuple[str, int] | Redirect:
    """Show where a party waits; take an offer, let it go, leave a queue or join one."""
    party = queries.by_manage_token(db.session(), token)
    if party.event.state is EventState.CANCELLED:
        return see_other(ticket_address(party))
    form = AnswerForm()
    if form.validate_on_submit():
        try:
            answer = _answer(form, token)
        except (
            EventPostponed,
            OfferOver,
            SessionBegun,
            SessionsOverlap,
            UnknownSession,
        ) as refusal:
            form.refuse(refusal)
        else:
            tell_next(answer)
            party = queries.by_manage_token(db.session(), token)
            if answer in {"accept", "swap"} or not coming(party):
                return see_other(ticket_address(party))
            return see_other(request.path)
    party = queries.by_manage_token(db.session(), token)
    waits = queues.standings(db.session(), party)
    page = render_template(
        "registration/offer.html",
        party=party,
        event=party.event,
        token=token,
        form=form,
        waits=waits,
        joinable=_joinable(party, waits),
        people=[each for each in party.registrations if _is_confirmed(each)],
        several=len(coming(party)) > 1,
        steps=STEPS,
        told=told(),
    )
    return (page, 422) if form.errors else page


def _answer(form: AnswerForm, token: str) -> str:
    """Do what was asked for; return what to say of it."""
    with transaction() as writing:
        party = queries.by_manage_token(writing, token)
        if form.answer.data == "join":
            numbers = form.people.data or []
            people = [
                each
                for each in party.registrations
                if _is_confirmed(each) and each.number in numbers
            ]
            if people:
                actions.wait_for(writing, people, form.session.data or "", now=now())
            return "joined"
        # Those that ended too: an answer may be sent twice.
        found = [each for each in party.waits if str(each.id) == form.wait.data]
        if not found:
            raise OfferOver
        if form.answer.data in {"accept", "swap"}:
            swap = form.answer.data == "swap"
            freed = waiting.accept(writing, found[0], now=now(), swap=swap)
            return "swap" if freed else "accept"
        waiting.decline(writing, found[0], now=now())
        if found[0].state is WaitState.ACCEPTED:
            return "accept"  # in another window: the ticket says so
        return "declined" if form.answer.data == "decline" else "left"


def _joinable(
    party: Party, waits: list[queues.Standing]
) -> list[tuple[Session, list[Registration]]]:
    """Return the full sessions of an event, with those of a party who could wait and do not yet."""
    event = party.event
    had = {
        (person.id, standing.wait.session_id)
        for standing in waits
        for person in standing.wait.people
    }
    people = [each for each in party.registrations if _is_confirmed(each)]
    had |= {(person.id, booking.session_id) for person in people for booking in person.bookings}
    return [
        (each, able)
        for each in bookable_sessions(event)
        if each.pool is not None
        and each.pool.seats.free == 0
        and event.at(now()) < each.starts_at
        and (able := [person for person in people if (person.id, each.id) not in had])
    ]


def _is_confirmed(person: Registration) -> bool:
    return person.state is RegistrationState.CONFIRMED
