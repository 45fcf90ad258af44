"""Show what the team did."""

from flask import Blueprint, render_template, request

from conf_app.database import db
from conf_app.journal import queries as journal
from conf_app.journal.queries import Sought
from conf_app.organiser import queries, words
from conf_app.programme.shapes import PARIS

team = Blueprint("team", __name__)


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
