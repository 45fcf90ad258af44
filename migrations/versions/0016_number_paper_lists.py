"""Let a door pass be a paper list."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("door_pass") as batch_op:
        batch_op.add_column(sa.Column("copy_number", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("door_pass") as batch_op:
        batch_op.drop_column("copy_number")
