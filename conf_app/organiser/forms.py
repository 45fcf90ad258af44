"""Read what organisers type."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from wtforms import (
    BooleanField,
    DateTimeLocalField,
    IntegerField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import AnyOf, DataRequired, InputRequired, Length, ValidationError

from conf_app import codes
from conf_app.database import db
from conf_app.door import paper, rules
from conf_app.door.paper import Ticked
from conf_app.organiser.members import AddressTaken, NameTaken
from conf_app.organiser.models import TeamRole
from conf_app.programme.models import Event
from conf_app.programme.rules import is_near
from conf_app.registration.forms import EmailForm, email_field
from conf_app.registration.names import fold
from conf_app.registration.rules import bookable_sessions
from conf_app.web import french
from conf_app.web.forms import Form

LINES_AT_MOST = 5_000
_HOUR = re.compile(r"(?:^|\s)(\d{1,2})\s?[h:]\s?(\d{2})?$", re.IGNORECASE)
_SESSION_GONE = "Un de ces créneaux n’existe plus\u00a0: choisis à nouveau."


class Asked(NamedTuple):
    """Hold what a door pass is to be: the words of ``passes.make``."""

    post: str
    door: str
    valid_from: datetime
    valid_until: datetime
    devices_at_most: int | None
    may_search: bool
    sessions: list[str]
    may_add: bool
    referent: str
    phone: str


_ROLES = [each.value for each in TeamRole]


class SignInForm(EmailForm):
    """Ask a member's address, to write a sign-in link there."""

    email_missing = "Écris l’adresse que l’équipe te connaît."

    @property
    def email_required(self) -> bool:
        """There is nowhere else to write."""
        return True


class OwnAddressForm(EmailForm):
    """Ask a member where to write their links; nothing typed takes the address off."""

    def refuse(self) -> None:
        """Say that somebody else has it."""
        self.email.errors = ["Quelqu’un d’autre de l’équipe a cette adresse."]


def _role() -> StringField:
    return StringField("Rôle", [AnyOf(_ROLES, "Choisis un de ces rôles.")])


class RoleForm(Form):
    """Ask what a member may see."""

    role = _role()


class InviteForm(EmailForm):
    """Ask who joins the team, and where to write to them."""

    name = StringField(
        "Nom",
        filters=[fold],
        validators=[
            DataRequired("Donne un nom\u00a0: c’est lui que le journal écrira."),
            Length(max=80, message="80 caractères au plus."),
        ],
    )
    email = email_field()
    role = _role()

    def refuse(self, refusal: NameTaken | AddressTaken) -> None:
        """Say beside the field which of both a member has already."""
        if isinstance(refusal, NameTaken):
            self.name.errors = ["Quelqu’un de l’équipe a déjà ce nom\u00a0: prends-en un autre."]
        else:
            self.email.errors = ["Quelqu’un de l’équipe a déjà cette adresse."]


class _Moment(DateTimeLocalField):
    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError("Écris une date et une heure, par exemple 2022-12-15T09:00.") from None


class _Number(IntegerField):
    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError("Écris un nombre, en chiffres.") from None


def _door(missing: str) -> StringField:
    too_long = Length(max=60, message="C’est trop long\u00a0: 60 caractères au plus.")
    return StringField("Entrée", [DataRequired(missing), too_long], filters=[fold])


class PassForm(Form):
    """Ask what a door pass is for, when it holds, on how many phones, and whom to call."""

    post = StringField(
        "Nom du poste",
        [
            DataRequired("Donne un nom au poste\u00a0: c’est ce que verront les autres."),
            Length(max=60, message="C’est trop long\u00a0: 60 caractères au plus."),
        ],
        filters=[fold],
    )
    door = _door("Dis quelle entrée le poste tient.")
    starts = _Moment(
        "Début", [InputRequired("Dis quand l’accès commence.")], format="%Y-%m-%dT%H:%M"
    )
    ends = _Moment("Fin", [InputRequired("Dis quand l’accès finit.")], format="%Y-%m-%dT%H:%M")
    devices = _Number("Téléphones au plus", [InputRequired("Dis combien de téléphones.")])
    search = BooleanField("Le poste peut chercher un nom")
    sessions = SelectMultipleField("Une salle", validate_choice=False)
    adds = BooleanField("Faire entrer aussi sans réservation")
    referent = StringField(
        "Qui appeler",
        [Length(max=60, message="C’est trop long\u00a0: 60 caractères au plus.")],
        filters=[fold],
    )
    phone = StringField("Son téléphone", filters=[fold])

    def __init__(self, event: Event, now: datetime) -> None:
        opening, closing = (
            moment.astimezone(event.zone).replace(tzinfo=None)
            for moment in rules.default_hours(event, now)
        )
        self.event = event
        self.bookable = bookable_sessions(event)
        super().__init__(
            data={"starts": opening, "ends": closing, "devices": rules.DEVICES_AT_MOST}
        )

    def asked(self) -> Asked:
        """Return what to make."""
        return Asked(
            post=self.post.data or "",
            door=self.door.data or "",
            valid_from=self._moment(self.starts),
            valid_until=self._moment(self.ends),
            devices_at_most=self.devices.data,
            may_search=self.search.data,
            sessions=self.sessions.data or [],
            may_add=self.adds.data,
            referent=self.referent.data or "",
            phone=self.phone.data or "",
        )

    def _moment(self, field: DateTimeLocalField) -> datetime:
        if field.data is None:
            raise RuntimeError("read before the form was found well filled")
        return field.data.replace(tzinfo=self.event.zone)

    def validate_starts(self, field: DateTimeLocalField) -> None:
        """Keep near the event."""
        if field.data and not is_near(self.event, field.data.replace(tzinfo=self.event.zone)):
            raise ValidationError("C’est à plus d’un an de l’évènement.")

    def validate_ends(self, field: DateTimeLocalField) -> None:
        """End after the start, near the event."""
        self.validate_starts(field)
        if self.starts.data and field.data and field.data <= self.starts.data:
            raise ValidationError("La fin doit venir après le début.")

    def validate_sessions(self, field: SelectMultipleField) -> None:
        """Take the sessions that are booked: one may have gone since the page was opened."""
        if not set(field.data or ()) <= {each.slug for each in self.bookable}:
            raise ValidationError(_SESSION_GONE)

    def refuse_sessions(self) -> None:
        """Say that a session went just now."""
        self.sessions.errors = [_SESSION_GONE]

    def validate_devices(self, field: IntegerField) -> None:
        """Let at least one phone in, and no crowd."""
        if field.data is not None and not 1 <= field.data <= rules.DEVICES_MOST:
            raise ValidationError(f"De 1 à {rules.DEVICES_MOST} téléphones.")

    def validate_phone(self, field: StringField) -> None:
        """Accept what a phone can dial."""
        if field.data and not rules.can_be_dialled(field.data):
            raise ValidationError("Écris un numéro, par exemple 06 12 34 56 78.")


class CopyForm(Form):
    """Ask which door a list is for."""

    door = _door("Dis à quelle entrée la liste ira.")


class TypeBackForm(Form):
    """Ask for what was ticked, a line a person."""

    moment = DateTimeLocalField(
        "Jour et heure des lignes sans heure",
        [InputRequired("Dis quand ces personnes sont entrées, à peu près.")],
        format="%Y-%m-%dT%H:%M",
    )
    lines = TextAreaField("Références cochées", [DataRequired("Tape au moins une référence.")])
    strangers = BooleanField("Saisir aussi les références inconnues")

    def __init__(self, event: Event) -> None:
        self.event = event
        self.ticked: list[Ticked] = []
        self.unknown = False  # whether to ask about them
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
        self.ticked = [each for each in read.values() if each]
        known = paper.known(db.session(), self.event, [each.reference for each in self.ticked])
        wrong = [line for line, each in read.items() if each is None]
        unknown = [line for line, each in read.items() if each and each.reference not in known]
        self.unknown = bool(unknown)
        errors = []
        if wrong:
            errors.append(f"Ce ne sont pas des références\u00a0: {_quoted(wrong)}.")
        if unknown and not self.strangers.data:
            errors.append(
                f"Personne n’a ces références ici\u00a0: {_quoted(unknown)}. Relis-les, ou coche"
                " la case\u00a0: elles iront dans «\u00a0À éclaircir\u00a0»."
            )
        self.lines.errors = [" ".join(errors)] if errors else []
        return not errors


def _quoted(lines: Sequence[str]) -> str:
    told = ", ".join(f"«\u00a0{line[:30]}\u00a0»" for line in lines[:10])
    more = f", et {len(lines) - 10} autres" if len(lines) > 10 else ""
    return told + more


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
