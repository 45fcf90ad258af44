"""Hold the organisers, the links that sign them in, and where they are signed in."""

import enum
from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from conf_app.database import Base


class TeamRole(enum.Enum):
    """What a member may see: all of it, or no more than a task needs, to protect people."""

    ORGA = "orga"
    PROGRAMME = "programme"
    ACCUEIL = "accueil"


class Organiser(Base):
    """Hold one member of the team; all of a role have equal rights.

    Who is removed keeps the name alone, by which the journal calls them.
    """

    __tablename__ = "organiser"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    removed_by: Mapped[str] = mapped_column(String(80), default="")
    role: Mapped[TeamRole] = mapped_column(default=TeamRole.ORGA)
    email: Mapped[str | None] = mapped_column(String(254), unique=True)


class SignInLink(Base):
    """Hold a link that signs an organiser in.

    ``uses_left`` counts down; it is absent on the demo's link, which stays usable. A link that goes
    by mail is derived from its seed once the letter is written.
    """

    __tablename__ = "sign_in_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    organiser_id: Mapped[int] = mapped_column(ForeignKey("organiser.id"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    uses_left: Mapped[int | None]
    key_number: Mapped[int | None]
    seed: Mapped[bytes | None] = mapped_column(LargeBinary(16))

    organiser: Mapped[Organiser] = relationship()


class SignInRequest(Base):
    """Hold an address typed to get a sign-in link, until the worker has looked it up."""

    __tablename__ = "sign_in_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(String(254))
    asked_at: Mapped[datetime]


class SignIn(Base):
    """Hold one browser where an organiser is signed in, and about when it was last seen."""

    __tablename__ = "sign_in"

    id: Mapped[int] = mapped_column(primary_key=True)
    organiser_id: Mapped[int] = mapped_column(ForeignKey("organiser.id"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    seen_at: Mapped[datetime]

    organiser: Mapped[Organiser] = relationship()


class PairAct(enum.Enum):
    """What takes two people where the team wants it so."""

    EXPORT = "export"  # take names along, or print them
    MAIL = "mail"  # write to many
    PURGE = "purge"  # erase before the day
    CANCEL = "cancel"  # call an event off
    REMOVE = "remove"  # take somebody out of the team
    RULE = "rule"  # end the rule itself


class PairRule(Base):
    """Say by its one row that some acts take two people.

    ``alone_since`` is when the team dropped to one who may approve.
    """

    __tablename__ = "pair_rule"

    id: Mapped[int] = mapped_column(primary_key=True)
    since: Mapped[datetime]
    alone_since: Mapped[datetime | None]


class Approval(Base):
    """Hold that a member asks for another's word on an act, or gives theirs ahead.

    ``subject`` names an event by its slug, or a member by number; empty is the rule itself.
    ``asked_by`` is nobody for a word given ahead. ``told_at`` is when all were told that it went on
    without an answer.
    """

    __tablename__ = "approval"

    id: Mapped[int] = mapped_column(primary_key=True)
    act: Mapped[PairAct]
    subject: Mapped[str] = mapped_column(String(80))
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("organiser.id"))
    asked_at: Mapped[datetime] = mapped_column(index=True)
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("organiser.id"))
    answered_at: Mapped[datetime | None]
    granted: Mapped[bool] = mapped_column(default=False)
    told_at: Mapped[datetime | None]

    asked_by: Mapped[Organiser | None] = relationship(foreign_keys=[asked_by_id])
    answered_by: Mapped[Organiser | None] = relationship(foreign_keys=[answered_by_id])
