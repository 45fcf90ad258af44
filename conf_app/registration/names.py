"""Compare names the way people do."""

import re
import unicodedata

NAME_KEY_LENGTH = 160


def name_key(name: str) -> str:
    """Return a name without accents, case, punctuation and order of words.

    « Élodie Le-Goff » and « LE GOFF Elodie » have the same key. A name of symbols only is its own.
    """
    plain = unicodedata.normalize("NFKD", name).casefold()
    letters = "".join(symbol for symbol in plain if not unicodedata.combining(symbol))
    words = sorted(re.findall(r"[^\W_]+", letters))
    return " ".join(words or plain.split())[:NAME_KEY_LENGTH]
