"""Queue."""

import secrets
from datetime import datetime

from sqlalchemy.orm import Session

from conf_app.mail.models import MailState, OutboxMail


def queue(
    session: Session, *, kind: str, subject_id: int, recipient: str, now: datetime
) -> OutboxMail:
    mail = OutboxMail(
        kind=kind,
        subject_id=subject_id,
        recipient=recipient,
        message_id=secrets.token_hex(16),
        state=MailState.QUEUED,
        created_at=now,
        due_at=now,
    )
    session.add(mail)
    return mail
