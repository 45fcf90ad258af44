"""Answer what stands beside the scanner: its worker, the ticket to rehearse with, conflicts."""

import functools
import hashlib

from flask import Blueprint, Response, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from conf_app import resources
from conf_app.database import db, transaction
from conf_app.door import conflicts, passes, sealing
from conf_app.door.guard import ask_for_pass, own_event
from conf_app.door.models import Settlement
from conf_app.door.words import SETTLEMENTS
from conf_app.tickets import qr
from conf_app.web import identity
from conf_app.web.context import now, settings
from conf_app.web.hypermedia import see_other
from conf_app.web.identity import Role
from conf_app.web.private import keep_private

scanner = Blueprint("scanner", __name__, url_prefix="/entree")
keep_private(scanner)
ask_for_pass(scanner, but_for={"scanner.worker", "scanner.offline", "scanner.decoder"})

_SHELL = ("style.css", "icon.svg", "scanner/*", "vendor/qr/*.js")


@scanner.get("/sw.js")
def worker() -> Response:
    """Give the service worker, which keeps the scanner's files for when there is no network."""
    files = _files()
    return Response(
        render_template(
            "door/sw.js", files=files, offline=url_for("scanner.offline"), version=version()
        ),
        mimetype="text/javascript",
    )


@scanner.get("/decodeur.js")
def decoder() -> Response:
    """Start the decoder from an address that the service worker answers for without network."""
    file = url_for("static", filename="scanner/decoder.js")
    return Response(f'import "{file}";\n', mimetype="text/javascript")


@scanner.get("/hors-ligne")
def offline() -> str:
    """Say that a form could not be sent: the phone keeps this page for then."""
    return render_template("door/offline.html")


@scanner.get("/billet-d-essai")
def drill() -> str:
    """Show the ticket to rehearse with, for another phone to scan."""
    return render_template("door/drill.html", event=own_event(), drawing=drill_drawing())


@scanner.route("/conflits", methods=["GET", "POST"])
def show_conflicts() -> ResponseReturnValue:
    """List what doors answered against each other, without a name, and settle it."""
    if request.method == "POST":
        number, how = settled()
        with transaction() as session:
            device = passes.device_of(session, identity.token(Role.DEVICE), now=now())
            if device is None:
                abort(403)
            door_pass = device.door_pass
            conflicts.settle(
                session, door_pass.door.event, number, how, by=door_pass.post, now=now()
            )
        return see_other(url_for("scanner.show_conflicts"))
    return render_template(
        "door/conflicts.html",
        event=own_event(),
        found=conflicts.of_event(db.session(), own_event()),
        address=url_for("scanner.show_conflicts"),
        settlements=SETTLEMENTS,
    )


def settled() -> tuple[int, Settlement]:
    """Read which conflict a form settles, and how; anything else is a bad request."""
    number = request.form.get("passage", type=int) or 0
    try:
        how = Settlement(request.form.get("comment", ""))
    except ValueError:
        abort(400)
    return (number, how) if 0 < number < 2**31 else abort(400)


def drill_drawing() -> Markup:
    """Draw the ticket to rehearse with, as SVG."""
    url = qr.ticket_url(settings().public_url, sealing.DRILL_CODE)
    return qr.svg(url, title="Billet d’essai")


def version() -> str:
    """Name the version of the scanner: of its files, and of the pages that they fit."""
    pages = [
        (resources.TEMPLATES / "door" / name).read_bytes()
        for name in ("_scanner.html", "offline.html")
    ]
    made = hashlib.sha256(b"\n".join(["\n".join(_files()).encode(), *pages]))
    return made.hexdigest()[:12]


def _files() -> list[str]:
    files = [url_for("static", filename=name) for name in _shell()]
    return [*files, url_for("scanner.decoder"), url_for("scanner.offline")]


@functools.cache
def _shell() -> list[str]:
    """Name the static files that the scanner is made of."""
    return sorted(
        path.relative_to(resources.STATIC).as_posix()
        for pattern in _SHELL
        for path in resources.STATIC.glob(pattern)
        if path.suffix != ".gz"
    )
