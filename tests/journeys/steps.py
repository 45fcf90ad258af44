"""What people do in a journey: fill the form, read their letters, show a ticket at the door."""

import io
import re
from collections.abc import Collection, Mapping
from email.message import EmailMessage

import zxingcpp
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from conf_app.settings import Settings
from tests.browser import Live
from tests.registration.test_messages import delivered, text_of

FORM = "/e/conf/inscription"


def come(
    page: Page,
    *names: str,
    email: str = "",
    sessions: Mapping[str, Collection[str]] | None = None,
    full: bool = False,
) -> None:
    """Register people together; where the day is ``full``, in its queue.

    ``sessions`` holds the titles of those that each person, by name, books.
    """
    wanted = sessions or {}
    page.goto(FORM)
    for number, name in enumerate(names, 1):
        if number > 1:
            page.get_by_role("button", name="Ajouter une personne").click()
        alone = page.get_by_role("main")
        person = page.get_by_role("group", name=f"Personne {number}") if number > 1 else alone
        person.get_by_label("Nom ou pseudonyme").first.fill(name)
        for title in wanted.get(name, ()):
            person.get_by_role("checkbox", name=re.compile(title)).first.check()
    page.get_by_label("Adresse e-mail").fill(email)
    page.get_by_role("checkbox", name=re.compile("J’accepte")).check()
    who = "Nous inscrire" if len(names) > 1 else "M’inscrire"
    page.get_by_role("button", name=f"{who} sur la liste" if full else who).click()
    tickets = names[0] if len(names) == 1 else f"{len(names)} billets"
    expect_title(page, "Liste d’attente" if full else tickets)


def expect_title(page: Page, words: str) -> None:
    """Expect the page to be headed so."""
    expect(page.get_by_role("heading", level=1)).to_have_text(words)


def ticket_of(page: Page, name: str) -> Locator:
    """Return somebody's ticket on the page of a party."""
    return page.get_by_role("article", name=name)


def scan(ticket: Locator) -> str:
    """Read the QR of a ticket, as a phone's camera does; return its path."""
    picture = Image.open(io.BytesIO(ticket.locator(".stub svg").screenshot(scale="css")))
    (read,) = zxingcpp.read_barcodes(picture)
    return "/" + read.text.partition("//")[2].partition("/")[2]


def cancel(page: Page) -> None:
    """Cancel from the ticket of one person, saying yes twice."""
    page.get_by_role("link", name="Annuler mon inscription").click()
    page.get_by_role("button", name="Oui, annuler").click()
    expect_title(page, "Inscription annulée")


def house(live: Live) -> Settings:
    """Return the settings of the site."""
    settings: Settings = live.app.extensions["conf_app.settings"]
    return settings


def letters(live: Live, recipient: str) -> list[EmailMessage]:
    """Let the worker do what is due; return the letters that an address has had so far."""
    jobs = {job.name: job for job in live.app.extensions["conf_app.jobs"]}
    for name in ("offres", "rappels", "billets perdus"):
        with live.app.app_context():
            jobs[name].run(live.clock(), lambda: False)
    return [mail for mail in delivered(live.app, house(live)) if mail["To"] == recipient]


def link_in(letter: EmailMessage, end: str = "") -> str:
    """Return the first secret link of a letter that ends so."""
    found = re.search(rf"https?://\S+/billet/\w+{end}(?=\s)", text_of(letter))
    assert found, text_of(letter)
    return found[0]
