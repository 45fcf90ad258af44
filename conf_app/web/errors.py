"""Turn what went wrong into a page that says what to do."""

import re
from collections.abc import Mapping

from flask import Flask, Response, render_template
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, SecurityError

from conf_app.refusals import Refusal

Answer = tuple[str, int]


def init_errors(app: Flask, statuses: Mapping[type[Refusal], int]) -> None:
    """Word refusals and HTTP errors, each refusal with its status (409 if none is given)."""

    @app.errorhandler(Refusal)
    def refuse(refusal: Refusal) -> Answer:
        status = statuses.get(type(refusal), 409)
        name = re.sub(r"(?<!^)(?=[A-Z])", "_", type(refusal).__name__).lower()
        return render_template(f"refusals/{name}.html", refusal=refusal), status

    @app.errorhandler(CSRFError)
    def expired(_error: CSRFError) -> Answer:
        return render_template("errors/expired.html"), 400

    @app.errorhandler(SecurityError)
    def other_host(_error: SecurityError) -> Response:
        # Under a host that is not ours no address can be built, so no page drawn.
        return Response(
            "Ce site a une autre adresse.\n", 400, content_type="text/plain; charset=utf-8"
        )

    @app.errorhandler(HTTPException)
    def fail(error: HTTPException) -> Answer | HTTPException:
        if error.code is None or error.code < 400:
            return error
        return render_template("errors/http.html", code=error.code), error.code
