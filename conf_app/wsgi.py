"""Offer the application, built from the environment, to a WSGI server (PEP 3333)."""

import gc
import multiprocessing
import os
import signal

from conf_app.processes import die_with_parent
from conf_app.settings import Settings
from conf_app.wiring import create_app

# The server's main process, killed, would leave its workers serving with nobody to end them.
if (_server := multiprocessing.parent_process()) and _server.pid is not None:
    die_with_parent(signal.SIGKILL, _server.pid)

app = create_app(Settings.from_environ(os.environ))

# What is there now stays for good: the collector need not look at it again and again.
gc.collect()
gc.freeze()
