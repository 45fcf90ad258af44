"""Give every form its French voice and its protection."""

from typing import ClassVar

from flask_wtf import CSRFProtect, FlaskForm

csrf = CSRFProtect()


class Form(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """The base of every form: French messages, a token that does not expire while one types."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        """Speak French."""

        locales: ClassVar[tuple[str, ...]] = ("fr",)
