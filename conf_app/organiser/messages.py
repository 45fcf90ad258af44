"""Write to the team."""

from typing import Any

from sqlalchemy.orm import Session

from conf_app.mail.compose import Composer, Message, write
from conf_app.mail.models import OutboxMail
from conf_app.organiser import access, approvals, members
from conf_app.organiser.models import Approval, Organiser, SignInLink, TeamRole
from conf_app.organiser.queries import said
from conf_app.web.context import now, settings, site_address


def invitation(session: Session, mail: OutboxMail) -> Message | None:
    """Write the mail that brings somebody into the team."""
    return _with_link("team_invitation", session, mail)


def sign_in(session: Session, mail: OutboxMail) -> Message | None:
    """Write the mail with the link that was asked for."""
    return _with_link("team_sign_in", session, mail)


def removal(session: Session, mail: OutboxMail) -> Message | None:
    """Write the mail that says who was taken out of the team, and by whom."""
    gone = session.get(Organiser, mail.subject_id)
    if gone is None or gone.removed_at is None:
        return None
    link = site_address("organiser.team.show")
    return _write("team_removal", name=gone.name, by=gone.removed_by, link=link)


def approval_asked(session: Session, mail: OutboxMail) -> Message | None:
    """Write the mail that asks another for their word."""
    return _about_an_act("team_approval_asked", session, mail)


def approval_answered(session: Session, mail: OutboxMail) -> Message | None:
    """Write the mail that says what another answered."""
    return _about_an_act("team_approval_answered", session, mail)


def proceeded(session: Session, mail: OutboxMail) -> Message | None:
    """Write the mail that says that an act went on without an answer."""
    return _about_an_act("team_proceeded", session, mail)


def _about_an_act(name: str, session: Session, mail: OutboxMail) -> Message | None:
    approval = session.get(Approval, mail.subject_id)
    if approval is None or approval.asked_by is None:
        return None
    return _write(
        name,
        asker=approval.asked_by.name,
        answerer=approval.answered_by.name if approval.answered_by else "",
        granted=approval.granted,
        act=said(session, approval.act, approval.subject),
        link=site_address("organiser.approving.show"),
    )


def _with_link(name: str, session: Session, mail: OutboxMail) -> Message | None:
    link = session.get(SignInLink, mail.subject_id)
    if link is None or link.expires_at <= now():
        return None
    if mail.recipient != link.organiser.email:  # numbers come back: this one may be another's now
        return None
    token = access.written_again(link, settings().ticket_keys)
    if token is None:
        return None
    address = site_address("organiser.connect", token=token)
    return _write(
        name,
        name=link.organiser.name,
        link=address,
        hours=_hours(link),
        sees_names=link.organiser.role is TeamRole.ORGA,
    )


def _hours(link: SignInLink) -> int:
    return round((link.expires_at - link.created_at).total_seconds() / 3600)


def _write(template: str, **values: Any) -> Message:
    return write(template, site=settings().public_url, **values)


COMPOSERS: dict[str, Composer] = {
    members.INVITATION: invitation,
    members.SIGN_IN: sign_in,
    members.REMOVAL: removal,
    approvals.ASKED: approval_asked,
    approvals.ANSWERED: approval_answered,
    approvals.PROCEEDED: proceeded,
}
"""Which kind of letter is written by what."""
