"""Let the team govern itself: who is in it, where each is signed in, who did what."""

from flask import Blueprint, g, render_template, request, url_for
from flask.typing import ResponseReturnValue

from conf_app.database import db, transaction
from conf_app.journal import queries as journal
from conf_app.journal.queries import Sought
from conf_app.organiser import access, members, queries, words
from conf_app.organiser.forms import InviteForm, OwnAddressForm, RoleForm
from conf_app.organiser.guard import check_orga, fresh_only
from conf_app.organiser.models import Organiser, TeamRole
from conf_app.programme.shapes import PARIS
from conf_app.web import identity
from conf_app.web.context import now, settings, site_address
from conf_app.web.hypermedia import see_other
from conf_app.web.identity import Role
from conf_app.web.limits import SIGN_IN_LINKS, spend
from conf_app.web.told import tell_next, told

team = Blueprint("team", __name__)


@team.get("/equipe")
def show() -> str:
    """Show the team, and where one is signed in; the link of who was just invited, this once."""
    session, token = db.session(), told()
    invited = access.holder_if_any(session, token, now=now())
    return render_template(
        "organiser/team.html",
        members=members.team(session),
        former=members.former(session),
        sign_ins=access.sign_ins(session, g.organiser, now=now()),
        own=g.sign_in.id,
        invited=invited,
        link=site_address("organiser.connect", token=token) if invited else "",
        zone=PARIS,
        roles=words.ROLES,
        orga=g.organiser.role is TeamRole.ORGA,
    )


@team.route("/equipe/inviter", methods=["GET", "POST"])
@fresh_only
def invite() -> ResponseReturnValue:
    """Invite somebody; the next page shows their link, this once.

    A browser left open must not do it: whoever is invited signs in, and that is a fresh sign-in.
    """
    form = InviteForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                token = members.enlist(
                    session,
                    form.name.data or "",
                    form.email.data or None,
                    role=TeamRole(form.role.data),
                    keys=settings().ticket_keys,
                    by=session.get_one(Organiser, g.organiser_id),
                    now=now(),
                )
            tell_next(token)
            return see_other(url_for("organiser.team.show"))
        except (members.NameTaken, members.AddressTaken) as refusal:
            form.refuse(refusal)
    page = render_template("organiser/invite.html", form=form, roles=words.ROLES)
    return page, 422 if form.errors else 200


@team.route("/equipe/<int(max=2147483647):number>/retirer", methods=["GET", "POST"])
def remove(number: int) -> ResponseReturnValue:
    """Ask once more, then take a member out of the team and tell everybody."""
    if number != g.organiser_id:
        check_orga()
    if request.method == "POST":
        with transaction() as session:
            members.remove(
                session, number, by=session.get_one(Organiser, g.organiser_id), now=now()
            )
        return see_other(url_for("organiser.team.show"))
    session = db.session()
    return render_template(
        "organiser/remove_member.html",
        member=members.member(session, number),
        alone=members.is_last(session, number),
    )


@team.route("/equipe/<int(max=2147483647):number>/role", methods=["GET", "POST"])
def change_role(number: int) -> ResponseReturnValue:
    """Let a member see more, or less."""
    form = RoleForm()
    if form.validate_on_submit():
        with transaction() as session:
            members.change_role(
                session,
                number,
                TeamRole(form.role.data),
                by=session.get_one(Organiser, g.organiser_id),
                now=now(),
            )
        return see_other(url_for("organiser.team.show"))
    member = members.member(db.session(), number)
    if not form.role.data:
        form.role.data = member.role.value
    page = render_template("organiser/role.html", form=form, member=member, roles=words.ROLES)
    return page, 422 if form.errors else 200


@team.route("/equipe/adresse", methods=["GET", "POST"])
@fresh_only
def own_address() -> ResponseReturnValue:
    """Change where one's own links are written."""
    form = OwnAddressForm(data={"email": g.organiser.email})
    if form.validate_on_submit():
        try:
            with transaction() as session:
                own = session.get_one(Organiser, g.organiser_id)
                members.set_address(session, own, form.email.data or None, now=now())
            return see_other(url_for("organiser.team.show"))
        except members.AddressTaken:
            form.refuse()
    page = render_template("organiser/own_address.html", form=form)
    return page, 422 if form.errors else 200


@team.route("/confirmer", methods=["GET", "POST"])
def confirm() -> ResponseReturnValue:
    """Ask to sign in anew before names leave the site; write the link to one's own address."""
    if request.method == "POST" and (address := g.organiser.email):
        spend(SIGN_IN_LINKS)
        with transaction() as session:
            members.ask_for_link(session, address, now=now())
        return see_other(url_for("organiser.asked"))
    return render_template("organiser/confirm.html")


@team.post("/equipe/connexions/<int(max=2147483647):number>/fermer")
def close_sign_in(number: int) -> ResponseReturnValue:
    """End one of one's own sign-ins, on whatever device it is."""
    with transaction() as session:
        access.close(session, session.get_one(Organiser, g.organiser_id), number)
    if number == g.sign_in_id:
        identity.sign_out(Role.ORGANISER)
        return see_other(url_for("organiser.how"))
    return see_other(url_for("organiser.team.show"))


@team.get("/journal")
def read_journal() -> str:
    """Show who did what, the latest first; it names no attendee."""
    kind = request.args.get("quoi", "")
    sought = Sought(
        actor=request.args.get("qui", "").strip()[:120],
        acts=words.KINDS_OF_ACTS[kind].acts if kind in words.KINDS_OF_ACTS else (),
    )
    return render_template(
        "organiser/journal.html",
        pages=journal.page(db.session(), sought, before=request.args.get("avant", type=int)),
        sought=sought,
        kind=kind,
        actors=queries.actors(db.session()),
        words=words,
        zone=PARIS,
    )
