"""Read QR codes with two decoders that are not ours: zxing-cpp and zbar."""

import fcntl
import importlib
import os
import subprocess
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import zxingcpp
from PIL import Image

Decoder = Callable[[Image.Image], list[str]]


def read_with_zxing(image: Image.Image) -> list[str]:
    """Return the text of every QR code that zxing-cpp sees."""
    found = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode)
    return [barcode.text for barcode in found]


def read_with_zbar(image: Image.Image) -> list[str]:
    """Return the text of every QR code that zbar sees."""
    zbar = _zbar()
    return [found.data.decode() for found in zbar.decode(image, symbols=[zbar.ZBarSymbol.QRCODE])]


DECODERS: dict[str, Decoder] = {"zxing-cpp": read_with_zxing, "zbar": read_with_zbar}


@cache
def _zbar() -> Any:
    """Import pyzbar, after installing the library that its Linux wheel does not hold."""
    with (Path(tempfile.gettempdir()) / f"conf-app-libzbar0-{os.getuid()}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # parallel test workers come here together
        try:
            return importlib.import_module("pyzbar.pyzbar")
        except ImportError:
            _install_zbar()
        return importlib.import_module("pyzbar.pyzbar")


def _install_zbar() -> None:
    if os.getuid() != 0 or not Path("/etc/debian_version").exists():
        raise RuntimeError(
            "The tests read tickets with zbar, whose system library is missing. Install it: "
            "apt install libzbar0 (Debian, Ubuntu), dnf install zbar (Fedora), "
            "pacman -S zbar (Arch), brew install zbar (macOS)."
        )
    for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "libzbar0"]):
        subprocess.run(
            command, check=True, stdout=subprocess.DEVNULL,
            env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
        )  # fmt: skip
