"""Answer people who want to see, take away or erase what is kept of them."""

import json

from flask import Blueprint, Response, make_response, render_template, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response as Redirect

from conf_app.database import db, transaction
from conf_app.privacy.access import gather, plain
from conf_app.privacy.erasure import erase_party
from conf_app.programme.rules import has_begun
from conf_app.refusals import NotFound
from conf_app.registration import queries
from conf_app.registration.rules import coming
from conf_app.web.context import now
from conf_app.web.forms import Form, csrf
from conf_app.web.hypermedia import see_other
from conf_app.web.limits import limit_guesses
from conf_app.web.private import keep_private

privacy = Blueprint("privacy", __name__)
keep_private(privacy)
limit_guesses(privacy)

# Inside a script element these would end it, or begin a comment (HTML, 4.12.1.3).
_IN_SCRIPT = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


@privacy.get("/billet/<token>/mes-donnees")
def my_data(token: str) -> str:
    """Show all that is kept of a party."""
    party = queries.by_manage_token(db.session(), token)
    return render_template(
        "privacy/my_data.html",
        event=party.event,
        data=gather(db.session(), party),
        token=token,
    )


@privacy.get("/billet/<token>/mes-donnees.html")
def my_file(token: str) -> Response:
    """Send it as one file that people read, with the same in JSON for machines."""
    party = queries.by_manage_token(db.session(), token)
    data = gather(db.session(), party)
    written = json.dumps(data, default=plain, ensure_ascii=False, indent=1)
    page = render_template(
        "privacy/file.html",
        event=party.event,
        data=data,
        json=Markup(written.translate(_IN_SCRIPT)),  # noqa: S704  # escaped for a script element
    )
    response = make_response(page)
    name = f"mes-donnees-{party.event.slug}.html"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@privacy.route("/billet/<token>/effacer", methods=["GET", "POST"])
@csrf.exempt  # type: ignore[untyped-decorator]  # the form checks it and shows itself again
def erase(token: str) -> str | tuple[str, int] | Redirect:
    """Say what erasing means for the tickets, then erase at once."""
    form = Form()
    if form.validate_on_submit():
        try:
            with transaction() as writing:
                erase_party(writing, queries.by_manage_token(writing, token), now=now())
        except NotFound:
            pass  # it is erased already: a second click changes nothing
        return see_other(url_for("privacy.erased"))
    party = queries.by_manage_token(db.session(), token)
    page = render_template(
        "privacy/erase.html",
        event=party.event,
        people=coming(party),
        begun=has_begun(party.event, now()),
        token=token,
        form=form,
    )
    return (page, 422) if form.errors else page


@privacy.get("/donnees-effacees")
def erased() -> str:
    """Say that nothing is left."""
    return render_template("privacy/erased.html")
