"""Clean names, and compare them the way people do."""

import re
import unicodedata

NAME_KEY_LENGTH = 160


_JOINERS = "\u200c\u200d"  # part words in Persian, join emoji; invisible all the same


def fold(text: str | None) -> str:
    """Fold white space and drop what cannot be seen; a text of accents alone is nothing."""
    seen = "".join(each if each.isprintable() or each in _JOINERS else " " for each in text or "")
    words = " ".join(seen.split())
    return words if any(unicodedata.category(each)[0] not in "MCZ" for each in words) else ""


def name_key(name: str) -> str:
    """Return a name without accents, case, punctuation and order of words.

    « Élodie Le-Goff » and « LE GOFF Elodie » have the same key. A name of symbols only is its own.
    """
    plain = unicodedata.normalize("NFKD", name).casefold()
    letters = "".join(symbol for symbol in plain if not unicodedata.combining(symbol))
    words = sorted(re.findall(r"[^\W_]+", letters))
    return " ".join(words or plain.split())[:NAME_KEY_LENGTH]
