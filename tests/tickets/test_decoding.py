"""Tickets are read, in every medium and however spoilt, by two decoders that are not ours."""

from dataclasses import replace
from io import BytesIO
from random import Random
from typing import Literal, cast

import pytest
from PIL import Image
from playwright.sync_api import Browser
from qrcode.constants import ERROR_CORRECT_M
from qrcode.image.base import BaseImage
from qrcode.main import QRCode

from conf_app.tickets import pdf, qr
from tests.tickets.decoders import DECODERS
from tests.tickets.decoding_table import RecordProperty, record_row
from tests.tickets.degradations import DEGRADATIONS, Degradation, camera_frame
from tests.tickets.printed import printed
from tests.tickets.samples import TICKET, some_urls

URLS = some_urls(20)

# The least number of the twenty that zxing-cpp and zbar must read; elsewhere they read them all.
# A zero only shows where a decoder gives up: noise is zbar's weakness, blur is everybody's.
LIMITS = {
    "blur 0.5 module": (8, 0),
    "noise 40 %": (18, 0),
    "camera frame": (17, 17),
}


def pictures(medium: str, browser: Browser) -> list[Image.Image]:
    """Return a picture of each ticket's code, quiet zone included, as that medium shows it."""
    match medium:
        case "PNG":
            return [Image.open(BytesIO(qr.png(url))).convert("L") for url in URLS]
        case "SVG, light":
            return screenshots(browser, "light")
        case "SVG, dark":
            return screenshots(browser, "dark")
        case _:
            tickets = [replace(TICKET, code_url=url) for url in URLS]
            return [printed(pdf.ticket_pdf([ticket])).code_picture for ticket in tickets]


def screenshots(browser: Browser, scheme: Literal["light", "dark"]) -> list[Image.Image]:
    """Draw the SVG on a page whose colours follow the reader's wish."""
    colours = ":root{color-scheme:light dark;background:light-dark(#fbf7ef,#14110e)}"
    drawings = "".join(qr.svg(url, title="Billet") for url in URLS)
    page = browser.new_page(color_scheme=scheme)
    page.set_content(f"<style>{colours} svg{{width:240px;display:block}}</style>{drawings}")
    shots = [
        Image.open(BytesIO(svg.screenshot())).convert("L") for svg in page.locator("svg").all()
    ]
    page.close()
    return shots


def read(spoilt: list[Image.Image], urls: list[str]) -> tuple[int, int]:
    """Count the codes that each decoder reads without a fault."""
    zxing, zbar = (
        sum(decode(image) == [url] for image, url in zip(spoilt, urls, strict=True))
        for decode in DECODERS.values()
    )
    return zxing, zbar


def spoil(pictures: list[Image.Image], degradation: Degradation) -> list[Image.Image]:
    """Spoil each picture with its own seed."""
    return [degradation(picture, Random(seed)) for seed, picture in enumerate(pictures)]


@pytest.mark.parametrize("medium", ["PNG", "SVG, light", "SVG, dark", "PDF page"])
def test_both_decoders_read_the_tickets(
    medium: str, chromium: Browser, record_property: RecordProperty
) -> None:
    """All of them when plain; as many as the limits say when spoilt."""
    clean = pictures(medium, chromium)
    short = []
    for state, degradation in DEGRADATIONS.items():
        counts = read(spoil(clean, degradation), URLS)
        record_row(record_property, medium, state, *(f"{count}/{len(URLS)}" for count in counts))
        limits = LIMITS.get(state, (len(URLS), len(URLS)))
        if any(count < limit for count, limit in zip(counts, limits, strict=True)):
            short.append((state, counts, limits))
    assert short == []


def test_the_fixed_mask_is_read_as_well_as_the_best_one(record_property: RecordProperty) -> None:
    """In camera frames so poor that about half of them are read."""
    urls = some_urls(150)
    drawings = {
        "our fixed mask": [qr.matrix(url) for url in urls],
        "best of 8 masks": [best_mask(url) for url in urls],
    }
    total = {}
    for state, matrices in drawings.items():
        poor = spoil(
            [raster(matrix) for matrix in matrices],
            lambda picture, random: camera_frame(picture, random, pixels=2.55),
        )
        counts = read(poor, urls)
        record_row(record_property, "masks", state, *(f"{count}/{len(urls)}" for count in counts))
        total[state] = sum(counts)
    assert total["our fixed mask"] >= total["best of 8 masks"] - 0.1 * 2 * len(urls)


def best_mask(url: str) -> qr.Matrix:
    """Draw the code as the library does by itself."""
    code = QRCode[BaseImage](error_correction=ERROR_CORRECT_M)
    code.add_data(url)
    code.make()
    return cast("qr.Matrix", code.modules)


def raster(matrix: qr.Matrix) -> Image.Image:
    """Draw one pixel per module, quiet zone included."""
    side = len(matrix)
    picture = Image.new("L", (side + 8, side + 8), 255)
    dots = Image.frombytes(
        "L", (side, side), bytes(0 if dark else 255 for row in matrix for dark in row)
    )
    picture.paste(dots, (4, 4))
    return picture
