"""Ask again who it is before names leave the site: a browser left open is not enough."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from flask import g, request, session, url_for
from flask.typing import ResponseReturnValue

from conf_app.organiser import access
from conf_app.web.context import now
from conf_app.web.hypermedia import see_other

P = ParamSpec("P")
_COOKIE = "then"


def fresh_only(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Let only a fresh sign-in in; lead others to make one, and back here after."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        if access.is_fresh(g.sign_in, now=now()):
            return view(*args, **kwargs)
        session[_COOKIE] = request.full_path.rstrip("?") if request.method == "GET" else ""
        return see_other(url_for("organiser.team.confirm"))

    return guarded


def then() -> str:
    """Return where to go once signed in anew, and forget it; empty is nowhere."""
    path = str(session.pop(_COOKIE, ""))
    return path if path.startswith("/orga/") else ""
