"""Read what is typed at the door."""

from wtforms import BooleanField, HiddenField, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from conf_app import codes
from conf_app.codes import Reference, TicketCode
from conf_app.door import rules
from conf_app.registration.forms import Named
from conf_app.registration.names import name_key
from conf_app.web.forms import Form


class SearchForm(Form):
    """Ask for the name of somebody who has no ticket at hand."""

    name = StringField("Nom ou pseudonyme", [InputRequired("Tape au moins trois lettres du nom.")])

    def validate_name(self, field: StringField) -> None:
        """Ask for enough letters, and for no essay."""
        if sum(map(str.isalnum, name_key(field.data or ""))) < rules.SEARCH_LETTERS:
            raise ValidationError("Tape au moins trois lettres du nom.")
        if len(field.data or "") > 80:
            raise ValidationError("C’est trop long pour un nom.")


class OnTheSpotForm(Named, Form):
    """Ask for the name of somebody who registers at the door, and whether they agree."""

    consent = BooleanField(
        "Son accord",
        [InputRequired("Demande d’abord à la personne si elle est d’accord.")],
    )
    uuid = HiddenField()


class LookupForm(Form):
    """Ask for the code or the reference of a ticket."""

    typed = StringField(
        "Code du billet ou référence",
        [
            InputRequired("Tape la référence du billet, par exemple K7Q-F2M-X."),
            Length(max=200, message="C’est trop long pour un billet."),
        ],
    )

    def validate_typed(self, field: StringField) -> None:
        """Accept what could be a code or a reference."""
        if not (self.reference() or self.code()):
            raise ValidationError(
                "Ce n’est ni un code ni une référence : vérifie chaque lettre et chaque chiffre."
            )

    def reference(self) -> Reference | None:
        """Return the reference typed, if it is one."""
        try:
            return codes.parse_reference(self.typed.data or "")
        except codes.NotACode:
            return None

    def code(self) -> TicketCode | None:
        """Return the ticket's code typed, or its address, if it is one."""
        try:
            return codes.parse_ticket_code(self.typed.data or "")
        except codes.NotACode:
            return None
