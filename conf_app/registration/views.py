"""Answer the addresses of this room."""

from flask import Blueprint

registration = Blueprint("registration", __name__)
