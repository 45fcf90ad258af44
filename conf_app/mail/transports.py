"""Hand messages over: to an SMTP server, or to a folder where one can read them."""

import contextlib
import os
import smtplib
import ssl
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol
from urllib.parse import SplitResult, unquote, urlsplit

from conf_app.settings import Settings

TIMEOUT = 60.0
"""Seconds a server may take for each of its dozen answers: no lease expires meanwhile."""

_TOO_BIG = 552


class Undelivered(Exception):
    """The message was not taken; another attempt may succeed."""


class Refused(Undelivered):
    """The message will never be taken."""


class Unreachable(Undelivered):
    """No message can be handed over for now: the server is away, or does not want us."""


class Transport(Protocol):
    """A way to hand messages over."""

    def send(self, email: EmailMessage, *, name: str) -> None:
        """Hand a message over or raise Undelivered; ``name`` is the same at each attempt."""

    def close(self) -> None:
        """Let go of what was kept open."""


def transport_for(settings: Settings) -> Transport:
    """Choose the transport that the settings ask for."""
    if settings.smtp_url:
        return SmtpTransport(settings.smtp_url, settings.mail_host)
    if settings.mail_folder is None:
        raise ValueError("neither SMTP_URL nor MAIL_FOLDER")
    return FolderTransport(settings.mail_folder)


class FolderTransport:
    """Write each message as one .eml file; the same name again writes the same file again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, email: EmailMessage, *, name: str) -> None:
        try:
            # The messages hold secret links: nobody else's business on this machine.
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            unfinished = self._folder / f".{name}.{os.getpid()}"
            with open(unfinished, "wb", opener=_private) as file:
                file.write(email.as_bytes(policy=policy.SMTP.clone(utf8=_needs_utf8(email))))
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(self._folder / f"{name}.eml")
        except OSError as fault:
            raise Unreachable(f"dossier des courriels : {fault.strerror}") from fault

    def close(self) -> None:
        pass


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


class SmtpTransport:
    """Speak to an SMTP server (RFC 5321), over one connection as long as it holds."""

    def __init__(self, url: str, local_name: str, timeout: float = TIMEOUT) -> None:
        self._url = urlsplit(url)
        self._local_name = local_name
        self._timeout = timeout
        self._server: smtplib.SMTP | None = None

    def send(self, email: EmailMessage, *, name: str) -> None:
        server = self._connected()
        try:
            server.send_message(email)
        except smtplib.SMTPRecipientsRefused as refusal:
            ((code, reply),) = refusal.recipients.values()
            raise _failure(code, reply) from refusal
        except smtplib.SMTPSenderRefused as refusal:
            if refusal.smtp_code == _TOO_BIG:
                raise _failure(refusal.smtp_code, refusal.smtp_error) from refusal
            # A server that refuses our sender will refuse it for all: that is for us to mend.
            raise Unreachable(_said(refusal.smtp_code, refusal.smtp_error)) from refusal
        except smtplib.SMTPResponseException as refusal:
            raise _failure(refusal.smtp_code, refusal.smtp_error) from refusal
        except smtplib.SMTPNotSupportedError as fault:
            raise Refused("le serveur ne sait pas écrire à cette adresse (SMTPUTF8)") from fault
        except (OSError, smtplib.SMTPException) as fault:
            # Perhaps after the final dot: then the next attempt makes a double.
            self.close()
            raise Undelivered(f"connexion perdue ({type(fault).__name__})") from fault

    def sign_in(self) -> None:
        """Connect and give our account, as sending would; raise Unreachable."""
        self._connected()

    def close(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                server.quit()
            server.close()

    def _connected(self) -> smtplib.SMTP:
        # Servers close a connection after so many messages, or seconds: ask before relying on it.
        if self._server is not None and not _answers(self._server):
            self.close()
        if self._server is None:
            self._server = self._connect()
        return self._server

    def _connect(self) -> smtplib.SMTP:
        url, server = self._url, None
        try:
            server = self._open(url)
            if url.scheme == "smtp+starttls":
                server.starttls(context=ssl.create_default_context())
            if url.username:
                server.login(unquote(url.username), unquote(url.password or ""))
        except smtplib.SMTPAuthenticationError as refusal:
            _drop(server)
            said = _said(refusal.smtp_code, refusal.smtp_error)
            raise Unreachable(f"le serveur refuse notre compte : {said}") from refusal
        except (OSError, smtplib.SMTPException) as fault:
            _drop(server)
            raise Unreachable(f"serveur injoignable ({type(fault).__name__})") from fault
        return server

    def _open(self, url: SplitResult) -> smtplib.SMTP:
        host = url.hostname or ""
        if url.scheme == "smtps":
            return smtplib.SMTP_SSL(
                host,
                url.port or 465,
                self._local_name,
                timeout=self._timeout,
                context=ssl.create_default_context(),
            )
        port = url.port or (587 if url.scheme == "smtp+starttls" else 25)
        return smtplib.SMTP(host, port, self._local_name, timeout=self._timeout)


def _drop(server: smtplib.SMTP | None) -> None:
    if server is not None:
        server.close()


def _answers(server: smtplib.SMTP) -> bool:
    try:
        return server.noop()[0] == 250
    except (OSError, smtplib.SMTPException):
        return False


def _failure(code: int, reply: bytes | str) -> Undelivered:
    """Read a reply code: 5yz is for ever, 4yz for now (RFC 5321, 4.2.1)."""
    return (Refused if 500 <= code < 600 else Undelivered)(_said(code, reply))


def _said(code: int, reply: bytes | str) -> str:
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    return f"{code} {' '.join(text.split())}"


def _needs_utf8(email: EmailMessage) -> bool:
    return not str(email["To"]).isascii()
