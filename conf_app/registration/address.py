"""Write the addresses of a party's own pages."""

from flask import url_for

from conf_app.registration import queries
from conf_app.registration.models import Party
from conf_app.web.context import settings


def ticket_address(party: Party) -> str:
    """Return the path of a party's secret link."""
    token = queries.manage_token(party, settings().ticket_keys)
    return url_for("ticket.show", token=token)
