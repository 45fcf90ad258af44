"""Find what the tests need from the machine itself, and install it where that can be done.

Run as a script before the tests; the browser tests ask `find_chromium` for the program.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from ctypes.util import find_library
from typing import NamedTuple

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class Need(NamedTuple):
    """Name one thing that no Python or npm package brings."""

    what: str
    find: Callable[[], str | None]
    debian_package: str
    otherwise: str


def find_chromium() -> str | None:
    """Find Chromium: the program that CHROMIUM names, else a usual name on PATH."""
    if chosen := os.environ.get("CHROMIUM"):
        return shutil.which(chosen)
    return next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


NEEDS = [
    Need(
        what="Chromium",
        find=find_chromium,
        debian_package="chromium",
        otherwise="install Chromium or Google Chrome, or set CHROMIUM to its program",
    ),
    Need(
        what="zbar, the second QR decoder",
        find=lambda: find_library("zbar"),
        debian_package="libzbar0",
        otherwise="install zbar's library: libzbar0 (Debian), zbar (Fedora, Arch, Homebrew)",
    ),
]


def missing() -> list[Need]:
    """List what the machine still lacks."""
    return [need for need in NEEDS if not need.find()]


def can_install() -> bool:
    """Answer whether this is Debian (or the like) and we are root."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(packages: list[str]) -> None:
    """Install Debian packages."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends"]):
        command = ["apt-get", *arguments, *(packages if arguments[0] == "install" else [])]
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)


def main() -> None:
    """Install what is missing, or exit saying exactly what to install."""
    lacking = missing()
    if lacking and can_install() and not os.environ.get("CHROMIUM"):
        packages = [need.debian_package for need in lacking]
        print("Installing with apt-get:", *packages, flush=True)
        try:
            install(packages)
        except subprocess.CalledProcessError as error:
            print(f"apt-get failed ({error.returncode})", file=sys.stderr)
        lacking = missing()
    for need in lacking:
        print(
            f"The tests need {need.what}, which was not found: {need.otherwise}.\n"
            f"On Debian: sudo apt-get install {need.debian_package}",
            file=sys.stderr,
        )
    if lacking:
        sys.exit(1)


if __name__ == "__main__":
    main()
