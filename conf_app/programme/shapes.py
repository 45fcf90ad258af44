"""Say what each value of an event file may be, and how it is written.

``read`` takes what the TOML parser found and returns the value meant, or raises Wrong with the
reason, in French, ready to follow « champ … : ». ``write`` gives back what the file should hold.
Hours are told in the event's time zone.
"""

import enum
import re
import unicodedata
from datetime import UTC, date, datetime, time
from functools import cache
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from email_validator import EmailNotValidError, validate_email

_YEARS = range(2000, 2101)
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")
_NONCHARACTERS = "\ufffe\uffff"  # XML cannot hold them
# They reorder what stands around them: a title would make the rest of its line lie.
_DIRECTIONS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_BLANK_LETTERS = "\u115f\u1160\u2800\u3164\uffa0"  # drawn as nothing
PARIS = ZoneInfo("Europe/Paris")
_zones = cache(available_timezones)  # it walks the disk


class Wrong(Exception):
    """A value is not what its field wants; the message says why, in French."""


class Shape:
    """The root of what a value may be."""

    def read(self, value: object, zone: ZoneInfo) -> Any:
        raise NotImplementedError

    def write(self, value: Any, _zone: ZoneInfo) -> Any:
        return value


class Flag(Shape):
    """True or false."""

    def read(self, value: object, zone: ZoneInfo) -> bool:
        if not isinstance(value, bool):
            raise Wrong("attendu true ou false, sans guillemets")
        return value


class Whole(Shape):
    """A whole number between two bounds."""

    def __init__(self, least: int, most: int) -> None:
        self._least = least
        self._most = most

    def read(self, value: object, zone: ZoneInfo) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise Wrong("attendu un nombre entier, sans guillemets")
        if value < self._least == 0:
            raise Wrong("ne peut pas être négatif")
        if not self._least <= value <= self._most:
            raise Wrong(f"attendu un nombre entre {self._least} et {self._most}")
        return value


class Text(Shape):
    """A text of so many characters at most, on one line unless ``lines``."""

    def __init__(self, longest: int, *, lines: bool = False, empty: bool = True) -> None:
        self._longest = longest
        self._lines = lines
        self._empty = empty

    def read(self, value: object, zone: ZoneInfo) -> str:
        if not isinstance(value, str):
            raise Wrong("attendu un texte entre guillemets")
        text = value.strip()
        if not text and not self._empty:
            raise Wrong("ne peut pas être vide")
        if "\n" in text and not self._lines:
            raise Wrong("doit tenir sur une ligne")
        for character in text:
            if character not in "\n\t" and _forbidden(character):
                raise Wrong(f"contient un caractère interdit, U+{ord(character):04X}")
        if "\t" in text and not self._lines:
            raise Wrong("contient une tabulation")
        if text and all(map(_invisible, text)):
            raise Wrong("ne contient que des caractères invisibles")
        if len(text) > self._longest:
            raise Wrong(f"trop long\u00a0: {len(text)} caractères pour {self._longest} au plus")
        return self.check(text) if text else ""

    def check(self, text: str) -> str:
        """Return the text, or raise Wrong if it is not of the special kind wanted."""
        return text


class Slug(Text):
    """A short name that stands in addresses."""

    def __init__(self) -> None:
        super().__init__(60, empty=False)

    def check(self, text: str) -> str:
        if not _SLUG.fullmatch(text):
            raise Wrong("attendu des minuscules sans accent, des chiffres et des tirets simples")
        return text


class Link(Text):
    """A web address."""

    def __init__(self) -> None:
        super().__init__(500)

    def check(self, text: str) -> str:
        try:
            parts = urlsplit(text)
            valid = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
        except ValueError:
            valid = False
        if not valid or re.search(r'[\s<>"\\]', text):
            raise Wrong("attendu une adresse web complète, https://…")
        return text


class Email(Text):
    """An e-mail address."""

    def __init__(self) -> None:
        super().__init__(254)

    def check(self, text: str) -> str:
        try:
            validate_email(text, check_deliverability=False)
        except EmailNotValidError:
            raise Wrong("attendu une adresse e-mail, nom@exemple.org") from None
        return text


class Zone(Text):
    """The name of a time zone."""

    def __init__(self) -> None:
        super().__init__(60, empty=False)

    def check(self, text: str) -> str:
        if text not in _zones():
            raise Wrong(f"fuseau horaire inconnu, «\u00a0{text}\u00a0»")
        return text


class Language(Text):
    """The code of a language."""

    def __init__(self) -> None:
        super().__init__(10, empty=False)

    def check(self, text: str) -> str:
        if not _LANGUAGE.fullmatch(text):
            raise Wrong("attendu un code de langue, par exemple fr ou pt-BR")
        return text


class Choice(Shape):
    """One word of an enumeration."""

    def __init__(self, words: type[enum.Enum]) -> None:
        self._words = words

    def read(self, value: object, zone: ZoneInfo) -> enum.Enum:
        for word in self._words:
            if word.value == value:
                return word
        raise Wrong("attendu " + ", ".join(f'"{word.value}"' for word in self._words))

    def write(self, value: enum.Enum, _zone: ZoneInfo) -> Any:
        return value.value


class Slugs(Shape):
    """A list of slugs, each once."""

    def read(self, value: object, zone: ZoneInfo) -> tuple[str, ...]:
        if not isinstance(value, list):
            raise Wrong('attendu une liste, ["un", "deux"]')
        slugs = tuple(Slug().read(item, zone) for item in value)
        if len(set(slugs)) < len(slugs):
            raise Wrong("nomme deux fois la même personne")
        return slugs

    def write(self, value: tuple[str, ...], _zone: ZoneInfo) -> Any:
        return list(value)


class Moment(Shape):
    """A moment, told as the clocks of the event's place show it.

    An offset only says which, of an hour that they show twice; elsewhere it would move the hour.
    With ``untold`` a bare date is allowed: it means that hour of that day, not announced.
    """

    def __init__(self, *, untold: time | None = None) -> None:
        self._untold = untold

    def read(self, value: object, zone: ZoneInfo) -> datetime:
        if not isinstance(value, date) or value.year not in _YEARS:
            raise Wrong("attendu une date et une heure, par exemple 2022-12-15T11:00:00")
        if not isinstance(value, datetime):
            if self._untold is None:
                raise Wrong("il faut aussi l’heure, par exemple 2022-12-15T11:00:00")
            value = datetime.combine(value, self._untold)
        if value.tzinfo is not None:
            naive = value.replace(tzinfo=None)
            here = value.astimezone(zone).replace(tzinfo=None, fold=0) == naive
            if not (here and _told_twice(naive, zone)):
                raise Wrong("attendu l’heure du lieu, sans «\u00a0Z\u00a0» ni décalage")
            return value.astimezone(UTC)
        moment = value.replace(tzinfo=zone).astimezone(UTC)
        if moment.astimezone(zone).replace(tzinfo=None, fold=0) != value:
            raise Wrong("cette heure n’existe pas\u00a0: les horloges avancent cette nuit-là")
        if _told_twice(value, zone):
            raise Wrong(
                "cette heure existe deux fois, les horloges reculent cette nuit-là"
                f"\u00a0: écris {moment.astimezone(zone).isoformat()} ou"
                f" {value.replace(tzinfo=zone, fold=1).isoformat()}"
            )
        return moment

    def write(self, value: datetime, zone: ZoneInfo) -> date:
        local = value.astimezone(zone)
        naive = local.replace(tzinfo=None, fold=0)
        if _told_twice(naive, zone):
            return local
        return naive.date() if naive.time() == self._untold else naive


def zone_of(name: object) -> ZoneInfo:
    """Return a time zone by name; Paris if there is none so named, so that reading can go on."""
    try:
        return ZoneInfo(Zone().read(name, PARIS))
    except Wrong:
        return PARIS


def _told_twice(naive: datetime, zone: ZoneInfo) -> bool:
    first, second = (naive.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    return first.utcoffset() != second.utcoffset()


def _forbidden(character: str) -> bool:
    return (
        unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}
        or character in _NONCHARACTERS + _DIRECTIONS
    )


def _invisible(character: str) -> bool:
    return unicodedata.category(character)[0] in "CMZ" or character in _BLANK_LETTERS
