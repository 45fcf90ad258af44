"""Speak HTTP/1.1 over one kept connection, with as little work as can be."""

import asyncio
import re
from typing import NamedTuple, cast

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_HEAD_END = b"\r\n\r\n"


class Cut(ConnectionError):
    """The line was cut before the whole answer came."""


class Answer(NamedTuple):
    """Hold an answer: its status, its head as it came, its body."""

    status: int
    head: bytes
    body: bytes

    def header(self, name: str) -> str:
        """Return the first header of that name, empty if there is none."""
        found = re.search(
            rb"\r\n" + name.encode() + rb": *([^\r]*)", self.head + b"\r", re.IGNORECASE
        )
        return found[1].decode("latin-1") if found else ""


class Line(asyncio.Protocol):
    """Keep one connection, and ask one thing at a time over it."""

    _transport: asyncio.Transport

    def __init__(self) -> None:
        self._received = b""
        self._answer: asyncio.Future[Answer] | None = None
        self.is_cut = False

    @classmethod
    async def open(cls, host: str, port: int) -> "Line":
        """Connect; raises OSError."""
        _, line = await asyncio.get_running_loop().create_connection(cls, host, port)
        return line

    def ask(self, request: bytes) -> "asyncio.Future[Answer]":
        """Send a request; its answer, or Cut, comes later."""
        self._answer = asyncio.get_running_loop().create_future()
        if self.is_cut:
            self._answer.set_exception(Cut())
        else:
            self._transport.write(request)
        return self._answer

    def close(self) -> None:
        """Hang up."""
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Gather the answer; give it once it is whole."""
        self._received += data
        end = self._received.find(_HEAD_END)
        if end < 0:
            return
        head = self._received[:end]
        length = _LENGTH.search(head)
        whole = end + len(_HEAD_END) + (int(length[1]) if length else 0)
        if len(self._received) < whole:
            return
        answer = Answer(int(head[9:12]), head, self._received[end + len(_HEAD_END) : whole])
        self._received = self._received[whole:]
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(answer)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell who waits that nothing more will come."""
        self.is_cut = True
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(Cut())
