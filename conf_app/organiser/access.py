"""Let organisers in: links that sign in once, browsers that stay signed in, and the way out."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, exists, or_, select, update
from sqlalchemy.orm import Session, contains_eager, joinedload

from conf_app import codes
from conf_app.codes import BearerToken, KeyRing, Seed
from conf_app.journal import actions as journal
from conf_app.organiser.models import Organiser, SignIn, SignInLink
from conf_app.refusals import Refusal

LINK_LIFE = timedelta(hours=24)
ASKED_LIFE = timedelta(hours=1)
"""How long a link lasts that was asked for by mail."""
SIGN_IN_LIFE = timedelta(days=14)
FRESH_FOR = timedelta(hours=1)
"""How long after signing in names may leave the site."""
SEEN_EVERY = timedelta(hours=1)
_DEMO_LIFE = timedelta(days=3650)


class LinkExpired(Refusal):
    """The link was used, is too old, was never made, or its organiser has left."""


def demo_link(session: Session, name: str = "Démo", *, now: datetime) -> BearerToken:
    """Make a link that signs in as often as one likes; it replaces the demo's last one."""
    organiser = join(session, name, now=now)
    session.execute(delete(SignInLink).where(SignInLink.uses_left.is_(None)))
    token = codes.new_token()
    _add_link(session, organiser, token, now=now, life=_DEMO_LIFE, uses=None)
    return token


def one_link(session: Session, organiser: Organiser, *, now: datetime) -> BearerToken:
    """Make a link that signs that organiser in once."""
    token = codes.new_token()
    _add_link(session, organiser, token, now=now, life=LINK_LIFE, uses=1)
    return token


def derived_link(
    session: Session,
    organiser: Organiser,
    *,
    keys: KeyRing,
    now: datetime,
    life: timedelta = LINK_LIFE,
) -> tuple[BearerToken, SignInLink]:
    """Make a link that signs that organiser in once, and that a letter can write again."""
    seed = codes.new_seed()
    token = codes.sign_in_token(keys[keys.current], seed)
    link = _add_link(session, organiser, token, now=now, life=life, uses=1)
    link.key_number, link.seed = keys.current, seed
    session.flush()
    return token, link


def written_again(link: SignInLink, keys: KeyRing) -> BearerToken | None:
    """Return the token of a link that goes by mail, if it still opens; None if it does not."""
    if link.uses_left == 0 or link.seed is None or link.key_number is None:
        return None
    return codes.sign_in_token(keys[link.key_number], Seed(link.seed))


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


def holder_if_any(session: Session, token: str, *, now: datetime) -> Organiser | None:
    """Return whom a link would sign in, or None."""
    try:
        return link_holder(session, token, now=now)
    except LinkExpired:
        return None


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
            seen_at=now,
        )
    )
    journal.write(session, actor=organiser.name, act="organiser.sign-in", now=now)
    return secret


def signed_in(session: Session, token: BearerToken | None, *, now: datetime) -> SignIn | None:
    """Return the sign-in of this browser, with whose it is, if there is one."""
    if token is None:
        return None
    return session.scalar(
        select(SignIn)
        .join(SignIn.organiser)
        .options(contains_eager(SignIn.organiser))
        .where(
            SignIn.token_hash == codes.digest(token),
            SignIn.expires_at > now,
            Organiser.removed_at.is_(None),
        )
    )


def is_fresh(sign_in: SignIn, *, now: datetime) -> bool:
    """Whether somebody signed in here a short while ago."""
    return now - sign_in.created_at < FRESH_FOR


def is_long_unseen(sign_in: SignIn, *, now: datetime) -> bool:
    """Whether it is worth noting that a browser came by."""
    return now - sign_in.seen_at >= SEEN_EVERY


def see(session: Session, number: int, *, now: datetime) -> None:
    """Note that a browser came by."""
    session.execute(update(SignIn).where(SignIn.id == number).values(seen_at=now))


def sign_out(session: Session, token: BearerToken) -> None:
    """End the sign-in of one browser."""
    session.execute(delete(SignIn).where(SignIn.token_hash == codes.digest(token)))


def join(session: Session, name: str, *, now: datetime) -> Organiser:
    """Return the member of that name; who is new, or had left, joins the team."""
    organiser = session.scalar(select(Organiser).where(Organiser.name == name))
    if organiser is None:
        organiser = Organiser(name=name, created_at=now)
        session.add(organiser)
    organiser.removed_at, organiser.removed_by = None, ""
    return organiser


def came_ever(session: Session, organiser: Organiser) -> bool:
    """Whether an organiser signed in once, by any link."""
    used = exists().where(SignInLink.organiser_id == organiser.id, SignInLink.uses_left == 0)
    inside = exists().where(SignIn.organiser_id == organiser.id)
    return bool(session.scalar(select(or_(used, inside))))


def sign_ins(session: Session, organiser: Organiser, *, now: datetime) -> Sequence[SignIn]:
    """Return where an organiser is signed in, the latest seen first."""
    open_ones = select(SignIn).where(SignIn.organiser_id == organiser.id, SignIn.expires_at > now)
    return session.scalars(open_ones.order_by(SignIn.seen_at.desc(), SignIn.id.desc())).all()


def close(session: Session, organiser: Organiser, number: int) -> None:
    """End one of an organiser's own sign-ins; one that is closed already stays so."""
    session.execute(delete(SignIn).where(SignIn.id == number, SignIn.organiser_id == organiser.id))


def close_all(session: Session, organiser: Organiser) -> None:
    """End all of an organiser's sign-ins, and void the links that would make more."""
    for table in (SignIn, SignInLink):
        session.execute(delete(table).where(table.organiser_id == organiser.id))


def _add_link(
    session: Session,
    organiser: Organiser,
    token: BearerToken,
    *,
    now: datetime,
    life: timedelta,
    uses: int | None,
) -> SignInLink:
    link = SignInLink(
        organiser=organiser,
        token_hash=codes.digest(token),
        created_at=now,
        expires_at=now + life,
        uses_left=uses,
    )
    session.add(link)
    return link


def _digest(token: str) -> bytes:
    try:
        return codes.digest(token)
    except codes.NotACode:
        raise LinkExpired from None
