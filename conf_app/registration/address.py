"""Write the addresses of a registration's own pages."""

from flask import url_for

from conf_app.registration import queries
from conf_app.registration.models import Registration
from conf_app.web.context import settings


def ticket_address(registration: Registration) -> str:
    """Return the path of a registration's secret link."""
    token = queries.manage_token(registration, settings().ticket_keys)
    return url_for("ticket.show", token=token)
