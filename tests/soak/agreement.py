"""Hold what people were told against the ledger, the rows, the letters and the journal."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import LargeBinary, select
from sqlalchemy.orm import Session as DatabaseSession

from conf_app import codes
from conf_app.clock import utc_now
from conf_app.database import Base, db
from conf_app.journal import queries as journal
from conf_app.mail.models import MailState, OutboxMail
from conf_app.privacy.erasure import ERASED
from conf_app.programme.models import Event
from conf_app.registration import reminders
from conf_app.registration.letters import LETTERS_A_DAY
from conf_app.registration.models import (
    LostTicketRequest,
    RegistrationState,
    Wait,
    WaitState,
)
from conf_app.registration.models import Party as PartyRow
from conf_app.settings import Settings
from tests.registration.invariants import check_seats_and_queues
from tests.soak import pages, presence
from tests.soak.model import Disagreement, Party, Standing
from tests.soak.pages import DAY
from tests.soak.post import FicklePost, Reception

STATES = {
    RegistrationState.CONFIRMED: Standing.CONFIRMED,
    RegistrationState.WAITING: Standing.QUEUED,
    RegistrationState.OFFERED: Standing.QUEUED,
    RegistrationState.CANCELLED: Standing.CANCELLED,
}
"""What people are told of each state."""

_DOMAIN = "@exemple.org"

SKEW = timedelta(hours=8)
"""How far two offers may seem out of order: a request reads the clock, which may jump, then waits
for the event's seats."""
SLOW = 10.0
"""Seconds after a sender's death in which the server may still read what it had sent."""


class Books:
    """Read the database once all is quiet, and say each thing that does not agree."""

    def __init__(self, settings: Settings, parties: Sequence[Party], mail: FicklePost) -> None:
        self._settings = settings
        self._parties = parties
        self._mail = mail
        self._session = db.session()
        rows = self._session.scalars(select(PartyRow)).all()
        self._rows = {row.manage_hash: row for row in rows}
        self._letters: dict[int, list[OutboxMail]] = defaultdict(list)
        for letter in self._session.scalars(select(OutboxMail)):
            self._letters[letter.subject_id].append(letter)
        letters = (each for found in self._letters.values() for each in found)
        self._moments = presence.rounds(letters)
        self._rounds = {kind: min(moments) for kind, moments in self._moments.items()}

    def disagreements(self, killed_at: Collection[float]) -> Iterator[str]:
        """Say each thing that does not agree, to the last row."""
        yield from self._seats()
        yield from self._served_in_order()
        yield from self._states()
        yield from self._answers()
        yield from self._letters_of_parties()
        yield from self._links_asked_for()
        yield from self._receptions(killed_at)
        yield from self._journal()

    def _seats(self) -> Iterator[str]:
        event = self._session.scalars(select(Event)).one()
        try:
            check_seats_and_queues(self._session, event, now=utc_now())
        except AssertionError as fault:
            yield f"the ledger and the queues: {fault!r}"

    def _served_in_order(self) -> Iterator[str]:
        """Say where somebody alone in a queue was passed by who came later: one always fits."""
        sizes = {number: size for each in self._parties for number, size in each.sizes.items()}
        queues: dict[int, list[Wait]] = defaultdict(list)
        for wait in self._session.scalars(select(Wait).order_by(Wait.id.desc())):
            queues[wait.pool_id].append(wait)
        for queue in queues.values():
            first: datetime | None = None
            for wait in queue:
                until = wait.offered_at or wait.ended_at
                passed = first is not None and (until is None or until > first + SKEW)
                if passed and sizes.get(wait.id) == 1:
                    yield f"wait {wait.id} was passed by: others had an offer at {first}"
                if wait.offered_at is not None:
                    first = min(first or wait.offered_at, wait.offered_at)

    def _states(self) -> Iterator[str]:
        """Compare the rows of each party with what it was told last, and see that is all."""
        known = set()
        for party in self._parties:
            row = self._row(party)
            if row is None:
                yield f"{party.path} is not in the database"
                continue
            known.add(row.id)
            if party.is_erased:
                yield from self._erased(party, row)
            else:
                yield from self._kept(party, row)
        for row in self._rows.values():
            if row.id not in known:
                yield f"party {row.id} is nobody's: {[each.name for each in row.registrations]}"

    def _answers(self) -> Iterator[str]:
        """Compare who was asked, answered, and lost seats, with rows and figures."""
        event = self._session.scalars(select(Event)).one()
        at = event.at(utc_now())
        known = [(party, row) for party in self._parties if (row := self._row(party)) is not None]
        for party, row in known:
            yield from presence.check(party, row, self._letters[row.id])
            if presence.silent(row, at):
                yield f"{party.path} kept silent, and its seats"
        yield from presence.check_turnout(reminders.turnout(self._session, event), known)
        for kind, moments in self._moments.items():
            if len(moments) > 1:
                yield f"{kind} went more than once, at {sorted(moments)}"

    def _erased(self, party: Party, row: PartyRow) -> Iterator[str]:
        left = [each.name for each in row.registrations if each.name != ERASED]
        states = {each.state for each in row.registrations} - {RegistrationState.CANCELLED}
        if left or states or row.email or row.waits or row.consented_at:
            yield f"{party.path} was erased, and holds {left}, {states}, {row.email}, {row.waits}"
        yield from _released(party, row)
        if len(row.registrations) != len(party.guests):
            yield f"{party.path} counts {len(row.registrations)} for {len(party.guests)} people"

    def _kept(self, party: Party, row: PartyRow) -> Iterator[str]:
        people = {pages.tags(each.name)[0]: each for each in row.registrations}
        open_waits = {
            wait.id: pages.Wait(
                wait.id,
                wait.session.slug if wait.session else DAY,
                frozenset(pages.tags(" ".join(each.name for each in wait.people))),
                None if wait.state is WaitState.OFFERED else 1,
            )
            for wait in row.waits
            if wait.state in {WaitState.WAITING, WaitState.OFFERED}
        }
        confirmed = {
            tag: frozenset(booking.session.slug for booking in each.bookings)
            for tag, each in people.items()
            if each.state is RegistrationState.CONFIRMED
        }
        # Seats may have been released, an offer lapsed since the last look, and nothing else.
        yield from _released(party, row)
        try:
            party.see(confirmed, open_waits)
        except Disagreement as fault:
            yield str(fault)
        told = {each.tag: each.standing for each in party.guests}
        if told != {tag: STATES[each.state] for tag, each in people.items()}:
            yield f"{party.path} was told {told}, kept is {people}"
        needs = {each.tag: each.need for each in party.coming if each.need}
        kept = {tag: pages.tags(each.need.text)[0] for tag, each in people.items() if each.need}
        if needs != kept:
            yield f"{party.path} needs {needs}, kept is {kept}"
        if (row.email or "") != (party.email and party.email + _DOMAIN):
            yield f"{party.path} has the address {row.email}, not {party.email}"
        if row.reminders is not party.takes_reminders:
            yield f"{party.path} objected to reminders, or not: {row.reminders}"

    def _letters_of_parties(self) -> Iterator[str]:
        """Compare the rows of the outbox with the letters each party was promised."""
        shares = self._shares()
        for party in self._parties:
            row = self._row(party)
            # Of who is erased the waits are gone: how often seats were offered nobody knows.
            if row is None or not party.address or party.is_erased:
                continue
            kept = Counter(each.kind for each in self._letters[row.id])
            del kept["tickets_found"]
            promised, most = _promised(party, row, self._rounds)
            if extra := kept - most:
                yield f"{party.path} has letters nobody promised: {dict(extra)}"
            if party.is_touched or shares[party.address] >= LETTERS_A_DAY:
                continue
            for kind, number in sorted((promised - kept).items()):
                if not _is_needless(kind, row):
                    yield f"{party.path} lacks {number} of {kind}: {dict(kept)}"
        for letter in (each for rows in self._letters.values() for each in rows):
            if letter.state is not MailState.SENT:
                yield f"letter {letter.id} ({letter.kind}) is {letter.state}: {letter.error}"

    def _shares(self) -> Counter[str]:
        """Count the letters promised to each address, the most there can have been in its day."""
        shares: Counter[str] = Counter()
        for party in self._parties:
            if party.address and (row := self._row(party)) is not None:
                _, most = _promised(party, row, self._rounds)
                found = [x for x in self._letters[row.id] if x.kind == "tickets_found"]
                erased = LETTERS_A_DAY if party.is_erased else 0  # nobody knows of its waits
                shares[party.address] += most.total() + len(found) + erased
        return shares

    def _links_asked_for(self) -> Iterator[str]:
        """See that who lost a ticket, and has it still, was written to."""
        if self._session.scalars(select(LostTicketRequest)).first():
            yield "somebody still waits for lost tickets"
        found = Counter(
            each.recipient
            for rows in self._letters.values()
            for each in rows
            if each.kind == "tickets_found"
        )
        shares = self._shares()
        asked = {
            party.email
            for party in self._parties
            if party.asked_for_links and party.email and party.guests and not party.is_erased
        }
        for tag in sorted(asked):
            if not found[tag + _DOMAIN] and shares[tag] < LETTERS_A_DAY:
                yield f"{tag} asked for lost tickets, in vain"

    def _receptions(self, killed_at: Collection[float]) -> Iterator[str]:
        """Compare the outbox with what the server took, and explain each double."""
        domain = self._settings.mail_host
        rows = {
            f"<{each.message_id}@{domain}>": each
            for rows in self._letters.values()
            for each in rows
        }
        received = {each.message_id: each for each in self._mail.receptions}
        for message_id in sorted(rows.keys() - received.keys()):
            yield f"letter {rows[message_id].id} was never received, though it is sent"
        takers = {p.email for p in self._parties if p.email} - self._touched()
        for message_id in sorted(received.keys() - rows.keys()):
            reception = received[message_id]
            tag = reception.recipient.removesuffix(_DOMAIN)
            if tag in takers and not self._is_broken(reception, killed_at, None):
                yield f"{message_id} came to {reception.recipient}, and no row tells of it"
        for message_id in sorted(rows.keys() & received.keys()):
            if rows[message_id].recipient != received[message_id].recipient:
                yield f"{message_id} came to somebody else"
        for first, second in self._mail.doubles():
            if not self._is_broken(first, killed_at, second.at):
                yield f"{first.message_id} came twice, and nothing had broken"

    def _is_broken(
        self, reception: Reception, killed_at: Collection[float], until: float | None
    ) -> bool:
        """Whether the sender may not have learnt that a message was taken."""
        breaks = (*killed_at, *self._mail.breaks)
        since = reception.at - SLOW
        between = any(since <= at and (until is None or at <= until) for at in breaks)
        return reception.is_dropped or (reception.is_last and between)

    def _journal(self) -> Iterator[str]:
        lines = journal.of_act(self._session, "privacy.erase")
        told = Counter(line.count for line in lines)
        did = Counter(len(party.guests) for party in self._parties if party.is_erased)
        if told != did:
            yield f"the journal tells of erasures of {dict(told)}, people of {dict(did)}"
        lost = sum(line.count for line in journal.of_act(self._session, "seats.release"))
        gone = sum(guest.is_released for party in self._parties for guest in party.guests)
        if lost != gone:
            yield f"the journal tells of {lost} seats released, people of {gone}"

    def _touched(self) -> set[str]:
        """Return the addresses of whose letters some may have been deleted."""
        return {party.address for party in self._parties if party.is_touched}

    def _row(self, party: Party) -> PartyRow | None:
        return self._rows.get(codes.digest(party.path.rpartition("/")[2]))


def traces(session: DatabaseSession) -> Counter[str]:
    """Return the made-up words of names and addresses, wherever they stand in the tables."""
    found: Counter[str] = Counter()
    for table in Base.metadata.sorted_tables:
        columns = [each for each in table.columns if not isinstance(each.type, LargeBinary)]
        for row in session.execute(select(*columns)):
            found.update(pages.tags(" ".join(str(value) for value in row)))
    return found


def expected_traces(parties: Iterable[Party]) -> set[str]:
    """Return the words that are to be there: people, addresses not erased, needs of who comes."""
    kept = [party for party in parties if not party.is_erased]
    names = {guest.tag for party in kept for guest in party.guests}
    needs = {guest.need for party in kept for guest in party.coming if guest.need}
    return names | needs | {party.email for party in kept if party.email}


def _released(party: Party, row: PartyRow) -> Iterator[str]:
    """Learn that seats were released since the last look; say so if they could not be."""
    if any(each.released for each in row.registrations) and not party.is_released:
        try:
            party.release()
        except Disagreement as fault:
            yield str(fault)


def _of_waits(waits: Iterable[Wait]) -> Counter[str]:
    """Count the letters that queues promise."""
    promised: Counter[str] = Counter()
    for wait in waits:
        promised["seat_offered"] += wait.offered_at is not None
        promised["registration_confirmed"] += wait.state is WaitState.ACCEPTED
        promised["offer_lapsed"] += wait.state is WaitState.LAPSED
    return promised


def _promised(
    party: Party, row: PartyRow, rounds: presence.Rounds
) -> tuple[Counter[str], Counter[str]]:
    """Return the letters a party was promised, at least and at most."""
    least, most = presence.promised(party, rounds)
    promised = party.letters + _of_waits(row.waits)
    perhaps = promised + party.perhaps
    has_lapsed = any(not each.session and each.state is WaitState.LAPSED for each in row.waits)
    return (promised if has_lapsed else perhaps) + least, perhaps + most + party.unsure


def _is_needless(kind: str, row: PartyRow) -> bool:
    """Whether a letter may have had nothing to say any more when its turn came."""
    if kind == "registration_confirmed":
        return not any(each.state is RegistrationState.CONFIRMED for each in row.registrations)
    if kind == "presence_asked":
        return row.presence is not None and row.presence.answered_at is not None
    if kind == "offer_lapsed":
        return not row.registrations  # all tickets were passed on
    if kind == "waiting_joined":
        return not any(each.state is WaitState.WAITING for each in row.waits)
    if kind == "seat_offered":
        return any(each.offered_at and each.state is not WaitState.OFFERED for each in row.waits)
    return False


A_DAY = timedelta(days=1, hours=1)
"""After so long sent letters are forgotten that are nobody's."""
