"""Clean names, and compare them the way people do."""

import re
import unicodedata

NAME_KEY_LENGTH = 160
MOST_MARKS = 3
"""How many marks a letter may carry: Hebrew and Tibetan use three, more cover the lines around."""

# What mail programs make a link of: two words and a dot between, whichever dot (RFC 3490, 3.1).
_ADDRESS = re.compile(r"://|\w{2,}[.\u3002\uff0e\uff61]\w{2,}")
SHORT_ENDING = 3
"""Up to how many letters after a dot are always taken for a site's ending."""
_ENDINGS = (
    *("agency", "blog", "cafe", "casino", "click", "cloud", "club", "digital", "email", "group"),
    *("info", "link", "live", "loan", "media", "mobi", "name", "network", "news", "online"),
    *("page", "paris", "poker", "promo", "shop", "site", "space", "store", "tech", "today"),
    *("website", "work", "world"),
)

_JOINERS = "\u200c\u200d"  # part words in Persian, join emoji; invisible all the same


def fold(text: str | None) -> str:
    """Fold white space, drop what cannot be seen and marks heaped up; accents alone are nothing."""
    seen = "".join(each if each.isprintable() or each in _JOINERS else " " for each in text or "")
    words = _with_few_marks(" ".join(seen.split()))
    return words if any(unicodedata.category(each)[0] not in "MCZ" for each in words) else ""


def _with_few_marks(text: str) -> str:
    kept, marks = [], 0
    for each in unicodedata.normalize("NFC", text):
        kind = unicodedata.category(each)
        if kind in ("Mn", "Me"):
            marks += 1
        elif kind != "Mc" and each not in _JOINERS:
            marks = 0
        if marks <= MOST_MARKS or kind not in ("Mn", "Me"):
            kept.append(each)
    return "".join(kept)


def fold_lines(text: str | None) -> str:
    """Fold each line of a text; leave out those that say nothing."""
    return "\n".join(filter(None, map(fold, (text or "").splitlines())))


def name_key(name: str) -> str:
    """Return a name without accents, case, punctuation and order of words.

    « Élodie Le-Goff » and « LE GOFF Elodie » have the same key. A name of symbols only is its own.
    """
    plain = unicodedata.normalize("NFKD", name).casefold()
    letters = "".join(symbol for symbol in plain if not unicodedata.combining(symbol))
    words = sorted(re.findall(r"[^\W_]+", letters))
    return " ".join(words or plain.split())[:NAME_KEY_LENGTH]


def is_linked(word: str) -> bool:
    """Whether mail programs may make a link of a word; « Jean.Dupont » is a name."""
    if _ADDRESS.search(word) is None:
        return False
    parts = word.split(".")
    named = len(parts) == 2 and all(
        part.istitle() and part.replace("-", "").isalpha() for part in parts
    )
    return not named or len(parts[-1]) <= SHORT_ENDING or parts[-1].casefold() in _ENDINGS
