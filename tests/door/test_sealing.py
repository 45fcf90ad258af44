"""A record tells nothing without its ticket, and always fits."""

import json

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from conf_app import codes
from conf_app.codes import Seed, TicketCode
from conf_app.door import sealing
from conf_app.door.sealing import Record

CODE, OTHER = (codes.ticket_code(bytes([n]) * 32, Seed(bytes(16))) for n in (1, 2))


def test_a_record_opens_with_its_ticket_alone() -> None:
    record = sealing.seal(Record(CODE, "Zélie", [1], ["fauteuil"]), "conf")
    assert len(record) == sealing.RECORD_BYTES

    def opened(code: TicketCode, event: str) -> bytes:
        return AESGCM(sealing.key_of(code, event)).decrypt(record[16:28], record[28:], record[:16])

    assert json.loads(opened(CODE, "conf")) == {"n": "Zélie", "s": [1], "m": "fauteuil"}
    for code, event in ((OTHER, "conf"), (CODE, "autre")):
        with pytest.raises(InvalidTag):
            opened(code, event)
    assert sealing.seal(Record(CODE, "Zélie", [1], ["fauteuil"]), "conf")[16:] != record[16:]


def test_the_key_is_that_of_rfc_5869() -> None:
    drawn = HKDF(hashes.SHA256(), 32, None, b"conf-app seal/v1 conf").derive(CODE.encode())
    assert sealing.key_of(CODE, "conf") == drawn


@given(st.text(min_size=1, max_size=80), st.lists(st.integers(0, 99), max_size=30), st.text())
def test_whatever_it_says_fits(name: str, sessions: list[int], note: str) -> None:
    plain = sealing.plain(Record(CODE, name, sessions, [note]))
    assert len(plain) == sealing.PLAIN_BYTES
    told = json.loads(plain)
    assert name.startswith(told["n"].removesuffix("…"))
    assert told.get("s", []) == sessions[: len(told.get("s", []))]


def test_the_drill_ticket_is_a_code() -> None:
    assert codes.parse_ticket_code(sealing.DRILL_CODE) == sealing.DRILL_CODE
