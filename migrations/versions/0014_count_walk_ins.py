"""Let passages count who has no ticket, and be undone."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

_ADMITTED = "verdict = 'admitted'"
_STANDS = f"{_ADMITTED} AND undone_at IS NULL"
_INDEXES = {
    "uq_passage_admitted_once": (["registration_id"], " AND session_id IS NULL"),
    "uq_passage_admitted_once_a_session": (["session_id", "registration_id"], ""),
}


def upgrade() -> None:
    """Apply."""
    for name in _INDEXES:
        op.drop_index(name, table_name="passage")
    with op.batch_alter_table("passage") as batch_op:
        batch_op.add_column(
            sa.Column("kind", _among("passagekind", "ticket", "badge", "walk_in"), nullable=True)
        )
        batch_op.add_column(sa.Column("beyond", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column("undone_why", _among("undoreason", "not_in", "mistake"), nullable=True)
        )
    op.execute(sa.text("UPDATE passage SET kind = 'ticket', beyond = :no").bindparams(no=False))
    with op.batch_alter_table("passage") as batch_op:
        batch_op.alter_column("kind", existing_type=sa.String(16), nullable=False)
        batch_op.alter_column("beyond", existing_type=sa.Boolean(), nullable=False)
    _make_indexes(_STANDS)


def downgrade() -> None:
    """Undo; passages that were undone go, and those of nobody's ticket."""
    op.execute("DELETE FROM passage WHERE undone_at IS NOT NULL OR kind <> 'ticket'")
    for name in _INDEXES:
        op.drop_index(name, table_name="passage")
    with op.batch_alter_table("passage") as batch_op:
        for check in ("ck_passage_passagekind", "ck_passage_undoreason"):
            batch_op.drop_constraint(batch_op.f(check), type_="check")
        for name in ("undone_why", "undone_at", "beyond", "kind"):
            batch_op.drop_column(name)
    _make_indexes(_ADMITTED)


def _among(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=16)


def _make_indexes(where: str) -> None:
    for name, (columns, more) in _INDEXES.items():
        op.create_index(
            name,
            "passage",
            columns,
            unique=True,
            sqlite_where=sa.text(where + more),
            postgresql_where=sa.text(where + more),
        )
