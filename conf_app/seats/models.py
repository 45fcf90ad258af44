"""Hold the seats: one row a pool, and what the database itself forbids."""

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from conf_app.database import Base
from conf_app.seats.rules import Seats


class SeatPool(Base):
    """Count the seats of one thing: a day, a session.

    ``held`` seats are kept back from the public. ``version`` is raised by every change.
    """

    __tablename__ = "seat_pool"
    __table_args__ = (
        CheckConstraint("taken >= 0 AND held >= 0", name="not_negative"),
        CheckConstraint("taken + held <= capacity", name="never_oversold"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    capacity: Mapped[int]
    taken: Mapped[int] = mapped_column(default=0)
    held: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)

    @property
    def seats(self) -> Seats:
        """What it counted when it was loaded."""
        return Seats(self.capacity, self.taken, self.held, self.version)
