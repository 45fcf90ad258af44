"""Read what organisers type."""

from datetime import datetime
from typing import Any, NamedTuple

from wtforms import (
    BooleanField,
    DateTimeLocalField,
    IntegerField,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from conf_app.door import rules
from conf_app.programme.models import Event
from conf_app.programme.rules import is_near
from conf_app.registration.names import fold
from conf_app.registration.rules import bookable_sessions
from conf_app.web.forms import Form

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
    door = StringField(
        "Entrée",
        [
            DataRequired("Dis quelle entrée le poste tient."),
            Length(max=60, message="C’est trop long\u00a0: 60 caractères au plus."),
        ],
        filters=[fold],
    )
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
