"""Answer the addresses of this room."""

from flask import Blueprint

programme = Blueprint("programme", __name__)
