"""Lay out bars for a drawing: where each stands, and which lines help to read them."""

from collections.abc import Sequence
from typing import NamedTuple

WIDTH, HEIGHT = 720, 200
"""The size of a drawing, in its own units."""

_FOOT, _HEAD, _SIDE = 32, 12, 56
_WIDEST = 48
_LABELS = 6
_STEPS = (1, 2, 5)


class Bar(NamedTuple):
    """Hold one bar: its rectangle, and the label below it, empty where there is no room."""

    x: float
    y: float
    width: float
    height: float
    label: str


class Line(NamedTuple):
    """Hold a line across, and the number it stands for."""

    y: float
    number: int


class Chart(NamedTuple):
    """Hold the bars and lines of a drawing."""

    bars: list[Bar]
    lines: list[Line]
    width: int = WIDTH
    height: int = HEIGHT
    side: int = _SIDE
    foot: int = HEIGHT - _FOOT


def bars(values: Sequence[tuple[str, int]]) -> Chart:
    """Lay out one bar for each label and number, from left to right."""
    most = max((number for _, number in values), default=0)
    step = _step(most)
    top = max(step, -(-most // step) * step)
    room = HEIGHT - _FOOT - _HEAD
    wide = min(_WIDEST, (WIDTH - _SIDE) / max(1, len(values)))
    every = max(1, -(-int((WIDTH - _SIDE) / _LABELS) // int(max(1, wide))))
    placed = [
        Bar(
            round(_SIDE + number * wide + min(2, wide * 0.1), 1),
            round(HEIGHT - _FOOT - value / top * room, 1),
            round(max(1.0, wide - 2 * min(2, wide * 0.1)), 1),
            round(value / top * room, 1),
            label if number % every == 0 else "",
        )
        for number, (label, value) in enumerate(values)
    ]
    lines = [
        Line(round(HEIGHT - _FOOT - number / top * room, 1), number)
        for number in range(0, top + 1, step)
    ]
    return Chart(placed, lines)


def _step(most: int) -> int:
    """Return the round number by which lines go up, about four of them."""
    scale = 1
    while True:
        for step in _STEPS:
            if step * scale * 4 >= most:
                return step * scale
        scale *= 10
