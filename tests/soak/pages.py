"""Read what the pages of a secret link say, as the people it belongs to would."""

import html
import re
from collections.abc import Mapping
from typing import NamedTuple

from tests.load.client import Answer

TITLES = {"Atelier A": "atelier-a", "Atelier B": "atelier-b", "Assemblée générale": "ag"}
"""The bookable sessions, by what the pages call them."""
DAY = ""
"""Stands for the day where a session's slug would."""

_TICKET = re.compile(r'<article class="ticket".*?</article>', re.DOTALL)
_BDI = re.compile(r"<bdi>(.*?)</bdi>", re.DOTALL)
_BOOKED = re.compile(r"<li>([^<]+) <small>")
_WAIT = re.compile(r'<section class="part stack" aria-labelledby="attente-\d+">.*?</section>', re.S)
_WAIT_HEAD = re.compile(r'<h2 id="attente-(\d+)">([^<]+)</h2>')
_POSITION = re.compile(r"Numéro <strong>(\d+)</strong>")
_JOINABLE = re.compile(r'<input type="hidden" name="session" value="([^"]+)">')
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_TAG = re.compile(r"zq\d{6}")
_ASKS = re.compile(r'href="/billet/\w+/venir">Répondre</a>')


class Wait(NamedTuple):
    """Hold where people wait: ``session`` or DAY, who, and their place, None once offered."""

    number: int
    session: str
    people: frozenset[str]
    position: int | None
    swaps: bool = False


class Offers(NamedTuple):
    """Hold what the offers' page says: the waits by number, sessions one may wait for."""

    waits: Mapping[int, Wait]
    joinable: list[str]
    token: str


def tags(text: str) -> list[str]:
    """Return the made-up words that tell the names and addresses of a text apart."""
    return _TAG.findall(text)


def tickets(page: Answer) -> dict[str, frozenset[str]]:
    """Return who has a ticket on a page, and the sessions each has booked."""
    found = {}
    for article in _TICKET.findall(page.body.decode()):
        (name,) = set(tags(" ".join(_BDI.findall(article))))
        titles = [html.unescape(title) for title in _BOOKED.findall(article)]
        found[name] = frozenset(TITLES[title] for title in titles if title in TITLES)
    return found


def asks(page: Answer) -> bool:
    """Whether a ticket's page asks if people come."""
    return _ASKS.search(page.body.decode()) is not None


def says_waits(page: Answer) -> bool:
    """Whether a ticket's page names places in a queue."""
    return b'<ul class="waits">' in page.body


def offers(page: Answer) -> Offers:
    """Return what the offers' page says."""
    text = page.body.decode()
    waits = [_wait(section) for section in _WAIT.findall(text)]
    token = _TOKEN.search(text)
    return Offers(
        {wait.number: wait for wait in waits},
        _JOINABLE.findall(text),
        token[1] if token else "",
    )


def _wait(section: str) -> Wait:
    head = _WAIT_HEAD.search(section)
    names = _BDI.search(section)
    assert head, section
    assert names, section
    position = _POSITION.search(section)
    is_offered = 'value="decline"' in section
    return Wait(
        int(head[1]),
        TITLES.get(html.unescape(head[2]), DAY),
        frozenset(tags(names[1])),
        None if is_offered else int(position[1]) if position else 1,
        'value="swap"' in section,
    )
