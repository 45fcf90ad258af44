"""Straighten addresses, and keep out what no database can hold: the character NUL."""

from urllib.parse import urlsplit

from flask import Flask, Response, abort, request
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.routing import BaseConverter, RequestRedirect


class _Part(BaseConverter):
    """Match one part of an address, without NUL: PostgreSQL can be asked for no such text."""

    regex = r"[^/\x00]+"
    part_isolating = True


def init_addresses(app: Flask) -> None:
    """Answer 404 to NUL in a part of an address, 400 to NUL in a query; take it out of forms."""
    app.url_map.converters["default"] = _Part

    @app.before_request
    def straighten() -> Response | None:
        # Werkzeug's own answer speaks English, and names the scheme the proxy asked us with.
        if not isinstance(request.routing_exception, RequestRedirect):
            return None
        return moved(
            urlsplit(request.routing_exception.new_url)._replace(scheme="", netloc="").geturl()
        )

    @app.before_request
    def keep_nul_out() -> None:
        if any("\0" in text for _, text in request.args.items(multi=True)):
            abort(400)
        # A typed form is not lost for it: it becomes a space, as all that cannot be seen does.
        if any("\0" in text for _, text in request.form.items(multi=True)):
            request.form = ImmutableMultiDict(
                (name, text.replace("\0", " ")) for name, text in request.form.items(multi=True)
            )


def moved(path: str) -> Response:
    """Lead for good from an address badly written to the right one, on this same site."""
    return Response(status=308, headers={"Location": path})
