"""Answer the addresses by which two people decide together."""

from flask import Blueprint, abort, g, render_template, request, url_for
from flask.typing import ResponseReturnValue

from conf_app.database import db, transaction
from conf_app.organiser import approvals, members, queries, words
from conf_app.organiser.guard import check_orga
from conf_app.organiser.models import Organiser, PairAct
from conf_app.programme.shapes import PARIS
from conf_app.refusals import NotFound
from conf_app.web.context import now
from conf_app.web.hypermedia import see_other

approving = Blueprint("approving", __name__)

_EVENT_ACTS = (PairAct.EXPORT, PairAct.MAIL, PairAct.PURGE, PairAct.CANCEL)


@approving.get("/equipe/a-deux")
def show() -> str:
    """Show whether some acts take two people, what waits for a word, and which were given."""
    session, moment = db.session(), now()
    found = approvals.standing(session, now=moment)
    return render_template(
        "organiser/approvals.html",
        rule=approvals.rule(session, now=moment),
        lines=[(each, queries.said(session, each.act, each.subject)) for each in found],
        may_answer=lambda each: approvals.may_answer(each, g.organiser, now=moment),
        patience=approvals.PATIENCE,
        holds=approvals.HOLDS,
        alone=approvals.ALONE,
        now=moment,
        zone=PARIS,
        acts=[(each.value, words.PAIR_ACTS[each].format("…")) for each in _EVENT_ACTS],
        events=queries.events(session),
        members=[each for each in members.team(session) if each.id != g.organiser_id],
    )


@approving.post("/equipe/a-deux/regle")
def switch() -> ResponseReturnValue:
    """Start the rule, or end it, which takes two people itself."""
    check_orga()
    with transaction() as session:
        by = session.get_one(Organiser, g.organiser_id)
        if request.form.get("regle") == "oui":
            approvals.start(session, by=by, now=now())
        else:
            approvals.end(session, by=by, now=now())
    return see_other(url_for("organiser.approving.show"))


@approving.post("/equipe/a-deux/demander")
def ask() -> ResponseReturnValue:
    """Ask the others for their word."""
    act, subject = _act()
    with transaction() as session:
        by = session.get_one(Organiser, g.organiser_id)
        approvals.ask(session, act, subject, by=by, now=now())
    return see_other(url_for("organiser.approving.show"))


@approving.post("/equipe/a-deux/d-avance")
def approve_ahead() -> ResponseReturnValue:
    """Give one's word before anybody asks."""
    act, subject = _act()
    with transaction() as session:
        by = session.get_one(Organiser, g.organiser_id)
        approvals.approve_ahead(session, act, subject, by=by, now=now())
    return see_other(url_for("organiser.approving.show"))


@approving.post("/equipe/a-deux/<int(max=2147483647):number>")
def answer(number: int) -> ResponseReturnValue:
    """Say yes or no to what another asked."""
    granted = {"oui": True, "non": False}.get(request.form.get("reponse", ""))
    if granted is None:
        abort(400)
    with transaction() as session:
        by = session.get_one(Organiser, g.organiser_id)
        approvals.answer(session, number, granted=granted, by=by, now=now())
    return see_other(url_for("organiser.approving.show"))


def _act() -> tuple[PairAct, str]:
    """Read from a form an act, and an event or member that is there."""
    try:
        act = PairAct(request.form.get("quoi", ""))
    except ValueError:
        abort(400)
    if act is PairAct.RULE:
        return act, ""
    if act is PairAct.REMOVE:
        number = request.form.get("qui", "")
        if not (number.isdecimal() and len(number) < 10):
            abort(400)
        return act, str(members.member(db.session(), int(number)).id)
    slug = request.form.get("ou", "")
    if slug not in queries.titles(db.session()):
        raise NotFound
    return act, slug
