"""Write dates, hours and counts as French readers expect them."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

NBSP = "\u00a0"

_DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)


def hour(moment: datetime, zone: ZoneInfo) -> str:
    """Write an hour: « 17 h 30 », « 11 h »."""
    local = moment.astimezone(zone)
    return f"{local.hour}{NBSP}h" + (f"{NBSP}{local.minute:02}" if local.minute else "")


def hours(start: datetime, end: datetime, zone: ZoneInfo) -> str:
    """Write a span of hours: « 11 h – 17 h 30 »."""
    return f"{hour(start, zone)}{NBSP}– {hour(end, zone)}"


def day(moment: datetime | date, zone: ZoneInfo | None = None, *, year: bool = True) -> str:
    """Write a day: « jeudi 15 décembre 2022 »."""
    local = moment.astimezone(zone) if isinstance(moment, datetime) else moment
    number = f"1{NBSP}er".replace(NBSP, "") if local.day == 1 else str(local.day)
    text = f"{_DAYS[local.weekday()]} {number}{NBSP}{_MONTHS[local.month - 1]}"
    return f"{text} {local.year}" if year else text


def days(start: datetime, end: datetime, zone: ZoneInfo) -> str:
    """Write the days something lasts: one day, or « du samedi 1er au dimanche 2 octobre 2022 »."""
    first, last = start.astimezone(zone).date(), end.astimezone(zone).date()
    if first == last:
        return day(first)
    return f"du {day(first, year=first.year != last.year)} au {day(last)}"


def month(day: date) -> str:
    """Write the month of a day: « décembre 2022 »."""
    return f"{_MONTHS[day.month - 1]} {day.year}"


def moment(value: datetime, zone: ZoneInfo) -> str:
    """Write a moment: « mardi 1er novembre 2022 à 9 h »."""
    return f"{day(value, zone)} à {hour(value, zone)}"


def count(number: int, one: str, many: str) -> str:
    """Write a count with its noun: « 1 place », « 0 place », « 2 places »."""
    grouped = f"{number:,}".replace(",", "\u202f")
    return f"{grouped}{NBSP}{one if number < 2 else many}"


def ago(value: datetime, now: datetime) -> str:
    """Write how long ago something was: « à l’instant », « il y a 12 min », « il y a 2 h 05 »."""
    seconds = max(0, int((now - value).total_seconds()))
    minutes = seconds // 60
    if seconds < 5:
        return "à l’instant"
    if minutes < 1:
        return f"il y a {seconds}{NBSP}s"
    if minutes < 60:
        return f"il y a {minutes}{NBSP}min"
    return f"il y a {minutes // 60}{NBSP}h" + (f"{NBSP}{minutes % 60:02}" if minutes % 60 else "")
