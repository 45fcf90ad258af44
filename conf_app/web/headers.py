"""Send the security headers with every answer."""

from flask import Flask, Response, request

from conf_app.settings import Settings

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none';"
    " object-src 'none'; img-src 'self' data:"
)
_FEATURES = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()"


def keep_secret(response: Response) -> Response:
    """Keep an answer out of caches and search engines: forms, secret links."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


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
        fixed["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"

    @app.after_request
    def add(response: Response) -> Response:
        for name, value in fixed.items():
            response.headers.setdefault(name, value)
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
        if response.mimetype == "text/html" and not request.path.startswith("/static/"):
            response.vary.add("HX-Request")
        return response
