"""Send what is due: lease, compose, send, mark."""

import logging
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from conf_app.clock import Clock
from conf_app.database import db, transaction
from conf_app.mail import outbox
from conf_app.mail.compose import Composer, NotAnAddress, envelope
from conf_app.mail.models import MailState, OutboxMail
from conf_app.mail.transports import Refused, Transport, Undelivered, Unreachable

log = logging.getLogger(__name__)

A_PASS = 100
"""How many messages one pass sends at most, so that the worker's other jobs get their turn."""


OnEnd = Callable[[Session, OutboxMail, datetime, bool], None]
"""What follows once a message of a kind went (True) or is given up, in the same transaction."""


@dataclass(frozen=True, kw_only=True)
class PostOffice:
    """Hold what sending needs: who writes each kind of message, who carries it, the time."""

    composers: Mapping[str, Composer]
    on_end: Mapping[str, OnEnd]
    transport: Transport
    sender: str
    clock: Clock
    jitter: Callable[[], float] = random.random


def deliver_due(post: PostOffice, *, stop: Callable[[], bool] = lambda: False) -> int:
    """Send the messages that are due, up to ``A_PASS``, and return how many went.

    Raise Unreachable, after putting the message back, when no other could go either. Needs an
    application context; opens its own transactions.
    """
    sent = 0
    try:
        for _ in range(A_PASS):
            lease = None if stop() else _lease(post)
            if lease is None:
                break
            sent += _deliver(post, lease)
    finally:
        post.transport.close()
    return sent


def _lease(post: PostOffice) -> outbox.Lease | None:
    now = post.clock()
    due = outbox.is_due(db.session(), now=now)
    db.session.rollback()
    if not due:
        return None
    with transaction() as session:
        if lost := outbox.give_up_lost(session, now=now):
            log.error("courriels abandonnés après des envois interrompus : %d", lost)
        return outbox.lease(session, now=now)


def _deliver(post: PostOffice, lease: outbox.Lease) -> bool:
    try:
        sent = _send(post, lease)
    except Undelivered as failure:
        _put_back(post, lease, str(failure), permanent=isinstance(failure, Refused))
        if isinstance(failure, Unreachable):
            raise
        return False
    except NotAnAddress:
        _put_back(post, lease, "cette adresse n’en est pas une", permanent=True)
        return False
    except Exception as fault:
        # A message that cannot be written must not hold up the others.
        log.exception("courriel %d : il n’a pas pu être écrit", lease.mail_id)
        _put_back(post, lease, f"erreur de composition ({type(fault).__name__})")
        return False
    with transaction() as session:
        if sent:
            _follow_up(post, session, lease, went=True)
            outbox.mark_sent(session, lease, now=post.clock())
        else:
            log.info("courriel %d : plus rien à dire, supprimé", lease.mail_id)
            outbox.drop(session, lease)
    return sent


def _send(post: PostOffice, lease: outbox.Lease) -> bool:
    session = db.session()
    try:
        mail = outbox.held(session, lease)
        if mail is None:
            return False
        message = post.composers[mail.kind](session, mail)
        if message is None:
            return False
        email = envelope(
            message,
            sender=post.sender,
            recipient=mail.recipient,
            message_id=mail.message_id,
            date=post.clock(),
        )
        # Queueing time and number: the files sort, and a second attempt finds the first's place.
        name = f"{mail.created_at:%Y%m%dT%H%M%S.%f}-{mail.id:06}"
    finally:
        session.rollback()  # no transaction stays open while a server is spoken to
    post.transport.send(email, name=name)
    return True


def _put_back(post: PostOffice, lease: outbox.Lease, error: str, permanent: bool = False) -> None:
    now = post.clock()
    with transaction() as session:
        mail = outbox.held(session, lease)
        if mail is not None and (permanent or outbox.is_old(mail, now=now)):
            _follow_up(post, session, lease, went=False)
        state = outbox.mark_failed(
            session,
            lease,
            error=error,
            now=now,
            jitter=post.jitter(),
            permanent=permanent,
        )
    # The reply may quote the recipient: it stays in the row, out of the log.
    if state is MailState.FAILED:
        log.error("courriel %d : abandonné, voir « conf-app mail list »", lease.mail_id)
    else:
        log.warning("courriel %d : pas encore parti, nouvel essai plus tard", lease.mail_id)


def _follow_up(post: PostOffice, session: Session, lease: outbox.Lease, *, went: bool) -> None:
    """Do what follows, before the message's row is touched.

    Whoever takes back an address holds the event's seats and wants that row: what follows may want
    the seats, and two who wait for each other lose.
    """
    mail = session.get(OutboxMail, lease.mail_id)
    if mail is not None and (follow := post.on_end.get(mail.kind)):
        follow(session, mail, post.clock(), went)
