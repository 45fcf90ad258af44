"""Say no: the root of every refusal a room can raise."""


class Refusal(Exception):
    """A rule of the house said no.

    Each room names its own refusals as facts (``EventFull``); the web gives each a status and
    words, from ``templates/refusals/``.
    """


class NotFound(Refusal):
    """There is no such thing, or not for this person."""
