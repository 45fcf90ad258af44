"""Make the film that Chromium's fake camera plays: codes on a sheet, held before the lens."""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from PIL import Image

from conf_app.tickets import qr

SIZE = (640, 480)
RATE = 30  # frames a second: what Chromium plays .mjpeg at
MODULE = 7  # px

Shot = tuple[str | None, float]
"""What is held before the camera, and for how many seconds."""


def shoot(path: Path, shots: Sequence[Shot]) -> Path:
    """Write the shots one after another as Motion JPEG; the camera plays them again and again."""
    with path.open("wb") as film:
        for text, seconds in shots:
            film.write(_frame(text) * round(seconds * RATE))
    return path


def picture(text: str, module: int = MODULE) -> Image.Image:
    """Draw a code with its quiet zone."""
    modules = qr.matrix(text)
    side = len(modules) + 2 * qr.QUIET_ZONE
    image = Image.new("L", (side, side), 255)
    for y, row in enumerate(modules, qr.QUIET_ZONE):
        for x, dark in enumerate(row, qr.QUIET_ZONE):
            if dark:
                image.putpixel((x, y), 0)
    return image.resize((side * module, side * module), Image.Resampling.NEAREST)


def _frame(text: str | None) -> bytes:
    frame = Image.new("L", SIZE, 120)
    if text is not None:
        code = picture(text)
        frame.paste(code, ((SIZE[0] - code.width) // 2, (SIZE[1] - code.height) // 2))
    data = BytesIO()
    frame.convert("RGB").save(data, "JPEG", quality=80)
    return data.getvalue()
