"""Say when an event takes place, leaving out what was not announced."""

from conf_app.programme.models import Event
from conf_app.programme.rules import Span, span
from conf_app.web import french


def when(event: Event) -> str:
    """Return the day and hours: « jeudi 15 décembre 2022, 11 h – 17 h 30 »; or only the days."""
    days = french.days(event.starts_at, event.ends_at, event.zone)
    return ", ".join(filter(None, [days, hours(event)]))


def hours(event: Event) -> str:
    """Return the hours of an event of one day, as far as they are told."""
    starts, ends = (each.astimezone(event.zone) for each in (event.starts_at, event.ends_at))
    if starts.date() != ends.date() or not event.start_told:
        return ""
    if not event.end_told:
        return french.hour(event.starts_at, event.zone)
    return french.hours(event.starts_at, event.ends_at, event.zone)


def programme_hours(event: Event) -> str:
    """Return « programme dès 10 h 50, jusqu’à 18 h » where it goes beyond the announced hours."""
    return hours_beyond(event, span(event.sessions))


def hours_beyond(event: Event, held: Span | None) -> str:
    """Return the same from when the sessions take place, for whoever has not loaded them."""
    if held is None or not hours(event):
        return ""
    first, last = (french.hour(each, event.zone) for each in held)
    beyond = [
        f"dès {first}" if held.first < event.starts_at else "",
        f"jusqu’à {last}" if held.last > event.ends_at else "",
    ]
    return f"programme {', '.join(filter(None, beyond))}" if any(beyond) else ""
