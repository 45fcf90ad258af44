"""Codes are read back as they were written, and never taken one for another."""

import re
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conf_app import codes
from conf_app.codes import ALPHABET, KeyRing, NotACode, Reference, Seed, TicketCode

KEY = bytes(range(32))
SEED = Seed(bytes(16))
CODE = TicketCode("4HXG6EQ0BT9Z5NTDRR3M7WVKJ2")

numbers = st.integers(min_value=0, max_value=2**130 - 1)
references = st.integers(min_value=0, max_value=2**30 - 1).map(
    lambda value: next(
        codes.encode(value, 6) + check for check in ALPHABET if _is_reference(value, check)
    )
)


def _is_reference(value: int, check: str) -> bool:
    try:
        codes.parse_reference(codes.encode(value, 6) + check)
    except NotACode:
        return False
    return True


def test_codes_are_derived_as_written_down_once_and_for_all() -> None:
    """A change here would close every door to the tickets already sent."""
    assert codes.ticket_code(KEY, SEED) == "4EGPDVHW32A15A08N1Z8TX938T"
    assert codes.manage_token(KEY, SEED) == "H44TNQS01AXBF7ZCW2A0BQRY28"


def test_another_seed_key_or_label_gives_another_code() -> None:
    """Revoking is drawing a new seed."""
    made = {
        codes.ticket_code(KEY, SEED),
        codes.ticket_code(KEY, Seed(b"\1" * 16)),
        codes.ticket_code(b"\1" * 32, SEED),
        codes.manage_token(KEY, SEED),
    }
    assert len(made) == 4


@given(numbers)
def test_a_code_written_is_read_back(number: int) -> None:
    """In either case, cut by hyphens or spaces, and with the look-alikes typed instead."""
    code = codes.encode(number, 26)
    assert sum(ALPHABET.index(c) << 5 * (25 - place) for place, c in enumerate(code)) == number
    cut = " ".join((code[:9], code[9:17] + "-" + code[17:]))
    for typed in (code, code.lower(), cut, code.replace("0", "o").replace("1", "l")):
        assert codes.parse_ticket_code(typed) == code
        assert codes.canonical(typed) == code
        assert codes.digest(typed) == codes.digest(code)


@pytest.mark.parametrize(
    "text",
    [
        f"HTTPS://CONF.ONESTLA.TECH/B/{CODE}",
        f"https://127.0.0.1:8000/b/{CODE.lower()}",
        f"http://other.example/B/{CODE}/?from=mail#top",
        f"  https://[::1]/B/{CODE}\n",
    ],
)
def test_a_ticket_address_is_read_whatever_the_host(text: str) -> None:
    """Scanners of one event read the tickets of a site that has moved."""
    assert codes.parse_ticket_code(text) == CODE


@pytest.mark.parametrize(
    "text",
    [
        "",
        CODE[:-1],
        CODE + "0",
        CODE[:-1] + "U",
        CODE[:-1] + "é",
        CODE[:-1] + "ſ",
        CODE[:-1] + "²",
        "-" * 26,
        " " * 10**6,
        f"https://conf.onestla.tech/billet/{CODE}",
        f"https://conf.onestla.tech/B/x/{CODE}",
        f"javascript://x/B/{CODE}",
        f"xhttps://conf.onestla.tech/B/{CODE}",
        "WIFI:S:cite;T:WPA;P:secret;;",
    ],
)
def test_anything_else_is_not_a_ticket_code(text: str) -> None:
    """A secret link above all: it must never open a door."""
    with pytest.raises(NotACode):
        codes.parse_ticket_code(text)


@given(st.text())
def test_no_text_breaks_the_readers(text: str) -> None:
    """Doors are shown all sorts of codes."""
    for parse in (codes.parse_ticket_code, codes.parse_reference, codes.digest):
        try:
            parse(text)
        except NotACode:
            continue


def test_a_reference_is_shown_in_groups_and_read_back() -> None:
    """As people type it."""
    reference = codes.new_reference()
    shown = codes.spell(reference)
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{3}-[0-9A-HJKMNP-TV-Z]{3}-[0-9A-HJKMNP-TV-Z]", shown)
    assert codes.parse_reference(shown) == reference
    assert codes.parse_reference(shown.lower().replace("-", " ")) == reference


@given(references)
def test_every_wrong_symbol_is_caught(reference: str) -> None:
    """All 7 × 31 of them."""
    for place, symbol in product(range(7), ALPHABET):
        if symbol != reference[place]:
            with pytest.raises(NotACode):
                codes.parse_reference(reference[:place] + symbol + reference[place + 1 :])


@given(references)
def test_every_swap_of_two_symbols_is_caught(reference: str) -> None:
    """Neighbours or not."""
    for first, second in product(range(7), repeat=2):
        if reference[first] != reference[second]:
            swapped = list(reference)
            swapped[first], swapped[second] = swapped[second], swapped[first]
            with pytest.raises(NotACode):
                codes.parse_reference("".join(swapped))


def test_the_check_catches_every_pair_of_neighbours_and_not_only_the_drawn_ones() -> None:
    """The check is linear: what holds around 0000000 for all pairs holds around any reference."""
    for place, (a, b) in product(range(6), product(ALPHABET, repeat=2)):
        # Swapping a and b adds a+b, the exclusive or of their values, at both places.
        change = ALPHABET[ALPHABET.index(a) ^ ALPHABET.index(b)]
        if change != "0":
            with pytest.raises(NotACode):
                codes.parse_reference("0" * place + change * 2 + "0" * (5 - place))


def test_random_codes_do_not_repeat() -> None:
    """A thousand of each."""
    for draw in (codes.new_token, codes.new_seed):
        assert len({draw() for _ in range(1000)}) == 1000


def test_a_key_ring_tells_neither_its_keys_nor_keys_it_has_not() -> None:
    """A log line with the ring in it gives nothing away."""
    ring = KeyRing(keys={1: KEY, 2: KEY[::-1]}, current=2)
    assert (ring[1], ring[ring.current]) == (KEY, KEY[::-1])
    assert ring.fingerprint(1) == "ab867d132dee5e38"
    assert ring.fingerprint(1) != ring.fingerprint(2)
    assert repr(ring) == "KeyRing(current=2)"
    with pytest.raises(codes.UnknownKey):
        ring[3]


def test_a_key_ring_refuses_a_short_key_and_a_missing_current_one() -> None:
    """At start-up, not at the first ticket."""
    with pytest.raises(ValueError, match=r"shorter than 32 bytes: \[2\]"):
        KeyRing(keys={1: KEY, 2: b"secret"}, current=1)
    with pytest.raises(codes.UnknownKey):
        KeyRing(keys={1: KEY}, current=2)


def test_an_unknown_reference_type_is_only_a_reading() -> None:
    """O, I and L are read as the digits they look like."""
    reference = Reference("0000000")
    assert codes.parse_reference("OoO-0o0-O") == reference
