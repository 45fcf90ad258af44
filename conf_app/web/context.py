"""Give a request what the application was built with: its settings and its one moment."""

from datetime import datetime

from flask import current_app, g

from conf_app.clock import Clock
from conf_app.settings import Settings


def settings() -> Settings:
    """Return the settings of the running application."""
    found: Settings = current_app.extensions["conf_app.settings"]
    return found


def now() -> datetime:
    """Return the moment of this request, read once, in UTC."""
    if "now" not in g:
        clock: Clock = current_app.extensions["conf_app.clock"]
        g.now = clock()
    moment: datetime = g.now
    return moment


def site_address(endpoint: str, **values: str) -> str:
    """Return an absolute address under the public URL, never under the Host header."""
    house = settings()
    adapter = current_app.url_map.bind(house.host, url_scheme=house.public_url.partition(":")[0])
    return adapter.build(endpoint, values, force_external=True)
