"""Answer the addresses of this room."""

from flask import Blueprint

door = Blueprint("door", __name__)
