"""Let a door pass count its phones, look for names, and name whom to call."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

_TOLD = {"referent": 60, "phone": 30}


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("door_pass") as batch_op:
        batch_op.add_column(sa.Column("devices_at_most", sa.Integer(), nullable=True))
        batch_op.add_column(
            sa.Column("may_search", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        for name, length in _TOLD.items():
            batch_op.add_column(
                sa.Column(name, sa.String(length=length), nullable=False, server_default="")
            )
    with op.batch_alter_table("door_pass") as batch_op:
        batch_op.alter_column("may_search", existing_type=sa.Boolean(), server_default=None)
        for name, length in _TOLD.items():
            batch_op.alter_column(name, existing_type=sa.String(length=length), server_default=None)
    with op.batch_alter_table("device") as batch_op:
        batch_op.add_column(sa.Column("left_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("device") as batch_op:
        batch_op.drop_column("left_at")
    with op.batch_alter_table("door_pass") as batch_op:
        for name in ("phone", "referent", "may_search", "devices_at_most"):
            batch_op.drop_column(name)
