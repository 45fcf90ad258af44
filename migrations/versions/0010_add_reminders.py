"""Add what reminders need: when to ask, who was asked, which seats silence gave back."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("event") as batch_op:
        batch_op.add_column(
            sa.Column("reminder_days", sa.Integer(), server_default="5", nullable=False)
        )
        batch_op.add_column(
            sa.Column("release_days", sa.Integer(), server_default="0", nullable=False)
        )
        batch_op.add_column(
            sa.Column("eve_letter", sa.Boolean(), server_default=sa.true(), nullable=False)
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_event_asked_before_released"),
            "release_days = 0 OR release_days < reminder_days",
        )
    with op.batch_alter_table("registration") as batch_op:
        batch_op.add_column(
            sa.Column("released", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
    op.create_table(
        "presence",
        sa.Column("party_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("told_at", _MOMENT, nullable=True),
        sa.Column("answer_by", _MOMENT, nullable=True),
        sa.Column("answered_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["party_id"], ["party.id"], name=op.f("fk_presence_party_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("party_id", name=op.f("pk_presence")),
    )
    with op.batch_alter_table("presence") as batch_op:
        batch_op.create_index(batch_op.f("ix_presence_answer_by"), ["answer_by"], unique=False)
    op.create_table(
        "reminder_round",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "presence",
                "eve",
                name="reminder",
                native_enum=False,
                create_constraint=True,
                length=16,
            ),
            nullable=False,
        ),
        sa.Column("starts_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_reminder_round_event_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("event_id", "kind", name=op.f("pk_reminder_round")),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("reminder_round")
    op.drop_table("presence")
    with op.batch_alter_table("registration") as batch_op:
        batch_op.drop_column("released")
    with op.batch_alter_table("event") as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_event_asked_before_released"), type_="check")
        batch_op.drop_column("eve_letter")
        batch_op.drop_column("release_days")
        batch_op.drop_column("reminder_days")
