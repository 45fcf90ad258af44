"""Queue messages, lease them one by one to whoever sends them, and remember how far they got.

Lease, commit, send, mark: no lock is held while a server is spoken to. A message can go twice only
if the process dies before marking, the connection is lost after the final dot, or the lease
expires; its Message-ID stays. All moments are real time, even for an event in rehearsal.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Integer, and_, bindparam, func, insert, or_, select, update
from sqlalchemy.orm import Session

from conf_app.mail.models import MailState, OutboxMail
from conf_app.refusals import NotFound

LEASE = timedelta(minutes=15)
"""Longer than a server can drag one message out: see ``mail.transports.TIMEOUT``."""

PATIENCE = timedelta(days=1)
"""How long after queueing a message is given up."""

_FIRST_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(hours=1)


_DAY = timedelta(days=1)

# Written once, for the table: the address's share of the day is counted by the insert itself.
_TABLE = OutboxMail.metadata.tables[OutboxMail.__tablename__]
_COLUMNS = ("kind", "subject_id", "recipient", "message_id", "created_at", "due_at")
_ROW = select(*(bindparam(name, type_=_TABLE.c[name].type) for name in _COLUMNS))
_QUEUE = insert(_TABLE).from_select(_COLUMNS, _ROW)
_QUEUE_WITHIN = insert(_TABLE).from_select(
    _COLUMNS,
    _ROW.where(
        select(func.count(_TABLE.c.id))
        .where(
            _TABLE.c.recipient == bindparam("recipient"), _TABLE.c.created_at > bindparam("since")
        )
        .scalar_subquery()
        < bindparam("a_day", type_=Integer)
    ),
)


@dataclass(frozen=True)
class Lease:
    """Say which message one may send, and until when nobody else will."""

    mail_id: int
    until: datetime


def queue(
    session: Session,
    *,
    kind: str,
    subject_id: int,
    recipient: str,
    now: datetime,
    a_day: int | None = None,
) -> str:
    """Add a message to send; return the left half of its Message-ID, fixed here once for all.

    Nothing is added for an address to which ``a_day`` messages were queued since yesterday.
    """
    message_id = secrets.token_hex(16)
    values = {
        "kind": kind,
        "subject_id": subject_id,
        "recipient": recipient,
        "message_id": message_id,
        "created_at": now,
        "due_at": now,
    }
    if a_day is None:
        session.execute(_QUEUE, values)
    else:
        session.execute(_QUEUE_WITHIN, {**values, "since": now - _DAY, "a_day": a_day})
    return message_id


def is_due(session: Session, *, now: datetime) -> bool:
    """Say whether a message waits to be sent; only reads."""
    return session.scalar(select(OutboxMail.id).where(_free(now)).limit(1)) is not None


def lease(session: Session, *, now: datetime) -> Lease | None:
    """Take the message that is due for longest, for a while, or None."""
    mail = session.scalar(
        select(OutboxMail)
        .where(_free(now))
        .order_by(OutboxMail.due_at, OutboxMail.id)
        .limit(1)
        .with_for_update(skip_locked=True)  # SQLite has no such words, and one writer at a time
    )
    if mail is None:
        return None
    mail.leased_until = now + LEASE
    mail.attempts += 1
    return Lease(mail.id, mail.leased_until)


def held(session: Session, lease: Lease) -> OutboxMail | None:
    """Return the leased message, or None if the lease was lost meanwhile."""
    return session.scalar(select(OutboxMail).where(_held(lease)))


def mark_sent(session: Session, lease: Lease, *, now: datetime) -> None:
    """Remember that a server took the message, even if the lease has expired since."""
    session.execute(
        update(OutboxMail)
        .where(OutboxMail.id == lease.mail_id)
        .values(state=MailState.SENT, sent_at=now, leased_until=None, error="")
    )


def mark_failed(
    session: Session,
    lease: Lease,
    *,
    error: str,
    now: datetime,
    jitter: float,
    permanent: bool = False,
) -> MailState | None:
    """Put the message back for later, or give it up; return its state, None if the lease is lost.

    ``jitter``, between 0 and 1, spreads the attempts over the second half of each wait.
    """
    mail = session.scalar(select(OutboxMail).where(_held(lease)).with_for_update())
    if mail is None:
        return None
    mail.leased_until = None
    mail.error = error[:300]
    if permanent or is_old(mail, now=now):
        mail.state = MailState.FAILED
    else:
        # One last attempt falls on the deadline itself.
        mail.due_at = min(now + wait(mail.attempts, jitter), mail.created_at + PATIENCE)
    return mail.state


def is_old(mail: OutboxMail, *, now: datetime) -> bool:
    """Say whether a message that fails now is given up."""
    return now >= mail.created_at + PATIENCE


def wait(attempts: int, jitter: float) -> timedelta:
    """Return how long to wait after so many attempts: twice as long each time, up to an hour."""
    longest = min(_FIRST_WAIT * (1 << min(attempts - 1, 10)), _LONGEST_WAIT)
    return longest * (1 + jitter) / 2


def drop(session: Session, lease: Lease) -> None:
    """Delete a message that has nothing to say any more, and with it the address."""
    if mail := session.scalar(select(OutboxMail).where(_held(lease)).with_for_update()):
        session.delete(mail)


def give_up_lost(session: Session, *, now: datetime) -> int:
    """Give up old messages whose sender died each time it tried; return how many."""
    lost = session.scalars(
        update(OutboxMail)
        .where(_free(now), OutboxMail.leased_until.is_not(None))
        .where(OutboxMail.created_at <= now - PATIENCE)
        .values(
            state=MailState.FAILED,
            leased_until=None,
            error="l’envoi s’est interrompu sans dire pourquoi",
        )
        .returning(OutboxMail.id)
    )
    return len(lost.all())


def retry(session: Session, mail_id: int | None = None, *, now: datetime) -> int:
    """Queue again one failed message, or all; return how many. Raise NotFound if that one is not.

    Patience starts anew: ``created_at`` is what it is counted from.
    """
    failed = OutboxMail.state == MailState.FAILED
    chosen = failed if mail_id is None else and_(failed, OutboxMail.id == mail_id)
    again = session.scalars(
        update(OutboxMail)
        .where(chosen)
        .values(state=MailState.QUEUED, created_at=now, due_at=now, attempts=0)
        .returning(OutboxMail.id)
    ).all()
    if mail_id is not None and not again:
        raise NotFound(f"aucun courriel échoué ne porte le numéro {mail_id}")
    return len(again)


def unsent(session: Session) -> list[OutboxMail]:
    """Return the messages that wait or failed, oldest first."""
    return list(
        session.scalars(
            select(OutboxMail)
            .where(OutboxMail.state != MailState.SENT)
            .order_by(OutboxMail.created_at, OutboxMail.id)
        )
    )


def counts(session: Session) -> dict[MailState, int]:
    """Return how many messages stand in each state."""
    rows = session.execute(select(OutboxMail.state, func.count()).group_by(OutboxMail.state))
    found = dict.fromkeys(MailState, 0)
    for state, number in rows:
        found[state] = number
    return found


def oldest_waiting(session: Session) -> datetime | None:
    """Return when the message that waits for longest was queued."""
    return session.scalar(
        select(func.min(OutboxMail.created_at)).where(OutboxMail.state == MailState.QUEUED)
    )


def _free(now: datetime) -> ColumnElement[bool]:
    return and_(
        OutboxMail.state == MailState.QUEUED,
        OutboxMail.due_at <= now,
        or_(OutboxMail.leased_until.is_(None), OutboxMail.leased_until <= now),
    )


def _held(lease: Lease) -> ColumnElement[bool]:
    return and_(OutboxMail.id == lease.mail_id, OutboxMail.leased_until == lease.until)
