"""A message is plain text first, a simple page second, and nobody writes its headers but us."""

import re
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import html5lib
import pytest
from flask import Flask
from jinja2 import ChoiceLoader, DictLoader
from lxml import html

from conf_app import resources
from conf_app.mail.compose import Attachment, Message, NotAnAddress, address, envelope, write
from conf_app.mail.transports import FolderTransport

SITE = "https://conf.exemple"
LETTER = {
    "mail/lettre/subject.txt": "Pour {{ name }}",
    "mail/lettre/body.txt": """
Bonjour {{ name }},

Ton billet :
[Ouvrir mon billet]({{ link }})

À bientôt & bonne route.
""",
}


@pytest.fixture
def app(app: Flask) -> Flask:
    """Add a letter to the application's templates."""
    loader = app.jinja_env.loader
    assert loader is not None
    app.jinja_env.loader = ChoiceLoader([DictLoader(LETTER), loader])
    return app


def letter(app: Flask, name: str = "Camille", link: str = f"{SITE}/billet/SECRET") -> Message:
    """Write the letter to somebody."""
    with app.app_context():
        return write("lettre", site=SITE, name=name, link=link)


def sealed(message: Message, **changes: str) -> EmailMessage:
    """Put a message in its envelope, and read it as who receives it would."""
    written = envelope(
        message,
        sender=changes.get("sender", "Le collectif <conf@exemple.org>"),
        recipient=changes.get("recipient", "camille@exemple.org"),
        message_id="0123",
        date=datetime(2022, 11, 15, 11, tzinfo=UTC),
    ).as_bytes()
    assert all(len(line) <= 998 for line in written.split(b"\r\n")), "RFC 5322, 2.1.1"
    assert b"\n" not in written.replace(b"\r\n", b"")
    read = message_from_bytes(written, policy=policy.default)
    assert isinstance(read, EmailMessage)
    assert not read.defects
    return read


def lines(part: Any) -> str:
    """Return the text of a part, its lines ended as Python ends them."""
    content: str = part.get_content()
    return content.replace("\r\n", "\n")


def test_both_parts_say_the_same(app: Flask) -> None:
    email = sealed(letter(app))

    plain, page = email.iter_parts()
    assert plain.get_content_type() == "text/plain"
    assert lines(plain) == (
        "Bonjour Camille,\n\nTon billet :\nhttps://conf.exemple/billet/SECRET\n\n"
        "À bientôt & bonne route.\n"
    )
    source = lines(page)
    html5lib.HTMLParser(strict=True).parse(source)
    tree = html.fromstring(source)
    assert [p.text_content() for p in tree.cssselect("p")] == [
        "Bonjour Camille,",
        "Ton billet :\nOuvrir mon billet",
        "À bientôt & bonne route.",
    ]
    assert [a.get("href") for a in tree.cssselect("a")] == [f"{SITE}/billet/SECRET"]
    assert tree.cssselect("img, script, link, style") == []


def test_a_typed_name_is_neither_markup_nor_a_link(app: Flask) -> None:
    message = letter(app, name="<b>Zoé</b> https://ailleurs.exemple/piege")

    tree = html.fromstring(message.html)
    assert "<b>Zoé</b>" in message.text
    assert tree.cssselect("b") == []
    assert [a.get("href") for a in tree.cssselect("a")] == [f"{SITE}/billet/SECRET"]


def test_a_long_subject_is_cut_between_words(app: Flask) -> None:
    subject = letter(app, name="Camille " * 12).subject

    assert len(subject) < 60
    assert subject.endswith("Camille…")


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("Camille, jeudi 15 décembre – conférence", "Pour Camille, jeudi 15 décembre – conférence"),
        (
            "Camille, jeudi 15 décembre – 1re conférence onestla.tech",
            "Pour Camille, jeudi 15 décembre – 1re conférence…",
        ),
        (
            "Camille Martin, mercredi 15 septembre – 1re conférence onestla.tech",
            "Pour Camille Martin, mercredi 15 septembre",
        ),
        (
            "Camille Martin-Lopez, mercredi 15 septembre 2022 – 1re conférence",
            "Pour Camille Martin-Lopez, mercredi 15 septembre 2022",
        ),
    ],
)
def test_a_subject_drops_a_part_of_which_too_little_would_be_left(
    app: Flask, name: str, subject: str
) -> None:
    assert letter(app, name=name).subject == subject


def test_every_link_alone_on_its_line_says_what_it_opens() -> None:
    letters = [*resources.TEMPLATES.glob("mail/*/body.txt")]
    bare = re.compile(r"^\{\{[^}]*link \}\}\S*$", re.MULTILINE)
    assert letters
    assert [found for each in letters for found in bare.findall(each.read_text())] == []


def test_a_button_leads_nowhere_but_to_us(app: Flask) -> None:
    tree = html.fromstring(letter(app, link="https://ailleurs.exemple/piege").html)
    assert tree.cssselect("a") == []


@pytest.mark.parametrize(
    "subject", ["", "x" * 60, "a\r\nBcc: b@c.fr", "a\nb", "a\x00b", "a\u2028b"]
)
def test_a_subject_is_one_short_line(subject: str) -> None:
    with pytest.raises(ValueError, match="not a subject"):
        Message(subject, "texte")


def test_a_name_with_a_line_break_cannot_make_a_header(app: Flask) -> None:
    with pytest.raises(ValueError, match="not a subject"):
        letter(app, name="Camille\r\nBcc: tout@le.monde")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "camille",
        "@exemple.org",
        "camille@",
        "a@b.fr\r\nBcc: c@d.fr",
        "a@b.fr\x00",
        "a@exemple..org",
        "a@b.fr, c@d.fr",
        "a b@exemple.org>, <c@d.fr",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(NotAnAddress):
        address(text)


def test_addresses_are_written_as_servers_want_them() -> None:
    assert str(address("é@bücher.example")) == "é@xn--bcher-kva.example"
    assert str(address("Équipe <conf@exemple.org>")) == "Équipe <conf@exemple.org>"
    assert address('"a b"@exemple.org').addr_spec == '"a b"@exemple.org'
    assert address("o'neil+conf@exemple.org").addr_spec == "o'neil+conf@exemple.org"


def test_a_long_address_to_unsubscribe_at_stays_whole() -> None:
    address = f"https://inscriptions.{'un-collectif-' * 5}.exemple/billet/{'0' * 26}/rappels"

    read = sealed(Message("Objet", "Texte", unsubscribe=address))

    assert read["List-Unsubscribe"] == f"<{address}>"
    assert read["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_files_are_joined_as_they_are() -> None:
    files = (
        Attachment("billet.pdf", "application/pdf", b"%PDF-\x00\xff"),
        Attachment("été.ics", "text/calendar", "été\r\n".encode(), {"charset": "utf-8"}),
    )

    email = sealed(Message("Billet", "Voici.\n", "<p>Voici.</p>", files))

    joined = list(email.iter_attachments())
    assert [(f.get_filename(), f.get_content_type()) for f in joined] == [
        ("billet.pdf", "application/pdf"),
        ("été.ics", "text/calendar"),
    ]
    assert joined[0].get_payload(decode=True) == b"%PDF-\x00\xff"
    assert joined[1].get_payload(decode=True) == "été\r\n".encode()
    assert email["Content-Language"] == "fr"
    assert email["Message-ID"] == "<0123@exemple.org>"


def test_a_folder_holds_one_whole_file_a_message(tmp_path: Path) -> None:
    folder = FolderTransport(tmp_path / "courriels")
    email = envelope(
        Message("Été", "Été\n"),
        sender="conf@exemple.org",
        recipient="é@exemple.org",
        message_id="1",
        date=datetime(2022, 11, 15, tzinfo=UTC),
    )

    folder.send(email, name="20221115T110000-000001")
    folder.send(email, name="20221115T110000-000001")

    (file,) = (tmp_path / "courriels").iterdir()
    assert file.name == "20221115T110000-000001.eml"
    assert file.stat().st_mode & 0o077 == 0
    read = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert isinstance(read, EmailMessage)
    assert read["To"] == "é@exemple.org"
    assert lines(read) == "Été\n"
