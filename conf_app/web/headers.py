"""Send the security headers with every answer."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask

from conf_app.settings import Settings
from conf_app.web.hypermedia import VARY

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none';"
    " object-src 'none'; img-src 'self' data:"
)
_FEATURES = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()"
FEATURES_OF_SCANNER = _FEATURES.replace("camera=()", "camera=(self)")
"""What the scanner's page may use besides: the camera."""


def init_headers(app: Flask, settings: Settings) -> None:
    """Add the headers to all answers of an application."""
    fixed = {
        "Content-Security-Policy": CONTENT_SECURITY_POLICY,
        "Permissions-Policy": _FEATURES,
        # "no-referrer" would make Flask-WTF's strict check refuse every HTTPS POST.
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    if settings.https:
        fixed["Strict-Transport-Security"] = "max-age=31536000"

    # Below the framework: there, adding a header to each answer costs as much as a small page.
    app.wsgi_app = _with_headers(app.wsgi_app, fixed)  # type: ignore[assignment, method-assign]


def _with_headers(wsgi_app: "WSGIApplication", fixed: dict[str, str]) -> "WSGIApplication":
    everywhere = list(fixed.items())

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        def start(
            status: str, headers: list[tuple[str, str]], *error: Any
        ) -> Callable[[bytes], object]:
            given = dict(headers)
            headers.extend(header for header in everywhere if header[0] not in given)
            if "Cache-Control" not in given:
                headers.append(("Cache-Control", "no-store"))
            if given.get("Content-Type", "").startswith("text/html"):
                vary = given.get("Vary")
                if vary is None:
                    headers.append(("Vary", VARY))
                elif VARY not in vary:
                    headers.remove(("Vary", vary))
                    headers.append(("Vary", f"{vary}, {VARY}"))
            return start_response(status, headers, *error)

        return wsgi_app(environ, start)

    return answer
