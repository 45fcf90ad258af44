"""Bring people into the team and out of it: any member may, and everybody is told."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from conf_app.codes import BearerToken, KeyRing
from conf_app.database import leave_no_trace
from conf_app.journal import actions as journal
from conf_app.mail import outbox
from conf_app.mail.models import MailState, OutboxMail
from conf_app.organiser import access, approvals
from conf_app.organiser.models import Organiser, PairAct, SignInRequest, TeamRole
from conf_app.refusals import NotFound, Refusal

INVITATION = "team_invitation"
SIGN_IN = "team_sign_in"
REMOVAL = "team_removal"
"""The kinds of letters to the team."""

LINKS_A_DAY = 10
"""How many sign-in letters an address gets in a day, however often it is typed."""

LETTERS_KEPT = timedelta(days=1)
"""How long sent letters count against an address's share of the day."""


class NotYourRole(Refusal):
    """A member asked for what another role does."""


class NameTaken(Refusal):
    """A member has this name already."""


class AddressTaken(Refusal):
    """A member has this address already."""


class LastMember(Refusal):
    """Nobody else would be left who may let anybody in."""


def team(session: Session) -> Sequence[Organiser]:
    """Return the members, by name."""
    members = select(Organiser).where(Organiser.removed_at.is_(None))
    return session.scalars(members.order_by(Organiser.name)).all()


def former(session: Session) -> Sequence[Organiser]:
    """Return who was removed, the latest first."""
    gone = select(Organiser).where(Organiser.removed_at.is_not(None))
    return session.scalars(gone.order_by(Organiser.removed_at.desc(), Organiser.id)).all()


def member(session: Session, number: int) -> Organiser:
    """Return a member by number; raise NotFound."""
    found = session.get(Organiser, number)
    if found is None or found.removed_at is not None:
        raise NotFound
    return found


def is_last(session: Session, number: int) -> bool:
    """Whether nobody but this member may let anybody in."""
    return _orgas(team(session)) == {number}


def enlist(
    session: Session,
    name: str,
    email: str | None,
    *,
    role: TeamRole = TeamRole.ORGA,
    keys: KeyRing,
    by: Organiser,
    now: datetime,
) -> BearerToken:
    """Bring somebody new into the team and write to them; return the link that signs them in.

    Who had left comes back under the same name. Who was invited and never came gets another link,
    which replaces theirs: a form sent twice, or a link that was lost, changes nothing else. Raises
    NameTaken, AddressTaken, NotYourRole.
    """
    everybody = _lock(session)
    _check(by, everybody)
    for each in everybody:
        if each.name == name and access.came_ever(session, each):
            raise NameTaken
        if each.name != name and email and each.email == email:
            raise AddressTaken
        if each.name == name:
            access.close_all(session, each)
    joined = access.join(session, name, now=now)
    joined.email, joined.role = email, role
    approvals.follow_team(session, now=now)
    token, link = access.derived_link(session, joined, keys=keys, now=now)
    journal.write(session, actor=by.name, act="organiser.invite", subject=name, now=now)
    if email:
        outbox.queue(session, kind=INVITATION, subject_id=link.id, recipient=email, now=now)
    return token


def invite(session: Session, name: str, *, email: str | None = None, now: datetime) -> BearerToken:
    """Make a link from the command line, for whoever is new, had left, or lost the way in.

    They may see everything, whatever they could before.

    Raises AddressTaken.
    """
    joined = access.join(session, name, now=now)
    joined.role = TeamRole.ORGA
    approvals.follow_team(session, now=now)
    if email:
        holder = session.scalar(select(Organiser.name).where(Organiser.email == email))
        if holder not in {None, name}:
            raise AddressTaken
        joined.email = email
    journal.write(
        session, actor=journal.COMMAND_LINE, act="organiser.invite", subject=name, now=now
    )
    return access.one_link(session, joined, now=now)


def remove(session: Session, number: int, *, by: Organiser, now: datetime) -> None:
    """Take a member out of the team at once, oneself included, and tell everybody.

    Raises NotFound, LastMember, NotYourRole, NeedsSecond.
    """
    everybody = _lock(session)
    leaving = member(session, number)
    if _orgas(everybody) == {leaving.id}:
        raise LastMember
    if leaving is not by:
        _check(by, everybody)
        approvals.check(session, PairAct.REMOVE, str(leaving.id), by=by, now=now)
    _part_with(session, leaving, everybody, by=by.name, now=now)


def change_role(
    session: Session, number: int, role: TeamRole, *, by: Organiser, now: datetime
) -> None:
    """Let a member see more, or less; raise NotFound, LastMember, NotYourRole."""
    everybody = _lock(session)
    changed = member(session, number)
    if changed.role is role:
        return
    if _orgas(everybody) == {changed.id}:
        raise LastMember
    _check(by, everybody)
    changed.role = role
    approvals.follow_team(session, now=now)
    subject = f"{changed.name} {role.value}"
    journal.write(session, actor=by.name, act="organiser.role", subject=subject, now=now)


def remove_by_name(session: Session, name: str, *, now: datetime) -> None:
    """Take a member out from the command line, and tell everybody; raise NotFound."""
    everybody = _lock(session)
    for each in everybody:
        if each.name == name:
            return _part_with(session, each, everybody, by=journal.COMMAND_LINE, now=now)
    raise NotFound(f"personne ne s’appelle «\u00a0{name}\u00a0» dans l’équipe.")


def set_address(
    session: Session, organiser: Organiser, email: str | None, *, now: datetime
) -> None:
    """Write to a member elsewhere from now on, or nowhere; raise AddressTaken."""
    everybody = _lock(session)
    if email == organiser.email:
        return
    if email and email in {each.email for each in everybody}:
        raise AddressTaken
    organiser.email = email
    journal.write(session, actor=organiser.name, act="organiser.address", now=now)


def ask_for_link(session: Session, address: str, *, now: datetime) -> None:
    """Note an address to look up later, so that no answer tells who is in the team."""
    session.add(SignInRequest(address=address, asked_at=now))


def links_are_asked_for(session: Session) -> bool:
    """Whether somebody waits for a sign-in link; only reads."""
    return session.scalar(select(SignInRequest.id).limit(1)) is not None


def send_links(session: Session, *, keys: KeyRing, now: datetime) -> None:
    """Write to the members whose addresses were typed; forget what was typed."""
    requests = session.scalars(select(SignInRequest)).all()
    addresses = {each.address for each in requests}
    found = select(Organiser).where(Organiser.email.in_(addresses), Organiser.removed_at.is_(None))
    for each in session.scalars(found.order_by(Organiser.id)).all():
        _, link = access.derived_link(session, each, keys=keys, now=now, life=access.ASKED_LIFE)
        outbox.queue(
            session,
            kind=SIGN_IN,
            subject_id=link.id,
            recipient=each.email or "",
            now=now,
            a_day=LINKS_A_DAY,
        )
    for request in requests:
        session.delete(request)
    leave_no_trace(session.connection())


def forget_letters(session: Session, *, now: datetime) -> None:
    """Forget the letters to the team that went, once the day's share is over."""
    forgotten = session.execute(
        delete(OutboxMail)
        .where(
            OutboxMail.kind.in_((INVITATION, SIGN_IN, REMOVAL, *approvals.LETTERS)),
            OutboxMail.state != MailState.QUEUED,
            OutboxMail.created_at < now - LETTERS_KEPT,
        )
        .returning(OutboxMail.id)
        .execution_options(synchronize_session=False)
    )
    if forgotten.first():
        leave_no_trace(session.connection())


def _lock(session: Session) -> Sequence[Organiser]:
    """Hold the members' rows: of two who remove each other, one is still there."""
    members = select(Organiser).where(Organiser.removed_at.is_(None)).order_by(Organiser.id)
    return session.scalars(members.with_for_update()).all()


def _check(by: Organiser, everybody: Sequence[Organiser]) -> None:
    """Refuse whoever was removed, or given another role, since they sent what they sent."""
    if by.id not in _orgas(everybody):
        raise NotYourRole


def _orgas(everybody: Sequence[Organiser]) -> set[int]:
    return {each.id for each in everybody if each.role is TeamRole.ORGA}


def _part_with(
    session: Session, leaving: Organiser, everybody: Sequence[Organiser], *, by: str, now: datetime
) -> None:
    for each in everybody:
        if each.email:
            outbox.queue(
                session, kind=REMOVAL, subject_id=leaving.id, recipient=each.email, now=now
            )
    leaving.removed_at, leaving.removed_by, leaving.email = now, by, None
    access.close_all(session, leaving)
    approvals.follow_team(session, now=now)
    journal.write(session, actor=by, act="organiser.remove", subject=leaving.name, now=now)
