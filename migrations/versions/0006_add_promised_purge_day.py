"""Add the promised purge day: what a party was told when it registered."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_MOMENT = sa.DateTime(timezone=True)
_EVENT = sa.table(
    "event",
    sa.column("id", sa.Integer),
    sa.column("ends_at", _MOMENT),
    sa.column("timezone", sa.String),
    sa.column("purge_after_days", sa.Integer),
)
_SESSION = sa.table("session", sa.column("event_id", sa.Integer), sa.column("ends_at", _MOMENT))
_PARTY = sa.table("party", sa.column("event_id", sa.Integer), sa.column("purge_on", sa.Date))


def upgrade() -> None:
    """Apply: those who are registered were promised what their event says now."""
    with op.batch_alter_table("party") as batch_op:
        batch_op.add_column(sa.Column("purge_on", sa.Date(), nullable=True))
    connection = op.get_bind()
    for event in connection.execute(sa.select(_EVENT)).all():
        last = connection.scalar(
            sa.select(sa.func.max(_SESSION.c.ends_at)).where(_SESSION.c.event_id == event.id)
        )
        end = max(_aware(each) for each in (event.ends_at, last) if each is not None)
        day = (end + timedelta(days=event.purge_after_days)).astimezone(ZoneInfo(event.timezone))
        connection.execute(
            sa.update(_PARTY).where(_PARTY.c.event_id == event.id).values(purge_on=day.date())
        )
    with op.batch_alter_table("party") as batch_op:
        batch_op.alter_column("purge_on", existing_type=sa.Date(), nullable=False)


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("party") as batch_op:
        batch_op.drop_column("purge_on")


def _aware(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
