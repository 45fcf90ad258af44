"""Write dates, hours and counts as French readers expect them."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
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


def unbroken(text: str) -> str:
    """Let no line break between an hour and the one it runs to: a dash alone allows it."""
    return text.replace(f"{NBSP}– ", f"{NBSP}–\u2060{NBSP}")


def day(moment: datetime | date, zone: ZoneInfo | None = None, *, year: bool = True) -> str:
    """Write a day: « jeudi 15 décembre 2022 »."""
    local = moment.astimezone(zone) if isinstance(moment, datetime) else moment
    text = f"{_day_of_month(local)}{NBSP}{_MONTHS[local.month - 1]}"
    return f"{text} {local.year}" if year else text


def _day_of_month(day: date) -> str:
    return f"{_DAYS[day.weekday()]} {'1er' if day.day == 1 else day.day}"


def days(start: datetime, end: datetime, zone: ZoneInfo) -> str:
    """Write the days something lasts: one day, or « du samedi 1er au dimanche 2 octobre 2022 »."""
    first, last = start.astimezone(zone).date(), end.astimezone(zone).date()
    if first == last:
        return day(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"du {_day_of_month(first)} au {day(last)}"
    return f"du {day(first, year=first.year != last.year)} au {day(last)}"


def months(first: date, last: date) -> str:
    """Write the months that days belong to: « octobre 2022 », « décembre 2026 – janvier 2027 »."""
    written = f"{_MONTHS[last.month - 1]} {last.year}"
    if (first.year, first.month) == (last.year, last.month):
        return written
    year = f" {first.year}" if first.year != last.year else ""
    return f"{_MONTHS[first.month - 1]}{year}{NBSP}– {written}"


def moment(value: datetime, zone: ZoneInfo) -> str:
    """Write a moment: « mardi 1er novembre 2022 à 9 h »."""
    return f"{day(value, zone)} à {hour(value, zone)}"


def count(number: int, one: str, many: str) -> str:
    """Write a count with its noun: « 1 place », « 0 place », « 2 places »."""
    grouped = f"{number:,}".replace(",", "\u202f")
    return f"{grouped}{NBSP}{one if number < 2 else many}"


def lasting(span: timedelta) -> str:
    """Write how long something lasts: « 3 jours », « 24 h », « 45 min »."""
    minutes = int(span.total_seconds()) // 60
    if minutes >= 48 * 60:
        return f"{minutes // (24 * 60)}{NBSP}jours"
    return f"{minutes // 60}{NBSP}h" if minutes >= 60 else f"{minutes}{NBSP}min"


def listed(names: Sequence[str]) -> str:
    """Write names one after another: « Awa », « Awa et Zélie », « Awa, Yann et Zélie »."""
    return " et ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def kilobytes(number: int) -> str:
    """Write a weight in bytes: « 12,3 ko »."""
    return f"{number / 1000:.1f}".replace(".", ",") + f"{NBSP}ko"


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
