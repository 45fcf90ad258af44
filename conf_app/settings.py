"""Read the settings from the environment, once, and name every fault at once."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from conf_app.codes import KeyRing


class BadSettings(Exception):
    """Some variables are missing or wrong; the message names them all, one a line."""


def default_workers() -> int:
    """Return two, or one where there is one core: two that share it make each other wait."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(2, cores or 1)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Hold what differs between one installation and another."""

    public_url: str
    secret_key: str
    ticket_keys: KeyRing
    database_url: str
    mail_from: str
    smtp_url: str = ""
    mail_folder: Path | None = None
    bind_host: str = "127.0.0.1"
    port: int = 8000
    workers: int = field(default_factory=default_workers)
    threads: int = 2
    metrics_token: str = ""
    publisher: str = ""
    publisher_address: str = ""
    publication_director: str = ""
    hosting_provider: str = ""
    contact_address: str = ""
    dkim_selector: str = ""

    @property
    def https(self) -> bool:
        """Whether the public address is reached by HTTPS."""
        return self.public_url.startswith("https:")

    @property
    def host(self) -> str:
        """The host, and port if any, of the public address."""
        return urlsplit(self.public_url).netloc

    @property
    def contact(self) -> str:
        """The address people write to."""
        return self.contact_address or parseaddr(self.mail_from)[1]

    @property
    def mail_host(self) -> str:
        """The domain our messages come from."""
        return parseaddr(self.mail_from)[1].rpartition("@")[2].encode("idna").decode("ascii")

    @property
    def hostname(self) -> str:
        """The host of the public address, without its port; an IPv6 one in brackets."""
        name = urlsplit(self.public_url).hostname or ""
        return f"[{name}]" if ":" in name else name

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "Settings":
        """Build the settings from environment variables.

        Raises BadSettings naming each variable that is missing or wrong.
        """
        reader = _Reader(environ)
        settings = {
            "public_url": reader.public_url(),
            "secret_key": reader.secret(),
            "ticket_keys": reader.ticket_keys(),
            "database_url": reader.database_url(),
            "mail_from": reader.mail_from(),
            "smtp_url": reader.smtp_url(),
            "mail_folder": reader.mail_folder(),
            "bind_host": environ.get("BIND_HOST", "127.0.0.1"),
            "port": reader.number("PORT", 8000, 1, 65535),
            "workers": reader.number("WORKERS", default_workers(), 1, 64),
            "threads": reader.number("THREADS", 2, 1, 64),
            "metrics_token": environ.get("METRICS_TOKEN", ""),
            "publisher": reader.words("PUBLISHER"),
            "publisher_address": reader.words("PUBLISHER_ADDRESS"),
            "publication_director": reader.words("PUBLICATION_DIRECTOR"),
            "hosting_provider": reader.words("HOSTING_PROVIDER"),
            "contact_address": reader.contact_address(),
            "dkim_selector": reader.dkim_selector(),
        }
        if reader.faults:
            raise BadSettings("\n".join(reader.faults))
        return cls(**settings)  # type: ignore[arg-type]  # each value comes from its own reader


class _Reader:
    """Read variables one by one and collect what is wrong with them."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.faults: list[str] = []

    def required(self, name: str, meaning: str) -> str:
        value = self._environ.get(name, "").strip()
        if not value:
            self.faults.append(f"{name} manque : {meaning}.")
        return value

    def words(self, name: str) -> str:
        return self._environ.get(name, "").strip()

    def number(self, name: str, default: int, least: int, most: int) -> int:
        text = self._environ.get(name, "").strip()
        if not text:
            return default
        if not text.isdecimal() or not least <= int(text) <= most:
            self.faults.append(f"{name} doit être un nombre entre {least} et {most}.")
            return default
        return int(text)

    def public_url(self) -> str:
        value = self.required("PUBLIC_URL", "l’adresse publique, par exemple https://conf.exemple")
        parts = _split(value)
        if not value:
            return ""
        if parts is None or parts.scheme not in {"http", "https"} or parts.query or parts.username:
            self.faults.append("PUBLIC_URL doit être de la forme https://conf.exemple.")
        elif parts.path.strip("/"):
            self.faults.append("PUBLIC_URL ne peut pas porter de chemin après l’hôte.")
        return f"{parts.scheme}://{parts.netloc}" if parts else ""

    def secret(self) -> str:
        value = self.required("SECRET_KEY", "au moins 32 caractères tirés au hasard")
        if value and len(value) < 32:
            self.faults.append("SECRET_KEY est trop courte : il faut au moins 32 caractères.")
        return value

    def ticket_keys(self) -> KeyRing:
        text = self.required("TICKET_KEYS", "les clés des billets, « 1:64 chiffres hexadécimaux »")
        keys: dict[int, bytes] = {}
        for part in filter(None, re.split(r"[\s,]+", text)):
            number, _, digits = part.partition(":")
            if not number.isdecimal() or not re.fullmatch(r"[0-9a-fA-F]{64}", digits):
                self.faults.append(
                    "TICKET_KEYS doit contenir des clés « numéro:64 chiffres hexadécimaux »"
                    " séparées par des virgules."
                )
                break
            keys[int(number)] = bytes.fromhex(digits)
        return KeyRing(keys, max(keys)) if keys else KeyRing({0: bytes(32)}, 0)

    def database_url(self) -> str:
        value = self.required(
            "DATABASE_URL",
            "sqlite:////chemin/conf.sqlite3 ou postgresql://compte@hôte/base",
        )
        if value.startswith("postgresql://"):
            return value.replace("postgresql://", "postgresql+psycopg://", 1)
        if value and not value.startswith(("sqlite:///", "postgresql+psycopg://")):
            self.faults.append("DATABASE_URL doit commencer par sqlite:/// ou postgresql://.")
        if re.match(r"sqlite:///($|\?|:memory:)", value):
            self.faults.append("DATABASE_URL doit nommer un fichier : en mémoire, tout se perd.")
        return value

    def mail_from(self) -> str:
        value = self.required("MAIL_FROM", "l’expéditeur des courriels")
        if value and not _is_mailbox(value):
            self.faults.append("MAIL_FROM doit être de la forme « conf@exemple.org ».")
        return value

    def contact_address(self) -> str:
        value = self.words("CONTACT_ADDRESS")
        if value and (not _is_mailbox(value) or parseaddr(value)[1] != value):
            self.faults.append("CONTACT_ADDRESS doit être de la forme « conf@exemple.org ».")
        return value

    def dkim_selector(self) -> str:
        value = self.words("DKIM_SELECTOR")
        if value and not re.fullmatch(r"[A-Za-z0-9.-]{1,63}", value):
            self.faults.append("DKIM_SELECTOR doit être un nom tel que « mail » ou « s2026 ».")
        return value

    def smtp_url(self) -> str:
        value = self._environ.get("SMTP_URL", "").strip()
        parts = _split(value)
        if value and (parts is None or parts.scheme not in {"smtp", "smtps", "smtp+starttls"}):
            self.faults.append(
                "SMTP_URL doit être de la forme smtp+starttls://compte:secret@hôte:587"
                " (ou smtps://, ou smtp:// sans chiffrement)."
            )
        return value

    def mail_folder(self) -> Path | None:
        value = self._environ.get("MAIL_FOLDER", "").strip()
        if not value and not self._environ.get("SMTP_URL", "").strip():
            self.faults.append(
                "SMTP_URL manque : le serveur d’envoi des courriels"
                " (ou MAIL_FOLDER, un dossier où les écrire)."
            )
        return Path(value) if value else None


def _split(address: str) -> SplitResult | None:
    """Part an address; None if its host or port cannot be one."""
    try:
        parts = urlsplit(address)
        return parts if parts.hostname and parts.port != 0 else None
    except ValueError:
        return None


def _is_mailbox(text: str) -> bool:
    """Whether a text reads « a@b » or « Nom <a@b> », on one line."""
    user, _, domain = parseaddr(text)[1].rpartition("@")
    return text.isprintable() and bool(user and domain)
