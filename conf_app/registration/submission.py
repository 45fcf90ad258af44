"""Recognise a form that is sent again: a double click, a reload, a cut line."""

import hashlib
import json
import secrets
from collections.abc import MutableMapping
from typing import Any

from conf_app.registration.actions import Form
from conf_app.registration.rules import Attendee

_COOKIE = "browser"


def new_key() -> str:
    """Draw the key that a form page carries."""
    return secrets.token_urlsafe(12)


def bind(cookies: MutableMapping[str, Any]) -> None:
    """Give a browser the secret its forms are bound to."""
    cookies.setdefault(_COOKIE, secrets.token_urlsafe(12))


def sent_form(
    cookies: MutableMapping[str, Any], key: str, event_id: int, attendee: Attendee
) -> Form | None:
    """Name a sent form by hashes; None if it carries no key or the browser no cookie."""
    browser = cookies.get(_COOKIE)
    if not browser or not key:
        return None
    content = [event_id, attendee.name, attendee.email, sorted(attendee.sessions)]
    return Form(
        hashlib.sha256(f"{browser}\n{key}".encode()).digest(),
        hashlib.sha256(json.dumps(content).encode()).digest(),
    )
