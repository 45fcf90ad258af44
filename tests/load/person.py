"""Be one person with a browser of their own: open the form, send it, follow to the ticket."""

import asyncio
import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from tests.load.client import Answer, Line

_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
_HEADING = re.compile(r"<h1[^>]*>(.*?)</h1>", re.DOTALL)
_FULL = ("C’est complet", "La dernière place vient d’être prise")


class Unclear(AssertionError):
    """An answer that leaves a person not knowing where they stand."""


@dataclass
class Person:
    """Keep one person's cookie and line; ``tickets`` holds each address they were led to.

    A request whose line is cut is sent again, the very same, until ``patience`` seconds have
    passed: what people do, and what must be harmless.
    """

    name: str
    port: int
    email: str = ""
    sessions: Sequence[str] = ()
    patience: float = 180.0
    on_answer: Callable[[], None] = lambda: None
    line: Line | None = None
    tickets: list[str] = field(default_factory=list)
    is_told_full: bool = False
    has_cancelled: bool = False
    cuts: int = 0
    _cookie: str = ""

    async def register(self, event: str) -> None:
        """Register, without the sessions that are full; end with a ticket or with "complet"."""
        path = f"/e/{event}/inscription"
        page = await self._get(path)
        if _says_full(page):
            self.is_told_full = True
            return
        answer = await self._send(path, page, self._fields())
        if answer.status == 422:  # a session asked for is full: one unticks it and sends again
            _expect("Plus de place pour" in answer.body.decode(), answer)
            self.sessions = ()
            answer = await self._send(path, answer, self._fields())
        if answer.status == 303:
            await self._open_ticket(answer)
        else:
            _expect(answer.status == 409 and _says_full(answer), answer)
            self.is_told_full = True

    async def change(self, sessions: Sequence[str]) -> None:
        """Swap the sessions of one's ticket; where there is no seat, keep what one has."""
        path = f"{self.tickets[-1]}/modifier"
        answer = await self._send(
            path, await self._get(path), [("name", self.name), *_ticked(sessions)]
        )
        if answer.status == 303:
            self.sessions = sessions
        else:
            _expect(answer.status == 422 and "Plus de place pour" in answer.body.decode(), answer)

    async def cancel(self) -> None:
        """Give the ticket back."""
        path = f"{self.tickets[-1]}/annuler"
        answer = await self._send(path, await self._get(path), [])
        _expect(answer.status == 303, answer)
        page = await self._get(answer.header("location"))
        _expect("Inscription annulée" in page.body.decode(), page)
        self.has_cancelled = True

    async def see_ticket(self) -> None:
        """Open one's ticket and find one's name on it."""
        await self._open(self.tickets[-1])

    def leave(self) -> None:
        """Hang up."""
        if self.line is not None:
            self.line.close()
            self.line = None

    def _fields(self) -> list[tuple[str, str]]:
        return [
            ("name", self.name),
            ("email", self.email),
            ("consent", "y"),
            *_ticked(self.sessions),
        ]

    async def _open_ticket(self, answer: Answer) -> None:
        self.tickets.append(answer.header("location").partition("?")[0])
        await self._open(self.tickets[-1])

    async def _open(self, ticket: str) -> None:
        page = await self._get(ticket)
        _expect(page.status == 200 and _heading(page) == self.name, page)

    async def _get(self, path: str) -> Answer:
        return await self._ask("GET", path, b"")

    async def _send(self, path: str, page: Answer, fields: Sequence[tuple[str, str]]) -> Answer:
        _expect(page.status in {200, 422}, page)
        hidden = [
            (name, html.unescape(value)) for name, value in _HIDDEN.findall(page.body.decode())
        ]
        return await self._ask("POST", path, urlencode([*hidden, *fields]).encode())

    async def _ask(self, method: str, path: str, body: bytes) -> Answer:
        request = self._request(method, path, body)
        async with asyncio.timeout(self.patience):
            while (answer := await self._try(request)) is None:
                self.cuts += 1
                await asyncio.sleep(0.02)  # nobody is there: ask again a little later
        self._keep_cookie(answer)
        self.on_answer()
        _expect(answer.status < 500, answer)
        return answer

    async def _try(self, request: bytes) -> Answer | None:
        """Return the answer, or None if the line was cut before it was whole."""
        try:
            if self.line is None or self.line.is_cut:
                self.line = await Line.open("127.0.0.1", self.port)
            return await self.line.ask(request)
        except OSError:
            self.line = None
            return None

    def _request(self, method: str, path: str, body: bytes) -> bytes:
        lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}"]
        if self._cookie:
            lines.append(f"Cookie: {self._cookie}")
        if method == "POST":
            lines += [
                "Content-Type: application/x-www-form-urlencoded",
                f"Content-Length: {len(body)}",
            ]
        return "\r\n".join([*lines, "", ""]).encode() + body

    def _keep_cookie(self, answer: Answer) -> None:
        if cookie := answer.header("set-cookie"):
            self._cookie = cookie.partition(";")[0]


def _ticked(sessions: Sequence[str]) -> list[tuple[str, str]]:
    return [("sessions", slug) for slug in sessions]


def _heading(page: Answer) -> str:
    found = _HEADING.search(page.body.decode())
    return html.unescape(found[1]) if found else ""


def _says_full(answer: Answer) -> bool:
    text = answer.body.decode()
    return any(words in text for words in _FULL)


def _expect(holds: bool, answer: Answer) -> None:
    if not holds:
        raise Unclear(f"{answer.head.decode('latin-1')}\n\n{answer.body.decode()[:3000]}")
