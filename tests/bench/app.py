"""Offer the application with one more page, the plainest there can be, to compare others with."""

from conf_app.wsgi import app

__all__ = ["app"]


@app.get("/hello")
def hello() -> str:
    """Answer one word, with all that surrounds every answer of the site."""
    return "hello"
