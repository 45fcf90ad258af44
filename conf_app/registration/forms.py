"""Read what a person types to register."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import wtforms
from email_validator import EmailNotValidError, validate_email
from flask import request
from wtforms import (
    BooleanField,
    FieldList,
    FormField,
    HiddenField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, StopValidation, ValidationError

from conf_app.programme.models import Event, Session
from conf_app.registration.domains import likely_domain
from conf_app.registration.names import fold, fold_lines, is_linked
from conf_app.registration.needs import TEXT_LENGTH, WORDS, NeedKind, Needs
from conf_app.registration.refusals import (
    SessionsFull,
    SessionsOverlap,
    UnknownSession,
)
from conf_app.registration.rules import EMAIL_LENGTH, NAME_LENGTH, Attendee
from conf_app.web import french
from conf_app.web.forms import Form


class SessionsField(SelectMultipleField):
    """Ask for sessions; ``refused`` names those that the refusal is about."""

    refused: frozenset[str] = frozenset()


class Named:
    """Ask for a person's name."""

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

    def validate_name(self, field: StringField) -> None:
        """Refuse an address: the name is written to whoever owns the e-mail typed beside it."""
        if any(map(is_linked, (field.data or "").split())):
            raise ValidationError("Écris un nom ou un pseudonyme, pas une adresse de site.")


class Needing:
    """Ask what a person needs to come; nothing of it is required."""

    need_kinds = SelectMultipleField("Ce qui t’aiderait", validate_choice=False)
    need_text = TextAreaField(
        "Avec tes mots",
        filters=[fold_lines],
        validators=[
            Length(
                max=TEXT_LENGTH, message=f"C’est trop long\u00a0: {TEXT_LENGTH} caractères au plus."
            )
        ],
    )
    need_at_door = BooleanField("Montrer aussi à l’entrée")
    need_consent = BooleanField("Ton accord pour ces besoins")

    def validate_need_consent(self, field: BooleanField) -> None:
        """Keep nothing of this kind without an explicit yes (RGPD, article 9.2.a)."""
        if self.needs() and not field.data:
            raise StopValidation(
                "Coche la case\u00a0: sans ton accord, rien n’est gardé des besoins."
            )

    @property
    def kinds_asked(self) -> list[tuple[str, str]]:
        """What the page offers to tick: names and words."""
        return [(kind.value, words) for kind, words in WORDS.items()]

    def needs(self) -> Needs:
        """Return what was told, once valid; what the page does not offer is left out."""
        kinds = set(self.need_kinds.data or [])
        return Needs(
            frozenset(kind for kind in NeedKind if kind.value in kinds),
            self.need_text.data or "",
            bool(self.need_at_door.data),
        )


class Person(Named):
    """Ask for a person's name, and for the sessions they want."""

    sessions = SessionsField("Créneaux sur réservation", validate_choice=False)

    def offer(self, sessions: Iterable[Session]) -> None:
        """Name the sessions that the page shows, so that errors can lead to them."""
        self.sessions.choices = [(each.slug, each.title) for each in sessions]

    def chosen(self) -> frozenset[str]:
        """Return the sessions ticked."""
        return frozenset(self.sessions.data or [])

    def wants_any(self, sessions: Iterable[Session]) -> bool:
        """Whether one of these sessions is ticked."""
        return any(each.slug in self.chosen() for each in sessions)

    def wants_all(self, sessions: Iterable[Session]) -> bool:
        """Whether all of these sessions are ticked."""
        return all(each.slug in self.chosen() for each in sessions)

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
        if not isinstance(refusal, UnknownSession):
            self.sessions.refused = frozenset(each.slug for each in refusal.sessions)


class Newcomer(Person, Needing):
    """Ask all about a person who registers."""

    def attendee(self) -> Attendee:
        """Return what was typed, once valid."""
        return Attendee(self.name.data or "", self.chosen(), self.needs())


class OtherForm(Newcomer, wtforms.Form):
    """Ask for one more person, whom an empty name leaves out."""

    @property
    def is_blank(self) -> bool:
        """Whether nobody is named, and nothing wanted."""
        return not self.name.data and not self.sessions.data and not self.needs()


class ChoiceForm(Person, Form):
    """Ask for one person's name and sessions."""


def email_field() -> StringField:
    """Return the field of an address; a form that asks for more says where among them it stands."""
    return StringField("Adresse e-mail", filters=[fold])


class EmailForm(Form):
    """Ask for an address."""

    email = email_field()
    email_missing = "Écris ton adresse e-mail\u00a0: le billet y sera envoyé."

    def validate_email(self, field: StringField) -> None:
        """Refuse an address that no mail could reach; nothing is asked of any server."""
        if not field.data:
            if self.email_required:
                raise StopValidation(self.email_missing)
            return
        try:
            checked = validate_email(field.data, check_deliverability=False)
        except EmailNotValidError:
            raise StopValidation(_mend(field.data)) from None
        if len(checked.normalized) > EMAIL_LENGTH:
            raise StopValidation("Cette adresse est trop longue.")
        field.data = checked.normalized.lower()  # Zelie@ and zelie@ are the same person

    @property
    def email_required(self) -> bool:
        """Whether one cannot do without."""
        return False

    @property
    def likely_domain(self) -> str:
        """The mail provider that may have been meant, if the address seems mistyped."""
        return likely_domain(self.email.data)


class RegistrationForm(Newcomer, EmailForm):
    """Ask for what a registration needs, and no more."""

    others = FieldList(FormField(OtherForm))
    consent = BooleanField(
        "Ton accord",
        validators=[
            InputRequired(
                "Coche la case\u00a0: sans ton accord, on ne peut pas garder ton inscription."
            )
        ],
    )
    key = HiddenField()
    again = HiddenField()
    website = StringField("Ne remplis pas cette case")

    @property
    def may_wait(self) -> bool:
        """Whether these people join the queue if the day has not seats enough."""
        return "attendre" in request.form

    def __init__(self, event: Callable[[], Event] | None = None) -> None:
        super().__init__()
        self._event = event

    @property
    def people(self) -> list[Newcomer]:
        """Return the part of each person, the first and the others."""
        return [self, *(entry.form for entry in self.others)]

    @property
    def is_trapped(self) -> bool:
        """Whether a field was filled that no person sees or hears: a machine fills them all."""
        return bool(self.website.data)

    @property
    def adds_somebody(self) -> bool:
        """Whether the form was sent only to make room for one more person."""
        return "ajouter" in request.form

    def make_room(self, limit: int) -> None:
        """Add a blank part, up to ``limit`` people in all."""
        if len(self.people) < limit:
            self.others.append_entry()

    def offer(self, sessions: Iterable[Session]) -> None:
        """Name the sessions that the page shows, for each person."""
        listed = list(sessions)
        for entry in self.others:
            entry.form.offer(listed)
        super().offer(listed)

    def validate(self, extra_validators: Mapping[str, Any] | None = None) -> bool:
        """Leave out the people who were not named, then check all the others."""
        self.others.entries = [each for each in self.others if not each.form.is_blank]
        valid = super().validate(extra_validators)
        # One person is always welcome: no need to ask the event.
        limit = self._event().party_size if self._event and len(self.people) > 1 else 1
        if len(self.people) > limit:
            self.form_errors.append(
                f"Une inscription vaut pour {limit}\u00a0personnes au plus\u00a0:"
                " fais-en une autre pour les suivantes."
            )
            return False
        return valid

    def refuse(self, refusal: SessionsFull | SessionsOverlap | UnknownSession) -> None:
        """Say why the sessions were refused, beside those of whoever asked for them."""
        match refusal:
            case SessionsFull(sessions=full):
                asking = [one for one in self.people if one.wants_any(full)]
            case SessionsOverlap(sessions=both):
                asking = [one for one in self.people if one.wants_all(both)]
            case _:
                asking = []
        Person.refuse(asking[0] if asking else self, refusal)

    @property
    def email_required(self) -> bool:
        """Whether the event asks for an address."""
        return self._event is not None and self._event().email_required

    def attendees(self) -> list[Attendee]:
        """Return everybody who was named, once valid."""
        return [person.attendee() for person in self.people]


def titles(sessions: Iterable[Session]) -> str:
    """Write the titles of sessions as a list: « A », « B » et « C »."""
    return french.listed([f"«\u00a0{session.title}\u00a0»" for session in sessions])


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
