"""Answer a page to a browser and a part to htmx."""

from typing import Any

from flask import Response, render_template
from htmx_flask import make_response as make_untyped_response
from htmx_flask import request


def make_response(*args: Any, **headers: Any) -> Response:
    """Make a response, with htmx's own headers if any are named."""
    response: Response = make_untyped_response(*args, **headers)
    return response


VARY = "HX-Request"
"""What an answer that may be a page or a part depends on."""


def wants_part() -> bool:
    """Whether htmx asks for a part of the page."""
    asked = request.htmx
    return bool(asked) and not asked.boosted and not asked.history_restore_request


def page_or_part(page: str, part: str, **values: Any) -> Response:
    """Render a page, or the part of it that asks for itself again."""
    return make_response(render_template(part if wants_part() else page, **values))


def see_other(url: str) -> Response:
    """Lead to another page after a POST: 303 for a browser, a header for htmx."""
    if wants_part():
        return make_response("", 204, redirect=url)
    response = make_response("", 303)
    response.headers["Location"] = url
    return response
