"""Run a free conference: programme, registrations, QR tickets, live seats, the door, the lists."""

from conf_app.wiring import create_app

__all__ = ["create_app"]
