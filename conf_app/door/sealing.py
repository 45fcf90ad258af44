"""Seal what a phone may know of tickets, so that only each ticket opens its own record.

A snapshot is one blob, all numbers big-endian:

| bytes | what |
|---|---|
| 4 | ``SEAL`` |
| 4 | length of the facts, then how many records, tombstones and arrivals, 4 bytes each |
| … | the facts: JSON in UTF-8 |
| 156 each | records, sorted by id: id (16), nonce (12), AES-256-GCM of 112 bytes and its tag (16) |
| 17 each | tombstones, sorted by id: id (16), why (1, see ``WHY``) |
| 22 each | arrivals, sorted: id (16), room (1), post (1), seconds since 1970, event's clock (4) |

A ticket's id is the first half of its code's SHA-256, so the database finds it by the hash it
holds. Its record's key is HKDF-SHA256 (RFC 5869) of the code; the id is authenticated along. What
a record says is JSON, padded with spaces: ``n`` the name, ``s`` the sessions by number, ``m`` the
note.
"""

import hashlib
import hmac
import json
import secrets
import struct
from collections.abc import Sequence
from typing import Any, NamedTuple

from conf_app.codes import TicketCode
from conf_app.door.models import Reason

ID_BYTES = 16
RECORD_BYTES = 156
PLAIN_BYTES = 112
WHY = {Reason.CANCELLED: 1, Reason.PASSED_ON: 2, Reason.NO_SEAT: 3, Reason.REVOKED: 4}
"""How a tombstone says why a ticket opens nothing."""

DRILL_CODE = TicketCode("ESSA1ESSA1ESSA1ESSA1ESSA10")
"""The ticket to rehearse with: each snapshot holds its record, and it is never counted."""

_NONCE_BYTES = 12


class Record(NamedTuple):
    """Hold what a door may read of one ticket."""

    code: TicketCode
    name: str
    sessions: Sequence[int] = ()
    note: Sequence[str] = ()


class Arrival(NamedTuple):
    """Hold that a ticket's id passed: in which room (0 is the event), by which post, and when."""

    ticket: bytes
    room: int
    post: int
    seconds: int


def ticket_id(code: TicketCode) -> bytes:
    """Return the 16 bytes a phone knows a ticket by."""
    return hashlib.sha256(code.encode("ascii")).digest()[:ID_BYTES]


def key_of(code: TicketCode, event: str) -> bytes:
    """Derive the key of a ticket's record at an event, named by its slug (RFC 5869, no salt)."""
    drawn = hmac.digest(bytes(32), code.encode("ascii"), "sha256")
    return hmac.digest(drawn, f"conf-app seal/v1 {event}".encode() + b"\x01", "sha256")


def seal(record: Record, event: str) -> bytes:
    """Return a record's 156 bytes, sealed under a fresh nonce."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # 9 MB, for phones alone

    name, nonce = ticket_id(record.code), secrets.token_bytes(_NONCE_BYTES)
    sealed = AESGCM(key_of(record.code, event)).encrypt(nonce, plain(record), name)
    return name + nonce + sealed


def plain(record: Record) -> bytes:
    """Write what a record says in 112 bytes; what is too long ends in an ellipsis."""
    name, note = record.name, "\n".join(record.note)
    while len(said := _said(name, record.sessions, note)) > PLAIN_BYTES:
        # The note goes first: a person's name is what the door reads.
        if note:
            note = _shorter(note)
        elif len(name) > 20:
            name = _shorter(name)
        else:
            record = record._replace(sessions=record.sessions[:-1])
    return said.ljust(PLAIN_BYTES)


def write(
    facts: dict[str, Any],
    records: Sequence[bytes],
    tombstones: Sequence[tuple[bytes, Reason]],
    arrivals: Sequence[Arrival],
) -> bytes:
    """Return the blob."""
    told = json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode()
    head = struct.pack(">4s4I", b"SEAL", len(told), len(records), len(tombstones), len(arrivals))
    return b"".join(
        (
            head,
            told,
            *sorted(records),
            *(name + bytes([WHY[why]]) for name, why in sorted(tombstones, key=lambda t: t[0])),
            *(each.ticket + struct.pack(">BBI", *each[1:]) for each in sorted(arrivals)),
        )
    )


def _said(name: str, sessions: Sequence[int], note: str) -> bytes:
    facts: dict[str, Any] = {"n": name}
    if sessions:
        facts["s"] = list(sessions)
    if note:
        facts["m"] = note
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode()


def _shorter(text: str) -> str:
    shorter = text.removesuffix("…")[:-1].rstrip()
    return f"{shorter}…" if shorter else ""
