"""Be a browser without JavaScript: one cookie, one line, and people who do not give up."""

import asyncio
import html
import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from urllib.parse import urlencode

from tests.load.client import Answer, Line

Fields = Sequence[tuple[str, str]]

_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
_HEADING = re.compile(r"<h1[^>]*>(.*?)</h1>", re.DOTALL)
_ADDRESSES = itertools.count(int(IPv4Address("10.0.0.1")))  # more people than a hall holds
_TAG = re.compile(r"<[^>]+>")


class Unclear(AssertionError):
    """An answer that leaves a person not knowing where they stand."""


@dataclass
class Browser:
    """Keep one browser's cookie and line.

    A request whose line is cut is sent again, the very same, until ``patience`` seconds have
    passed: what people do, and what must be harmless. ``loses`` says whether an answer gets lost
    on its way, though the site gave it.
    """

    port: int
    patience: float = 180.0
    on_answer: Callable[[], None] = lambda: None
    loses: Callable[[], bool] = lambda: False
    line: Line | None = None
    cuts: int = 0
    losses: int = 0
    _cookie: str = ""
    _address: str = field(default_factory=lambda: str(IPv4Address(next(_ADDRESSES))))

    async def get(self, path: str) -> Answer:
        """Open a page."""
        return await self._ask("GET", path, b"")

    async def send(self, path: str, page: Answer, fields: Fields) -> Answer:
        """Send the form of a page that was opened, with its hidden fields."""
        expect(page.status in {200, 409, 422}, page)
        return await self.post(path, [*hidden(page), *fields])

    async def post(self, path: str, fields: Fields) -> Answer:
        """Send these fields, and no other."""
        return await self._ask("POST", path, urlencode(fields).encode())

    def leave(self) -> None:
        """Hang up."""
        if self.line is not None:
            self.line.close()
            self.line = None

    async def _ask(self, method: str, path: str, body: bytes) -> Answer:
        request = self._request(method, path, body)
        async with asyncio.timeout(self.patience):
            while (answer := await self._try(request)) is None:
                self.cuts += 1
                await asyncio.sleep(0.02)  # nobody is there: ask again a little later
            if method == "POST" and self.loses():
                self.losses += 1
                return await self._ask(method, path, body)
        self._keep_cookie(answer)
        self.on_answer()
        expect(answer.status < 500, answer)
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
        lines.append(f"X-Forwarded-For: {self._address}")
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


def hidden(page: Answer) -> list[tuple[str, str]]:
    """Return the hidden fields of a page's forms."""
    return [(name, html.unescape(value)) for name, value in _HIDDEN.findall(page.body.decode())]


def heading(page: Answer) -> str:
    """Return a page's heading with plain spaces only, empty if it has none."""
    found = _HEADING.search(page.body.decode())
    return " ".join(html.unescape(_TAG.sub("", found[1])).split()) if found else ""


def ticked(sessions: Sequence[str], name: str = "sessions") -> list[tuple[str, str]]:
    """Return the fields of ticked sessions."""
    return [(name, slug) for slug in sessions]


def expect(holds: bool, answer: Answer) -> None:
    """Raise Unclear, with the answer, if something does not hold."""
    if not holds:
        raise Unclear(f"{answer.head.decode('latin-1')}\n\n{answer.body.decode()[:3000]}")
