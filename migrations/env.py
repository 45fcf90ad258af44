"""Run the migrations on the application's own engine."""

from alembic import context
from flask import current_app
from sqlalchemy import text

# Migrations stand alone: our column type is written as what the database sees.
RENDERED = {"UtcDateTime": "sa.DateTime(timezone=True)"}
target = current_app.extensions["migrate"].db


def render_item(kind: str, item: object, _context: object) -> str | bool:
    """Write a column type without importing the application."""
    return RENDERED.get(type(item).__name__, False) if kind == "type" else False


def run() -> None:
    """Migrate inside one transaction; on SQLite, foreign keys rest while tables are rebuilt.

    A batch migration drops and re-makes a table: with foreign keys on, SQLite would empty its
    children. They are checked once, before the commit.
    """
    engine = target.engine
    sqlite = engine.dialect.name == "sqlite"
    with engine.connect() as connection:
        if sqlite:
            raw = connection.connection.dbapi_connection
            raw.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                context.configure(
                    connection=connection,
                    target_metadata=target.metadata,
                    render_as_batch=True,
                    compare_type=True,
                    render_item=render_item,
                )
                context.run_migrations()
                if sqlite:
                    broken = connection.execute(text("PRAGMA foreign_key_check")).fetchall()
                    if broken:
                        raise RuntimeError(f"broken foreign keys: {broken}")
        finally:
            if sqlite:
                raw.execute("PRAGMA foreign_keys=ON")


run()
