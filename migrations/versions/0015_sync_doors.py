"""Let phones follow tickets and passages, and tell what they answered without network."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

_REASONS = "unknown", "other_event", "cancelled", "passed_on", "no_seat", "not_this_session"
_MORE = "other_day", "rehearsal", "pass_revoked", "pass_over"
_ENUMS = {
    "shown": ("answer", "admitted", "already_in", "refused", "trusted", "to_desk"),
    "settled_how": ("settlement", "same_person", "two_people", "turned_back", "noted"),
}


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("event") as batch_op:
        batch_op.add_column(
            sa.Column("trust_offline", sa.Boolean(), nullable=False, server_default=sa.true())
        )
    # SQLite adds no column whose default it must reckon: the table is written anew.
    for table in ("registration", "passage"):
        with op.batch_alter_table(table, recreate="auto" if _on_postgresql() else "always") as rows:
            rows.add_column(
                sa.Column(
                    "changed_at",
                    sa.DateTime(timezone=True),
                    nullable=False,
                    server_default=sa.func.now(),
                )
            )
    op.create_index("ix_registration_changed", "registration", ["event_id", "changed_at"])
    op.create_index(op.f("ix_passage_changed_at"), "passage", ["changed_at"])
    with op.batch_alter_table("passage") as batch_op:
        batch_op.add_column(sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column("settled_by", sa.String(60), nullable=False, server_default="")
        )
        for column, (name, *values) in _ENUMS.items():
            kind = sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=16)
            batch_op.add_column(sa.Column(column, kind, nullable=True))
    with op.batch_alter_table("passage") as batch_op:
        batch_op.alter_column("settled_by", existing_type=sa.String(60), server_default=None)
    _allow_reasons(*_REASONS, *_MORE)


def downgrade() -> None:
    """Undo; refusals of the newer kinds go."""
    listed = ", ".join(f"'{reason}'" for reason in _MORE)
    op.execute(f"DELETE FROM passage WHERE reason IN ({listed})")  # noqa: S608 - our own words
    _allow_reasons(*_REASONS)
    op.drop_index(op.f("ix_passage_changed_at"), table_name="passage")
    op.drop_index("ix_registration_changed", table_name="registration")
    with op.batch_alter_table("passage") as batch_op:
        for name, *_ in _ENUMS.values():
            batch_op.drop_constraint(batch_op.f(f"ck_passage_{name}"), type_="check")
        for column in ("shown", "settled_how", "settled_by", "settled_at", "changed_at"):
            batch_op.drop_column(column)
    with op.batch_alter_table("registration") as batch_op:
        batch_op.drop_column("changed_at")
    with op.batch_alter_table("event") as batch_op:
        batch_op.drop_column("trust_offline")


def _on_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _allow_reasons(*reasons: str) -> None:
    """Let a refusal at a door have one of these reasons."""
    listed = ", ".join(f"'{reason}'" for reason in reasons)
    with op.batch_alter_table("passage") as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_passage_reason"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_passage_reason"), f"reason IN ({listed})")
