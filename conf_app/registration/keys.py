"""Refuse to draw tickets with a key that is not the one they were drawn with."""

from sqlalchemy import select
from sqlalchemy.orm import Session as DatabaseSession

from conf_app.codes import KeyRing
from conf_app.refusals import Refusal
from conf_app.registration.models import TicketKey


class WrongTicketKeys(Refusal):
    """The keys in the settings are not those the stored tickets were drawn with."""


def check_keys(session: DatabaseSession, ring: KeyRing) -> None:
    """Record the fingerprints of new keys; raise WrongTicketKeys where a stored one differs."""
    stored = {key.number: key.fingerprint for key in session.scalars(select(TicketKey))}
    missing = sorted(set(stored) - set(ring.keys))
    if missing:
        raise WrongTicketKeys(
            f"TICKET_KEYS n’a plus la clé {missing[0]}, qui a servi à des billets."
        )
    for number in ring.keys:
        fingerprint = ring.fingerprint(number)
        if stored.setdefault(number, fingerprint) != fingerprint:
            raise WrongTicketKeys(
                f"la clé {number} de TICKET_KEYS n’est pas celle des billets de la base."
            )
    known = set(session.scalars(select(TicketKey.number)))
    session.add_all(
        TicketKey(number=number, fingerprint=fingerprint)
        for number, fingerprint in stored.items()
        if number not in known
    )
