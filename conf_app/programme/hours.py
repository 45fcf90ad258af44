"""Tell hours that were announced from those that were not.

Some events are announced by their day alone, or without an end. The database wants two moments
all the same: an untold start is kept as the midnight that opens the day, an untold end as 23:59.
"""

from datetime import time

UNTOLD_START = time(0, 0)
UNTOLD_END = time(23, 59)
