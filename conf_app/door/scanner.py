"""Answer what the scanner page needs besides: its service worker, the ticket to rehearse with."""

import functools
import hashlib

from flask import Blueprint, Response, render_template, url_for

from conf_app import resources
from conf_app.door import sealing
from conf_app.door.guard import ask_for_pass, own_event
from conf_app.tickets import qr
from conf_app.web.context import settings
from conf_app.web.private import keep_private

scanner = Blueprint("scanner", __name__, url_prefix="/entree")
keep_private(scanner)
ask_for_pass(scanner, but_for={"scanner.worker"})

_SHELL = ("style.css", "icon.svg", "scanner/*", "vendor/qr/*.js")


@scanner.get("/sw.js")
def worker() -> Response:
    """Give the service worker, which keeps the scanner's files for when there is no network."""
    files = [url_for("static", filename=name) for name in _shell()]
    version = hashlib.sha256("\n".join(files).encode()).hexdigest()[:12]
    return Response(
        render_template("door/sw.js", files=files, version=version), mimetype="text/javascript"
    )


@scanner.get("/billet-d-essai")
def drill() -> str:
    """Show the ticket to rehearse with, for another phone to scan."""
    return render_template("door/drill.html", event=own_event(), drawing=drill_drawing())


def drill_drawing() -> str:
    """Draw the ticket to rehearse with, as SVG."""
    url = qr.ticket_url(settings().public_url, sealing.DRILL_CODE)
    return qr.svg(url, title="Billet d’essai")


@functools.cache
def _shell() -> list[str]:
    """Name the static files that the scanner is made of."""
    return sorted(
        path.relative_to(resources.STATIC).as_posix()
        for pattern in _SHELL
        for path in resources.STATIC.glob(pattern)
        if path.suffix != ".gz"
    )
