"""Say where an event is."""

from conf_app.programme.models import Event


def place(event: Event) -> list[str]:
    """Return the venue, the address, and the city unless the address names it already."""
    city = "" if event.city in event.address else event.city
    return [part for part in (event.venue, event.address, city) if part]
