"""Recognise a form that is sent again: a double click, a reload, a cut line."""

import hashlib
import json
import secrets
from collections.abc import MutableMapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, or_, select
from sqlalchemy.orm import Session as DatabaseSession

from conf_app.registration.models import Party, Submission
from conf_app.registration.needs import Needs
from conf_app.registration.refusals import AlreadySubmitted
from conf_app.registration.rules import Attendee, coming

KEPT = timedelta(hours=24)
"""How long a sent form is remembered."""

_COOKIE = "browser"
_SENT = select(Submission).where(
    or_(
        Submission.key_hash == bindparam("key"),
        Submission.content_hash == bindparam("content"),
    )
)


class Form(NamedTuple):
    """Name one sent form: SHA-256 of its key, and of what was typed, both bound to the browser.

    ``again`` is set once somebody was told that they are registered, and sends it all the same.
    """

    key_hash: bytes
    content_hash: bytes
    again: bool = False


def new_key() -> str:
    """Draw the key that a form page carries."""
    return secrets.token_urlsafe(12)


def bind(cookies: MutableMapping[str, Any]) -> None:
    """Give a browser the secret its forms are bound to."""
    cookies.setdefault(_COOKIE, secrets.token_urlsafe(12))


def registering(
    cookies: MutableMapping[str, Any],
    key: str,
    event_id: int,
    people: Sequence[Attendee],
    email: str | None,
    *,
    again: bool = False,
) -> Form | None:
    """Name a sent form that registers; None if it carries no key or the browser no cookie."""
    named = [[person.name, sorted(person.sessions), *_told(person.needs)] for person in people]
    return _name(cookies, key, event_id, email, named, again=again)


def passing_on(
    cookies: MutableMapping[str, Any], key: str, token: str, name: str, email: str | None
) -> Form | None:
    """Name a sent form that passes a ticket on, likewise; with another key it is another."""
    return _name(cookies, key, "pass on", token, key, name, email)


def earlier(session: DatabaseSession, form: Form) -> Party | None:
    """Return whom this very form registered already, if it did; raise AlreadySubmitted."""
    found = session.scalars(_SENT, {"key": form.key_hash, "content": form.content_hash}).all()
    for sent in sorted(found, key=lambda each: each.key_hash != form.key_hash):
        same_form = sent.key_hash == form.key_hash
        if not coming(sent.party):
            session.delete(sent)  # people who left and came back
            session.flush()
        elif same_form and sent.content_hash == form.content_hash:
            return sent.party
        elif same_form or not form.again:
            raise AlreadySubmitted(sent.party)
    return None


def same(session: DatabaseSession, form: Form) -> Party | None:
    """Return whom the same form, with the same content, led to already, if it did."""
    sent = session.get(Submission, form.key_hash)
    return sent.party if sent is not None and sent.content_hash == form.content_hash else None


def remember(session: DatabaseSession, form: Form, party: Party, *, now: datetime) -> None:
    """Remember that a form led to a party."""
    session.add(
        Submission(
            key_hash=form.key_hash, content_hash=form.content_hash, party=party, created_at=now
        )
    )


def forget(session: DatabaseSession, *, now: datetime) -> None:
    """Forget the forms sent more than a day ago."""
    session.execute(delete(Submission).where(Submission.created_at < now - KEPT))


def _name(
    cookies: MutableMapping[str, Any], key: str, *content: object, again: bool = False
) -> Form | None:
    browser = cookies.get(_COOKIE)
    if not browser or not key:
        return None
    return Form(
        hashlib.sha256(f"{browser}\n{key}".encode()).digest(),
        hashlib.sha256(json.dumps([browser, *content]).encode()).digest(),
        again,
    )


def _told(needs: Needs) -> list[Any]:
    """Return what is needed, if anything is: forms that ask for nothing keep their name."""
    return [sorted(kind.value for kind in needs.kinds), needs.text, needs.at_door] if needs else []
