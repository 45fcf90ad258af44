"""Say what a count of seats means."""

import enum
from typing import NamedTuple

FEW_SHARE = 10
"""Seats are few when a tenth of the capacity, or less, is left: 1 in FEW_SHARE."""


class SeatState(enum.Enum):
    """What is worth saying about the seats left."""

    FREE = "free"
    FEW = "few"
    FULL = "full"


class Seats(NamedTuple):
    """Hold the count of one pool at one moment."""

    capacity: int
    taken: int
    held: int
    version: int

    @property
    def free(self) -> int:
        """The seats the public can take now."""
        return max(0, self.capacity - self.held - self.taken)

    @property
    def state(self) -> SeatState:
        """Free, few or full: few is a tenth of the capacity or less, whatever the hour."""
        if self.free == 0:
            return SeatState.FULL
        return SeatState.FEW if self.free * FEW_SHARE <= self.capacity else SeatState.FREE
