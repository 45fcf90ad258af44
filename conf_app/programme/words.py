"""Say when an event takes place, leaving out what was not announced."""

from conf_app.programme.models import Event
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
    """Return « programme de 10 h 50 à 18 h » if it goes beyond the announced hours."""
    held = [each for each in event.sessions if not each.cancelled]
    if not held or not hours(event):
        return ""
    first = min(each.starts_at for each in held)
    last = max(each.ends_at for each in held)
    if event.starts_at <= first and last <= event.ends_at:
        return ""
    return f"programme de {french.hour(first, event.zone)} à {french.hour(last, event.zone)}"
