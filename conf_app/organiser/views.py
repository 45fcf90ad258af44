"""Answer the organisers' addresses; refuse everybody else."""

from flask import (
    Blueprint,
    abort,
    g,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from conf_app.database import db, transaction
from conf_app.door import conflicts, desk, passes
from conf_app.door.scanner import drill_drawing, settled
from conf_app.door.words import SETTLEMENTS
from conf_app.organiser import access, approvals, members, queries, words
from conf_app.organiser.approving import approving
from conf_app.organiser.attendees import attendees
from conf_app.organiser.dashboard import dashboard
from conf_app.organiser.exports import exports
from conf_app.organiser.forms import PassForm, SignInForm
from conf_app.organiser.guard import check_role, is_orga, note, then
from conf_app.organiser.paper import paper
from conf_app.organiser.team import team
from conf_app.programme.queries import event_named
from conf_app.registration.refusals import UnknownSession
from conf_app.registration.words import STATES
from conf_app.tickets import qr
from conf_app.web import identity
from conf_app.web.context import now, site_address
from conf_app.web.forms import csrf
from conf_app.web.hypermedia import page_or_part, see_other
from conf_app.web.identity import Role
from conf_app.web.limits import SIGN_IN_LINKS, TooMany, limit_guesses, spend
from conf_app.web.private import keep_private
from conf_app.web.told import tell_next, told

organiser = Blueprint("organiser", __name__, url_prefix="/orga")
keep_private(organiser)
limit_guesses(organiser, wrong={404, 410})
organiser.register_blueprint(approving)
organiser.register_blueprint(attendees)
organiser.register_blueprint(dashboard)
organiser.register_blueprint(exports)
organiser.register_blueprint(paper)
organiser.register_blueprint(team)

_OPEN_TO_STRANGERS = {"organiser.how", "organiser.asked", "organiser.connect"}


@organiser.before_request
def know_the_organiser() -> ResponseReturnValue | None:
    """Recognise the organiser; lead strangers to how one gets in."""
    if request.endpoint in _OPEN_TO_STRANGERS:
        return None
    g.sign_in = access.signed_in(db.session(), identity.token(Role.ORGANISER), now=now())
    if g.sign_in is not None:
        if access.is_long_unseen(g.sign_in, now=now()):
            with transaction() as session:
                access.see(session, g.sign_in.id, now=now())
        g.organiser = g.sign_in.organiser
        g.sign_in_id, g.organiser_id = g.sign_in.id, g.organiser.id
        check_role()
        return None
    if request.method not in {"GET", "HEAD"}:
        abort(403)
    return see_other(url_for("organiser.how"))


@organiser.route("/connexion", methods=["GET", "POST"])
@csrf.exempt  # type: ignore[untyped-decorator]  # the form checks it and shows itself again, filled
def how() -> ResponseReturnValue:
    """Ask for a member's address: the answer is the same whether or not it is one."""
    form = SignInForm()
    status = 422
    if form.validate_on_submit():
        try:
            spend(SIGN_IN_LINKS)
            with transaction() as session:
                members.ask_for_link(session, form.email.data or "", now=now())
            return see_other(url_for("organiser.asked"))
        except TooMany as refusal:
            form.form_errors.append(str(refusal))
            status = 429
    return render_template("organiser/how.html", form=form), status if form.errors else 200


@organiser.get("/connexion/demandee")
def asked() -> str:
    """Say what follows, whoever asked."""
    return render_template("organiser/asked.html")


@organiser.route("/connexion/<token>", methods=["GET", "POST"])
def connect(token: str) -> ResponseReturnValue:
    """Offer to sign in, and do it: opening the link uses nothing up."""
    if request.method == "POST":
        with transaction() as session:
            secret = access.sign_in(session, token, now=now())
        wanted = then()
        identity.sign_in(Role.ORGANISER, secret)
        return see_other(wanted or url_for("organiser.events"))
    holder = access.link_holder(db.session(), token, now=now())
    return render_template("organiser/connect.html", holder=holder)


@organiser.post("/deconnexion")
def disconnect() -> ResponseReturnValue:
    """Sign this browser out."""
    with transaction() as session:
        if secret := identity.token(Role.ORGANISER):
            access.sign_out(session, secret)
    identity.sign_out(Role.ORGANISER)
    return see_other(url_for("organiser.how"))


@organiser.get("/")
def events() -> str:
    """List the events with their counts."""
    return render_template(
        "organiser/events.html",
        lines=queries.events(db.session()),
        waiting=approvals.open_number(db.session(), g.organiser, now=now()) if is_orga() else 0,
    )


@organiser.get("/e/<event>/tableau")
def show_desk(event: str) -> ResponseReturnValue:
    """Show who is inside and what is left, without a name; the part asks again by itself."""
    found = event_named(db.session(), event)
    return page_or_part(
        "organiser/desk.html",
        "door/_desk.html",
        event=found,
        desk=desk.desk(db.session(), found),
        address=url_for("organiser.show_desk", event=event),
    )


@organiser.route("/e/<event>/conflits", methods=["GET", "POST"])
def show_conflicts(event: str) -> ResponseReturnValue:
    """List what doors answered against each other, without a name, and settle it."""
    address = url_for("organiser.show_conflicts", event=event)
    if request.method == "POST":
        number, how = settled()
        with transaction() as session:
            found = event_named(session, event)
            conflicts.settle(session, found, number, how, by=g.organiser.name, now=now())
        return see_other(address)
    found = event_named(db.session(), event)
    return render_template(
        "organiser/conflicts.html",
        event=found,
        found=conflicts.of_event(db.session(), found),
        address=address,
        settlements=SETTLEMENTS,
    )


@organiser.get("/e/<event>/besoins")
def needs_of_people(event: str) -> str:
    """List what people need to come; the reading leaves a line in the journal."""
    found = event_named(db.session(), event)
    lines = queries.needs_of_people(db.session(), found)
    body = render_template(
        "organiser/needs.html",
        event=found,
        lines=lines,
        kinds=queries.count_kinds(lines),
        erasing_days=queries.erasing_days(lines),
        state_names=STATES,
    )
    note("needs.read", f"{event} besoins", len(lines))
    return body


@organiser.get("/e/<event>/entrees")
def door_passes(event: str) -> str:
    """List the door passes of an event."""
    found = event_named(db.session(), event)
    lines = passes.of_event(db.session(), found, now=found.at(now()))
    return render_template(
        "organiser/door_passes.html", event=found, lines=lines, standings=words.STANDINGS
    )


@organiser.route("/e/<event>/entrees/nouvel-acces", methods=["GET", "POST"])
def new_door_pass(event: str) -> ResponseReturnValue:
    """Make a door pass; the next page shows its link, this once."""
    found = event_named(db.session(), event)
    form = PassForm(found, found.at(now()))
    if form.validate_on_submit():
        actor, asked = g.organiser.name, form.asked()
        try:
            with transaction() as session:
                token, door_pass = passes.make(
                    session, event_named(session, event), **asked._asdict(), actor=actor, now=now()
                )
                session.flush()
                made = door_pass.id
            tell_next(token)
            return see_other(url_for("organiser.door_pass", event=event, number=made))
        except UnknownSession:
            form.refuse_sessions()
    doors = passes.door_names(db.session(), found)
    return render_template("organiser/new_door_pass.html", event=found, form=form, doors=doors), (
        422 if form.errors else 200
    )


@organiser.get("/e/<event>/entrees/<int(max=2147483647):number>")
def door_pass(event: str, number: int) -> str:
    """Show a door pass and the phones that hold it; its link, if it was made just now."""
    found = event_named(db.session(), event)
    door_pass = passes.one_of(db.session(), found, number)
    token, link = told(), ""
    if passes.is_of(door_pass, token):
        link = site_address("door.join", token=token)
    return render_template(
        "organiser/door_pass.html",
        event=found,
        line=passes.line(door_pass, now=found.at(now())),
        standings=words.STANDINGS,
        link=link,
        drawing=qr.svg(link, title=f"Accès de {door_pass.post}") if link else "",
        drill=drill_drawing() if link else "",
    )


@organiser.route("/e/<event>/entrees/<int(max=2147483647):number>/retirer", methods=["GET", "POST"])
def close_door_pass(event: str, number: int) -> ResponseReturnValue:
    """Ask once more, then take a door pass away at once."""
    if request.method == "POST":
        actor = g.organiser.name
        with transaction() as session:
            closed = passes.one_of(session, event_named(session, event), number)
            passes.close(session, closed, actor=actor, now=now())
        return see_other(url_for("organiser.door_passes", event=event))
    found = event_named(db.session(), event)
    return render_template(
        "organiser/close_door_pass.html",
        event=found,
        door_pass=passes.one_of(db.session(), found, number),
    )


@organiser.post(
    "/e/<event>/entrees/<int(max=2147483647):number>/telephones/<int(max=2147483647):device>/retirer"
)
def take_device_off(event: str, number: int, device: int) -> ResponseReturnValue:
    """Make one phone no post any more."""
    actor = g.organiser.name
    with transaction() as session:
        held = passes.one_of(session, event_named(session, event), number)
        passes.take_off(session, passes.device_in(held, device), actor=actor, now=now())
    return see_other(url_for("organiser.door_pass", event=event, number=number))
