"""Let nobody change or take away a line of the journal, and find lines by who and what."""

from alembic import op

revision = "0017"
down_revision = "0016"

_SAYS = "the journal only grows"


def upgrade() -> None:
    """Apply."""
    op.create_index("ix_journal_entry_actor", "journal_entry", ["actor", "id"])
    op.create_index("ix_journal_entry_act", "journal_entry", ["act", "id"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION keep_the_journal() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN RAISE EXCEPTION '{_SAYS}'; END $$"
        )
        op.execute(
            "CREATE TRIGGER keep_the_journal BEFORE UPDATE OR DELETE ON journal_entry"
            " FOR EACH ROW EXECUTE FUNCTION keep_the_journal()"
        )
        return
    for act in ("update", "delete"):
        op.execute(
            f"CREATE TRIGGER keep_the_journal_{act} BEFORE {act.upper()} ON journal_entry"
            f" BEGIN SELECT RAISE(ABORT, '{_SAYS}'); END"
        )


def downgrade() -> None:
    """Undo."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER keep_the_journal ON journal_entry")
        op.execute("DROP FUNCTION keep_the_journal()")
    else:
        for act in ("update", "delete"):
            op.execute(f"DROP TRIGGER keep_the_journal_{act}")
    op.drop_index("ix_journal_entry_act", "journal_entry")
    op.drop_index("ix_journal_entry_actor", "journal_entry")
