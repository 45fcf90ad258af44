"""Take what people do with their tickets for saying that they come."""

from datetime import datetime

from conf_app.registration.models import Party


def note_presence(party: Party, at: datetime) -> None:
    """Take what a party does with its tickets for saying that it comes, if it was asked."""
    if party.presence is not None and party.presence.answered_at is None:
        party.presence.answered_at = at
