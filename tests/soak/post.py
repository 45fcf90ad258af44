"""Be an SMTP server that comes and goes, refuses, and hangs up; remember all that it took."""

import random
import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from email.message import EmailMessage
from itertools import pairwise

from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as SmtpSession

from tests.load.site import free_port
from tests.mail.servers import MailServer

_KEEP = re.compile(r"/billet/\w+/garder/\w+")
_ASKED = re.compile(r"(/billet/\w+)/venir\s+Sans réponse avant le ")

AT_RECIPIENT = ("450 4.2.0 Greylisted", "451 4.3.0 Later", "452 4.2.2 Mailbox full")
AT_DATA = ("451 4.3.0 Later", "drop in the midst", "drop after the dot")


@dataclass
class Reception:
    """Remember one time that a message came in: ``is_dropped`` if it was not answered."""

    message_id: str
    recipient: str
    at: float
    connection: SmtpSession
    is_dropped: bool
    is_last: bool = True


class FicklePost(MailServer):
    """Do unkind deeds to a ``share`` of the messages, 0 to 1; its port stays the same."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__(port=free_port())
        self.receptions: list[Reception] = []
        self.deeds: Counter[str] = Counter()
        self.breaks: list[float] = []
        self.share = 0.0
        self._chance = chance
        self._keep_links: dict[str, list[str]] = defaultdict(list)
        self._warned: set[str] = set()

    def keep_links(self, address: str) -> list[str]:
        """Return the links of an address's letters that keep one ticket of several."""
        with self.lock:
            return list(self._keep_links[address])

    def has_warned(self, path: str) -> bool:
        """Whether a letter said until when to answer, so as not to lose the seats of a link."""
        with self.lock:
            return path in self._warned

    def go_down(self) -> None:
        """Break the connections and take no new one; remember when."""
        super().go_down()
        self.breaks.append(time.monotonic())
        self.deeds["down"] += 1

    def keep(self, email: EmailMessage, session: SmtpSession, deed: str) -> None:
        """Keep the little that will be asked about."""
        recipient = str(email["To"])
        is_dropped = deed == "drop after the dot"
        for earlier in reversed(self.receptions):
            if earlier.connection is session:
                earlier.is_last = False
                break
        self.receptions.append(
            Reception(str(email["Message-ID"]), recipient, time.monotonic(), session, is_dropped)
        )
        body = email.get_body(("plain",))
        if body is not None:
            text = body.get_content()
            self._keep_links[recipient] += _KEEP.findall(text)
            self._warned.update(_ASKED.findall(text))

    async def handle_RCPT(  # noqa: N802
        self,
        server: SMTP,
        session: SmtpSession,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        """Choose what will be done about this message."""
        self.at_recipient = self._maybe(AT_RECIPIENT)
        self.at_data = [] if self.at_recipient else self._maybe(AT_DATA)
        return await super().handle_RCPT(server, session, envelope, address, options)

    def _maybe(self, deeds: Iterable[str]) -> list[str]:
        if self._chance.random() >= self.share:
            return []
        deed = self._chance.choice(list(deeds))
        self.deeds[deed] += 1
        return [deed]

    def doubles(self) -> list[tuple[Reception, Reception]]:
        """Return each two receptions of one message that follow one another."""
        by_id: dict[str, list[Reception]] = defaultdict(list)
        for reception in self.receptions:
            by_id[reception.message_id].append(reception)
        return [pair for each in by_id.values() for pair in pairwise(each)]
