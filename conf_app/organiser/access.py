"""Let organisers in: links that sign in once, browsers that stay signed in, and the way out."""

from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session, joinedload

from conf_app import codes
from conf_app.codes import BearerToken
from conf_app.journal import actions as journal
from conf_app.organiser.models import Organiser, SignIn, SignInLink
from conf_app.refusals import NotFound, Refusal

LINK_LIFE = timedelta(hours=24)
SIGN_IN_LIFE = timedelta(days=14)
_DEMO_LIFE = timedelta(days=3650)


class LinkExpired(Refusal):
    """The link was used, is too old, was never made, or its organiser has left."""


def invite(session: Session, name: str, *, now: datetime) -> BearerToken:
    """Make a link that signs that organiser in once; who is new, or had left, joins the team."""
    organiser = _member(session, name, now=now)
    journal.write(
        session, actor=journal.COMMAND_LINE, act="organiser.invite", subject=name, now=now
    )
    return _link(session, organiser, now=now, life=LINK_LIFE, uses=1)


def demo_link(session: Session, name: str = "Démo", *, now: datetime) -> BearerToken:
    """Make a link that signs in as often as one likes; it replaces the demo's last one."""
    organiser = _member(session, name, now=now)
    session.execute(delete(SignInLink).where(SignInLink.uses_left.is_(None)))
    return _link(session, organiser, now=now, life=_DEMO_LIFE, uses=None)


def remove(session: Session, name: str, *, now: datetime) -> None:
    """Take somebody out of the team: links and signed-in browsers stop at once."""
    organiser = session.scalar(
        select(Organiser).where(Organiser.name == name, Organiser.removed_at.is_(None))
    )
    if organiser is None:
        raise NotFound(f"personne ne s’appelle « {name} » dans l’équipe.")
    organiser.removed_at = now
    for table in (SignIn, SignInLink):
        session.execute(delete(table).where(table.organiser_id == organiser.id))
    journal.write(
        session, actor=journal.COMMAND_LINE, act="organiser.remove", subject=name, now=now
    )


def link_holder(session: Session, token: str, *, now: datetime) -> Organiser:
    """Return whom a link would sign in, without using it; raise LinkExpired if nobody."""
    link = session.scalar(
        select(SignInLink)
        .join(SignInLink.organiser)
        .options(joinedload(SignInLink.organiser))
        .where(
            SignInLink.token_hash == _digest(token),
            SignInLink.expires_at > now,
            or_(SignInLink.uses_left.is_(None), SignInLink.uses_left > 0),
            Organiser.removed_at.is_(None),
        )
    )
    if link is None:
        raise LinkExpired
    return link.organiser


def sign_in(session: Session, token: str, *, now: datetime) -> BearerToken:
    """Use a link up and return the token of a new sign-in; raise LinkExpired."""
    organiser = link_holder(session, token, now=now)
    # Two browsers may post one link at once: the row itself says who was first.
    used = session.execute(
        update(SignInLink)
        .where(
            SignInLink.token_hash == _digest(token),
            or_(SignInLink.uses_left.is_(None), SignInLink.uses_left > 0),
        )
        .values(uses_left=SignInLink.uses_left - 1)
        .returning(SignInLink.id)
        .execution_options(synchronize_session=False)
    ).first()
    if used is None:
        raise LinkExpired
    secret = codes.new_token()
    session.add(
        SignIn(
            organiser=organiser,
            token_hash=codes.digest(secret),
            created_at=now,
            expires_at=now + SIGN_IN_LIFE,
        )
    )
    journal.write(session, actor=organiser.name, act="organiser.sign-in", now=now)
    return secret


def signed_in(session: Session, token: BearerToken | None, *, now: datetime) -> Organiser | None:
    """Return the organiser who holds this browser, if there is one."""
    if token is None:
        return None
    return session.scalar(
        select(Organiser)
        .join(SignIn, SignIn.organiser_id == Organiser.id)
        .where(
            SignIn.token_hash == codes.digest(token),
            SignIn.expires_at > now,
            Organiser.removed_at.is_(None),
        )
    )


def sign_out(session: Session, token: BearerToken) -> None:
    """End the sign-in of one browser."""
    session.execute(delete(SignIn).where(SignIn.token_hash == codes.digest(token)))


def _member(session: Session, name: str, *, now: datetime) -> Organiser:
    organiser = session.scalar(select(Organiser).where(Organiser.name == name))
    if organiser is None:
        organiser = Organiser(name=name, created_at=now)
        session.add(organiser)
    organiser.removed_at = None
    return organiser


def _link(
    session: Session, organiser: Organiser, *, now: datetime, life: timedelta, uses: int | None
) -> BearerToken:
    token = codes.new_token()
    session.add(
        SignInLink(
            organiser=organiser,
            token_hash=codes.digest(token),
            created_at=now,
            expires_at=now + life,
            uses_left=uses,
        )
    )
    return token


def _digest(token: str) -> bytes:
    try:
        return codes.digest(token)
    except codes.NotACode:
        raise LinkExpired from None
