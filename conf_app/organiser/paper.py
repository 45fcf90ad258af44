"""Print lists of names for when nothing else works, and type them back."""

import re
from collections import Counter
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, g, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import DateTimeLocalField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from conf_app import codes
from conf_app.codes import Reference
from conf_app.database import db, transaction
from conf_app.door import conflicts, passes
from conf_app.door import paper as door_paper
from conf_app.door.models import DoorPass, Verdict
from conf_app.door.paper import Ticked
from conf_app.door.sync import Merged, Outcome
from conf_app.journal import actions as journal
from conf_app.programme.models import Event
from conf_app.programme.queries import event_named
from conf_app.programme.rules import is_near
from conf_app.registration.names import fold
from conf_app.tickets import pdf
from conf_app.web import french
from conf_app.web.context import now
from conf_app.web.forms import Form
from conf_app.web.hypermedia import see_other

paper = Blueprint("paper", __name__, url_prefix="/e/<event>/listes-papier")

LINES_AT_MOST = 5_000
_HOUR = re.compile(r"(?:^|\s)(\d{1,2})\s?[h:]\s?(\d{2})?$", re.IGNORECASE)


class CopyForm(Form):
    """Ask which door a list is for."""

    door = StringField(
        "Entrée",
        [
            DataRequired("Dis à quelle entrée la liste ira."),
            Length(max=60, message="C’est trop long\u00a0: 60 caractères au plus."),
        ],
        filters=[fold],
    )


class TypeBackForm(Form):
    """Ask for what was ticked, a line a person."""

    moment = DateTimeLocalField(
        "Jour et heure des lignes sans heure",
        [InputRequired("Dis quand ces personnes sont entrées, à peu près.")],
        format="%Y-%m-%dT%H:%M",
    )
    lines = TextAreaField("Références cochées", [DataRequired("Tape au moins une référence.")])

    def __init__(self, event: Event) -> None:
        self.event = event
        self.ticked: list[Ticked] = []
        begins = event.starts_at.astimezone(event.zone).replace(tzinfo=None)
        super().__init__(data={"moment": begins})

    def validate(self, extra_validators: Any = None) -> bool:
        """Read each line; those that say nothing clear are named, and nothing is kept before."""
        if not super().validate(extra_validators) or self.moment.data is None:
            return False
        moment: datetime = self.moment.data.replace(tzinfo=self.event.zone)
        if not is_near(self.event, moment):
            self.moment.errors = ["C’est à plus d’un an de l’évènement."]
            return False
        written = [line.strip() for line in (self.lines.data or "").splitlines()]
        written = [line for line in written if line]
        if len(written) > LINES_AT_MOST:
            most = french.count(LINES_AT_MOST, "ligne", "lignes")
            self.lines.errors = [f"C’est trop à la fois\u00a0: {most} au plus."]
            return False
        read = {line: ticked(line, moment) for line in written}
        known = door_paper.known(
            db.session(), self.event, [each.reference for each in read.values() if each]
        )
        wrong = [line for line, each in read.items() if each is None or each.reference not in known]
        if wrong:
            told = ", ".join(f"«\u00a0{line[:30]}\u00a0»" for line in wrong[:10])
            more = f", et {len(wrong) - 10} autres" if len(wrong) > 10 else ""
            self.lines.errors = [f"Ce ne sont pas des références d’ici\u00a0: {told}{more}."]
            return False
        self.ticked = [each for each in read.values() if each]
        return True


def ticked(line: str, moment: datetime) -> Ticked | None:
    """Read « K7Q-F2M-X 13 h 02 », or without an hour; None if it is neither."""
    hour = _HOUR.search(line)
    if hour is not None:
        line = line[: hour.start()]
        try:
            moment = moment.replace(hour=int(hour[1]), minute=int(hour[2] or 0))
        except ValueError:
            return None
    try:
        return Ticked(codes.parse_reference(line), moment)
    except codes.NotACode:
        return None


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
def print_copy(event: str, number: int) -> Response:
    """Print a copy as the list is now; the journal hears of it first."""
    found = event_named(db.session(), event)
    door_pass = door_paper.one_of(db.session(), found, number)
    letters = door_paper.by_letter(db.session(), found)
    facts = _facts(found, door_pass, letters)
    subject, count = f"{event} {door_pass.post}", sum(len(people) for _, people in letters)
    with transaction() as session:
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
