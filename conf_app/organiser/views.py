"""Answer the organisers' addresses; refuse everybody else."""

from collections.abc import Iterator

from flask import (
    Blueprint,
    Response,
    abort,
    g,
    render_template,
    request,
    stream_with_context,
    url_for,
)
from flask.typing import ResponseReturnValue

from conf_app.database import db, transaction
from conf_app.journal import actions as journal
from conf_app.organiser import access, export, queries, words
from conf_app.organiser.queries import Wanted
from conf_app.programme.queries import event_named
from conf_app.registration.words import STATES
from conf_app.web import identity
from conf_app.web.context import now
from conf_app.web.hypermedia import see_other
from conf_app.web.identity import Role
from conf_app.web.limits import limit_guesses
from conf_app.web.private import keep_private

organiser = Blueprint("organiser", __name__, url_prefix="/orga")
keep_private(organiser)
limit_guesses(organiser, wrong={404, 410})

_OPEN_TO_STRANGERS = {"organiser.how", "organiser.connect"}


@organiser.before_request
def know_the_organiser() -> ResponseReturnValue | None:
    """Recognise the organiser; lead strangers to how one gets in."""
    if request.endpoint in _OPEN_TO_STRANGERS:
        return None
    g.organiser = access.signed_in(db.session(), identity.token(Role.ORGANISER), now=now())
    if g.organiser is not None:
        return None
    if request.method not in {"GET", "HEAD"}:
        abort(403)
    return see_other(url_for("organiser.how"))


@organiser.get("/connexion")
def how() -> str:
    """Say how an organiser gets in."""
    return render_template("organiser/how.html")


@organiser.route("/connexion/<token>", methods=["GET", "POST"])
def connect(token: str) -> ResponseReturnValue:
    """Offer to sign in, and do it: opening the link uses nothing up."""
    if request.method == "POST":
        with transaction() as session:
            secret = access.sign_in(session, token, now=now())
        identity.sign_in(Role.ORGANISER, secret)
        return see_other(url_for("organiser.events"))
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
    return render_template("organiser/events.html", lines=queries.events(db.session()))


@organiser.get("/e/<event>/inscriptions")
def registrations(event: str) -> str:
    """List the registrations of an event; the reading leaves a line in the journal."""
    found = event_named(db.session(), event)
    wanted = Wanted(
        text=request.args.get("q", "").strip()[:200],
        state=words.STATE_IN_ADDRESS.get(request.args.get("etat", "")),
    )
    page = request.args.get("page", 1, type=int)
    listing = queries.listing(db.session(), found, wanted, page=page)
    body = render_template(
        "organiser/registrations.html",
        event=found,
        wanted=wanted,
        listing=listing,
        summary=queries.summary(db.session(), found),
        words=words,
        state_names=STATES,
    )
    _journal("list.read", f"{event} inscriptions", len(listing.lines))
    return body


@organiser.get("/e/<event>/inscriptions.csv")
def registrations_csv(event: str) -> Response:
    """Export the registrations of an event; the journal hears of it first."""
    _journal(
        "list.export",
        f"{event} inscriptions.csv",
        queries.count(db.session(), event_named(db.session(), event), Wanted()),
    )
    found = event_named(db.session(), event)
    name = export.file_name(found, found.at(now()))

    def lines() -> Iterator[bytes]:
        # The view's own session has ended by now; one opened here ends with the stream.
        yield from export.registrations_csv(db.session(), event_named(db.session(), event))

    return Response(
        stream_with_context(lines()),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
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
    _journal("needs.read", f"{event} besoins", len(lines))
    return body


def _journal(act: str, subject: str, count: int) -> None:
    actor = g.organiser.name
    with transaction() as session:
        journal.write(session, actor=actor, act=act, subject=subject, count=count, now=now())
