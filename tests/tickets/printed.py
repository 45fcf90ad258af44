"""Look at a printed ticket with PDFium, a renderer that is not ours."""

from dataclasses import dataclass

import pypdfium2
from PIL import Image

DPI = 150
MILLIMETRE = 72 / 25.4


@dataclass(frozen=True)
class Printed:
    """Hold what a reader of the PDF gets."""

    pages: int
    text: str
    picture: Image.Image
    code: tuple[float, float, float, float]

    @property
    def code_picture(self) -> Image.Image:
        """Cut the code out of the page, quiet zone included."""
        scale = DPI / 72
        left, bottom, right, top = (round(edge * scale) for edge in self.code)
        return self.picture.crop(
            (left, self.picture.height - top, right, self.picture.height - bottom)
        )

    @property
    def code_side(self) -> float:
        """Return the side of the code and its quiet zone, in millimetres."""
        return (self.code[2] - self.code[0]) / MILLIMETRE


def printed(data: bytes) -> Printed:
    """Render the first page and read its text."""
    with pypdfium2.PdfDocument(data) as document:
        page = document[0]
        squares = [
            bounds
            for drawn in page.get_objects()
            if (bounds := drawn.get_bounds())
            and abs((bounds[2] - bounds[0]) - (bounds[3] - bounds[1])) < 0.1
        ]
        return Printed(
            pages=len(document),
            text=page.get_textpage().get_text_range(),
            picture=page.render(scale=DPI / 72).to_pil().convert("L"),
            code=max(squares, key=lambda square: square[2] - square[0]),
        )
