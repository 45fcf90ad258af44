"""Write messages: plain text from a template, a simple HTML part from that same text."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import getaddresses
from typing import Any

import idna
from flask import render_template
from sqlalchemy.orm import Session

from conf_app.mail.models import OutboxMail

LONGEST_SUBJECT = 59

# A title cut to less of itself than this says nothing.
_LEAST_OF_A_PART = 15

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class NotAnAddress(ValueError):
    """The text is not an e-mail address one can write to."""


@dataclass(frozen=True)
class Attachment:
    """Hold a file to join to a message."""

    name: str
    mimetype: str
    content: bytes = field(repr=False)
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Message:
    """Hold what a message says, not yet to whom."""

    subject: str
    text: str
    html: str = ""
    attachments: tuple[Attachment, ...] = ()
    reply_to: str = ""
    unsubscribe: str = ""

    def __post_init__(self) -> None:
        """Refuse a subject that is no short line."""
        if _CONTROL.search(self.subject) or not 0 < len(self.subject) <= LONGEST_SUBJECT:
            raise ValueError(f"not a subject: {self.subject!r}")


Composer = Callable[[Session, OutboxMail], Message | None]
"""Writes the message that an outbox row stands for, or None if nothing is left to say."""


def write(
    name: str,
    /,
    *attachments: Attachment,
    site: str,
    reply_to: str = "",
    unsubscribe: str = "",
    **values: Any,
) -> Message:
    """Write the message of ``templates/mail/<name>/``; a subject too long is cut between words.

    ``site`` is our public address: what leads there becomes a link in the HTML part, nothing else
    does, since a name may hold whatever somebody typed. A line ``[words](link)`` is a button there,
    and the bare link in the text. ``unsubscribe`` is an address that takes a POST from a mail
    program, without asking back.
    """
    subject = _shorten(render_template(f"mail/{name}/subject.txt", **values))
    body = render_template(f"mail/{name}/body.txt", **values).strip() + "\n"
    html = render_template("mail/message.html", subject=subject, paragraphs=_paragraphs(body, site))
    text = _button(site).sub(r"\g<link>", body)
    return Message(subject, text, html, attachments, reply_to, unsubscribe)


Line = list[str] | dict[str, str]


def _paragraphs(body: str, site: str) -> list[list[Line]]:
    """Part a text into paragraphs of lines: buttons, or pieces, every second one our address."""
    link, button = re.compile(rf"({re.escape(site)}/\S*)"), _button(site)

    def line(text: str) -> Line:
        found = button.fullmatch(text)
        return found.groupdict() if found else link.split(text)

    return [
        [line(text.strip(" \t")) for text in block.split("\n")]
        for block in re.split(r"\n(?:[ \t]*\n)+", body.strip())
    ]


def _button(site: str) -> re.Pattern[str]:
    return re.compile(rf"^\[(?P<words>[^]]+)\]\((?P<link>{re.escape(site)}/\S*)\)$", re.MULTILINE)


def envelope(
    message: Message, *, sender: str, recipient: str, message_id: str, date: datetime
) -> EmailMessage:
    """Put a message in its envelope (RFC 5322), marked as sent by a machine (RFC 3834).

    ``message_id`` is the left half of the Message-ID. Raises NotAnAddress.
    """
    writer = address(sender)
    email = EmailMessage(policy=policy.SMTP)
    email["From"] = writer
    email["To"] = address(recipient)
    if message.reply_to:
        email["Reply-To"] = address(message.reply_to)
    email["Subject"] = message.subject
    email["Date"] = date
    email["Message-ID"] = f"<{message_id}@{writer.domain}>"
    email["Auto-Submitted"] = "auto-generated"
    if message.unsubscribe:  # in one click (RFC 8058)
        email["List-Unsubscribe"] = f"<{message.unsubscribe}>"
        email["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    # Quoted-printable: read by every server, and by people in the .eml files.
    email.set_content(message.text, cte="quoted-printable")
    if message.html:
        email.add_alternative(message.html, subtype="html", cte="quoted-printable")
    for joined in message.attachments:
        maintype, _, subtype = joined.mimetype.partition("/")
        email.add_attachment(
            joined.content,
            maintype=maintype,
            subtype=subtype,
            filename=_CONTROL.sub("", joined.name),
            params=dict(joined.parameters),
        )
    # Last: making room for a part takes the Content- headers off the whole.
    email["Content-Language"] = "fr"
    # An address longer than a short line would be encoded, and then lead nowhere.
    email.policy = policy.SMTP.clone(max_line_length=998)
    return email


def address(text: str) -> Address:
    """Read « a@b » or « Nom <a@b> »; the domain as servers want it (IDNA, RFC 5891)."""
    if _CONTROL.search(text):
        raise NotAnAddress(text)
    name, plain = _one(text)
    user, _, domain = plain.rpartition("@")
    try:
        host = idna.encode(domain, uts46=True).decode("ascii") if domain else ""
        # The local part is given apart: quoting is then Address's work.
        found = Address(name, user.strip('"'), host)
    except (idna.IDNAError, ValueError) as fault:
        raise NotAnAddress(text) from fault
    if not user or not host:
        raise NotAnAddress(text)
    return found


def _one(text: str) -> tuple[str, str]:
    found = getaddresses([text])
    return found[0] if len(found) == 1 else ("", "")


def _shorten(subject: str) -> str:
    subject = subject.strip()
    if len(subject) <= LONGEST_SUBJECT:
        return subject
    cut = subject[: LONGEST_SUBJECT - 1].rpartition(" ")[0]
    whole, dash, rest = f"{cut} ".rpartition(" – ")
    if dash and len(rest) < _LEAST_OF_A_PART:
        return whole
    return cut.rstrip(" \u00a0–,:;") + "…"
