"""Serve the static files from memory, compressed, under names that change with their content."""

import gzip
import hashlib
import mimetypes
from pathlib import Path
from typing import NamedTuple

from flask import Flask, Response, abort, request

from conf_app import resources

_COMPRESSED = {".css", ".js", ".svg", ".webmanifest"}
_ONE_YEAR = "public, max-age=31536000, immutable"


class Asset(NamedTuple):
    """Hold one static file, its compressed form if that is smaller, and its fingerprint."""

    body: bytes
    packed: bytes | None
    fingerprint: str
    mimetype: str


def load(path: Path) -> Asset:
    """Read a static file and the compressed sibling the build made, or compress it now."""
    body = path.read_bytes()
    packed = None
    if path.suffix in _COMPRESSED:
        sibling = path.with_name(path.name + ".gz")
        packed = sibling.read_bytes() if sibling.is_file() else b""
        # A sibling older than an edited file must not be served.
        if not packed or gzip.decompress(packed) != body:
            packed = gzip.compress(body, 9, mtime=0)
    mimetype = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Asset(body, packed, hashlib.sha256(body).hexdigest()[:12], mimetype)


def init_assets(app: Flask) -> None:
    """Serve ``/static/``: ``url_for("static", filename=…)`` adds the fingerprint."""
    assets = {
        path.relative_to(resources.STATIC).as_posix(): load(path)
        for path in sorted(resources.STATIC.rglob("*"))
        if path.is_file() and path.suffix != ".gz" and not path.name.startswith(".")
    }

    @app.url_defaults
    def add_fingerprint(endpoint: str, values: dict[str, object]) -> None:
        if endpoint == "static" and (asset := assets.get(str(values.get("filename")))):
            values["v"] = asset.fingerprint

    @app.get("/static/<path:filename>", endpoint="static")
    def static(filename: str) -> Response:
        asset = assets.get(filename) or abort(404)
        response = Response(asset.body, mimetype=asset.mimetype)
        response.set_etag(asset.fingerprint)
        fresh = request.args.get("v") == asset.fingerprint
        response.headers["Cache-Control"] = _ONE_YEAR if fresh else "public, no-cache"
        if asset.packed:
            response.vary.add("Accept-Encoding")
            if request.accept_encodings["gzip"] > 0:
                response.set_data(asset.packed)
                response.headers["Content-Encoding"] = "gzip"
        response.make_conditional(request)
        return response

    @app.get("/favicon.ico")
    def favicon() -> Response:
        return static("icon.svg")
