"""Hold figures beside their targets, and print them."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any


class Sense(Enum):
    """Which way a figure should go."""

    AT_LEAST = "≥"
    AT_MOST = "≤"


@dataclass(frozen=True)
class Target:
    """Say what a figure should reach."""

    sense: Sense
    bound: float

    def met(self, value: float) -> bool:
        """Whether a value reaches it."""
        return value >= self.bound if self.sense is Sense.AT_LEAST else value <= self.bound


@dataclass(frozen=True)
class Figure:
    """Hold one figure: ``value`` is what the target bounds, ``detail`` the absolute figures."""

    name: str
    value: float
    unit: str
    target: Target | None
    detail: str
    peers: str = ""

    def verdict(self) -> str:
        """Write the target, whether it is met, and the value."""
        value = f"{self.value:.{_decimals(self.value)}f}{self.unit}"
        if self.target is None:
            return f"        · {value}"
        mark = "✔" if self.target.met(self.value) else "✘ short"
        return f"{self.target.sense.value} {self.target.bound:g}{self.unit} {mark} {value}"

    def as_dict(self) -> dict[str, Any]:
        """Return what the JSON file holds of it."""
        held = asdict(self)
        held["target"] = None
        if self.target is not None:
            bound = {"sense": self.target.sense.value, "bound": self.target.bound}
            held["target"] = {**bound, "met": self.target.met(self.value)}
        return held


def table(figures: Iterable[Figure]) -> str:
    """Lay the figures out in columns."""
    rows = [("figure", "target and value", "measured", "pretix / Indico")]
    rows += [(each.name, each.verdict(), each.detail, each.peers) for each in figures]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]])
        for row in rows
    ]
    return "\n".join(line.rstrip() for line in lines)


def _decimals(value: float) -> int:
    return 4 if value < 0.1 else 2 if value < 10 else 0
