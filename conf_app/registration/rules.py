"""Decide what a registration may hold."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from conf_app.programme.models import Event, Session
from conf_app.registration.models import Party, Registration, RegistrationState, Wait, WaitState
from conf_app.registration.needs import NOTHING, Needs

NAME_LENGTH = 80
EMAIL_LENGTH = 254
CONSENT_VERSION = "2026-11"
"""Names the words of the consent; raise it whenever they change."""


@dataclass(frozen=True)
class Attendee:
    """Hold what a person wants: a name or pseudonym, sessions by their slugs, what they need."""

    name: str
    sessions: frozenset[str] = frozenset()
    needs: Needs = NOTHING


def coming(party: Party) -> list[Registration]:
    """Return those of a party who have a seat, or may get one."""
    return [each for each in party.registrations if each.state is not RegistrationState.CANCELLED]


def unmet_wait(party: Party) -> Wait | None:
    """Return how a party waited for the day if it did and never got its seats; all wait as one."""
    for wait in party.waits:
        if wait.session_id is None and wait.state is not WaitState.ACCEPTED:
            return wait
    return None


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

    A pool is named as often as people have a seat in it. The day pool is always named: ``day`` is
    how many people come in addition, 0 where some only change.
    """
    changes = Counter(wanted)
    changes.subtract(held)
    return {day_pool: day, **{pool: change for pool, change in changes.items() if change}}
