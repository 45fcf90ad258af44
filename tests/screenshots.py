"""Take the README's pictures from the running site: `make screenshots`.

No test by its name, so that only whoever asks for the pictures makes them. The clock, the people
and the codes are given: the same pages make the same pictures.
"""

import dataclasses
import io
import unicodedata
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page
from sqlalchemy import select
from sqlalchemy.orm import Session

from conf_app import codes, resources
from conf_app.codes import Reference, Seed
from conf_app.database import transaction
from conf_app.programme.importing import import_events
from conf_app.programme.models import Event
from conf_app.programme.reading import read
from conf_app.registration import actions
from conf_app.registration.models import Registration
from conf_app.web.context import settings
from tests.browser import ON_SQLITE, Live, OpenWindow
from tests.conftest import TestClock
from tests.events import paris
from tests.people import register
from tests.team import link_of, organiser, pass_token, ticket_of, volunteer

pytestmark = ON_SQLITE

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "images"
HEAVIEST = 120_000
PHONE = (375, 800)
DESK = (1200, 820)
COLOURS = 48
GAP = 48
BOTTOM = "((one) => document.querySelector(one).getBoundingClientRect().bottom + scrollY)"

EVENT = "conf-2022"
ASSEMBLY = ("ag",)
NAMES = (
    *("Ada", "Basile", "Camille", "Dounia", "Eliott", "Fanta", "Gaël", "Hermine", "Ismaël"),
    *("Jeanne", "Karim", "Lou", "Maïa", "Noé", "Ophélie", "Paul", "Quitterie", "Rosa", "Sacha"),
    *("Tom", "Ulysse", "Violette", "Walid", "Xavière", "Yaël", "Zélie"),
)


@pytest.fixture
def people(live: Live) -> list[Registration]:
    """Bring in the shipped programme and its first people."""
    live.app.extensions["conf_app.settings"] = dataclasses.replace(
        live.app.extensions["conf_app.settings"], public_url="https://conf.exemple"
    )
    with live.app.app_context(), transaction() as session:
        for path in sorted(resources.SHIPPED.glob("*.toml")):
            document = read(path.read_bytes(), path.name)
            import_events(session, document, now=live.clock(), booked=lambda _: 0)
        event = session.scalars(select(Event).where(Event.slug == EVENT)).one()
        found = [person(session, live.clock, event, *each) for each in enumerate(NAMES)]
        session.flush()
        for each in found:
            session.refresh(each, ["party"])  # each who comes later has those before read anew
        session.expunge_all()
    return found


def person(
    session: Session, clock: TestClock, event: Event, number: int, name: str
) -> Registration:
    """Register somebody, with codes that are the same each time."""
    clock.advance(minutes=7)
    made = register(
        session,
        event,
        name,
        settings=settings(),
        email=f"{plain(name)}@exemple.org" if number % 4 else None,
        sessions=ASSEMBLY if number % 2 else (),
        now=clock(),
    )
    key = settings().ticket_keys[made.key_number]
    made.ticket_seed, made.party.manage_seed = (Seed(bytes([number, kind] * 8)) for kind in (1, 2))
    made.ticket_hash = codes.digest(codes.ticket_code(key, made.ticket_seed))
    made.party.manage_hash = codes.digest(codes.manage_token(key, Seed(made.party.manage_seed)))
    made.reference = reference(number)
    return made


def plain(name: str) -> str:
    """Return a name in small letters without accents, as addresses have it."""
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()


def reference(number: int) -> Reference:
    """Return one valid reference a number: the check symbol is the one that fits."""
    symbols = codes.encode(0x2A1F3C5B ^ (number * 0x01F35D2B), codes.REFERENCE_LENGTH - 1)
    for last in codes.ALPHABET:
        try:
            return codes.parse_reference(symbols + last)
        except codes.NotACode:
            continue
    raise AssertionError("no check symbol fits")


def shot(page: Page) -> Image.Image:
    """Take what the window shows once nothing moves any more."""
    page.wait_for_load_state("networkidle")
    taken = page.screenshot(animations="disabled", caret="hide")
    return Image.open(io.BytesIO(taken)).convert("RGB")


def save(picture: Image.Image, name: str) -> None:
    """Write a picture in few colours, and see that it stays light."""
    path = FOLDER / name
    FOLDER.mkdir(parents=True, exist_ok=True)
    few = picture.quantize(COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(path, optimize=True)
    assert path.stat().st_size < HEAVIEST, f"{name}: {path.stat().st_size} bytes"


def side_by_side(*pictures: Image.Image) -> Image.Image:
    """Put pictures of one height in a row, a hairline around each."""
    width = sum(each.width for each in pictures) + GAP * (len(pictures) - 1)
    row = Image.new("RGB", (width + 2, pictures[0].height + 2), "white")
    left = 1
    for each in pictures:
        row.paste("#ddd3c3", (left - 1, 0, left + each.width + 1, each.height + 2))
        row.paste(each, (left, 1))
        left += each.width + GAP
    return row


def test_home(open_window: OpenWindow, people: list[Registration]) -> None:
    save(shot(open_window("/", size=DESK)), "accueil.png")


def test_phones(live: Live, open_window: OpenWindow, people: list[Registration]) -> None:
    zelie = people[-1]
    with live.app.app_context():
        link, ticket = f"/billet/{link_of(zelie)}", f"/B/{ticket_of(zelie)}"
    live.clock.moment = paris(10, 42)
    access = f"/entree/acces/{pass_token(live.app, live.clock, event=EVENT)}"
    phone = {"size": PHONE, "device_scale_factor": 2}

    door = open_window(access, **phone)
    door.get_by_role("button").first.click()
    door.goto(ticket)
    door.get_by_role("button", name="Faire entrer").click()
    verdict = shot(door)

    stub = open_window(link, **phone)
    stub.evaluate("scrollTo(0, document.querySelector('.ticket').offsetTop - 16)")

    live.clock.moment = paris(13, 45)
    programme = open_window(f"/e/{EVENT}/programme", **phone)
    programme.evaluate(f"scrollTo(0, {BOTTOM}('.now') - innerHeight + 130)")

    save(side_by_side(shot(programme), shot(stub), verdict), "telephones.png")


def test_list(live: Live, open_window: OpenWindow, people: list[Registration]) -> None:
    with live.app.app_context():
        with transaction() as session:
            actions.cancel(session, [session.get_one(Registration, people[3].id)], now=live.clock())
        tickets = [f"/B/{ticket_of(each)}" for each in people[-9:]]
    door = volunteer(live.app, live.clock, event=EVENT)
    for ticket in tickets[::2]:
        door.get(ticket).submit()
        live.clock.advance(minutes=1)
    alix = organiser(live.app, live.clock)
    cookie = alix.client.get_cookie("conf")
    assert cookie is not None

    page = open_window(size=DESK)
    page.context.add_cookies([{"name": "conf", "value": cookie.value, "url": live.url}])
    page.goto(f"/orga/e/{EVENT}/inscriptions")
    page.evaluate("scrollTo(0, document.querySelector('.counts').offsetTop - 24)")
    save(shot(page), "orga.png")
