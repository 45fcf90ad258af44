"""Add the objection to reminders, and let a consent be erased."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_MOMENT = sa.DateTime(timezone=True)
_PARTY = sa.table("party", sa.column("consented_at", _MOMENT), sa.column("id", sa.Integer))
_REGISTRATION = sa.table(
    "registration", sa.column("party_id", sa.Integer), sa.column("created_at", _MOMENT)
)


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("party") as batch_op:
        batch_op.add_column(
            sa.Column("reminders", sa.Boolean(), nullable=False, server_default=sa.true())
        )
        batch_op.alter_column("consented_at", existing_type=_MOMENT, nullable=True)
    with op.batch_alter_table("party") as batch_op:
        batch_op.alter_column("reminders", existing_type=sa.Boolean(), server_default=None)


def downgrade() -> None:
    """Undo: a consent that was erased is dated like the registration."""
    made = (
        sa.select(sa.func.min(_REGISTRATION.c.created_at))
        .where(_REGISTRATION.c.party_id == _PARTY.c.id)
        .scalar_subquery()
    )
    erased = sa.update(_PARTY).where(_PARTY.c.consented_at.is_(None))
    op.execute(erased.values(consented_at=made))
    with op.batch_alter_table("party") as batch_op:
        batch_op.alter_column("consented_at", existing_type=_MOMENT, nullable=False)
        batch_op.drop_column("reminders")
