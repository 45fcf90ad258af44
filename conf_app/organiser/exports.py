"""Let lists be taken along: which columns, in which form, with names or without."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from flask import (
    Blueprint,
    Response,
    abort,
    g,
    render_template,
    request,
    stream_with_context,
)
from flask.typing import ResponseReturnValue

from conf_app.database import db, transaction
from conf_app.journal import actions as journal
from conf_app.organiser import export, listing, narrowing
from conf_app.organiser.export import GROUPS, PERSONAL, Column, Lines
from conf_app.organiser.guard import check_pair, fresh_only
from conf_app.organiser.models import PairAct
from conf_app.programme.models import Event
from conf_app.programme.queries import event_named
from conf_app.programme.rules import purge_day
from conf_app.web.context import now

exports = Blueprint("exports", __name__)


class _Form(NamedTuple):
    """Hold a form of list: who writes it, what it is (RFC 4180, 3; RFC 8259, 1)."""

    write: Callable[[Lines, Event, Sequence[Column]], Iterator[bytes]]
    mimetype: str


_FORMS = {
    "inscriptions.csv": _Form(export.french_csv, "text/csv"),
    "inscriptions.xlsx": _Form(
        export.as_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    ),
    "inscriptions-rfc4180.csv": _Form(export.plain_csv, "text/csv"),
    "inscriptions.json": _Form(export.as_json, "application/json"),
}


@exports.get("/e/<event>/emporter")
@fresh_only
def choose(event: str) -> ResponseReturnValue:
    """Ask which list to take along."""
    found, wanted = event_named(db.session(), event), narrowing.read()
    return render_template(
        "organiser/take_along.html",
        event=found,
        erased_on=purge_day(found),
        groups=GROUPS,
        personal=PERSONAL,
        asked=narrowing.written(wanted),
        count=listing.count(db.session(), found, wanted),
        narrows=wanted.narrows,
    )


@exports.get("/e/<event>/<any({}):name>".format(", ".join(f'"{name}"' for name in _FORMS)))
@fresh_only
def download(event: str, name: str) -> ResponseReturnValue:
    """Write a list as it is read; the journal hears of it first."""
    anonymous = bool(request.args.get("anonyme"))
    asked = set(request.args.getlist("colonnes") or GROUPS) & GROUPS.keys()
    if anonymous:
        asked -= PERSONAL
    if not asked:
        abort(400)
    found, wanted = event_named(db.session(), event), narrowing.read()
    ending = name.rpartition(".")[2]
    saved = export.file_name(found, found.at(now()), anonymous=anonymous, ending=ending)
    count = listing.count(db.session(), found, wanted)
    subject, actor = f"{event} {name}{' anonyme' if anonymous else ''}", g.organiser.name
    with transaction() as session:
        if not anonymous:
            check_pair(session, PairAct.EXPORT, event)
        journal.write(
            session, actor=actor, act="list.export", subject=subject, count=count, now=now()
        )
    form = _FORMS[name]

    def pieces() -> Iterator[bytes]:
        # The view's own session has ended by now; one opened here ends with the stream.
        session = db.session()
        own = event_named(session, event)
        lines = export.batches(session, own, wanted)
        yield from form.write(lines, own, export.columns(own, asked))

    answer = Response(
        stream_with_context(pieces()),
        mimetype=form.mimetype,
        headers={"Content-Disposition": f'attachment; filename="{saved}"'},
    )
    # The page shows that the file is being made until it sees this come back.
    if sign := request.args.get("signe", "")[:32]:
        answer.set_cookie("emporte", sign, max_age=60, path="/orga/", samesite="Strict")
    return answer
