"""Read what people type or choose once they are registered."""

from collections.abc import Sequence

from flask import request
from wtforms import (
    BooleanField,
    HiddenField,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import InputRequired, StopValidation

from conf_app.registration.forms import ChoiceForm, EmailForm, Named, Needing, titles
from conf_app.registration.models import Party, Registration
from conf_app.registration.names import fold
from conf_app.registration.needs import Needs
from conf_app.registration.refusals import (
    EventPostponed,
    OfferOver,
    SessionBegun,
    SessionsOverlap,
    UnknownSession,
)
from conf_app.web.forms import Form


class ChangeForm(ChoiceForm):
    """Change a registration's name and sessions."""

    def __init__(self, registration: Registration) -> None:
        held = [booking.session.slug for booking in registration.bookings]
        super().__init__(data={"name": registration.name, "sessions": held})


class NeedsForm(Needing, Form):
    """Change what a person needs, or leave it all out."""

    def __init__(self, needs: Needs) -> None:
        kinds = [kind.value for kind in needs.kinds]
        super().__init__(
            data={"need_kinds": kinds, "need_text": needs.text, "need_at_door": needs.at_door}
        )

    @property
    def erases(self) -> bool:
        """Whether the form was sent to forget it all."""
        return "effacer" in request.form

    def validate_need_consent(self, field: BooleanField) -> None:
        """Ask for no yes to forget it all."""
        if not self.erases:
            super().validate_need_consent(field)


class PassOnForm(Named, EmailForm):
    """Ask who comes instead."""

    email = StringField("Son adresse e-mail", filters=[fold])
    consent = BooleanField(
        "Son accord",
        validators=[InputRequired("Demande d’abord à la personne si elle est d’accord.")],
    )
    key = HiddenField()


class LostTicketForm(EmailForm):
    """Ask which address the tickets were sent to."""

    @property
    def email_required(self) -> bool:
        """Nothing can be found without."""
        return True


class AddressForm(EmailForm):
    """Ask where to write from now on; nothing typed takes the address off."""

    def __init__(self, party: Party) -> None:
        super().__init__(data={"email": party.email})
        self._event = party.event

    @property
    def email_required(self) -> bool:
        """Whether the event asks for an address."""
        return self._event.email_required


class DisownForm(Form):
    """Take an address back; the registration may go with it."""

    cancels = BooleanField("Annuler aussi cette inscription")


class CancelForm(Form):
    """Confirm that one cancels; of several people, say who. The page names somebody alone itself.

    Who left already may be named again: a form is sent twice, or from an old page.
    """

    people = SelectMultipleField("Qui ne vient plus\u00a0?", coerce=int, validate_choice=False)

    def __init__(self, people: Sequence[Registration]) -> None:
        super().__init__()
        self.people.choices = [(person.number, person.name) for person in people]

    def validate_people(self, field: SelectMultipleField) -> None:
        """Ask for at least one: an old page may have shown others than those who still come."""
        if not field.data:
            raise StopValidation("Coche au moins une personne.")


class AnswerForm(Form):
    """Say yes or no to an offer, leave a queue, or join one."""

    answer = StringField()
    wait = StringField()
    session = StringField()
    people = SelectMultipleField(coerce=int, validate_choice=False)

    def validate_people(self, field: SelectMultipleField) -> None:
        """Put nobody in a queue who was not named."""
        if self.answer.data == "join" and not field.data:
            raise StopValidation("Coche au moins une personne.")

    def validate_answer(self, field: StringField) -> None:
        """Take only the answers that the page gives."""
        if field.data not in {"accept", "swap", "decline", "leave", "join"}:
            raise StopValidation("Choisis une réponse.")

    def refuse(
        self,
        refusal: EventPostponed | OfferOver | SessionBegun | SessionsOverlap | UnknownSession,
    ) -> None:
        """Say why nothing changed."""
        match refusal:
            case SessionsOverlap(sessions=both):
                words = f"{titles(both)} ont lieu en même temps\u00a0: dis si tu rends l’autre."
            case UnknownSession():
                words = "Ce créneau n’existe plus\u00a0: choisis-en un autre."
            case SessionBegun():
                words = "Ce créneau a commencé\u00a0: choisis-en un autre."
            case EventPostponed():
                words = "L’évènement est reporté\u00a0: la place t’est gardée, attends la suite."
            case _:
                words = "Trop tard de peu\u00a0: cette place est passée à la suite de la liste."
        self.form_errors.append(words)
