"""Hold what people were asked before the day, and answered, against rows, letters and figures."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from conf_app.mail.models import MailState, OutboxMail
from conf_app.programme.rules import first_moment
from conf_app.registration.deadlines import NOTICE
from conf_app.registration.models import Party as PartyRow
from conf_app.registration.models import Presence, RegistrationState
from conf_app.registration.reminders import LETTERS, Turnout
from tests.soak.model import Party

LATE = timedelta(minutes=30)
"""How long, on the event's clock, the seats of the silent may be there still once all is over."""

Rounds = Mapping[str, datetime]
"""When the letters of each kind that only remind were queued: all at once."""


def rounds(letters: Iterable[OutboxMail]) -> dict[str, set[datetime]]:
    """Return the moments at which the letters that only remind were queued, by kind."""
    moments: dict[str, set[datetime]] = defaultdict(set)
    for letter in letters:
        if letter.kind in LETTERS.values():
            moments[letter.kind].add(letter.created_at)
    return moments


def promised(party: Party, asked_at: Rounds) -> tuple[Counter[str], Counter[str]]:
    """Return the letters that remind a party, at least and at most."""
    least: Counter[str] = Counter()
    most: Counter[str] = Counter()
    for kind, at in asked_at.items():
        since = party.seated_since
        seated = bool(party.confirmed) and since is not None and since < at
        least[kind] += seated and not party.has_objected
        most[kind] += party.objects_since is None or party.objects_since > at
    return least, most


def check(party: Party, row: PartyRow, letters: Collection[OutboxMail]) -> Iterator[str]:
    """Say where the row of a party's answer is not what it was asked, and what it did."""
    sent = {each.kind for each in letters if each.state is MailState.SENT}
    gone = [each for each in row.registrations if each.released]
    if len(gone) != sum(each.is_released for each in party.guests):
        yield f"{party.path} lost {len(gone)} seats, not as told: {party.guests}"
    presence = row.presence
    if presence is None:
        if party.is_asked or gone:
            yield f"{party.path} was asked, or lost its seats, and no row tells of it"
        return
    if (presence.told_at is not None) is not ("presence_asked" in sent):
        yield f"{party.path} was told at {presence.told_at}, by letters {sent}"
    if presence.answered_at is None and party.has_answered:
        yield f"{party.path} said that they come, in vain"
    if presence.answered_at is not None and not (party.has_answered or party.may_have_answered):
        yield f"{party.path} never answered, and did at {presence.answered_at}"
    if presence.answered_at is not None and gone:
        yield f"{party.path} answered, and lost its seats"
    yield from _deadline(party, row, presence)


def _deadline(party: Party, row: PartyRow, presence: Presence) -> Iterator[str]:
    due, told_at = presence.answer_by, presence.told_at
    start = first_moment(row.event)
    if due is not None and (told_at is None or not told_at + NOTICE <= due < start):
        yield f"{party.path} was told at {told_at} to answer until {due}"
    for each in row.registrations:
        gone_at = each.cancelled_at
        if each.released and (due is None or gone_at is None or not due <= gone_at < start):
            yield f"{party.path} lost a seat at {gone_at}, and could answer until {due}"


def silent(row: PartyRow, at: datetime) -> bool:
    """Whether a party still has seats that should have gone to others."""
    presence = row.presence
    return (
        presence is not None
        and presence.answered_at is None
        and presence.answer_by is not None
        and presence.answer_by < at - LATE
        and row.email is not None
        and row.reminders
        and any(each.state is RegistrationState.CONFIRMED for each in row.registrations)
    )


def check_turnout(told: Turnout | None, parties: Sequence[tuple[Party, PartyRow]]) -> Iterator[str]:
    """Compare the organisers' figures with what the people did who were told of the question."""
    counts: Counter[str] = Counter()
    for party, row in parties:
        if row.presence is None or row.presence.told_at is None:
            continue
        answered = row.presence.answered_at is not None
        counts["coming" if answered else "silent"] += len(party.confirmed)
        counts["released"] += sum(each.is_released for each in party.guests)
        left = [each for each in party.guests if each not in party.coming and not each.is_released]
        counts["left"] += len(left)
        counts["gave back"] += sum(each.gave_back for each in left)
    figures = told or Turnout(0, 0, 0, 0)
    known = Turnout(
        counts["coming"],
        # Who left before, or when nobody had looked, cannot be told apart.
        min(max(figures.gave_back, counts["gave back"]), counts["left"]),
        counts["released"],
        counts["silent"],
    )
    if figures != known:
        yield f"the organisers read {figures}, people did {known}"
