"""Draw a ticket's address as a QR code (ISO/IEC 18004), as SVG or PNG, always black on white."""

import hashlib
import html
import re
import struct
import zlib
from functools import lru_cache
from typing import Literal, cast
from urllib.parse import urlsplit

from markupsafe import Markup
from qrcode import util
from qrcode.constants import ERROR_CORRECT_M
from qrcode.image.base import BaseImage
from qrcode.main import QRCode

from conf_app.codes import TicketCode

QUIET_ZONE = 4
PNG_WIDTH = 1000

# Trying the eight masks takes most of the library's time; over codes that are random bits any one
# is read as well as the best (tests/tickets/test_decoding.py measures it).
_MASK = 2

_RUN = re.compile(b"\x01+")

Matrix = list[list[bool]]


def ticket_url(public_url: str, code: TicketCode) -> str:
    """Return what the QR holds: `HTTPS://HOST/B/CODE`, whose capitals take the short mode."""
    site = urlsplit(public_url)
    if site.scheme not in ("http", "https") or not site.hostname or site.path.strip("/"):
        raise ValueError(f"not the address of a whole site: {public_url!r}")
    return f"{site.scheme}://{site.netloc}/B/{code}".upper()


def matrix(url: str) -> Matrix:
    """Return the rows of modules, dark ones true, without the quiet zone."""
    data = util.QRData(url)
    qr = QRCode[BaseImage](
        version=_version(data.mode, len(data)),
        error_correction=ERROR_CORRECT_M,
        mask_pattern=_MASK,
    )
    qr.add_data(data)
    qr.make(fit=False)
    return cast("Matrix", qr.modules)


@lru_cache
def _version(mode: Literal[1, 2, 4], length: int) -> int:
    sample = QRCode[BaseImage](error_correction=ERROR_CORRECT_M)
    sample.add_data(util.QRData(b"A" * length, mode=mode))
    return sample.best_fit()


def svg(url: str, *, title: str) -> Markup:
    """Return the code as an SVG picture with a text alternative, for a page or a file.

    It has no size of its own: the page's style, or the reader's window, gives it one.
    """
    modules = matrix(url)
    side = len(modules) + 2 * QUIET_ZONE
    name = f"qr-{hashlib.sha256(url.encode()).hexdigest()[:8]}"
    return Markup(  # noqa: S704  # our own; the title is escaped
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" role="img" '
        f'aria-labelledby="{name}" shape-rendering="crispEdges">'
        f'<title id="{name}">{html.escape(title, quote=False)}</title>'
        f'<path fill="#fff" d="M0 0h{side}v{side}H0z"/>'
        f'<path d="{_path(modules)}"/></svg>'
    )


def _path(modules: Matrix) -> str:
    """Draw each run of dark modules as one rectangle."""
    return "".join(
        f"M{run.start() + QUIET_ZONE} {y}h{(length := run.end() - run.start())}v1h-{length}z"
        for y, row in enumerate(modules, QUIET_ZONE)
        for run in _RUN.finditer(bytes(row))
    )


def png(url: str, *, scale: int | None = None) -> bytes:
    """Return the code as a one-bit PNG (ISO/IEC 15948) of whole pixels per module.

    Without a scale it is the smallest picture at least 1000 pixels wide.
    """
    modules = matrix(url)
    side = len(modules) + 2 * QUIET_ZONE
    if scale is None:
        scale = -(-PNG_WIDTH // side)
    width = side * scale
    light = [False] * QUIET_ZONE
    blank = [[False] * side] * QUIET_ZONE
    rows = [*blank, *([*light, *row, *light] for row in modules), *blank]
    pixels = b"".join(_scanline(row, scale) * scale for row in rows)
    header = struct.pack(">IIBBBBB", width, width, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(pixels, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _scanline(row: list[bool], scale: int) -> bytes:
    """Return one line of pixels: its filter type (0: none), then one bit a pixel, set for white."""
    bits = "".join(("0" if dark else "1") * scale for dark in row)
    size = -(-len(bits) // 8)
    return b"\0" + int(bits.ljust(8 * size, "1"), 2).to_bytes(size)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
