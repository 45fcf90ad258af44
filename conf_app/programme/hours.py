"""Tell hours that were announced from those that were not.

Some events are announced by their day alone, or without an end. The database wants two moments
all the same: an untold start is kept as the midnight that opens the day, an untold end as 23:59.
"""

from datetime import time

from conf_app.programme.models import Event

UNTOLD_START = time(0, 0)
UNTOLD_END = time(23, 59)


def start_is_told(event: Event) -> bool:
    """Say whether the hour the event starts at was announced."""
    return event.starts_at.astimezone(event.zone).time() != UNTOLD_START


def end_is_told(event: Event) -> bool:
    """Say whether the hour the event ends at was announced."""
    return event.ends_at.astimezone(event.zone).time() != UNTOLD_END
