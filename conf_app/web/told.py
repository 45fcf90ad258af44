"""Say on the next page, once, what was just done: remembered in the browser's signed cookie."""

from flask import session

_COOKIE = "told"


def tell_next(what: str) -> None:
    """Remember what the next page that asks shall say."""
    session[_COOKIE] = what


def told() -> str:
    """Return what is to be said now, and forget it."""
    return str(session.pop(_COOKIE, ""))
