"""Make registrations for tests: fictional first names, by the house's own action."""

from datetime import datetime

from sqlalchemy.orm import Session as DatabaseSession

from conf_app.programme.models import Event
from conf_app.registration import actions
from conf_app.registration.models import Registration
from conf_app.registration.rules import Attendee
from conf_app.registration.submission import Form
from conf_app.settings import Settings
from tests.conftest import NOON_IN_NOVEMBER


def register(
    session: DatabaseSession,
    event: Event,
    name: str = "Zélie",
    *,
    settings: Settings,
    email: str | None = None,
    sessions: tuple[str, ...] = (),
    now: datetime = NOON_IN_NOVEMBER,
    form: Form | None = None,
) -> Registration:
    """Register one person."""
    party = actions.register(
        session,
        event,
        people=[Attendee(name, frozenset(sessions))],
        email=email,
        keys=settings.ticket_keys,
        now=now,
        form=form,
    )
    return party.registrations[0]
