"""Keep the data: the declarative base, its column types, and the one way to commit."""

import contextlib
import enum
import fcntl
import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from flask import Flask, current_app
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.sql.compiler import SQLCompiler

WRITE = "conf_app_write"
"""The execution option that makes SQLite take its write lock as the transaction begins."""

_BUSY_TIMEOUT = 30_000
_READERS_GIVEN = 1_000
"""In milliseconds: how long SQLite waits for others, and for readers while nobody can write."""


class UtcDateTime(sa.TypeDecorator[datetime]):
    """Store aware datetimes as UTC, and give them back aware; refuse naive ones."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Turn an aware datetime into UTC for the database."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime: {value!r}")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Turn what the database kept into an aware datetime in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class by_minute(sa.sql.functions.FunctionElement[str]):  # noqa: N801 - it is written like a function
    """Write a moment in UTC to the minute, ``2022-12-15T10:42``: to count what fell into each."""

    type = sa.String()
    inherit_cache = True


@compiles(by_minute, "sqlite")
def _by_minute_on_sqlite(element: by_minute, compiler: SQLCompiler, **options: Any) -> str:
    column = compiler.process(element.clauses, **options)
    return f"strftime('%Y-%m-%dT%H:%M', {column})"


@compiles(by_minute, "postgresql")
def _by_minute_on_postgresql(element: by_minute, compiler: SQLCompiler, **options: Any) -> str:
    column = compiler.process(element.clauses, **options)
    return f"to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI')"


class Base(DeclarativeBase):
    """The base of every table."""

    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime(),
        enum.Enum: sa.Enum(
            enum.Enum,
            native_enum=False,
            create_constraint=True,
            length=16,
            values_callable=lambda members: [member.value for member in members],
        ),
    }


db = SQLAlchemy(metadata=Base.metadata, disable_autonaming=True)
"""Lends the engine and the request's session; the tables are made on ``Base``."""


class _Queue:
    """Let one writer at a time reach SQLite, over all threads and processes.

    SQLite's own busy handler sleeps and retries, so that under load a few writers wait a second
    while others overtake them. A lock here and a file lock between processes queue them.
    """

    def __init__(self, path: str | None) -> None:
        self._lock = threading.Lock()
        self._path = path
        self._file: int | None = None
        self._pid = 0

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for one's turn, hold it, give it back."""
        with self._lock:
            if self._path is None:
                yield
                return
            if self._file is None or self._pid != os.getpid():
                self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
                self._pid = os.getpid()
            fcntl.flock(self._file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)


class Writes:
    """Count the transactions this process committed, so that its caches know when to look again."""

    def __init__(self) -> None:
        self.count = 0


def writes() -> int:
    """Return how many transactions this process has committed so far."""
    counter: Writes = current_app.extensions["conf_app.writes"]
    return counter.count


def init_database(app: Flask) -> None:
    """Bind the database to an application and teach its engine our transactions."""
    db.init_app(app)
    with app.app_context():
        engine = db.engine
    queue = None
    if engine.dialect.name == "sqlite":
        name = engine.url.database
        queue = _Queue(f"{name}-queue" if name and name != ":memory:" else None)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    app.extensions["conf_app.queue"] = queue
    app.extensions["conf_app.writes"] = Writes()


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver would begin by itself, deferred and too late
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={_BUSY_TIMEOUT}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: sa.Connection) -> None:
    immediate = connection.get_execution_options().get(WRITE)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


@contextlib.contextmanager
def transaction() -> Iterator[Session]:
    """Open the one kind of transaction that commits; leaving by an exception rolls back.

    The request's read transaction is ended and what it loaded expired: whatever is used inside
    must be loaded inside. On SQLite the write lock is taken at once.
    """
    session = db.session()
    if session.info.get("writing"):
        raise RuntimeError("a transaction is open already")
    session.rollback()
    app = current_app
    queue: _Queue | None = app.extensions["conf_app.queue"]
    with queue.turn() if queue else contextlib.nullcontext():
        session.info["writing"] = True
        try:
            session.connection(execution_options={WRITE: True})
            yield session
            session.commit()
        except BaseException:
            session.rollback()
            raise
        finally:
            session.info.pop("writing")
    writes: Writes = app.extensions["conf_app.writes"]
    writes.count += 1


def leave_no_trace(connection: sa.Connection) -> None:
    """Note, in this transaction, that something was erased: ``compact`` has to follow."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA user_version = 1")


def compact() -> None:
    """Rewrite the SQLite file, and empty its log, if something was erased since it last was.

    What is erased is overwritten, but pages that were split keep copies, and so does the log.
    Whoever reads for more than a second meanwhile puts it off to the next time. PostgreSQL clears
    by itself. No transaction may be open here.
    """
    session = db.session()
    session.rollback()
    queue: _Queue | None = current_app.extensions["conf_app.queue"]
    if queue is None:
        return
    session.close()
    connection = db.engine.raw_connection()
    try:
        with queue.turn(), contextlib.closing(connection.cursor()) as cursor:
            if cursor.execute("PRAGMA user_version").fetchone() == (0,):
                return
            cursor.execute(f"PRAGMA busy_timeout={_READERS_GIVEN}")
            cursor.execute("VACUUM")
            busy, *_ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if not busy:
                cursor.execute("PRAGMA user_version = 0")
            cursor.execute(f"PRAGMA busy_timeout={_BUSY_TIMEOUT}")
    finally:
        connection.close()
