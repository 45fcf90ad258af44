"""The demo says where to look, keeps its data, and goes when told."""

import contextlib
import json
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from conf_app import resources
from tests.test_serve import Site, environ, free_port, gone, start, until

__all__ = ["environ"]


@contextmanager
def demo(
    environ: dict[str, str], folder: Path, port: int, *words: str
) -> Iterator[tuple[Site, list[str]]]:
    """Start the demo and read what it says until it is ready; end all of it."""
    with start(environ, "demo", "--data", str(folder), "--port", str(port), *words) as process:
        assert process.stdout is not None
        said: list[str] = []
        family: list[psutil.Process] = []
        try:
            while not said or not said[-1].startswith("courriels"):
                line = process.stdout.readline()
                assert line, process.communicate()[1]
                said.append(line.rstrip("\n"))
            site = Site(process, int(said[-4].rpartition(":")[2].rstrip("/")))
            family = site.family
            yield site, said
        finally:
            for left in family:
                with contextlib.suppress(psutil.NoSuchProcess):
                    left.kill()
            process.kill()


def test_it_says_where_to_look_and_leaves_at_once(environ: dict[str, str], tmp_path: Path) -> None:
    folder, port = tmp_path / "demo", free_port()

    with demo(environ, folder, port) as (site, said):
        names = [line.split("  ")[0] for line in said[-4:]]
        assert names == ["site", "orga", "entree", "courriels"]
        assert said[-4] == f"site  http://127.0.0.1:{port}/"
        assert site.status("/") == 200
        assert (folder / "courriels").is_dir()
        for line in said[-3:-1]:
            address = line.split("  ")[1]
            assert site.status(address.removeprefix(f"http://127.0.0.1:{port}")) == 200
        assert (folder / "secrets.json").stat().st_mode & 0o077 == 0
        family = site.family

        site.process.send_signal(signal.SIGINT)
        told_at = time.monotonic()

        assert site.process.wait(20) == 0
        assert time.monotonic() - told_at < 4  # two seconds on a quiet machine
        until(lambda: gone(family), "nobody is left", patience=5)


def test_it_starts_again_on_its_own_data_with_ones_own_event_beside_a_taken_port(
    environ: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "demo"
    event = tmp_path / "essai.toml"
    shipped = (resources.SHIPPED / "conf-2022.toml").read_text()
    event.write_text(shipped.replace('slug = "conf-2022"', 'slug = "essai"', 1))
    with demo(environ, folder, free_port()):
        pass
    kept = json.loads((folder / "secrets.json").read_text())

    port = free_port()
    with (
        socket.create_server(("127.0.0.1", port)),
        demo(
            *(environ, folder, port, "--now", "2022-12-15T13:45", "--event", str(event)),
        ) as (site, said),
    ):
        assert said[0] == f"Le port {port} est déjà pris : la démo prend le {site.port}."
        assert site.status("/") == 200
        assert site.status("/e/essai/programme") == 200

    assert json.loads((folder / "secrets.json").read_text()) == kept
