"""Let the team ask for a second person before what cannot be undone."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "pair_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("alone_since", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pair_rule")),
    )
    act = sa.Enum(
        *("export", "mail", "purge", "cancel", "remove", "rule"),
        name="pairact",
        native_enum=False,
        create_constraint=True,
        length=16,
    )
    op.create_table(
        "approval",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("act", act, nullable=False),
        sa.Column("subject", sa.String(80), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["organiser.id"], name=op.f("fk_approval_asked_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["organiser.id"], name=op.f("fk_approval_answered_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval")),
    )
    op.create_index(op.f("ix_approval_asked_at"), "approval", ["asked_at"])


def downgrade() -> None:
    """Undo."""
    op.drop_table("approval")
    op.drop_table("pair_rule")
