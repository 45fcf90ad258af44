"""Read what a person typed."""

from collections.abc import Callable, Iterable

from email_validator import EmailNotValidError, validate_email
from wtforms import BooleanField, HiddenField, SelectMultipleField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, StopValidation, ValidationError

from conf_app.programme.models import Session
from conf_app.registration.models import Registration
from conf_app.registration.names import fold
from conf_app.registration.refusals import SessionsFull, SessionsOverlap, UnknownSession
from conf_app.registration.rules import EMAIL_LENGTH, NAME_LENGTH, Attendee, titles
from conf_app.web.forms import Form


class ChoiceForm(Form):
    """Ask for a name, and for the sessions wanted."""

    name = StringField(
        "Nom ou pseudonyme",
        filters=[fold],
        validators=[
            DataRequired("Écris un nom ou un pseudonyme\u00a0: c’est lui qu’on lira à l’entrée."),
            Length(
                max=NAME_LENGTH, message=f"C’est trop long\u00a0: {NAME_LENGTH} caractères au plus."
            ),
        ],
    )
    sessions = SelectMultipleField("Créneaux sur réservation", validate_choice=False)

    def offer(self, sessions: Iterable[Session]) -> None:
        """Name the sessions that the page shows, so that errors can lead to them."""
        self.sessions.choices = [(each.slug, each.title) for each in sessions]

    def chosen(self) -> frozenset[str]:
        """Return the sessions ticked."""
        return frozenset(self.sessions.data or [])

    def refuse(self, refusal: SessionsFull | SessionsOverlap | UnknownSession) -> None:
        """Say beside the sessions why they were refused."""
        match refusal:
            case SessionsFull(sessions=full):
                words = f"Plus de place pour {titles(full)}\u00a0: retire ta coche pour continuer."
            case SessionsOverlap(sessions=both):
                words = f"{titles(both)} ont lieu en même temps\u00a0: garde l’un des deux."
            case _:
                words = "Ce créneau n’existe plus\u00a0: choisis-en un autre."
        self.sessions.errors = [words]

    def validate_name(self, field: StringField) -> None:
        """Refuse an address: the name is written to whoever owns the e-mail typed beside it."""
        if "://" in (field.data or "") or "www." in (field.data or "").lower():
            raise ValidationError("Écris un nom ou un pseudonyme, pas une adresse de site.")


class RegistrationForm(ChoiceForm):
    """Ask for what a registration needs, and no more."""

    email = StringField("Adresse e-mail", filters=[fold])
    consent = BooleanField(
        "Ton accord",
        validators=[
            InputRequired(
                "Coche la case\u00a0: sans ton accord, on ne peut pas garder ton inscription."
            )
        ],
    )
    key = HiddenField()

    def __init__(self, email_required: Callable[[], bool] = lambda: False) -> None:
        super().__init__()
        self._email_required = email_required

    def validate_email(self, field: StringField) -> None:
        """Refuse an address that no mail could reach; nothing is asked of any server."""
        if not field.data:
            if self._email_required():
                raise StopValidation("Écris ton adresse e-mail\u00a0: le billet y sera envoyé.")
            return
        try:
            checked = validate_email(field.data, check_deliverability=False)
        except EmailNotValidError:
            raise StopValidation(_mend(field.data)) from None
        if len(checked.normalized) > EMAIL_LENGTH:
            raise StopValidation("Cette adresse est trop longue.")
        field.data = checked.normalized.lower()  # Zelie@ and zelie@ are the same person

    def attendee(self) -> Attendee:
        """Return what was typed, once valid."""
        return Attendee(
            name=self.name.data or "",
            email=self.email.data or None,
            sessions=self.chosen(),
        )


class ChangeForm(ChoiceForm):
    """Change a registration's name and sessions."""

    def __init__(self, registration: Registration) -> None:
        held = [booking.session.slug for booking in registration.bookings]
        super().__init__(data={"name": registration.name, "sessions": held})


class CancelForm(Form):
    """Confirm that one cancels: nothing but the token."""


def _mend(address: str) -> str:
    """Say what is missing in an address."""
    user, at, domain = address.rpartition("@")
    if not at:
        return "Il manque le «\u00a0@\u00a0»\u00a0: une adresse ressemble à zelie@exemple.org."
    if not user:
        return "Il manque ce qui vient avant le «\u00a0@\u00a0»."
    if "." not in domain:
        return "Il manque la fin de l’adresse, par exemple «\u00a0.org\u00a0»."
    return "Cette adresse ne peut pas exister\u00a0: relis-la."
