"""Move a database between revisions. Web workers stand without: Alembic takes 9 MB in each."""

import flask_migrate
from flask import Flask

from conf_app import resources
from conf_app.database import db


def init_migrations(app: Flask) -> None:
    """Tell Flask-Migrate, its commands included, where the migrations lie."""
    flask_migrate.Migrate(app, db, directory=str(resources.MIGRATIONS), render_as_batch=True)


def upgrade(app: Flask) -> None:
    """Bring the application's database to the newest revision."""
    init_migrations(app)
    with app.app_context():
        flask_migrate.upgrade()
