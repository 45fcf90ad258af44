"""Guess which mail provider was meant by a mistyped one; a guess refuses nothing."""

import difflib

_PROVIDERS = (
    *("gmail.com", "googlemail.com", "outlook.com", "outlook.fr", "hotmail.com", "hotmail.fr"),
    *("live.fr", "live.com", "msn.com", "yahoo.fr", "yahoo.com", "ymail.com", "icloud.com"),
    *("me.com", "mac.com", "aol.com", "orange.fr", "wanadoo.fr", "free.fr", "sfr.fr", "neuf.fr"),
    *("bbox.fr", "laposte.net", "numericable.fr", "gmx.fr", "gmx.com", "gmx.net", "gmx.de"),
    *("mail.com", "email.com", "mailo.com", "mailo.fr", "protonmail.com", "proton.me", "pm.me"),
    *("riseup.net", "zaclys.net", "tutanota.com", "tuta.io"),
)
_LIKENESS = 0.85


def likely_domain(address: str | None) -> str:
    """Return the provider an address looks like without being it, or nothing."""
    domain = (address or "").rpartition("@")[2].lower()
    if not domain or domain in _PROVIDERS:
        return ""
    return next(iter(difflib.get_close_matches(domain, _PROVIDERS, 1, _LIKENESS)), "")
