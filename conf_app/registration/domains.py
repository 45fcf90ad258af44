"""Guess which mail provider was meant by a mistyped one; a guess refuses nothing."""

import difflib
from collections.abc import Collection

_PROVIDERS = (
    *("gmail.com", "googlemail.com", "outlook.com", "outlook.fr", "hotmail.com", "hotmail.fr"),
    *("live.fr", "live.com", "msn.com", "yahoo.fr", "yahoo.com", "ymail.com", "icloud.com"),
    *("me.com", "mac.com", "aol.com", "orange.fr", "wanadoo.fr", "free.fr", "sfr.fr", "neuf.fr"),
    *("bbox.fr", "laposte.net", "numericable.fr", "gmx.fr", "gmx.com", "gmx.net", "gmx.de"),
    *("mail.com", "email.com", "mailo.com", "mailo.fr", "protonmail.com", "proton.me", "pm.me"),
    *("riseup.net", "zaclys.net", "tutanota.com", "tuta.io"),
)
_LIKENESS = 0.8
_ENDINGS = {
    **dict.fromkeys(("co", "cm", "om", "con", "cim", "cmo", "ocm", "vom", "xom", "comm"), "com"),
    **dict.fromkeys(("f", "fe", "ft", "rf", "ffr", "frr"), "fr"),
    **dict.fromkeys(("ne", "ner", "nte", "et", "nett"), "net"),
}
"""What fingers make of an ending; others are other countries' (yahoo.com.br, protonmail.ch)."""


def likely_domain(address: str | None) -> str:
    """Return the provider an address looks like without being it, or nothing."""
    domain = (address or "").rpartition("@")[2].lower()
    name, _, typed = domain.partition(".")
    ending = _ENDINGS.get(typed, typed)
    names = {name for name, _, end in _SPLIT if end == ending}
    if domain in _PROVIDERS:
        return ""
    if name in _NAMES:  # a provider's own, perhaps in another country: only its ending may be wrong
        return f"{name}.{ending}" if name in names else ""
    return "".join(f"{like}.{ending}" for like in _alike(name, names))


_SPLIT = [domain.partition(".") for domain in _PROVIDERS]
_NAMES = {name for name, _, _ in _SPLIT}


def _alike(name: str, names: Collection[str]) -> list[str]:
    return difflib.get_close_matches(name, sorted(names), 1, _LIKENESS)
