"""Keep pages that are not for everybody out of caches and search engines."""

from flask import Blueprint, Response


def keep_private(blueprint: Blueprint) -> None:
    """Send every answer of a blueprint as ``no-store`` and ``noindex``."""

    @blueprint.after_request
    def mark(response: Response) -> Response:
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response
