"""Be one of many attendees: an address perhaps, some secret links, and changing minds."""

import random
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from conf_app.registration.needs import NeedKind
from tests.load.browser import Browser, expect, heading, hidden, ticked
from tests.load.client import Answer
from tests.soak import pages
from tests.soak.model import Guest, Party, Standing, new_tag
from tests.soak.pages import DAY, Offers, Wait
from tests.soak.post import FicklePost

FORM = "/e/conf/inscription"
WISHES = ((), (), ("ag",), ("atelier-a",), ("atelier-b",), ("ag", "atelier-a"), ("ag", "atelier-b"))
"""What people ask for beside the day."""
NEEDING = 0.15
"""The share of people who tell what they need to come."""
LOST = 0.05
"""The share of answers that get lost on their way: then people send the same again."""


@dataclass(kw_only=True)
class Attendee(Browser):
    """Do what a person can do, and hold each answer against what was told before."""

    chance: random.Random
    mail: FicklePost
    address: str
    counts: Counter[str]
    parties: list[Party] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Lose some answers."""
        self.loses = lambda: self.chance.random() < LOST

    @property
    def open_parties(self) -> list[Party]:
        """The parties whose link still opens."""
        return [each for each in self.parties if not each.is_erased]

    @property
    def zeal(self) -> float:
        """How often one acts in the whole time: more while one waits for something."""
        return 20 if any(party.waits for party in self.open_parties) else 6

    async def register(self) -> None:
        """Register some people, or join the queue together; end with what the link says."""
        size = self.chance.choice((1, 1, 1, 2, 2, 3, 4))
        guests = [
            Guest(new_tag(), number, Standing.QUEUED, self.wish(), self.need())
            for number in range(1, size + 1)
        ]
        page = await self.get(FORM)
        expect(page.status == 200, page)
        if ("attendre", "y") in hidden(page):
            answer = await self._register(page, guests, sessions=False)
        else:
            answer = await self._register(page, guests)
            if answer.status == 422:
                expect("Plus de place pour" in answer.body.decode(), answer)
                answer = await self._register(answer, guests, sessions=False)
        if answer.status == 409:
            text = answer.body.decode()
            full = "La dernière place vient" in text or "plus assez de places" in text
            expect(full and 'name="attendre"' in text, answer)
            answer = await self._register(answer, guests, sessions=False, waits=True)
        expect(answer.status == 303, answer)
        party = Party(path_of(answer), self.address, guests)
        self.parties.append(party)
        page = await self.get(party.path)
        has_seats = bool(pages.tickets(page))
        for guest in guests:
            guest.standing = Standing.CONFIRMED if has_seats else Standing.QUEUED
        if party.email:
            party.letters["registration_confirmed" if has_seats else "waiting_joined"] += 1
        self.counts["got seats" if has_seats else "had to wait"] += 1
        await self.look(party, joined=None if has_seats else (DAY, _tags(guests)))

    async def look(
        self, party: Party, *, joined: tuple[str, frozenset[str]] | None = None
    ) -> Offers | None:
        """Read the pages of a link anew, and hold them against what was told; return the offers."""
        page = await self.get(party.path)
        if party.is_erased:
            expect(page.status == 404 and heading(page) == "Il n’y a rien ici", page)
            return None
        expect(page.status == 200, page)
        if heading(page) in _RELEASED and not party.is_released:
            expect(self.mail.has_warned(party.path), page)
            party.release()
        ends = _RELEASED if party.is_released else _ENDS
        expect(bool(party.coming) or heading(page) in ends, page)
        party.hear(asks=pages.asks(page))
        offers = await self.offers(party) if joined or party.waits or party.confirmed else None
        party.see(pages.tickets(page), offers.waits if offers else {}, joined=joined)
        return offers

    async def is_too_late(self, party: Party, answer: Answer, status: int) -> bool:
        """Whether an answer of this status refuses, as the seats went to others meanwhile."""
        if answer.status != status:
            return False
        await self.look(party)
        expect(party.is_released, answer)
        self.counts["too late: seats released"] += 1
        return True

    async def offers(self, party: Party) -> Offers:
        """Open the page of the queues."""
        page = await self.get(f"{party.path}/offre")
        expect(page.status == 200, page)
        return pages.offers(page)

    async def answer(self, party: Party, wait: Wait, word: str) -> None:
        """Answer an offer or leave a queue, as the page says now; it may be too late."""
        offers = await self.offers(party)
        now = offers.waits.get(wait.number)
        if now is None or (now.position is None) != (wait.position is None):
            self.counts["too late to answer"] += 1
            await self.look(party)
            return
        if word == "accept" and now.swaps:
            word = "swap"
        sent = [("csrf_token", offers.token), ("wait", str(now.number)), ("answer", word)]
        answer = await self.post(f"{party.path}/offre", sent)
        if answer.status == 422:
            expect("Trop tard de peu" in answer.body.decode(), answer)
            self.counts["too late to answer"] += 1
        else:
            expect(answer.status == 303, answer)
            party.may_have_acted = True
            (party.take if word in {"accept", "swap"} else party.let_go)(now)
        await self.look(party)

    async def join(self, party: Party) -> None:
        """Wait for a full session, some people or all of the party."""
        offers = await self.offers(party)
        if not offers.joinable:
            return
        slug = self.chance.choice(offers.joinable)
        waiting = {
            tag for wait in offers.waits.values() if wait.session == slug for tag in wait.people
        }
        free = [
            each
            for each in party.confirmed
            if slug not in each.sessions and each.tag not in waiting
        ]
        if not free:
            return
        chosen = self.chance.sample(free, self.chance.randint(1, len(free)))
        people = [("people", str(each.number)) for each in chosen]
        sent = [("csrf_token", offers.token), ("session", slug), ("answer", "join"), *people]
        answer = await self.post(f"{party.path}/offre", sent)
        expect(answer.status == 303, answer)
        party.may_have_acted = True
        joined = slug, _tags(chosen)
        seen = await self.look(party, joined=joined)
        if party.email:
            # Who was offered a seat at once is written to of the offer alone.
            waits = seen is not None and any(
                (each.session, each.people) == joined and each.position is not None
                for each in seen.waits.values()
            )
            (party.letters if waits else party.unsure)["waiting_joined"] += 1

    def wish(self) -> frozenset[str]:
        """Draw what one would like to book."""
        return frozenset(self.chance.choice(WISHES))

    def need(self) -> str:
        """Draw whether one needs something; return the word to know it by."""
        return new_tag() if self.chance.random() < NEEDING else ""

    def needs(self, need: str, prefix: str = "") -> list[tuple[str, str]]:
        """Return the fields that tell what is needed: some kinds, own words, for the door or not.

        None are returned for an empty word.
        """
        if not need:
            return []
        kinds = self.chance.sample(list(NeedKind), self.chance.randint(0, 3))
        at_door = [(f"{prefix}need_at_door", "y")] if self.chance.random() < 0.5 else []
        return [
            *((f"{prefix}need_kinds", kind.value) for kind in kinds),
            (f"{prefix}need_text", f"Prévenir {need}"),
            (f"{prefix}need_consent", "y"),
            *at_door,
        ]

    async def _register(
        self, page: Answer, guests: list[Guest], *, sessions: bool = True, waits: bool = False
    ) -> Answer:
        fields = [("email", self.address and f"{self.address}@exemple.org"), ("consent", "y")]
        for each in guests:
            if not sessions:
                each.sessions = frozenset()
            prefix = "" if each.number == 1 else f"others-{each.number - 2}-"
            fields.append((f"{prefix}name", each.name))
            fields += ticked(sorted(each.sessions), f"{prefix}sessions")
            fields += self.needs(each.need, prefix)
        if waits:
            fields.append(("attendre", "y"))
        return await self.send(FORM, page, fields)


_ENDS = {
    "Inscription annulée",
    "Billet transmis",
    "Tu n’attends plus",
    "Vous n’attendez plus",
    "L’offre est passée à d’autres",
    "Liste d’attente close",
}
_RELEASED = {"Place rendue", "Places rendues"}


def _tags(guests: list[Guest]) -> frozenset[str]:
    return frozenset(each.tag for each in guests)


def path_of(answer: Answer) -> str:
    """Return where an answer leads, without what is said on the way."""
    return urlsplit(answer.header("location")).path
