"""Give every form its French voice and its protection."""

from collections.abc import Mapping
from typing import Any, ClassVar

from flask_wtf import CSRFProtect, FlaskForm

csrf = CSRFProtect()

EXPIRED = (
    "Cette page était ouverte depuis trop longtemps, ou ton navigateur refuse les cookies\u00a0:"
    " relis le formulaire et envoie-le encore une fois."
)


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
