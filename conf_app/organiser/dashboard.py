"""Answer the address of an event on the organisers' side: its numbers, its ways on, no name."""

from zoneinfo import ZoneInfo

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from conf_app.database import db
from conf_app.door import conflicts
from conf_app.organiser import charts, curves, queries
from conf_app.organiser.charts import Chart
from conf_app.organiser.curves import Day, Quarter
from conf_app.programme.queries import event_named
from conf_app.web import french
from conf_app.web.hypermedia import page_or_part

dashboard = Blueprint("dashboard", __name__)


@dashboard.get("/e/<event>/")
def show(event: str) -> ResponseReturnValue:
    """Show an event's numbers; they ask for themselves again."""
    found = event_named(db.session(), event)
    days = curves.registrations(db.session(), found)
    arrivals = [
        (day, quarters, _drawn(quarters, found.zone))
        for day, quarters in curves.arrivals(db.session(), found).items()
    ]
    return page_or_part(
        "organiser/dashboard.html",
        "organiser/_numbers.html",
        event=found,
        summary=queries.summary(db.session(), found),
        conflicts=conflicts.number(db.session(), found),
        days=days,
        by_day=charts.bars([(_date(each), each.came) for each in days]),
        arrivals=arrivals,
        address=url_for("organiser.dashboard.show", event=event),
    )


def _date(each: Day) -> str:
    return f"{each.day:%d/%m}"


def _drawn(quarters: list[Quarter], zone: ZoneInfo) -> Chart:
    """Draw the quarters of one day."""
    return charts.bars([(french.hour(each.begins, zone), each.came) for each in quarters])
