"""Keep each role to its pages; ask again who it is before names leave the site."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from flask import g, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from conf_app.database import transaction
from conf_app.journal import actions as journal
from conf_app.organiser import access, approvals
from conf_app.organiser.members import NotYourRole
from conf_app.organiser.models import Organiser, PairAct, TeamRole
from conf_app.web.context import now
from conf_app.web.hypermedia import see_other

P = ParamSpec("P")
_COOKIE = "then"

_OF_ALL = {
    "organiser.events",
    "organiser.dashboard.show",
    "organiser.show_desk",
    "organiser.disconnect",
    "organiser.team.show",
    "organiser.team.remove",  # oneself
    "organiser.team.own_address",
    "organiser.team.confirm",
    "organiser.team.close_sign_in",
    "organiser.team.read_journal",
}
OPEN_TO = {
    TeamRole.PROGRAMME: _OF_ALL,
    TeamRole.ACCUEIL: _OF_ALL | {"organiser.show_conflicts"},
}
"""What is open to the roles that see no name; a new page is not, until it stands here."""


def fresh_only(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Let only a fresh sign-in in; lead others to make one, and back here after."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        if access.is_fresh(g.sign_in, now=now()):
            return view(*args, **kwargs)
        session[_COOKIE] = request.full_path.rstrip("?") if request.method == "GET" else ""
        return see_other(url_for("organiser.team.confirm"))

    return guarded


def check_role() -> None:
    """Raise NotYourRole where the member of this request has nothing to do."""
    own: TeamRole = g.organiser.role
    if own is not TeamRole.ORGA and request.endpoint not in OPEN_TO[own]:
        raise NotYourRole


def is_orga() -> bool:
    """Whether this member may do everything."""
    role: TeamRole = g.organiser.role
    return role is TeamRole.ORGA


def check_orga() -> None:
    """Raise NotYourRole for all but those who may do everything."""
    if not is_orga():
        raise NotYourRole


def check_pair(session: Session, act: PairAct, subject: str) -> None:
    """Raise NeedsSecond where an act of this member takes another's word, and has it not."""
    by = session.get_one(Organiser, g.organiser_id)
    approvals.check(session, act, subject, by=by, now=now())


def note(act: str, subject: str, count: int = 1) -> None:
    """Write in the journal what this member just read or did."""
    actor = g.organiser.name
    with transaction() as session:
        journal.write(session, actor=actor, act=act, subject=subject, count=count, now=now())


def then() -> str:
    """Return where to go once signed in anew, and forget it; empty is nowhere."""
    path = str(session.pop(_COOKIE, ""))
    return path if path.startswith("/orga/") else ""
