"""Move seats: all or none, always in the same order, never beyond what there is."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Integer, bindparam, select, update
from sqlalchemy.orm import Session

from conf_app.refusals import Refusal
from conf_app.seats.models import SeatPool
from conf_app.seats.rules import Seats

# Written once, for the table: the ORM would build and read over each of them at every move.
_POOLS = SeatPool.metadata.tables[SeatPool.__tablename__]
_CHANGE = bindparam("change", type_=Integer)
_LOCK = select(_POOLS.c.id).where(_POOLS.c.id == bindparam("pool")).with_for_update()
_MOVED = (
    update(_POOLS)
    .where(_POOLS.c.id == bindparam("pool"))
    .values(taken=_POOLS.c.taken + _CHANGE, version=_POOLS.c.version + 1)
    .returning(_POOLS.c.id)
)
_TAKE = _MOVED.where(_POOLS.c.taken + _POOLS.c.held + _CHANGE <= _POOLS.c.capacity)
_GIVE_BACK = _MOVED.where(_POOLS.c.taken + _CHANGE >= 0)


class NotEnoughSeats(Refusal):
    """Some pools, named by id, have not the seats asked for."""

    def __init__(self, pools: Iterable[int]) -> None:
        super().__init__("not enough seats")
        self.pools = frozenset(pools)


class CapacityBelowTaken(Refusal):
    """A capacity cannot go below the seats taken and held back."""


def open_pool(session: Session, *, capacity: int, held: int = 0) -> SeatPool:
    """Add a pool of empty seats and return it."""
    pool = SeatPool(capacity=capacity, held=held, taken=0, version=1)
    session.add(pool)
    session.flush()
    return pool


def lock(session: Session, pool_id: int) -> None:
    """Take a pool's row for this transaction: an event's day pool comes before all its others.

    SQLite holds its one write lock already and has no such words; PostgreSQL locks the row.
    """
    if session.get_bind().dialect.name == "sqlite":
        return
    session.execute(_LOCK, {"pool": pool_id})


def move(session: Session, changes: Mapping[int, int]) -> None:
    """Take (+n) or give back (-n) seats of the pools named by id: all of them, or none.

    Pools are reached in the order of their ids, so that no two transactions can wait for each
    other. Name a pool with 0 to raise its version. Raises NotEnoughSeats naming each pool that
    has not the seats; the transaction must then roll back.
    """
    short = []
    for pool_id in sorted(changes):
        statement = _TAKE if changes[pool_id] > 0 else _GIVE_BACK
        values = {"pool": pool_id, "change": changes[pool_id]}
        if session.execute(statement, values).first() is None:
            short.append(pool_id)
    if short:
        raise NotEnoughSeats(short)


def resize(session: Session, pool_id: int, *, capacity: int, held: int) -> None:
    """Set how many seats a pool has and how many are held back.

    Raises CapacityBelowTaken if the taken seats would not fit any more.
    """
    resized = session.execute(
        update(SeatPool)
        .where(SeatPool.id == pool_id, SeatPool.taken + held <= capacity)
        .values(capacity=capacity, held=held, version=SeatPool.version + 1)
        .returning(SeatPool.id)
        .execution_options(synchronize_session=False)
    ).first()
    if resized is None:
        raise CapacityBelowTaken


def hold_back(session: Session, pool_id: int, more: int) -> None:
    """Hold back ``more`` seats of a pool, or fewer if negative; raises CapacityBelowTaken."""
    seats = count(session, [pool_id])[pool_id]
    resize(session, pool_id, capacity=seats.capacity, held=seats.held + more)


def count(session: Session, pool_ids: Iterable[int]) -> dict[int, Seats]:
    """Return the seats of the pools named by id."""
    rows = session.execute(
        select(
            SeatPool.id, SeatPool.capacity, SeatPool.taken, SeatPool.held, SeatPool.version
        ).where(SeatPool.id.in_(list(pool_ids)))
    )
    return {row.id: Seats(row.capacity, row.taken, row.held, row.version) for row in rows}
