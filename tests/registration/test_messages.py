"""People are told in plain words, with the ticket, and with nothing secret in the calendar."""

from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from conf_app.database import transaction
from conf_app.mail.delivery import deliver_due
from conf_app.programme.models import Event
from conf_app.registration import actions, queries
from conf_app.registration.models import Registration
from conf_app.settings import Settings
from tests.conftest import NOON_IN_NOVEMBER, TestClock
from tests.events import make_conference
from tests.people import register

SNAPSHOTS = Path(__file__).parent / "messages"
