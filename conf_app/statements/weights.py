"""Hold what the pages weigh over the wire, as the tests measured it: `make weights`."""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

PATH = Path(__file__).with_name("weights.json")


class PageWeight(NamedTuple):
    """Say what a first visit to a page costs, favicon and headers included."""

    page: str
    bytes: int
    requests: int


@cache
def weights() -> tuple[PageWeight, ...]:
    """Return what was measured, page by page."""
    return tuple(PageWeight(**line) for line in json.loads(PATH.read_text(encoding="utf-8")))


def write(measured: Sequence[PageWeight]) -> None:
    """Keep new measures in place of the old."""
    lines = [weight._asdict() for weight in measured]
    text = json.dumps(lines, ensure_ascii=False, indent=2)
    PATH.write_text(text + "\n", encoding="utf-8")
