"""Know the phone that asks, and lead strangers to how one becomes a post."""

from collections.abc import Collection

from flask import Blueprint, abort, g, request, url_for
from flask.typing import ResponseReturnValue

from conf_app.database import db
from conf_app.door import passes
from conf_app.door.models import Device
from conf_app.programme.models import Event
from conf_app.web import identity
from conf_app.web.context import now
from conf_app.web.hypermedia import see_other
from conf_app.web.identity import Role


def ask_for_pass(
    blueprint: Blueprint,
    *,
    but_for: Collection[str] = (),
    welcome: Collection[str] = (),
    to_be_given_back: Collection[str] = (),
) -> None:
    """Let only posts into a blueprint.

    The endpoints ``but_for`` ask for nothing; those of ``welcome`` are for strangers too; by those
    ``to_be_given_back`` a phone is given back whatever became of its pass.
    """

    @blueprint.before_request
    def know_the_post() -> ResponseReturnValue | None:
        if request.endpoint in but_for:
            return None
        try:
            g.device = passes.device_of(db.session(), identity.token(Role.DEVICE), now=now())
        except passes.PassClosed:
            if request.endpoint in to_be_given_back:
                return None
            raise
        if g.device is not None or request.endpoint in welcome:
            return None
        if request.method not in {"GET", "HEAD"}:
            abort(403)
        return see_other(url_for("door.how"))


def own_device() -> Device:
    """Return the phone that asks."""
    device: Device | None = g.device
    if device is None:  # it was given back meanwhile
        abort(403)
    return device


def own_event() -> Event:
    """Return the event that the phone lets people in to."""
    return own_device().door_pass.door.event
