"""Look at a printed ticket with PDFium, a renderer that is not ours."""

from dataclasses import dataclass

import pypdfium2  # type: ignore[import-untyped]  # it ships no types
from PIL import Image

DPI = 150
MILLIMETRE = 72 / 25.4


Box = tuple[float, float, float, float]
"""Left, bottom, right, top, in points."""


@dataclass(frozen=True)
class Printed:
    """Hold what a reader of the PDF gets from its first page."""

    pages: int
    title: str
    tagged: bool
    text: str
    picture: Image.Image
    size: tuple[float, float]
    boxes: list[Box]

    @property
    def code(self) -> Box:
        """Return the largest square drawn: the QR code with its quiet zone."""
        squares = [box for box in self.boxes if abs(box[2] - box[0] - box[3] + box[1]) < 0.1]
        return max(squares, key=lambda box: box[2] - box[0])

    @property
    def code_picture(self) -> Image.Image:
        """Cut the code out of the page, quiet zone included."""
        left, bottom, right, top = (round(edge * DPI / 72) for edge in self.code)
        height = self.picture.height
        return self.picture.crop((left, height - top, right, height - bottom))

    @property
    def code_side(self) -> float:
        """Return the side of the code and its quiet zone, in millimetres."""
        return (self.code[2] - self.code[0]) / MILLIMETRE


def printed(data: bytes) -> Printed:
    """Open a PDF, read and render its first page."""
    with pypdfium2.PdfDocument(data) as document:
        page = document[0]
        return Printed(
            pages=len(document),
            title=document.get_metadata_value("Title"),
            tagged=document.is_tagged(),
            text=page.get_textpage().get_text_range(),
            picture=page.render(scale=DPI / 72).to_pil().convert("L"),
            size=page.get_size(),
            boxes=[drawn.get_bounds() for drawn in page.get_objects()],
        )
