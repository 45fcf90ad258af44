"""Spoil a picture the way paper, screens and cheap cameras do; the same seed spoils alike."""

from collections.abc import Callable
from io import BytesIO
from random import Random

from PIL import Image, ImageFilter

Degradation = Callable[[Image.Image, Random], Image.Image]

MODULES = 37  # a version 3 code with its quiet zone


def per_module(image: Image.Image, pixels: float) -> Image.Image:
    """Bring a picture of the code alone to so many pixels per module."""
    side = round(MODULES * pixels)
    return image.resize((side, side), Image.Resampling.BOX, reducing_gap=None)


def blurred(image: Image.Image, modules: float, pixels: float = 6) -> Image.Image:
    """Blur by a radius told in modules."""
    return per_module(image, pixels).filter(ImageFilter.GaussianBlur(modules * pixels))


def rotated(image: Image.Image, degrees: float) -> Image.Image:
    """Turn the picture on a white table."""
    return image.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=255)


def noisy(image: Image.Image, random: Random, share: float) -> Image.Image:
    """Mix a share of even noise into every pixel."""
    noise = Image.frombytes("L", image.size, random.randbytes(image.width * image.height))
    return Image.blend(image, noise, share)


def jpeg(image: Image.Image, quality: int) -> Image.Image:
    """Save as JPEG and open again."""
    data = BytesIO()
    image.save(data, "JPEG", quality=quality)
    return Image.open(data).convert("L")


def contrast(image: Image.Image, dark: int, light: int) -> Image.Image:
    """Squeeze black and white to two near greys."""
    return image.point([dark + (light - dark) * value // 255 for value in range(256)])


def tilted(image: Image.Image, lean: float) -> Image.Image:
    """Lean the picture back: its far edge is seen `1 + lean` times smaller."""
    side = image.width
    middle = side / 2
    coefficients = (1 + lean, middle * lean / side, -middle * lean, 0, 1 + lean, 0, 0, lean / side)
    return image.transform(
        image.size, Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BICUBIC,
        fillcolor=255,
    )  # fmt: skip


def camera_frame(image: Image.Image, random: Random, pixels: float = 3) -> Image.Image:
    """Photograph the code from far, turned, soft, noisy, squeezed, compressed."""
    shot = rotated(per_module(image, 5), random.uniform(-30, 30))
    factor = pixels * random.uniform(0.93, 1.13) / 5
    shot = shot.resize((round(shot.width * factor), round(shot.height * factor)))
    shot = shot.filter(ImageFilter.GaussianBlur(0.8))
    return jpeg(noisy(contrast(shot, 40, 215), random, 0.15), 50)


DEGRADATIONS: dict[str, Degradation] = {
    "plain": lambda image, random: image,
    "3 pixels a module": lambda image, random: per_module(image, 3),
    "2 pixels a module": lambda image, random: per_module(image, 2),
    "blur 0.4 module": lambda image, random: blurred(image, 0.4),
    "blur 0.5 module": lambda image, random: blurred(image, 0.5),
    "turned 5–85°": lambda image, random: rotated(per_module(image, 6), random.uniform(5, 85)),
    "tilted": lambda image, random: tilted(per_module(image, 6), random.uniform(0.3, 0.5)),
    "noise 20 %": lambda image, random: noisy(per_module(image, 6), random, 0.20),
    "noise 40 %": lambda image, random: noisy(per_module(image, 6), random, 0.40),
    "JPEG quality 5": lambda image, random: jpeg(per_module(image, 5), 5),
    "greys 110 and 150": lambda image, random: contrast(per_module(image, 6), 110, 150),
    "camera frame": camera_frame,
}
