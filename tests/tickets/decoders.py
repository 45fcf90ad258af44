"""Read QR codes with two decoders that are not ours: zxing-cpp and zbar."""

from collections.abc import Callable

import zxingcpp
from PIL import Image
from pyzbar import pyzbar

QR_ONLY = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)

Decoder = Callable[[Image.Image], list[str]]


def read_with_zxing(image: Image.Image) -> list[str]:
    """Return the text of every QR code that zxing-cpp sees."""
    found = zxingcpp.read_barcodes(image, formats=QR_ONLY)
    return [barcode.text for barcode in found]


def read_with_zbar(image: Image.Image) -> list[str]:
    """Return the text of every QR code that zbar sees."""
    return [
        found.data.decode() for found in pyzbar.decode(image, symbols=[pyzbar.ZBarSymbol.QRCODE])
    ]


DECODERS: dict[str, Decoder] = {"zxing-cpp": read_with_zxing, "zbar": read_with_zbar}
