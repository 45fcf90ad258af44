"""Be one person with a browser of their own: open the form, send it, follow to the ticket."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.load.browser import Browser, expect, heading, ticked
from tests.load.client import Answer

_FULL = ("<h1>Rejoindre la liste d’attente</h1>", "La dernière place vient d’être prise")


@dataclass(kw_only=True)
class Person(Browser):
    """Register, change, cancel; ``tickets`` holds each address they were led to."""

    name: str
    email: str = ""
    sessions: Sequence[str] = ()
    tickets: list[str] = field(default_factory=list)
    is_told_full: bool = False
    has_cancelled: bool = False

    async def register(self, event: str) -> None:
        """Register, without the sessions that are full; end with a ticket or with "complet"."""
        path = f"/e/{event}/inscription"
        page = await self.get(path)
        if _says_full(page):
            self.is_told_full = True
            return
        answer = await self.send(path, page, self._fields())
        if answer.status == 422:  # a session asked for is full: one unticks it and sends again
            expect("Plus de place pour" in answer.body.decode(), answer)
            self.sessions = ()
            answer = await self.send(path, answer, self._fields())
        if answer.status == 303:
            await self._open_ticket(answer)
        else:
            expect(answer.status == 409 and _says_full(answer), answer)
            self.is_told_full = True

    async def change(self, sessions: Sequence[str]) -> None:
        """Swap the sessions of one's ticket; where there is no seat, keep what one has."""
        path = f"{self.tickets[-1]}/modifier"
        answer = await self.send(
            path, await self.get(path), [("name", self.name), *ticked(sessions)]
        )
        if answer.status == 303:
            self.sessions = sessions
        else:
            expect(answer.status == 422 and "Plus de place pour" in answer.body.decode(), answer)

    async def cancel(self) -> None:
        """Give the ticket back."""
        path = f"{self.tickets[-1]}/annuler"
        answer = await self.send(path, await self.get(path), [])
        expect(answer.status == 303, answer)
        page = await self.get(answer.header("location"))
        expect("Inscription annulée" in page.body.decode(), page)
        self.has_cancelled = True

    async def see_ticket(self) -> None:
        """Open one's ticket and find one's name on it."""
        await self._open(self.tickets[-1])

    def _fields(self) -> list[tuple[str, str]]:
        return [
            ("name", self.name),
            ("email", self.email),
            ("consent", "y"),
            *ticked(self.sessions),
        ]

    async def _open_ticket(self, answer: Answer) -> None:
        self.tickets.append(answer.header("location").partition("?")[0])
        await self._open(self.tickets[-1])

    async def _open(self, ticket: str) -> None:
        page = await self.get(ticket)
        expect(page.status == 200 and heading(page) == self.name, page)


def _says_full(answer: Answer) -> bool:
    text = answer.body.decode()
    return any(words in text for words in _FULL)
