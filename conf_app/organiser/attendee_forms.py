"""Read what organisers type about one person."""

from wtforms import BooleanField, HiddenField, StringField
from wtforms.validators import InputRequired, Length

from conf_app.registration.forms import EmailForm, Person, email_field
from conf_app.registration.models import Registration
from conf_app.registration.names import fold
from conf_app.registration.rules import Attendee


class AddForm(Person, EmailForm):
    """Ask whom to register, and why beyond the capacity if it must be."""

    email = email_field()
    beyond = StringField(
        "Pourquoi au-delà de la jauge",
        [Length(max=80, message="C’est trop long\u00a0: 80 caractères au plus.")],
        filters=[fold],
    )
    consent = BooleanField(
        "Son accord",
        [InputRequired("Demande d’abord à la personne si elle est d’accord.")],
    )
    key = HiddenField()

    def attendee(self) -> Attendee:
        """Return whom to register, once valid."""
        return Attendee(self.name.data or "", self.chosen())

    def refuse_full(self) -> None:
        """Say that nobody goes beyond the capacity without a reason."""
        self.beyond.errors = [
            "Il ne reste pas de place, même gardée\u00a0: dis pourquoi en ajouter une."
        ]


class EditForm(Person, EmailForm):
    """Change a person's name and sessions, and where their party is written to."""

    email = email_field()

    def __init__(self, registration: Registration) -> None:
        held = [booking.session.slug for booking in registration.bookings]
        super().__init__(
            data={
                "name": registration.name,
                "sessions": held,
                "email": registration.party.email,
            }
        )
