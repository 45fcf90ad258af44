"""Let tickets be revoked, seats given at a door be taken back, and phones be known as silent."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

_REASONS = (
    *("unknown", "other_event", "cancelled", "passed_on", "no_seat", "not_this_session"),
    *("other_day", "rehearsal", "pass_revoked", "pass_over"),
)


def upgrade() -> None:
    """Apply."""
    op.rename_table("passed_on", "old_ticket")
    why = sa.Enum(
        *("passed_on", "revoked"),
        name="oldbecause",
        native_enum=False,
        create_constraint=True,
        length=16,
    )
    with op.batch_alter_table("old_ticket") as batch_op:
        batch_op.add_column(sa.Column("why", why, nullable=False, server_default="passed_on"))
        batch_op.add_column(sa.Column("reference", sa.String(7), nullable=True))
    with op.batch_alter_table("old_ticket") as batch_op:
        batch_op.alter_column("why", existing_type=sa.String(16), server_default=None)
        batch_op.drop_index("ix_passed_on_registration_id")
        batch_op.create_index(op.f("ix_old_ticket_registration_id"), ["registration_id"])
    with op.batch_alter_table("device") as batch_op:
        batch_op.add_column(sa.Column("heard_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("passage") as batch_op:
        batch_op.add_column(
            sa.Column("was_held", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.add_column(sa.Column("left_for_it", sa.JSON(), nullable=True))
    with op.batch_alter_table("passage") as batch_op:
        batch_op.alter_column("was_held", existing_type=sa.Boolean(), server_default=None)
    _allow_reasons(*_REASONS, "revoked")


def downgrade() -> None:
    """Undo; revoked tickets are unknown again."""
    op.execute("UPDATE passage SET reason = 'unknown' WHERE reason = 'revoked'")
    _allow_reasons(*_REASONS)
    with op.batch_alter_table("passage") as batch_op:
        batch_op.drop_column("left_for_it")
        batch_op.drop_column("was_held")
    with op.batch_alter_table("device") as batch_op:
        batch_op.drop_column("heard_at")
    op.execute("DELETE FROM old_ticket WHERE why = 'revoked'")
    with op.batch_alter_table("old_ticket") as batch_op:
        batch_op.drop_constraint(op.f("ck_old_ticket_oldbecause"), type_="check")
        batch_op.drop_column("reference")
        batch_op.drop_column("why")
        batch_op.drop_index(op.f("ix_old_ticket_registration_id"))
        batch_op.create_index("ix_passed_on_registration_id", ["registration_id"])
    op.rename_table("old_ticket", "passed_on")


def _allow_reasons(*reasons: str) -> None:
    """Let a refusal at a door have one of these reasons."""
    listed = ", ".join(f"'{reason}'" for reason in reasons)
    with op.batch_alter_table("passage") as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_passage_reason"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_passage_reason"), f"reason IN ({listed})")
