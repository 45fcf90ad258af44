"""Make and read every code of the site: ticket codes, secret links, references, keys.

All codes are written in Crockford's base32 (https://www.crockford.com/base32.html): capitals and
digits without I, L, O, U; reading forgives case, hyphens, spaces and the look-alikes O, I, L.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NewType

TicketCode = NewType("TicketCode", str)
ManageToken = NewType("ManageToken", str)
BearerToken = NewType("BearerToken", str)
Reference = NewType("Reference", str)
Seed = NewType("Seed", bytes)

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 26
REFERENCE_LENGTH = 7
SEED_BYTES = 16
KEY_BYTES = 32

_BITS = 5 * CODE_LENGTH
_VALUES = {symbol: value for value, symbol in enumerate(ALPHABET)}
_READING = str.maketrans("OIL", "011", "- \u00a0\t\r\n")
_TICKET_URL = re.compile(r"https?://[^/?#\s]+/b/([^/?#]+)/?(?:[?#].*)?", re.ASCII | re.IGNORECASE)


class NotACode(ValueError):
    """The text is not a code of the kind asked for."""


class UnknownKey(LookupError):
    """No key has this number."""


def encode(value: int, length: int) -> str:
    """Write the low `5 * length` bits of a number as `length` symbols, highest first."""
    return "".join(ALPHABET[value >> shift & 31] for shift in range(5 * (length - 1), -1, -5))


def canonical(text: str, length: int = CODE_LENGTH) -> str:
    """Return the one form of a typed code, or raise NotACode."""
    # ASCII first: str.upper() turns some foreign letters into ours (ſ → S, ı → I).
    symbols = text.upper().translate(_READING) if len(text) < 200 and _is_typed(text) else ""
    if len(symbols) != length or not _VALUES.keys() >= set(symbols):
        raise NotACode
    return symbols


def _is_typed(text: str) -> bool:
    return text.replace("\u00a0", " ").isascii()


def derive(key: bytes, label: str, seed: Seed) -> int:
    """Return the top 130 bits of HMAC-SHA256(key, label ‖ seed) (RFC 2104)."""
    mac = hmac.digest(key, label.encode("ascii") + seed, "sha256")
    return int.from_bytes(mac) >> (8 * len(mac) - _BITS)


def ticket_code(key: bytes, seed: Seed) -> TicketCode:
    """Derive the code that the QR holds: it says "let in", nothing else."""
    return TicketCode(encode(derive(key, "ticket/v1", seed), CODE_LENGTH))


def manage_token(key: bytes, seed: Seed) -> ManageToken:
    """Derive the secret link's token from a seed that is not the ticket's."""
    return ManageToken(encode(derive(key, "manage/v1", seed), CODE_LENGTH))


def sign_in_token(key: bytes, seed: Seed) -> BearerToken:
    """Derive the token of a sign-in link that goes by mail: the letter is written later."""
    return BearerToken(encode(derive(key, "sign-in/v1", seed), CODE_LENGTH))


def mail_proof(key: bytes, seed: Seed, address: str) -> BearerToken:
    """Derive what only the letters of a party to an address hold, from its link's seed.

    Whoever registers sees the secret link on the screen, whosever address they typed; this proves
    that a letter to the address was read. An address it had before proves nothing of this one.
    """
    label = f"mail/v2 {address.encode().hex()}"
    return BearerToken(encode(derive(key, label, seed), CODE_LENGTH))


def new_seed() -> Seed:
    """Draw 128 random bits to derive one code from."""
    return Seed(secrets.token_bytes(SEED_BYTES))


def new_token() -> BearerToken:
    """Draw a random token for a link that no key derives (sign-in, door pass)."""
    return BearerToken(encode(secrets.randbits(_BITS), CODE_LENGTH))


def digest(token: str) -> bytes:
    """Return the SHA-256 of a token's canonical form, the only thing stored; raise NotACode."""
    return hashlib.sha256(canonical(token).encode("ascii")).digest()


def parse_ticket_code(text: str) -> TicketCode:
    """Read a ticket code, bare or at the end of a `/B/` address of any host, or raise NotACode."""
    address = _TICKET_URL.fullmatch(text.strip())
    return TicketCode(canonical(address[1] if address else text))


def new_reference() -> Reference:
    """Draw six symbols and add the one that checks them."""
    symbols = encode(secrets.randbits(30), REFERENCE_LENGTH - 1)
    return Reference(symbols + ALPHABET[_times_x(_remainder(symbols))])


def parse_reference(text: str) -> Reference:
    """Read a reference as it was typed or dictated, or raise NotACode."""
    symbols = canonical(text, REFERENCE_LENGTH)
    if _remainder(symbols):
        raise NotACode
    return Reference(symbols)


def spell(reference: Reference) -> str:
    """Write a reference the way people read it: K7Q-F2M-X."""
    return f"{reference[:3]}-{reference[3:6]}-{reference[6:]}"


def _remainder(symbols: str) -> int:
    """Evaluate the symbols at x, as a polynomial over GF(32) = GF(2)[x] / (x⁵ + x² + 1).

    Each place weighs another power of x (whose order is 31): one wrong symbol, or two swapped
    ones, always change the value.
    """
    value = 0
    for symbol in symbols:
        value = _times_x(value) ^ _VALUES[symbol]
    return value


def _times_x(value: int) -> int:
    return (value << 1) ^ (0b100101 if value & 0b10000 else 0)


@dataclass(frozen=True)
class KeyRing:
    """Hold the secret keys by number; new codes use the current one, old codes keep theirs."""

    keys: Mapping[int, bytes] = field(repr=False)
    current: int

    def __post_init__(self) -> None:
        """Refuse a ring without its current key, or with a key that could be guessed."""
        self[self.current]
        if short := [number for number, key in self.keys.items() if len(key) < KEY_BYTES]:
            raise ValueError(f"keys shorter than {KEY_BYTES} bytes: {short}")

    def __getitem__(self, number: int) -> bytes:
        """Return the key of that number, or raise UnknownKey."""
        try:
            return self.keys[number]
        except KeyError:
            raise UnknownKey(number) from None

    def fingerprint(self, number: int) -> str:
        """Name a key in 16 hexadecimal digits that tell nothing about it."""
        return hmac.digest(self[number], b"fingerprint/v1", "sha256")[:8].hex()
