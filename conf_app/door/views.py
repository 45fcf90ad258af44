"""Answer the addresses of the door: passes, the post's page, the admission card."""

import contextlib
from collections.abc import Callable
from enum import Enum
from typing import Any, TypeVar
from uuid import UUID, uuid4

from flask import Blueprint, abort, g, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from conf_app import codes
from conf_app.codes import Reference
from conf_app.database import db, transaction
from conf_app.door import admission, conflicts, desk, passes, queries, rules, walk_ins
from conf_app.door.forms import LookupForm, OnTheSpotForm, SearchForm
from conf_app.door.guard import ask_for_pass, own_device, own_event
from conf_app.door.models import PassageKind, UndoReason, Verdict
from conf_app.door.queries import Shown
from conf_app.door.scanner import version
from conf_app.journal import actions as journal
from conf_app.programme.models import Event
from conf_app.programme.rules import purge_day
from conf_app.registration import needs
from conf_app.registration.models import Registration
from conf_app.registration.refusals import EventFull, RegistrationClosed, UnknownSession
from conf_app.web import identity
from conf_app.web.context import now, settings
from conf_app.web.headers import FEATURES_OF_SCANNER
from conf_app.web.hypermedia import page_or_part, see_other
from conf_app.web.identity import Role
from conf_app.web.limits import REFERENCES, SEARCHES, limit_guesses, spend
from conf_app.web.private import keep_private
from conf_app.web.told import tell_next, told

door = Blueprint("door", __name__)
keep_private(door)
limit_guesses(door, wrong={403, 404})

ask_for_pass(
    door,
    but_for={"door.how", "door.join", "door.small_letters"},
    welcome={"door.ticket"},
    to_be_given_back={"door.leave"},
)

_Member = TypeVar("_Member", bound=Enum)

Find = Callable[[Session, bool], Shown]


@door.get("/entree/acces")
def how() -> str:
    """Say how a phone becomes a post."""
    return render_template("door/how.html")


@door.route("/entree/acces/<token>", methods=["GET", "POST"])
def join(token: str) -> ResponseReturnValue:
    """Offer to make this phone a post, and do it."""
    if request.method == "POST":
        with transaction() as session:
            secret = passes.join(session, token, held=identity.token(Role.DEVICE), now=now())
        identity.sign_in(Role.DEVICE, secret)
        return see_other(url_for("door.post"))
    door_pass = passes.opened_by(db.session(), token, now=now(), late=True)
    event = door_pass.door.event
    return render_template(
        "door/join.html",
        door_pass=door_pass,
        event=event,
        over=event.at(now()) >= door_pass.valid_until,
        silent=passes.silent_since(door_pass, now=now()),
    )


@door.route("/entree/", methods=["GET", "POST"])
def post() -> ResponseReturnValue:
    """Show the post, and read a code or a reference typed by hand."""
    event, form = own_event(), LookupForm()
    if form.validate_on_submit():
        if (code := form.code()) is not None:
            return see_other(url_for("door.ticket", code=code))
        spend(REFERENCES, f"device {own_device().id}")
        reference = form.reference()
        if reference and _is_known(reference, event):
            return see_other(url_for("door.named", reference=reference))
        form.typed.errors = ["Aucun billet de cet évènement ne porte cette référence."]
    room = rules.room(own_device(), event.at(now()))
    body = render_template(
        "door/post.html",
        event=event,
        form=form,
        heads=queries.heads(db.session(), event.id, room.id if room else None),
        until=rules.end_told(own_device().door_pass),
        room=room,
        sessions=rules.open_sessions(own_device().door_pass),
        badge=walk_ins.may_count(own_device(), PassageKind.BADGE),
        on_the_spot=walk_ins.may_count(own_device(), PassageKind.WALK_IN),
        conflicts=conflicts.number(db.session(), event),
        uuid=uuid4(),
        told=told(),
    )
    response = make_response(body, 422 if form.errors else 200)
    response.headers["Permissions-Policy"] = FEATURES_OF_SCANNER
    response.headers["Scanner-Version"] = f"door-{version()}"
    return response


@door.post("/entree/sans-billet")
def count_in() -> ResponseReturnValue:
    """Count somebody in who has no ticket, without a name."""
    kind, uuid = _one_of(PassageKind, "sorte"), _uuid()
    with transaction() as session:
        g.device = passes.device_of(session, identity.token(Role.DEVICE), now=now())
        passage = walk_ins.count_in(session, kind, device=own_device(), uuid=uuid, now=now())
        session.flush()
    return render_template("door/counted.html", event=own_event(), passage=passage)


@door.route("/entree/inscription", methods=["GET", "POST"])
def on_the_spot() -> ResponseReturnValue:
    """Register somebody who stands there, by a name alone, and let them in."""
    if not walk_ins.may_count(own_device(), PassageKind.WALK_IN):
        abort(403)
    form = OnTheSpotForm()
    if form.validate_on_submit():
        uuid = _uuid()
        try:
            with transaction() as session:
                g.device = passes.device_of(session, identity.token(Role.DEVICE), now=now())
                registration, verdict = walk_ins.register(
                    session,
                    form.name.data or "",
                    device=own_device(),
                    uuid=uuid,
                    keys=settings().ticket_keys,
                    now=now(),
                )
            moment = own_event().at(now())
            return _render(
                "door/verdict.html",
                registration,
                verdict,
                uuid=uuid,
                spoken=False,
                moment=moment,
                on_the_spot=True,
            )
        except EventFull:
            form.form_errors.append("Il ne reste plus de place pour la journée.")
        except RegistrationClosed:
            form.form_errors.append(
                "L’évènement est reporté ou annulé\u00a0: on n’y inscrit personne."
            )
    elif not form.uuid.data:
        form.uuid.data = str(uuid4())
    body = render_template(
        "door/on_the_spot.html", event=own_event(), form=form, purge_day=purge_day(own_event())
    )
    return body, 422 if form.errors else 200


@door.route("/entree/passage/<uuid:passage>/reprendre", methods=["GET", "POST"])
def undo(passage: UUID) -> ResponseReturnValue:
    """Ask why, then take a passage of this post back."""
    if request.method == "POST":
        why = _one_of(UndoReason, "pourquoi")
        with transaction() as session:
            g.device = passes.device_of(session, identity.token(Role.DEVICE), now=now())
            taken_back = queries.passage_of(session, passage, own_device().door_pass)
            walk_ins.undo(session, taken_back, why, device=own_device(), now=now())
        tell_next("undone")
        return see_other(url_for("door.post"))
    found = queries.passage_of(db.session(), passage, own_device().door_pass)
    if found.verdict is not Verdict.ADMITTED or found.undone_at is not None:
        return see_other(url_for("door.post"))
    return render_template("door/undo.html", event=own_event(), passage=found)


@door.post("/entree/creneau")
def choose_session() -> ResponseReturnValue:
    """Set this phone to one of the sessions of its room; one that is gone changes nothing."""
    with contextlib.suppress(UnknownSession), transaction() as session:
        device = passes.device_of(session, identity.token(Role.DEVICE), now=now())
        if device is not None:
            passes.set_to(session, device, request.form.get("creneau", ""))
    return see_other(url_for("door.post"))


@door.get("/entree/tableau")
def show_desk() -> ResponseReturnValue:
    """Show who is inside and what is left, without a name; the part asks again by itself."""
    event = own_event()
    return page_or_part(
        "door/desk.html",
        "door/_desk.html",
        event=event,
        desk=desk.desk(db.session(), event),
        address=url_for("door.show_desk"),
    )


@door.route("/entree/recherche", methods=["GET", "POST"])
def search() -> ResponseReturnValue:
    """Find somebody by name, if the pass may; each search leaves a line in the journal."""
    door_pass, form = own_device().door_pass, SearchForm()
    if not door_pass.may_search:
        abort(403)
    event, post = own_event(), door_pass.post
    found: list[Registration] | None = None
    if form.validate_on_submit():
        spend(SEARCHES, f"pass {door_pass.id}")
        found = queries.by_name(
            db.session(), form.name.data or "", event_id=event.id, most=rules.ANSWERS + 1
        )
    shown = found if found and len(found) <= rules.ANSWERS else []
    body = render_template("door/search.html", event=event, form=form, found=found, shown=shown)
    if found is not None:
        subject, count = event.slug, len(shown)
        with transaction() as session:
            journal.write(
                session, actor=post, act="door.search", subject=subject, count=count, now=now()
            )
    return body, 422 if form.errors else 200


@door.route("/entree/quitter", methods=["GET", "POST"])
def leave() -> ResponseReturnValue:
    """Ask once more, then give the phone back: it is no post any more."""
    if request.method != "POST":
        return render_template("door/leave.html")
    with transaction() as session:
        if secret := identity.token(Role.DEVICE):
            passes.leave(session, secret, now=now())
    identity.sign_out(Role.DEVICE)
    return see_other(url_for("door.how"))


@door.route("/entree/reference/<reference>", methods=["GET", "POST"])
def named(reference: str) -> ResponseReturnValue:
    """Show the card of the ticket whose reference was dictated, and admit it."""
    spend(REFERENCES, f"device {own_device().id}")

    def find(session: Session, lock: bool) -> Shown:
        try:
            parsed = codes.parse_reference(reference)
        except codes.NotACode:
            return Shown(None)
        event_id = own_event().id
        return queries.by_reference(session, parsed, event_id=event_id, lock=lock)

    return _card(find, spoken=True)


@door.get("/b/", defaults={"code": ""})
@door.get("/b/<path:code>")
def small_letters(code: str) -> ResponseReturnValue:
    """Lead an address typed in small letters to the ticket's."""
    return see_other(url_for("door.ticket", code=code))


@door.route("/B/", defaults={"code": ""}, methods=["GET", "POST"])
@door.route("/B/<path:code>", methods=["GET", "POST"])
def ticket(code: str) -> ResponseReturnValue:
    """Show the card of a scanned ticket to a post, and admit it; show strangers nothing."""
    if g.device is None:
        return render_template("door/neutral.html"), 200 if request.method != "POST" else 403

    def find(session: Session, lock: bool) -> Shown:
        try:
            return queries.by_code(session, codes.parse_ticket_code(code), lock=lock)
        except codes.NotACode:
            return Shown(None)

    return _card(find, spoken=False)


def _card(find: Find, *, spoken: bool) -> ResponseReturnValue:
    """Answer what a ticket is worth here; on POST, admit it."""
    moment = own_event().at(now())
    values: dict[str, Any] = {"spoken": spoken, "moment": moment}
    if request.method == "POST":
        uuid, adds = _uuid(), "ajouter" in request.form
        with transaction() as session:
            # Loaded again: what a transaction uses, it loads itself.
            g.device = passes.device_of(session, identity.token(Role.DEVICE), now=now())
            registration, verdict = admission.admit_shown(
                session,
                lambda session: find(session, True),
                device=own_device(),
                uuid=uuid,
                now=now(),
                add=adds,
            )
        values["returning"] = "retour" in request.form
        return _render("door/verdict.html", registration, verdict, uuid=uuid, **values)
    registration, old = find(db.session(), False)
    verdict = admission.foresee(
        db.session(), registration, device=own_device(), now=moment, old=old
    )
    seats = admission.addable(db.session(), verdict, device=own_device(), now=moment)
    return _render("door/card.html", registration, verdict, uuid=uuid4(), seats=seats, **values)


def _render(
    template: str, registration: Registration | None, verdict: admission.Admission, **values: Any
) -> str:
    reference = codes.spell(Reference(registration.reference)) if registration else ""
    return render_template(
        template,
        registration=registration,
        reference=reference,
        note=needs.note(registration) if registration else [],
        verdict=verdict,
        event=own_event(),
        room=rules.room(own_device(), values["moment"]),
        **values,
    )


def _is_known(reference: Reference, event: Event) -> bool:
    return queries.by_reference(db.session(), reference, event_id=event.id).registration is not None


def _one_of(kinds: type[_Member], field: str) -> _Member:
    try:
        return kinds(request.form.get(field, ""))
    except ValueError:
        abort(400)


def _uuid() -> UUID:
    try:
        return UUID(request.form.get("uuid", ""))
    except ValueError:
        abort(400)
