"""Decide what a registration may hold."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from conf_app.programme.models import Event, Session

NAME_LENGTH = 80
EMAIL_LENGTH = 254
CONSENT_VERSION = "2022-11"
"""Names the words of the consent; raise it whenever they change."""


@dataclass(frozen=True)
class Attendee:
    """Hold what a person typed: a name or pseudonym, an address if any, the sessions wanted."""

    name: str
    email: str | None
    sessions: frozenset[str]


def bookable_sessions(event: Event) -> list[Session]:
    """Return the sessions of an event that are booked on their own, in their order."""
    return [each for each in event.sessions if each.pool_id is not None and not each.cancelled]


def overlap(sessions: Iterable[Session]) -> tuple[Session, Session] | None:
    """Return two sessions that take place at the same time, if there are any."""
    for first, second in combinations(sorted(sessions, key=lambda each: each.starts_at), 2):
        if second.starts_at < first.ends_at:
            return first, second
    return None


def seat_changes(
    day_pool: int, held: Iterable[int], wanted: Iterable[int], *, day: int = 0
) -> dict[int, int]:
    """Return the ledger's changes that lead from the session pools held to those wanted.

    The day pool is always named: ``day`` is +1 to register, -1 to cancel, 0 to change.
    """
    before, after = set(held), set(wanted)
    return {
        day_pool: day,
        **dict.fromkeys(before - after, -1),
        **dict.fromkeys(after - before, 1),
    }


def titles(sessions: Sequence[Session]) -> str:
    """Write the titles of sessions as a list: « A », « B » et « C »."""
    quoted = [f"«\u00a0{session.title}\u00a0»" for session in sessions]
    return " et ".join(filter(None, [", ".join(quoted[:-1]), *quoted[-1:]]))
