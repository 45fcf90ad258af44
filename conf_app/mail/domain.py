"""Look up what the world's mail servers look up before they trust our domain."""

import re
from collections.abc import Callable, Iterator

Resolver = Callable[[str, str], list[str]]
"""Gives the records of a name by their kind, none if there is none; raises Unanswered."""

_LIFETIME = 10.0


class Unanswered(Exception):
    """No name server told whether the name has such records."""


def resolve(name: str, kind: str) -> list[str]:
    """Ask this machine's name servers."""
    # Here alone: a web process never asks, and it takes a tenth of the start and 5 MB.
    import dns.exception
    import dns.resolver

    try:
        answer = dns.resolver.resolve(name, kind, lifetime=_LIFETIME)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except dns.exception.DNSException as fault:
        why = type(fault).__name__
        raise Unanswered(f"les serveurs de noms ne répondent pas ({why})") from fault
    # A text longer than 255 bytes comes in pieces, to be joined without a space (RFC 7208, 3.3).
    return [
        b"".join(record.strings).decode("utf-8", "replace") if kind == "TXT" else record.to_text()
        for record in answer
    ]


def takes_mail(domain: str, resolver: Resolver) -> bool:
    """Whether an answer to one of our messages finds a server (RFC 5321, 5.1; RFC 7505)."""
    if exchanges := resolver(domain, "MX"):
        return any(not exchange.endswith(" .") for exchange in exchanges)
    return any(resolver(domain, kind) for kind in ("A", "AAAA"))


def spf(domain: str, resolver: Resolver) -> list[str]:
    """Return who may send for the domain; more than one record is as bad as none (RFC 7208)."""
    return [text for text in resolver(domain, "TXT") if re.match(r"v=spf1(?: |$)", text, re.I)]


def dkim(domain: str, selector: str, resolver: Resolver) -> list[str]:
    """Return the keys that signatures are checked with; an empty one is revoked (RFC 6376)."""
    texts = resolver(f"{selector}._domainkey.{domain}", "TXT")
    return [text for text in texts if re.search(r"(?:^|;)\s*p\s*=\s*[A-Za-z0-9+/]", text)]


def dmarc(domain: str, resolver: Resolver) -> list[str]:
    """Return what to do with unsigned mail, as the domain or one above it says (RFC 7489)."""
    for above in _upwards(domain):
        texts = resolver(f"_dmarc.{above}", "TXT")
        if found := [text for text in texts if re.match(r"v=DMARC1\s*;", text)]:
            return found
    return []


def _upwards(domain: str) -> Iterator[str]:
    labels = domain.split(".")
    for start in range(max(1, len(labels) - 1)):
        yield ".".join(labels[start:])
