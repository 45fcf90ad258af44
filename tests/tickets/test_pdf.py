"""A printed ticket is one tagged page that says everything, whatever people are called."""

import re
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from conf_app.tickets.pdf import ticket_pdf
from tests.tickets.printed import printed
from tests.tickets.samples import LONG_TICKET, TICKET

MARGIN = 28  # points, one centimetre: what home printers leave white


def words(text: str) -> str:
    """Undo the lines of a page."""
    return " ".join(text.replace("\u200b", "").replace("\u00a0", " ").split())


def letters(text: str) -> str:
    """Keep what is printed, without spaces: lines may be cut anywhere."""
    return words(text).replace(" ", "")


def test_the_ticket_says_everything() -> None:
    """What, who, when, where, what is booked, what to do, until when the data is kept."""
    text = words(printed(ticket_pdf([TICKET])).text)
    for said in (
        "1re conférence onestla.tech",
        "Mettre la technologie au service du bien commun",
        "Zélie",
        "jeudi 15 décembre 2022",
        "de 11 h à 17 h 30",
        "Cité des sciences et de l’industrie",
        "30 avenue Corentin-Cariou, 75019 Paris",
        "17 h 05 – 18 h · Agora",
        "Assemblée générale du collectif",
        "K7Q-F2M-X",
        "conf.onestla.tech",
        "Tes informations seront effacées le 15 janvier 2023.",
    ):
        assert said in text


def test_the_pdf_is_tagged_in_french_and_conforms_to_pdf_ua() -> None:
    """ISO 14289-1 asks for a title, a language and tags."""
    data = ticket_pdf([TICKET])
    page = printed(data)
    assert page.tagged
    assert page.title == "Billet – 1re conférence onestla.tech"
    assert b"<pdfuaid:part>1</pdfuaid:part>" in data
    assert b"<dc:language><rdf:Bag><rdf:li>fr-FR</rdf:li>" in data


def test_the_code_is_at_least_40_millimetres_wide_without_its_quiet_zone() -> None:
    """Even on a page made smaller to hold everything."""
    for ticket in (TICKET, LONG_TICKET):
        assert printed(ticket_pdf([ticket])).code_side * 29 / 37 >= 40


@pytest.mark.parametrize(("rehearsal", "times"), [(False, 0), (True, 2)])
def test_a_rehearsal_is_marked_on_both_parts(rehearsal: bool, times: int) -> None:
    """The stub may be torn off."""
    text = printed(ticket_pdf([replace(TICKET, rehearsal=rehearsal)])).text
    assert text.count("RÉPÉTITION") == times


def test_the_longest_ticket_stays_on_its_page() -> None:
    """Names of 80 letters, eight sessions, long titles: nothing is cut, nothing overflows."""
    page = printed(ticket_pdf([LONG_TICKET]))
    assert page.pages == 1
    assert letters(page.text).count("W" * 80) == 1
    assert letters(page.text).count(letters(LONG_TICKET.sessions[0].title)) == 8
    assert "Tes informations seront effacées" in words(page.text)
    width, height = page.size
    for left, bottom, right, top in page.boxes:
        assert left >= MARGIN
        assert bottom >= MARGIN
        assert right <= width - MARGIN
        assert top <= height - MARGIN


@pytest.mark.parametrize(
    "name",
    [
        '#panic("non")',
        "*a* _b_ $x$ `c`",
        "<label> @ref [d] {e}",
        "= titre // non /* non */",
        r"\u{41} \ \\ ~ -- ---",
        "\"guillemets\" 'simples'",
        "#read(sys.inputs.ticket)",
        "https://example.org/a",
    ],
)
def test_what_people_type_is_printed_as_typed(name: str) -> None:
    """In every field: typst runs markup, and people's words are none."""
    ticket = replace(TICKET, name=name, tagline=name, event_title=name, venue=name, purge_date=name)
    assert letters(printed(ticket_pdf([ticket])).text).count(letters(name)) == 5


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Łucja Ñandú ẞ", "Łucja Ñandú ẞ"),
        ("Ζωή Жанна", "Ζωή Жанна"),
        ("Zoé 🌸", "Zoé"),
        ("李雷", ""),  # drawn where the machine has a font for it
        ("tab\tnul\0fin\ue000\ufffe\ud800", "tabnulfin"),
        ("\u202eeilé\u202cZ", "eiléZ"),
        ("", "BILLET"),
    ],
)
def test_a_name_in_any_script_gets_its_ticket(name: str, shown: str) -> None:
    """A letter that no font has costs conformity to PDF/UA, never the ticket."""
    page = printed(ticket_pdf([replace(TICKET, name=name)]))
    assert page.pages == 1
    assert letters(shown) in letters(page.text)


def test_a_ticket_without_optional_facts_is_whole() -> None:
    """An online meeting has no address, a meetup no session."""
    bare = replace(TICKET, tagline="", address="", sessions=(), purge_date="")
    page = printed(ticket_pdf([bare]))
    assert page.pages == 1
    assert "effacées" not in page.text
    assert "Réservé" not in page.text


def test_typst_takes_no_memory_of_the_process_that_asks() -> None:
    """It keeps for good what it once read: a web worker would grow by 40 MB."""
    assert ticket_pdf([TICKET])
    assert "typst" not in sys.modules


def test_a_ticket_is_set_in_our_own_sans_and_mono() -> None:
    """The fonts come with the build; without them typst would quietly take a serif."""
    fonts = set(re.findall(rb"/FontName/[A-Z]{6}\+([\w-]+)", ticket_pdf([TICKET])))
    assert fonts == {
        b"DejaVuSansMono",
        b"DejaVuSansMono-Bold",
        b"Inter-Regular",
        b"Inter-Bold",
        b"Inter-ExtraBold",
    }


def test_the_same_ticket_gives_the_same_bytes_from_many_threads() -> None:
    """Nothing of one ticket leaks into another made at the same moment."""
    tickets = [[replace(TICKET, name=f"Personne {number}")] for number in range(24)]
    alone = [ticket_pdf(ticket) for ticket in tickets]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ticket_pdf, tickets)) == alone
