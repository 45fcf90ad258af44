"""Say how often a page may ask for the seats."""

from conf_app.seats.rules import SeatState

POLLS_PER_SECOND = 50
"""What all pages together may ask of one process, whatever their number."""

_CALM = {SeatState.FREE: 15, SeatState.FEW: 5, SeatState.FULL: 15}
_STEPS = (5, 15, 30, 60)


def pace(state: SeatState, watchers: float = 0) -> int:
    """Return the seconds between two askings: fewer near full, more when many are watching."""
    for seconds in _STEPS:
        if seconds >= _CALM[state] and watchers <= seconds * POLLS_PER_SECOND:
            return seconds
    return _STEPS[-1]


def holds(asked: int, now: int) -> bool:
    """Say whether a page that asks every ``asked`` seconds may go on so, if ``now`` is wished.

    Slower than wished is well: the pace hastens with the next change of the seats.
    """
    return asked >= now
