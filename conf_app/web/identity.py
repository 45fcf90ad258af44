"""Remember in a browser's cookie who holds it: an organiser, a post at the door, or both."""

import enum

from flask import session

from conf_app.codes import BearerToken


class Role(enum.Enum):
    """What a browser can be signed in as."""

    ORGANISER = "organiser"
    DEVICE = "device"


def token(role: Role) -> BearerToken | None:
    """Return the token the browser holds for a role."""
    return session.get(role.value)


def sign_in(role: Role, secret: BearerToken) -> None:
    """Give the browser a token for a role, in a renewed cookie: only the other roles are kept."""
    others = {other.value: session[other.value] for other in Role if other.value in session}
    session.clear()
    session.update({**others, role.value: secret})
    session.permanent = True  # through a restart of the phone; the database says until when


def sign_out(role: Role) -> None:
    """Take a role's token from the browser, and all else but the other roles'."""
    others = {other.value: session[other.value] for other in Role if other.value in session}
    others.pop(role.value, None)
    session.clear()
    session.update(others)
    session.permanent = bool(others)
