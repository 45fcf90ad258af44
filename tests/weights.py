"""Measure what `/eco-conception` tells of the pages' weight: `make weights` writes it down.

No test by its name, so that only whoever asks writes; `tests/test_statements_in_chromium.py`
holds what is written to what is measured.
"""

from conf_app.database import transaction
from conf_app.programme.queries import event_named
from conf_app.statements import weights
from conf_app.statements.weights import PageWeight
from tests.browser import ON_SQLITE, Live, OpenWindow, weigh
from tests.people import register
from tests.programme.days import make_shipped
from tests.team import link_of

pytestmark = ON_SQLITE

EVENT = "conf-2022"
PAGES = {
    "Accueil": "/",
    "Programme": f"/e/{EVENT}/programme",
    "Intervenant·es": f"/e/{EVENT}/intervenant-es",
    "Infos pratiques": f"/e/{EVENT}/infos-pratiques",
    "Agenda": "/agenda",
    "Inscription": f"/e/{EVENT}/inscription",
    "Billet": "/billet/{token}",
    "Tes données": "/donnees-personnelles",
}


def measure(live: Live, open_window: OpenWindow) -> list[PageWeight]:
    """Weigh a first visit to each page, on the shipped programme."""
    with live.app.app_context(), transaction() as session:
        make_shipped(session)
        settings = live.app.extensions["conf_app.settings"]
        zelie = register(session, event_named(session, EVENT), settings=settings, now=live.clock())
        token = link_of(zelie)
    weighed = [
        (page, weigh(open_window(), path.format(token=token))) for page, path in PAGES.items()
    ]
    return [PageWeight(page, weight.bytes, weight.requests) for page, weight in weighed]


def test_weights(live: Live, open_window: OpenWindow) -> None:
    weights.write(measure(live, open_window))
    for weight in weights.weights():
        print(f"{weight.page} : {weight.bytes} octets, {weight.requests} requêtes")
