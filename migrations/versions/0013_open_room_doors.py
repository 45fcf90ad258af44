"""Let door passes hold a room: the sessions they let people in to, and passages there."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_ADMITTED = "verdict = 'admitted'"
_TO_THE_EVENT = f"{_ADMITTED} AND session_id IS NULL"
_REASONS = "unknown", "other_event", "cancelled", "no_seat", "passed_on"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "door_pass_session",
        sa.Column("pass_id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["pass_id"],
            ["door_pass.id"],
            name=op.f("fk_door_pass_session_pass_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["session.id"],
            name=op.f("fk_door_pass_session_session_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("pass_id", "session_id", name=op.f("pk_door_pass_session")),
    )
    with op.batch_alter_table("door_pass") as batch_op:
        for name in ("is_room", "may_add"):
            batch_op.add_column(
                sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())
            )
    with op.batch_alter_table("door_pass") as batch_op:
        for name in ("is_room", "may_add"):
            batch_op.alter_column(name, existing_type=sa.Boolean(), server_default=None)
    with op.batch_alter_table("device") as batch_op:
        batch_op.add_column(sa.Column("session_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_device_session_id"),
            "session",
            ["session_id"],
            ["id"],
            ondelete="SET NULL",
        )
    with op.batch_alter_table("passage") as batch_op:
        batch_op.drop_index("uq_passage_admitted_once")
        batch_op.add_column(sa.Column("session_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_passage_session_id"),
            "session",
            ["session_id"],
            ["id"],
            ondelete="CASCADE",
        )
    _index("uq_passage_admitted_once", ["registration_id"], _TO_THE_EVENT)
    _index("uq_passage_admitted_once_a_session", ["session_id", "registration_id"], _ADMITTED)
    _allow_reasons(*_REASONS, "not_this_session")


def downgrade() -> None:
    """Undo; the entries to rooms go, as nothing could tell them from those to the event."""
    op.execute("DELETE FROM passage WHERE session_id IS NOT NULL")
    _allow_reasons(*_REASONS)
    op.drop_index("uq_passage_admitted_once_a_session", table_name="passage")
    op.drop_index("uq_passage_admitted_once", table_name="passage")
    with op.batch_alter_table("passage") as batch_op:
        batch_op.drop_constraint(op.f("fk_passage_session_id"), type_="foreignkey")
        batch_op.drop_column("session_id")
    _index("uq_passage_admitted_once", ["registration_id"], _ADMITTED)
    with op.batch_alter_table("device") as batch_op:
        batch_op.drop_constraint(op.f("fk_device_session_id"), type_="foreignkey")
        batch_op.drop_column("session_id")
    with op.batch_alter_table("door_pass") as batch_op:
        for name in ("may_add", "is_room"):
            batch_op.drop_column(name)
    op.drop_table("door_pass_session")


def _index(name: str, columns: list[str], where: str) -> None:
    op.create_index(
        name,
        "passage",
        columns,
        unique=True,
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )


def _allow_reasons(*reasons: str) -> None:
    """Let a refusal at a door have one of these reasons."""
    listed = ", ".join(f"'{reason}'" for reason in reasons)
    with op.batch_alter_table("passage") as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_passage_reason"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_passage_reason"), f"reason IN ({listed})")
