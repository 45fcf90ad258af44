"""Print lists of names for when nothing else works, and type them back."""

from collections import Counter

from flask import Blueprint, Response, g, render_template, url_for
from flask.typing import ResponseReturnValue

from conf_app import codes
from conf_app.codes import Reference
from conf_app.database import db, transaction
from conf_app.door import conflicts, passes
from conf_app.door import paper as door_paper
from conf_app.door.models import DoorPass, Verdict
from conf_app.door.sync import Merged, Outcome
from conf_app.journal import actions as journal
from conf_app.organiser.forms import CopyForm, TypeBackForm
from conf_app.organiser.guard import check_pair, fresh_only
from conf_app.organiser.models import PairAct
from conf_app.programme.models import Event
from conf_app.programme.queries import event_named
from conf_app.tickets import pdf
from conf_app.web import french
from conf_app.web.context import now
from conf_app.web.hypermedia import see_other

paper = Blueprint("paper", __name__, url_prefix="/e/<event>/listes-papier")


@paper.route("", methods=["GET", "POST"])
def copies(event: str) -> ResponseReturnValue:
    """List the copies of an event's list, and make one."""
    form = CopyForm()
    if form.validate_on_submit():
        with transaction() as session:
            made = door_paper.make(
                session,
                event_named(session, event),
                door=form.door.data or "",
                actor=g.organiser.name,
                now=now(),
            )
            number = made.copy_number
        return see_other(url_for("organiser.paper.copy", event=event, number=number))
    found = event_named(db.session(), event)
    body = render_template(
        "organiser/paper_lists.html",
        event=found,
        copies=door_paper.copies(db.session(), found),
        doors=passes.door_names(db.session(), found),
        form=form,
    )
    return body, 422 if form.errors else 200


@paper.route("/<int(max=2147483647):number>", methods=["GET", "POST"])
def copy(event: str, number: int) -> ResponseReturnValue:
    """Show a copy, and merge what was ticked on it."""
    found = event_named(db.session(), event)
    form, result = TypeBackForm(found), None
    if form.validate_on_submit():
        read = form.ticked
        with transaction() as session:
            own = event_named(session, event)
            door_pass = door_paper.one_of(session, own, number)
            merged = door_paper.type_back(
                session, door_pass, read, actor=g.organiser.name, now=now()
            )
            result = _counted(merged)
        found = event_named(db.session(), event)
        form.lines.data = ""
    body = render_template(
        "organiser/paper_list.html",
        event=found,
        door_pass=door_paper.one_of(db.session(), found, number),
        form=form,
        result=result,
        conflicts=conflicts.number(db.session(), found),
    )
    return body, 422 if form.errors else 200


@paper.get("/<int(max=2147483647):number>.pdf")
@fresh_only
def print_copy(event: str, number: int) -> Response:
    """Print a copy as the list is now; the journal hears of it first."""
    found = event_named(db.session(), event)
    door_pass = door_paper.one_of(db.session(), found, number)
    letters = door_paper.by_letter(db.session(), found)
    facts = _facts(found, door_pass, letters)
    subject, count = f"{event} {door_pass.post}", sum(len(people) for _, people in letters)
    with transaction() as session:
        check_pair(session, PairAct.EXPORT, event)
        journal.write(
            session,
            actor=g.organiser.name,
            act="list.print",
            subject=subject,
            count=count,
            now=now(),
        )
    name = f"liste-papier-{event}-{number}.pdf"
    return Response(
        pdf.list_pdf(facts),
        mimetype="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _facts(
    event: Event, door_pass: DoorPass, letters: list[tuple[str, list[door_paper.Person]]]
) -> dict[str, object]:
    printed = event.at(now())
    return {
        "title": door_pass.post,
        "event": event.title,
        "door": door_pass.door.name,
        "made": f"imprimée le {french.moment(printed, event.zone)}",
        "rehearsal": "RÉPÉTITION" if event.rehearsal else "",
        "destroy": "Cette liste porte des noms\u00a0: à détruire une fois saisie.",
        "letters": [
            {
                "letter": letter,
                "people": [
                    {"name": name, "reference": codes.spell(Reference(reference))}
                    for name, reference in people
                ],
            }
            for letter, people in letters
        ],
    }


def _counted(merged: list[Merged]) -> Counter[str]:
    """Count what became of the lines: went in, already in, or against what the database says."""
    kinds: Counter[str] = Counter()
    for each in merged:
        if each.passage is None or each.outcome is not Outcome.KEPT:
            kinds["aside"] += 1
        elif each.passage.verdict is Verdict.ADMITTED:
            kinds["entered"] += 1
        else:
            kinds["against"] += 1
    return kinds
