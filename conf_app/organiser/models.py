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
