"""Compare the decoders a browser could have, on frames as a camera at a door gets them."""

import json
import secrets
import statistics
import subprocess
from collections.abc import Callable
from pathlib import Path
from random import Random

from PIL import Image, ImageDraw, ImageFilter

from conf_app import codes
from conf_app.codes import Seed
from conf_app.tickets import qr
from hatch_build import find_node
from tests.bench.figures import Figure
from tests.door.film import picture
from tests.load.site import ROOT

SIZE = (960, 720)
TIMES = 20
"""How many frames of each state."""

Frame = Callable[[Image.Image, Random], Image.Image]


def _held(code: Image.Image, random: Random, *, angle: float = 0) -> Image.Image:
    """Hold a sheet with a code before the lens, not quite in the middle."""
    frame = Image.new("L", SIZE, 96)
    turned = code.rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
    x, y = SIZE[0] - turned.width, SIZE[1] - turned.height
    frame.paste(turned, (random.randint(x // 3, 2 * x // 3), random.randint(y // 3, 2 * y // 3)))
    return _noisy(frame, random, 0.05)


def _noisy(frame: Image.Image, random: Random, share: float) -> Image.Image:
    noise = Image.frombytes("L", frame.size, random.randbytes(frame.width * frame.height))
    return Image.blend(frame, noise, share)


def _scaled(code: Image.Image, pixels: float) -> Image.Image:
    """Bring a code of 8 px a module to so many."""
    side = round(code.width * pixels / 8)
    return code.resize((side, side), Image.Resampling.BOX)


def _soft(frame: Image.Image, radius: float) -> Image.Image:
    """Miss the focus."""
    return frame.filter(ImageFilter.GaussianBlur(radius))


def _moved(frame: Image.Image, way: float) -> Image.Image:
    """Shake: everything is smeared sideways."""
    return frame.filter(ImageFilter.BoxBlur((way, 0)))


def _glare(frame: Image.Image, random: Random) -> Image.Image:
    """Let a lamp shine on part of the sheet."""
    light = Image.new("L", SIZE, 0)
    x, y = random.randint(330, 630), random.randint(240, 480)
    ImageDraw.Draw(light).ellipse((x - 115, y - 70, x + 115, y + 70), fill=245)
    light = light.filter(ImageFilter.GaussianBlur(35))
    return Image.composite(Image.new("L", SIZE, 255), frame, light)


def _dim(frame: Image.Image, random: Random) -> Image.Image:
    """Stand in a dark corridor: little light, much noise."""
    return _noisy(frame.point([round(30 + each * 0.16) for each in range(256)]), random, 0.2)


def _barred(frame: Image.Image, _random: Random) -> Image.Image:
    """See a screen whose lines flicker against the shutter: dark bars across."""
    bars = Image.new("L", SIZE, 0)
    draw = ImageDraw.Draw(bars)
    for y in range(0, SIZE[1], 48):
        draw.rectangle((0, y, SIZE[0], y + 16), fill=150)
    bars = bars.filter(ImageFilter.GaussianBlur(4))
    return Image.composite(Image.new("L", SIZE, 20), frame, bars)


STATES: dict[str, Frame] = {
    "near": lambda code, random: _held(_scaled(code, 10), random),
    "arm's length": lambda code, random: _held(_scaled(code, 5), random),
    "far": lambda code, random: _held(_scaled(code, 2.5), random),
    "very far": lambda code, random: _held(_scaled(code, 1.4), random),
    "soft": lambda code, random: _soft(_held(_scaled(code, 6), random), 2.8),
    "moved": lambda code, random: _moved(_held(_scaled(code, 6), random), 4.5),
    "turned": lambda code, random: _held(_scaled(code, 6), random, angle=random.uniform(5, 85)),
    "glare": lambda code, random: _glare(_held(_scaled(code, 8), random), random),
    "dim": lambda code, random: _dim(_held(_scaled(code, 6), random), random),
    "bars": lambda code, random: _barred(_held(_scaled(code, 7), random), random),
}  # fmt: skip


def compare(folder: Path) -> list[Figure]:
    """Return for each state how many frames ``qr``, which is shipped, and zxing-wasm read."""
    random, frames = Random(2022), []
    folder = folder / "frames"
    folder.mkdir()
    for state, make in STATES.items():
        for number in range(TIMES):
            code = codes.ticket_code(bytes(32), Seed(random.randbytes(16)))
            text = qr.ticket_url("https://conf.exemple.org", code)
            file = f"{secrets.token_hex(4)}-{number}.rgba"
            (folder / file).write_bytes(make(picture(text, 8), random).convert("RGBA").tobytes())
            frames.append({"state": state, "file": file, "text": text})
    width, height = SIZE
    told = {"width": width, "height": height, "frames": frames}
    (folder / "frames.json").write_text(json.dumps(told))
    script = ROOT / "tests" / "bench" / "decoders.mjs"
    answer = subprocess.run(
        [str(find_node()), str(script), str(folder)], capture_output=True, check=True
    )
    return [_figure(state, read) for state, read in json.loads(answer.stdout).items()]


def _figure(state: str, read: dict[str, list[tuple[bool, float]]]) -> Figure:
    def told(name: str) -> str:
        right = sum(fine for fine, _ in read[name])
        return f"{right}/{TIMES}, {statistics.median(took for _, took in read[name]):.0f} ms"

    share = sum(fine for fine, _ in read["qr"]) / TIMES
    detail = f"qr {told('qr')}; zxing-wasm {told('zxing-wasm')}"
    return Figure(f"frames read: {state}", share, " by qr", None, detail)
