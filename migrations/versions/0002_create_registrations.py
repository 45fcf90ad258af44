"""Create the registrations."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "ticket_key",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_ticket_key")),
    )
    op.create_table(
        "registration",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "confirmed",
                "waiting",
                "offered",
                "cancelled",
                name="registrationstate",
                native_enum=False,
                create_constraint=True,
                length=16,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("name_key", sa.String(length=160), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("reference", sa.String(length=7), nullable=False),
        sa.Column("key_number", sa.Integer(), nullable=False),
        sa.Column("ticket_seed", sa.LargeBinary(length=16), nullable=False),
        sa.Column("ticket_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("manage_seed", sa.LargeBinary(length=16), nullable=False),
        sa.Column("manage_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("consent_version", sa.String(length=20), nullable=False),
        sa.Column("consented_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_registration_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration")),
        sa.UniqueConstraint("manage_hash", name=op.f("uq_registration_manage_hash")),
        sa.UniqueConstraint("reference", name=op.f("uq_registration_reference")),
        sa.UniqueConstraint("ticket_hash", name=op.f("uq_registration_ticket_hash")),
    )
    with op.batch_alter_table("registration") as batch_op:
        batch_op.create_index("ix_registration_email", ["event_id", "email"], unique=False)
        batch_op.create_index("ix_registration_event", ["event_id", "id"], unique=False)
        batch_op.create_index("ix_registration_event_state", ["event_id", "state"], unique=False)
        batch_op.create_index("ix_registration_name_key", ["event_id", "name_key"], unique=False)
    op.create_table(
        "submission",
        sa.Column("key_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_submission_registration_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("key_hash", name=op.f("pk_submission")),
    )
    with op.batch_alter_table("submission") as batch_op:
        batch_op.create_index(batch_op.f("ix_submission_created_at"), ["created_at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_submission_registration_id"), ["registration_id"], unique=False
        )
    op.create_table(
        "booking",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_booking_registration_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f("fk_booking_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking")),
        sa.UniqueConstraint(
            "registration_id", "session_id", name=op.f("uq_booking_registration_id_session_id")
        ),
    )
    with op.batch_alter_table("booking") as batch_op:
        batch_op.create_index(batch_op.f("ix_booking_session_id"), ["session_id"], unique=False)


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("booking") as batch_op:
        batch_op.drop_index(batch_op.f("ix_booking_session_id"))
    op.drop_table("booking")
    with op.batch_alter_table("submission") as batch_op:
        batch_op.drop_index(batch_op.f("ix_submission_registration_id"))
        batch_op.drop_index(batch_op.f("ix_submission_created_at"))
    op.drop_table("submission")
    with op.batch_alter_table("registration") as batch_op:
        batch_op.drop_index("ix_registration_name_key")
        batch_op.drop_index("ix_registration_event_state")
        batch_op.drop_index("ix_registration_event")
        batch_op.drop_index("ix_registration_email")
    op.drop_table("registration")
    op.drop_table("ticket_key")
