"""Answer the addresses of this room."""

from flask import Blueprint

organiser = Blueprint("organiser", __name__)
