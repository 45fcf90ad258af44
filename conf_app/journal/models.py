"""Remember who did, read or exported what."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from conf_app.database import Base


class JournalEntry(Base):
    """Hold one line of the journal; it names no attendee, and the database keeps it as it is."""

    __tablename__ = "journal_entry"
    __table_args__ = (
        Index("ix_journal_entry_actor", "actor", "id"),
        Index("ix_journal_entry_act", "act", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(String(120))
    act: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(120), default="")
    count: Mapped[int] = mapped_column(default=1)
