"""Name the reasons why a registration is refused."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from conf_app.programme.models import Session
from conf_app.programme.rules import Entry
from conf_app.refusals import Refusal

if TYPE_CHECKING:
    from conf_app.registration.models import Party, RegistrationState


class RegistrationClosed(Refusal):
    """One cannot register now; ``entry`` says why."""

    def __init__(self, entry: Entry) -> None:
        super().__init__(entry.value)
        self.entry = entry


class EventFull(Refusal):
    """The day has no seat left."""


class SessionsFull(Refusal):
    """Some of the sessions asked for have no seat left."""

    def __init__(self, sessions: Sequence[Session]) -> None:
        super().__init__("sessions full")
        self.sessions = sessions


class SessionsOverlap(Refusal):
    """Two of the sessions asked for take place at the same time."""

    def __init__(self, first: Session, second: Session) -> None:
        super().__init__("sessions overlap")
        self.sessions = (first, second)


class UnknownSession(Refusal):
    """A session asked for does not exist, or is not booked on its own."""


class AlreadySubmitted(Refusal):
    """The very same form was sent already, with something else in it."""

    def __init__(self, party: "Party") -> None:
        super().__init__("already submitted")
        self.party = party


class EventBegun(Refusal):
    """The event has begun: people may be inside, and their seat is not given to others."""


class NotConfirmed(Refusal):
    """The registration has no seat, and what was asked for needs one; ``state`` says why."""

    def __init__(self, state: "RegistrationState") -> None:
        super().__init__(state.value)
        self.state = state


class EventPostponed(Refusal):
    """The event is postponed: what is offered is kept, and cannot be taken yet."""


class SessionBegun(Refusal):
    """The session has begun: nobody waits for it any more."""


class OfferOver(Refusal):
    """The offered seats went on: too late, declined already, or the event has begun."""
