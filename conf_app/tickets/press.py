"""Typeset one file in a process of its own: read an order on stdin, write the file to stdout.

`conf_app.tickets.typeset` runs this by its path, so that nothing of ours is imported here.
"""

import json
import sys
from typing import cast

import typst

order = json.load(sys.stdin)
made = typst.Compiler(**order["compiler"]).compile(**order["file"])
sys.stdout.buffer.write(cast(bytes, made))
