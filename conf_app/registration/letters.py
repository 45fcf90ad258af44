"""Queue the letters about registrations."""

from datetime import datetime

from sqlalchemy.orm import Session as DatabaseSession

from conf_app.mail import outbox
from conf_app.registration.models import Party

LETTERS_A_DAY = 10
"""How many letters about registrations one address gets in a day: nobody is pestered through us."""


def tell(
    session: DatabaseSession,
    party: Party,
    kind: str,
    *,
    now: datetime,
    a_day: int | None = LETTERS_A_DAY,
) -> None:
    """Queue a letter, if there is an address and it has not had its share of the day."""
    if party.email is not None:
        outbox.queue(
            session,
            kind=kind,
            subject_id=party.id,
            recipient=party.email,
            now=now,
            a_day=a_day,
        )
