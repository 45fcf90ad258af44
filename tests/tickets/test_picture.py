"""A ticket kept as a picture is whole: read by machines, and by people."""

from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from conf_app.tickets import qr
from conf_app.tickets.facts import TicketFacts
from conf_app.tickets.picture import ticket_png
from tests.tickets.decoders import DECODERS
from tests.tickets.samples import LONG_TICKET, TICKET


def opened(ticket: TicketFacts) -> Image.Image:
    return Image.open(BytesIO(ticket_png(ticket))).convert("L")


@pytest.mark.parametrize("ticket", [TICKET, LONG_TICKET], ids=["short", "long"])
def test_the_code_of_a_picture_is_read(ticket: TicketFacts) -> None:
    picture = opened(ticket)
    for read in DECODERS.values():
        assert read(picture) == [ticket.code_url]


@pytest.mark.parametrize("rehearsal", [False, True])
def test_the_code_stands_in_the_picture_pixel_for_pixel(rehearsal: bool) -> None:
    code = Image.open(BytesIO(qr.png(TICKET.code_url))).convert("L")
    picture = opened(replace(TICKET, rehearsal=rehearsal))

    top = 96 if rehearsal else 0
    assert picture.width == code.width >= 1000 * 0.99
    assert picture.crop((0, top, code.width, top + code.height)).tobytes() == code.tobytes()


@pytest.mark.parametrize("fact", ["name", "event_title", "day", "reference", "rehearsal"])
def test_a_picture_shows_each_fact(fact: str) -> None:
    changes: dict[str, Any] = {fact: True if fact == "rehearsal" else "Autre"}
    other = replace(TICKET, **changes)
    assert opened(other).tobytes() != opened(TICKET).tobytes()


def test_the_same_ticket_gives_the_same_picture() -> None:
    assert ticket_png(TICKET) == ticket_png(TICKET)


@pytest.mark.parametrize("name", ['#panic("non")', "*a* $x$", "李雷", "Zoé 🌸", ""])
def test_any_name_gets_its_picture(name: str) -> None:
    assert opened(replace(TICKET, name=name)).width > 0
