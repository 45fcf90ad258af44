"""Create the queues for seats."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "wait",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("party_id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=True),
        sa.Column("pool_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "offered",
                "accepted",
                "declined",
                "lapsed",
                "left",
                name="waitstate",
                native_enum=False,
                create_constraint=True,
                length=16,
            ),
            nullable=False,
        ),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deadline", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_wait_event_id")),
        sa.ForeignKeyConstraint(
            ["party_id"], ["party.id"], name=op.f("fk_wait_party_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["pool_id"], ["seat_pool.id"], name=op.f("fk_wait_pool_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name=op.f("fk_wait_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wait")),
    )
    with op.batch_alter_table("wait") as batch_op:
        batch_op.create_index("ix_wait_queue", ["event_id", "state", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_wait_party_id"), ["party_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_wait_pool_id"), ["pool_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_wait_session_id"), ["session_id"], unique=False)
    op.create_table(
        "wait_people",
        sa.Column("wait_id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_wait_people_registration_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["wait_id"], ["wait.id"], name=op.f("fk_wait_people_wait_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("wait_id", "registration_id", name=op.f("pk_wait_people")),
    )
    with op.batch_alter_table("wait_people") as batch_op:
        batch_op.create_index(
            batch_op.f("ix_wait_people_registration_id"), ["registration_id"], unique=False
        )


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("wait_people") as batch_op:
        batch_op.drop_index(batch_op.f("ix_wait_people_registration_id"))
    op.drop_table("wait_people")
    with op.batch_alter_table("wait") as batch_op:
        batch_op.drop_index(batch_op.f("ix_wait_session_id"))
        batch_op.drop_index(batch_op.f("ix_wait_pool_id"))
        batch_op.drop_index(batch_op.f("ix_wait_party_id"))
        batch_op.drop_index("ix_wait_queue")
    op.drop_table("wait")
