"""Tie a process's life to its parent's, so that nothing runs on when the parent was killed."""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def die_with_parent(how: signal.Signals, parent: int) -> None:
    """Ask the kernel to send this process a signal when its parent dies (Linux; prctl(2)).

    ``parent`` is the pid of the parent as it knows itself: if it died already, one dies at once.
    """
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, how, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
    if os.getppid() != parent:
        os.kill(os.getpid(), how)
