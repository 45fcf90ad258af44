"""Keep public pages as bytes, compressed once, for as long as their stamp holds."""

import functools
import gzip
import hashlib
from collections.abc import Callable, Hashable
from typing import Any, NamedTuple

from flask import Response, current_app, make_response, request
from flask.typing import ResponseReturnValue

from conf_app.web.hypermedia import VARY

View = Callable[..., ResponseReturnValue]

_KEPT_HEADERS = ("Content-Type", "Content-Disposition")
_MOST_KEPT = 5_000


class Kept(NamedTuple):
    """Hold an answer ready to be sent: its body, plain and compressed, and its headers."""

    stamp: Hashable
    etag: str
    body: bytes
    packed: bytes
    headers: tuple[tuple[str, str], ...]
    packed_headers: tuple[tuple[str, str], ...]

    def response(self) -> Response:
        """Return it to be kept by browsers and asked about again each time."""
        if takes_gzip():
            return Response(self.packed, headers=self.packed_headers)
        return Response(self.body, headers=self.headers)

    def unstored(self) -> Response:
        """Return it to be kept by nobody.

        A part polled by htmx must have no validator: the browser would turn a 304 into the old
        200, and htmx would swap it in again and have it read aloud.
        """
        response = self.response()
        del response.headers["ETag"]
        response.headers["Cache-Control"] = "no-store"
        return response


def keep(key: Hashable, stamp: Hashable, make: Callable[[], ResponseReturnValue]) -> Kept:
    """Return what is kept under a key, made again unless its stamp is still this one."""
    shelf: dict[Hashable, Kept] = current_app.extensions.setdefault("conf_app.kept", {})
    kept = shelf.get(key)
    if kept is None or kept.stamp != stamp:
        if len(shelf) >= _MOST_KEPT:
            shelf.clear()
        kept = shelf[key] = _pack(stamp, make_response(make()))
    return kept


def public(stamp: Callable[[], Hashable]) -> Callable[[View], View]:
    """Decorate a view whose page is the same for everybody while ``stamp()`` stays the same."""

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def answer(**values: Any) -> Response:
            kept = keep(request.path, stamp(), lambda: view(**values))
            # Compared here: the framework parses every validator it may have been sent.
            if kept.etag in request.environ.get("HTTP_IF_NONE_MATCH", ""):
                response = Response(status=304, headers=_revalidated(kept.etag))
                del response.headers["Content-Type"]
                return response
            return kept.response()

        return answer

    return decorate


def takes_gzip() -> bool:
    """Whether the browser reads compressed answers."""
    accepted: str = request.environ.get("HTTP_ACCEPT_ENCODING", "")
    if "gzip" not in accepted:
        return False
    return ";" not in accepted or request.accept_encodings["gzip"] > 0


def _pack(stamp: Hashable, response: Response) -> Kept:
    body = response.get_data()
    # A weak validator: the same page, compressed or not, by whichever process.
    etag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
    headers = (
        *((name, response.headers[name]) for name in _KEPT_HEADERS if name in response.headers),
        *_revalidated(etag),
    )
    packed = gzip.compress(body, 9, mtime=0)
    return Kept(stamp, etag, body, packed, headers, (*headers, ("Content-Encoding", "gzip")))


def _revalidated(etag: str) -> tuple[tuple[str, str], ...]:
    return (
        ("ETag", f"W/{etag}"),
        ("Cache-Control", "public, no-cache"),
        ("Vary", f"{VARY}, Accept-Encoding"),
    )
