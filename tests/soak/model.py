"""Remember what people were told: database, letters and journal must agree with it."""

import enum
import itertools
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from conf_app.clock import utc_now
from tests.soak.pages import DAY, Wait

_numbers = itertools.count(1)


def new_tag() -> str:
    """Draw a word that stands nowhere else, to tell a name or an address by."""
    return f"zq{next(_numbers):06}"


class Standing(enum.Enum):
    """What a person was last told."""

    CONFIRMED = "confirmed"
    QUEUED = "queued"
    CANCELLED = "cancelled"


class Disagreement(AssertionError):
    """What a page says is not what it said before, and nobody did anything."""


@dataclass
class Guest:
    """Hold one person of a party, known by a ``tag`` in their name.

    ``need`` is the word by which one knows what they need, empty if they told nothing.
    ``gave_back`` says that they left after the question whether they come was seen.
    """

    tag: str
    number: int
    standing: Standing
    sessions: frozenset[str] = frozenset()
    need: str = ""
    gave_back: bool = False
    is_released: bool = False

    @property
    def name(self) -> str:
        """What they are called by."""
        return f"Camille {self.tag}"


@dataclass
class Party:
    """Hold what the owner of one secret link was told last.

    ``sizes`` remembers how many people began to wait together, by the number of the wait.
    ``letters`` counts, by kind, those that were promised by an answer, ``perhaps`` those that are
    needless if an offer lapsed first, ``unsure`` those that may have been. ``email`` goes when it
    is disowned; ``address`` stays. ``is_asked`` says that a page asked whether they come,
    ``may_have_answered`` that they did what counts as a yes where one was asked, unseen,
    ``may_have_acted`` that they did so since the last look, unless it was too late. ``could_lose``
    and ``left`` are of the last look: whether silence could cost the seats then, and who left one.
    """

    path: str
    address: str
    guests: list[Guest]
    email: str = field(init=False)
    waits: dict[int, Wait] = field(default_factory=dict)
    sizes: dict[int, int] = field(default_factory=dict)
    takes_reminders: bool = True
    has_objected: bool = False
    objects_since: datetime | None = None
    seated_since: datetime | None = None
    is_asked: bool = False
    has_acted: bool = False
    has_answered: bool = False
    may_have_answered: bool = False
    may_have_acted: bool = False
    could_lose: bool = False
    left: list[Guest] = field(default_factory=list)
    is_erased: bool = False
    was_disowned: bool = False
    asked_for_links: bool = False
    letters: Counter[str] = field(default_factory=Counter)
    perhaps: Counter[str] = field(default_factory=Counter)
    unsure: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        """Begin with the address that was typed."""
        self.email = self.address

    @property
    def is_touched(self) -> bool:
        """Whether letters that waited may have been deleted."""
        return self.is_erased or self.was_disowned

    @property
    def confirmed(self) -> list[Guest]:
        """Those who have a ticket."""
        return [each for each in self.guests if each.standing is Standing.CONFIRMED]

    @property
    def coming(self) -> list[Guest]:
        """Those who have a ticket, or may get one."""
        return [each for each in self.guests if each.standing is not Standing.CANCELLED]

    @property
    def is_released(self) -> bool:
        """Whether the seats went to others because nobody answered."""
        return any(each.is_released for each in self.guests)

    @property
    def may_lose(self) -> bool:
        """Whether silence may cost the seats from now on."""
        return bool(self.email) and self.takes_reminders and not self.has_answered

    @property
    def offered(self) -> list[Wait]:
        """The offers to answer."""
        return [each for each in self.waits.values() if each.position is None]

    def withdraw(self, people: Iterable[Guest]) -> None:
        """Take people out of all queues."""
        gone = {each.tag for each in people}
        left = [wait._replace(people=wait.people - gone) for wait in self.waits.values()]
        self.waits = {wait.number: wait for wait in left if wait.people}

    def change(self, guest: Guest, tag: str, sessions: frozenset[str]) -> None:
        """Remember a new name and other sessions: nobody waits for what they have."""
        booked = {guest.tag} if sessions else set()
        left = [
            wait._replace(people=wait.people - booked if wait.session in sessions else wait.people)
            for wait in self.waits.values()
        ]
        renamed = {guest.tag: tag}
        self.waits = {
            wait.number: wait._replace(
                people=frozenset(renamed.get(each, each) for each in wait.people)
            )
            for wait in left
            if wait.people
        }
        guest.tag, guest.sessions = tag, sessions
        self.answer()

    def object(self, *, objects: bool) -> None:
        """Remember whether letters that only remind are welcome, once that was said."""
        self.takes_reminders = not objects
        self.has_objected |= objects
        self.objects_since = utc_now() if objects else None

    def answer(self) -> None:
        """Remember what was done with a seat that was still there: a yes, where one was asked."""
        self.has_acted = True
        if self.is_asked:
            self.has_answered, self.could_lose = True, False

    def hear(self, *, asks: bool) -> None:
        """Compare with whether the tickets' page asks now if people come: until they answer."""
        acted, self.has_acted, self.left = self.has_acted, False, []
        perhaps, self.may_have_acted = acted or self.may_have_acted, False
        if self.confirmed:
            self.seated_since = self.seated_since or utc_now()
            if asks:
                if self.has_answered or (acted and self.is_asked):
                    raise Disagreement(f"{self.path} answered, and is asked again")
                self.is_asked, self.may_have_answered = True, False
            elif self.is_asked:
                if not (self.has_answered or perhaps):
                    raise Disagreement(f"{self.path} was asked, and has not answered")
                self.has_answered = True
            else:
                self.may_have_answered |= perhaps
        else:
            self.may_have_answered |= perhaps
        self.could_lose = self.may_lose

    def release(self) -> None:
        """Remember that the seats went to others, maybe just before somebody left theirs."""
        gone = [*self.confirmed, *self.left]
        if not gone or not (self.could_lose or self.may_lose):
            raise Disagreement(f"{self.path} lost its seats, though it could not")
        if self.left:
            self.letters["registration_cancelled"] -= 1
        self.letters["seats_released"] += 1
        self.withdraw(gone)
        for each in gone:
            each.standing, each.sessions, each.is_released = Standing.CANCELLED, frozenset(), True
        self.has_acted, self.left = False, []

    def erase(self) -> None:
        """Remember that nothing is kept but numbers."""
        self.is_erased = True
        self.cancel(self.coming)

    def cancel(self, people: Collection[Guest]) -> None:
        """Remember that people do not come; who is left of a party comes."""
        # Who only waits may have been offered a seat and lost it: then nobody is left to cancel.
        is_sure = any(each.standing is Standing.CONFIRMED for each in people)
        (self.letters if is_sure else self.perhaps)["registration_cancelled"] += 1
        self.withdraw(people)
        self.left = [each for each in people if each.standing is Standing.CONFIRMED]
        for each in people:
            each.standing, each.sessions = Standing.CANCELLED, frozenset()
            each.gave_back = self.is_asked
        self.has_acted = True

    def take(self, wait: Wait) -> None:
        """Remember that an offer was accepted."""
        del self.waits[wait.number]
        for each in self._named(wait.people):
            if wait.session == DAY:
                each.standing = Standing.CONFIRMED
            else:
                each.sessions = without_overlap(each.sessions, wait.session) | {wait.session}

    def let_go(self, wait: Wait) -> None:
        """Remember that a wait came to nothing."""
        del self.waits[wait.number]
        if wait.session == DAY:
            for each in self._named(wait.people):
                each.standing = Standing.CANCELLED

    def see(
        self,
        tickets: Mapping[str, frozenset[str]],
        waits: Mapping[int, Wait],
        *,
        joined: tuple[str, frozenset[str]] | None = None,
    ) -> None:
        """Compare with what the pages say now; only the queues may have moved by themselves.

        ``joined`` names the session of the one queue that is new, and who waits there.
        """
        for number in sorted(waits.keys() - self.waits.keys()):
            wait = waits[number]
            if joined != (wait.session, wait.people):
                raise Disagreement(f"{self.path} never joined {wait}, but {joined}")
            joined = None
            self.waits[number] = wait
            self.sizes[number] = len(wait.people)
        for number, before in sorted(self.waits.items()):
            now = waits.get(number)
            if now is None:
                self.let_go(before)  # it was offered, and nobody answered in time
                continue
            _check_moved(self.path, before, now)
            self.waits[number] = now
        if joined is not None and joined[0] == DAY:
            for each in self._named(joined[1]):  # offered and over before one could look
                each.standing = Standing.CANCELLED
        told = {each.tag: each.sessions for each in self.confirmed}
        if tickets != told:
            raise Disagreement(f"{self.path} was told {told}, now it reads {dict(tickets)}")

    def _named(self, tags: Collection[str]) -> list[Guest]:
        return [each for each in self.guests if each.tag in tags]


def without_overlap(sessions: frozenset[str], wanted: str) -> frozenset[str]:
    """Return sessions without the one that takes place at the same time: workshops do."""
    if not wanted.startswith("atelier"):
        return sessions
    return frozenset(each for each in sessions if not each.startswith("atelier"))


def _check_moved(path: str, before: Wait, now: Wait) -> None:
    same = (before.session, before.people) == (now.session, now.people)
    if before.position is None:
        fair = now.position is None
    else:
        fair = now.position is None or now.position <= before.position
    if not (same and fair):
        raise Disagreement(f"{path} waited as {before}, now as {now}")
