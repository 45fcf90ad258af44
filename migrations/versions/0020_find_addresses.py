"""Find the parties of an event by their addresses alone, and likely doubles by index."""

from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Apply."""
    # Another index of parties begins with the event.
    op.drop_index(op.f("ix_party_event_id"), table_name="party")
    op.drop_index("ix_registration_name_key", table_name="registration")
    op.create_index("ix_registration_name_key", "registration", ["event_id", "name_key", "state"])


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_registration_name_key", table_name="registration")
    op.create_index("ix_registration_name_key", "registration", ["event_id", "name_key"])
    op.create_index(op.f("ix_party_event_id"), "party", ["event_id"])
