"""Give every form its French voice and its protection."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar, NamedTuple

from flask_wtf import CSRFProtect, FlaskForm
from wtforms import Field, FieldList

csrf = CSRFProtect()

EXPIRED = (
    "Cette page était ouverte depuis trop longtemps, ou ton navigateur refuse les cookies\u00a0:"
    " relis le formulaire et envoie-le encore une fois."
)


class Fault(NamedTuple):
    """Name a field to correct; ``number`` counts the entry of a list it is in, from 1."""

    field: Field
    number: int


class Form(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """The base of every form: French messages, a token that does not expire while one types."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        """Speak French."""

        locales: ClassVar[tuple[str, ...]] = ("fr",)

    def validate(self, extra_validators: Mapping[str, Any] | None = None) -> bool:
        """Check every field; say in plain words when it is the page itself that has expired."""
        valid: bool = super().validate(extra_validators)
        if "csrf_token" in self.errors:
            self.csrf_token.errors = []
            self.form_errors.append(EXPIRED)
        return valid

    @property
    def faults(self) -> list[Fault]:
        """The fields to correct, in the order of the page."""
        return list(_faults(self))

    @property
    def lead(self) -> str:
        """The name of the first field to correct: there the page puts the cursor."""
        return self.faults[0].field.name if self.faults else ""


def _faults(fields: Iterable[Field], number: int = 0) -> Iterator[Fault]:
    for field in fields:
        if isinstance(field, FieldList):
            for count, entry in enumerate(field, 1):
                yield from _faults(entry.form, count)
        elif field.errors:
            yield Fault(field, number)
