"""Run a real SMTP server on loopback that can be as unkind as those of the world."""

import asyncio
import threading
import weakref
from collections.abc import Callable, Coroutine
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as SmtpSession

_SECONDS = {"take its time": 0.3, "dawdle": 20.0}

Deed = Callable[["MailServer", SMTP], Any]


class MailServer:
    """Keep what came in; do unkind deeds, one a message, in the order they were asked for.

    An empty deed is kind.
    """

    def __init__(self, **options: Any) -> None:
        self.received: list[EmailMessage] = []
        self.connections = 0
        self.at_recipient: list[str] = []
        self.at_sender: list[str] = []
        self.at_data: list[str] = []
        self.lock = threading.Lock()
        self._controller = _Controller(self, hostname="127.0.0.1", **{"port": 0, **options})

    @property
    def port(self) -> int:
        """The port it listens on."""
        server = self._controller.server
        assert isinstance(server, asyncio.Server)
        port: int = server.sockets[0].getsockname()[1]
        return port

    @property
    def url(self) -> str:
        """Where to send mail, as SMTP_URL says it."""
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def ids(self) -> list[str]:
        """The Message-IDs of what came in."""
        return [str(email["Message-ID"]) for email in self.received]

    def __enter__(self) -> Self:
        """Open it."""
        self._controller.start()
        self.connections = 0  # start() tried it once
        return self

    def __exit__(self, *_exc: object) -> None:
        """Close it."""
        self._controller.stop()

    def go_down(self) -> None:
        """Break the connections and take no new one."""
        self._controller.call(self._controller.go_down())

    def come_back(self) -> None:
        """Listen again, at the same place."""
        self._controller.call(self._controller.come_back())

    def keep(self, email: EmailMessage, session: SmtpSession, deed: str) -> None:
        """Keep what came in over a connection, whatever is done about it next."""
        self.received.append(email)

    # What aiosmtpd calls.

    async def handle_MAIL(  # noqa: N802
        self,
        server: SMTP,
        session: SmtpSession,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        """Answer MAIL FROM."""
        if self.at_sender and (refusal := self.at_sender.pop(0)):
            return refusal
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self,
        server: SMTP,
        session: SmtpSession,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        """Answer RCPT TO."""
        if self.at_recipient and (refusal := self.at_recipient.pop(0)):
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: SmtpSession, envelope: Envelope
    ) -> str:
        """Answer the final dot."""
        deed = self.at_data.pop(0) if self.at_data else ""
        if deed.startswith(("4", "5")):
            return deed
        assert isinstance(envelope.content, bytes)
        email = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(email, EmailMessage)
        with self.lock:
            self.keep(email, session, deed)
        if deed == "drop after the dot":
            _hang_up(server)
        if deed in _SECONDS:
            await asyncio.sleep(_SECONDS[deed])
        return "250 OK"


class _Controller(Controller):
    """Open the server on any free port, unless one is named."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._protocols: weakref.WeakSet[SMTP] = weakref.WeakSet()

    def factory(self) -> SMTP:
        self.handler.connections += 1
        protocol = _Protocol(self.handler, **self.SMTP_kwargs)
        self._protocols.add(protocol)
        return protocol

    def call(self, deed: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(deed, self.loop).result(30)

    async def go_down(self) -> None:
        assert self.server is not None
        self.server.close()
        for protocol in list(self._protocols):
            if protocol.transport is not None:
                _hang_up(protocol)

    async def come_back(self) -> None:
        self.server = await self._create_server()

    def _trigger_server(self) -> None:
        self.port = self.handler.port  # the one it got: it asked for any
        super()._trigger_server()  # type: ignore[no-untyped-call]


class _Protocol(SMTP):
    """Hang up in the midst of a message if asked to."""

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        deeds = self.event_handler.at_data
        if deeds and deeds[0] == "drop in the midst":
            deeds.pop(0)
            await self.push("354 Go on")
            await self._reader.readline()
            _hang_up(self)
            return
        await super().smtp_DATA(arg)


def _hang_up(server: SMTP) -> None:
    assert isinstance(server.transport, asyncio.Transport)
    server.transport.abort()
