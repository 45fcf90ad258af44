"""Slow down who asks too often, generously: a whole hall may stand behind one address.

Each process counts for itself, in memory, and each alone would let the announced numbers pass.
``limits`` counts where it is asked to. Flask-Limiter 4.1, which wraps it, hooks into every request:
an empty page took 82 µs with it, no limit set, and 36 µs with ``limits`` alone, as without either.
"""

import ipaddress
import math
import time
from collections.abc import Collection

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    make_response,
    render_template,
    request,
)
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from conf_app.refusals import Refusal
from conf_app.web import french

REGISTRATIONS = RateLimitItemPerMinute(500, 5, namespace="registrations")
LOST_TICKETS = RateLimitItemPerMinute(100, 5, namespace="lost-tickets")
SIGN_IN_LINKS = RateLimitItemPerMinute(30, 5, namespace="sign-in-links")
WRONG_LINKS = RateLimitItemPerMinute(100, 5, namespace="wrong-links")
REFERENCES = RateLimitItemPerMinute(300, 5, namespace="references")
SEARCHES = RateLimitItemPerMinute(60, 5, namespace="searches")

_EXTENSION = "conf_app.limits"


class TooMany(Refusal):
    """Too much was asked from one address; ``minutes`` says when to try again."""

    def __init__(self, seconds: float) -> None:
        self.seconds = max(1, math.ceil(seconds))
        self.minutes = math.ceil(self.seconds / 60)
        super().__init__(
            "Trop de demandes viennent de ta connexion en ce moment\u00a0: réessaie dans"
            f" {french.count(self.minutes, 'minute', 'minutes')}."
        )


def spend(limit: RateLimitItemPerMinute, who: str = "") -> None:
    """Count one request of ``who``, or of this address; raise TooMany after one's share."""
    who = who or _client()
    if not _limiter().hit(limit, who):
        until = _limiter().get_window_stats(limit, who).reset_time
        raise TooMany(until - time.time())


def limit_guesses(blueprint: Blueprint, wrong: Collection[int] = (404,)) -> None:
    """Answer the wrong links of a blueprint, told by their status, no more after one's share.

    The right ones open all the same: no neighbour behind one address can shut out the others.
    """

    @blueprint.after_request
    def count(response: Response) -> Response:
        if response.status_code in wrong:
            try:
                spend(WRONG_LINKS)
            except TooMany as refusal:
                return make_response(_refuse(refusal))
        return response


def init_limits(app: Flask) -> None:
    """Word the refusal, and say when to try again (RFC 6585, 4)."""
    app.extensions[_EXTENSION] = FixedWindowRateLimiter(MemoryStorage())

    app.register_error_handler(TooMany, _refuse)


def _refuse(refusal: TooMany) -> tuple[str, int, dict[str, str]]:
    page = render_template("refusals/too_many.html", refusal=refusal)
    return page, 429, {"Retry-After": str(refusal.seconds)}


def _limiter() -> FixedWindowRateLimiter:
    limiter: FixedWindowRateLimiter = current_app.extensions[_EXTENSION]
    return limiter


def _client() -> str:
    """Return the address that asks: of IPv6 the network, since one line has billions of them.

    Behind a proxy on this machine it is the last hop of X-Forwarded-For, which the proxy wrote.
    """
    remote = request.remote_addr or ""
    forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    found = _parsed(remote)
    if forwarded and found is not None and found.is_loopback:
        remote, found = forwarded, _parsed(forwarded)
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, 64), strict=False))
    return remote


def _parsed(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
