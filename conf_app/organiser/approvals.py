"""Ask a second person before what cannot be undone, where the team wants it so.

A word holds for a day, asked for or given ahead. Who gets no answer may go on after two hours, and
all are told: nobody can block the others by silence. Two members are needed for it: once one is
left alone the rule goes on for a week, then ends.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from conf_app.journal import actions as journal
from conf_app.mail import outbox
from conf_app.organiser.models import Approval, Organiser, PairAct, PairRule, TeamRole
from conf_app.programme.shapes import PARIS
from conf_app.refusals import NotFound, Refusal

ASKED = "team_approval_asked"
ANSWERED = "team_approval_answered"
PROCEEDED = "team_proceeded"
LETTERS = ASKED, ANSWERED, PROCEEDED
"""The kinds of letters about approvals."""

PATIENCE = timedelta(hours=2)
"""After how long without an answer an act may go on."""

HOLDS = timedelta(days=1)
"""How long a word, or the lack of one, lets somebody act."""

ALONE = timedelta(days=7)
"""How long the rule outlives the second member."""


class NeedsSecond(Refusal):
    """An act waits for a second person: until ``waits_until``, once they were asked."""

    def __init__(self, act: PairAct, subject: str, waits_until: datetime | None) -> None:
        super().__init__(act.value)
        self.act, self.subject, self.waits_until, self.zone = act, subject, waits_until, PARIS


class OwnWord(Refusal):
    """Nobody answers what they asked for themselves, nor whether they leave the team."""


def rule(session: Session, *, now: datetime) -> PairRule | None:
    """Return the rule, if some acts take two people now."""
    found = session.scalars(select(PairRule)).first()
    over = found and found.alone_since and now >= found.alone_since + ALONE
    return None if over else found


def start(session: Session, *, by: Organiser, now: datetime) -> None:
    """Make some acts take two people; again changes nothing."""
    if rule(session, now=now) is not None:
        return
    for ended in session.scalars(select(PairRule)):
        session.delete(ended)
    session.flush()
    session.add(PairRule(since=now))
    follow_team(session, now=now)
    journal.write(session, actor=by.name, act="pair.start", now=now)


def end(session: Session, *, by: Organiser | None, now: datetime) -> bool:
    """End the rule, by two people; nobody stands for the server. Returns whether it was on.

    Raises NeedsSecond.
    """
    found = rule(session, now=now)
    if found is None:
        return False
    if by is not None:
        check(session, PairAct.RULE, "", by=by, now=now)
    session.delete(found)
    actor = by.name if by else journal.COMMAND_LINE
    journal.write(session, actor=actor, act="pair.end", now=now)
    return True


def follow_team(session: Session, *, now: datetime) -> None:
    """Note that one member is left who may approve, or that there are others again."""
    session.flush()
    found = session.scalars(select(PairRule)).first()
    if found is None:
        return
    if len(_orgas(session)) > 1:
        if found.alone_since and now >= found.alone_since + ALONE:
            session.delete(found)  # it ended meanwhile: it does not come back by itself
        found.alone_since = None
    elif found.alone_since is None:
        found.alone_since = now


def check(session: Session, act: PairAct, subject: str, *, by: Organiser, now: datetime) -> None:
    """Let an act go on, within its transaction, or raise NeedsSecond.

    The first time it goes on without an answer, all are told.
    """
    if rule(session, now=now) is None or _word(session, act, subject, by, now) is not None:
        return
    waits = _asked(session, act, subject, by, now)
    if waits is None or now < waits.asked_at + PATIENCE:
        raise NeedsSecond(act, subject, waits.asked_at + PATIENCE if waits else None)
    if waits.told_at is None:
        waits.told_at = now
        journal.write(session, actor=by.name, act="pair.proceed", subject=told(waits), now=now)
        _write(session, PROCEEDED, waits, _orgas(session), now=now)


def ask(session: Session, act: PairAct, subject: str, *, by: Organiser, now: datetime) -> None:
    """Ask the others for their word; what was asked already is not asked again."""
    if _asked(session, act, subject, by, now) is not None:
        return
    asked = Approval(act=act, subject=subject, asked_by=by, asked_at=now, granted=False)
    session.add(asked)
    session.flush()
    journal.write(session, actor=by.name, act="pair.ask", subject=told(asked), now=now)
    others = [each for each in _orgas(session) if each is not by]
    _write(session, ASKED, asked, others, now=now)


def answer(session: Session, number: int, *, granted: bool, by: Organiser, now: datetime) -> None:
    """Say yes or no to what another asked; what was answered stays so. Raises NotFound, OwnWord."""
    asked = session.get(Approval, number, with_for_update=True)
    if asked is None or asked.asked_by is None:
        raise NotFound
    if asked.answered_at is not None or now >= asked.asked_at + PATIENCE + HOLDS:
        return
    if not may_answer(asked, by, now=now):
        raise OwnWord
    asked.answered_by, asked.answered_at, asked.granted = by, now, granted
    if granted:
        journal.write(session, actor=by.name, act="pair.approve", subject=told(asked), now=now)
    else:
        journal.write(session, actor=by.name, act="pair.refuse", subject=told(asked), now=now)
    _write(session, ANSWERED, asked, [asked.asked_by], now=now)


def may_answer(asked: Approval, by: Organiser, *, now: datetime) -> bool:
    """Whether something still waits for a member's word."""
    about_oneself = asked.act is PairAct.REMOVE and asked.subject == str(by.id)
    waits = asked.answered_at is None and now < asked.asked_at + PATIENCE + HOLDS
    return waits and asked.asked_by_id != by.id and not about_oneself


def approve_ahead(
    session: Session, act: PairAct, subject: str, *, by: Organiser, now: datetime
) -> None:
    """Give one's word before anybody asks: for a day, any other member may act."""
    ahead = Approval(
        act=act, subject=subject, asked_at=now, answered_by=by, answered_at=now, granted=True
    )
    session.add(ahead)
    journal.write(session, actor=by.name, act="pair.approve-ahead", subject=told(ahead), now=now)


def standing(session: Session, *, now: datetime) -> Sequence[Approval]:
    """Return what was asked or given and still counts, the latest first."""
    since = now - PATIENCE - HOLDS
    found = select(Approval).where(Approval.asked_at > since)
    return session.scalars(found.order_by(Approval.asked_at.desc(), Approval.id.desc())).all()


def open_number(session: Session, by: Organiser, *, now: datetime) -> int:
    """Return how many others wait for a member's word."""
    return sum(may_answer(each, by, now=now) for each in standing(session, now=now))


def told(approval: Approval) -> str:
    """Return what the journal calls an act and what it is about."""
    return f"{approval.act.value} {approval.subject}".strip()


def _word(
    session: Session, act: PairAct, subject: str, by: Organiser, now: datetime
) -> Approval | None:
    """Return another's yes to what a member does now."""
    return session.scalars(
        select(Approval).where(
            Approval.act == act,
            Approval.subject == subject,
            Approval.granted,
            Approval.answered_at > now - HOLDS,
            or_(
                Approval.asked_by_id == by.id,
                and_(Approval.asked_by_id.is_(None), Approval.answered_by_id != by.id),
            ),
        )
    ).first()


def _asked(
    session: Session, act: PairAct, subject: str, by: Organiser, now: datetime
) -> Approval | None:
    """Return what a member asked and nobody answered yet."""
    return session.scalars(
        select(Approval).where(
            Approval.act == act,
            Approval.subject == subject,
            Approval.asked_by_id == by.id,
            Approval.answered_at.is_(None),
            Approval.asked_at > now - PATIENCE - HOLDS,
        )
    ).first()


def _orgas(session: Session) -> list[Organiser]:
    members = select(Organiser).where(
        Organiser.removed_at.is_(None), Organiser.role == TeamRole.ORGA
    )
    return list(session.scalars(members.order_by(Organiser.id)))


def _write(
    session: Session, kind: str, approval: Approval, to: Sequence[Organiser], *, now: datetime
) -> None:
    for each in to:
        if each.email:
            outbox.queue(session, kind=kind, subject_id=approval.id, recipient=each.email, now=now)
