"""Open a sealed snapshot as a phone does."""

import json
import struct
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from conf_app.codes import TicketCode
from conf_app.door import sealing


class Opened(NamedTuple):
    """Hold what anybody reads in a blob: facts, sealed records, tombstones, arrivals."""

    facts: dict[str, Any]
    records: dict[bytes, bytes]
    tombstones: dict[bytes, int]
    arrivals: dict[tuple[bytes, int], tuple[int, int]]


def opened(blob: bytes) -> Opened:
    """Cut a blob into its parts; every byte is one of them."""
    mark, told, records, tombstones, arrivals = struct.unpack_from(">4s4I", blob)
    assert mark == b"SEAL"
    place = 20 + told
    facts = json.loads(blob[20:place])
    parts = []
    for number, size in ((records, 156), (tombstones, 17), (arrivals, 22)):
        parts.append([blob[place + size * i : place + size * (i + 1)] for i in range(number)])
        place += size * number
    assert place == len(blob)
    assert parts[0] == sorted(parts[0])
    return Opened(
        facts,
        {each[:16]: each for each in parts[0]},
        {each[:16]: each[16] for each in parts[1]},
        {(each[:16], each[16]): struct.unpack(">BI", each[17:]) for each in parts[2]},
    )


def unsealed(snapshot: Opened, code: TicketCode) -> dict[str, Any]:
    """Open the record of a ticket that is shown."""
    record = snapshot.records[sealing.ticket_id(code)]
    key = sealing.key_of(code, snapshot.facts["event"])
    plain = AESGCM(key).decrypt(record[16:28], record[28:], record[:16])
    told: dict[str, Any] = json.loads(plain)
    return told
