"""Create the parties: who registered together shares one secret link and one address."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_REASONS = ("unknown", "other_event", "cancelled", "no_seat")

_MOVED = {
    "email": sa.String(length=254),
    "manage_seed": sa.LargeBinary(length=16),
    "manage_hash": sa.LargeBinary(length=32),
    "consent_version": sa.String(length=20),
    "consented_at": sa.DateTime(timezone=True),
}


def upgrade() -> None:
    """Apply: each registration becomes a party of one, of the same number."""
    with op.batch_alter_table("event") as batch_op:
        batch_op.add_column(
            sa.Column("party_size", sa.Integer(), server_default="6", nullable=False)
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_event_party_size_sensible"), "party_size BETWEEN 1 AND 20"
        )
    op.create_table(
        "party",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("key_number", sa.Integer(), nullable=False),
        sa.Column("manage_seed", sa.LargeBinary(length=16), nullable=False),
        sa.Column("manage_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("consent_version", sa.String(length=20), nullable=False),
        sa.Column("consented_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_party_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party")),
        sa.UniqueConstraint("manage_hash", name=op.f("uq_party_manage_hash")),
    )
    with op.batch_alter_table("party") as batch_op:
        batch_op.create_index("ix_party_email", ["event_id", "email"], unique=False)
        batch_op.create_index(batch_op.f("ix_party_event_id"), ["event_id"], unique=False)
    op.execute(
        "INSERT INTO party (id, event_id, email, key_number, manage_seed, manage_hash,"
        " consent_version, consented_at)"
        " SELECT id, event_id, email, key_number, manage_seed, manage_hash,"
        " consent_version, consented_at FROM registration"
    )
    if op.get_bind().dialect.name == "postgresql":  # it must go on counting after these numbers
        op.execute(
            "SELECT setval(pg_get_serial_sequence('party', 'id'),"
            " (SELECT coalesce(max(id), 0) + 1 FROM party), false)"
        )
    with op.batch_alter_table("registration") as batch_op:
        batch_op.add_column(sa.Column("party_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("number", sa.Integer(), nullable=True))
    op.execute("UPDATE registration SET party_id = id, number = 1")
    with op.batch_alter_table("registration") as batch_op:
        batch_op.alter_column("party_id", existing_type=sa.Integer(), nullable=False)
        batch_op.alter_column("number", existing_type=sa.Integer(), nullable=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_registration_party_id"), "party", ["party_id"], ["id"]
        )
        batch_op.create_unique_constraint(
            batch_op.f("uq_registration_party_id_number"), ["party_id", "number"]
        )
        batch_op.drop_index("ix_registration_email")
        batch_op.drop_constraint(batch_op.f("uq_registration_manage_hash"), type_="unique")
        for name in _MOVED:
            batch_op.drop_column(name)
    _move_submissions("registration", "party")
    op.create_table(
        "passed_on",
        sa.Column("ticket_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_passed_on_registration_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("ticket_hash", name=op.f("pk_passed_on")),
    )
    with op.batch_alter_table("passed_on") as batch_op:
        batch_op.create_index(
            batch_op.f("ix_passed_on_registration_id"), ["registration_id"], unique=False
        )
    _allow_reasons(*_REASONS, "passed_on")
    with op.batch_alter_table("submission") as batch_op:
        batch_op.create_index(
            batch_op.f("ix_submission_content_hash"), ["content_hash"], unique=False
        )


def downgrade() -> None:
    """Undo: the link and the address of a party stay with the first of its people."""
    with op.batch_alter_table("submission") as batch_op:
        batch_op.drop_index(batch_op.f("ix_submission_content_hash"))
    op.execute("UPDATE passage SET reason = 'unknown' WHERE reason = 'passed_on'")
    _allow_reasons(*_REASONS)
    with op.batch_alter_table("passed_on") as batch_op:
        batch_op.drop_index(batch_op.f("ix_passed_on_registration_id"))
    op.drop_table("passed_on")
    _move_submissions("party", "registration")
    with op.batch_alter_table("registration") as batch_op:
        for name, kind in _MOVED.items():
            batch_op.add_column(sa.Column(name, kind, nullable=True))
    op.execute(
        "UPDATE registration SET (email, manage_seed, manage_hash, consent_version, consented_at) ="
        " (SELECT email, manage_seed, manage_hash, consent_version, consented_at"
        " FROM party WHERE party.id = registration.party_id)"
    )
    # The link stays with the first of a party: it cannot open several registrations any more.
    op.execute(
        "UPDATE registration SET email = NULL, manage_seed = ticket_seed, manage_hash = ticket_hash"
        " WHERE number > (SELECT min(other.number) FROM registration AS other"
        " WHERE other.party_id = registration.party_id)"
    )
    with op.batch_alter_table("registration") as batch_op:
        for name in _MOVED.keys() - {"email"}:
            batch_op.alter_column(name, existing_type=_MOVED[name], nullable=False)
        batch_op.drop_constraint(batch_op.f("uq_registration_party_id_number"), type_="unique")
        batch_op.drop_constraint(batch_op.f("fk_registration_party_id"), type_="foreignkey")
        batch_op.drop_column("number")
        batch_op.drop_column("party_id")
        batch_op.create_unique_constraint(
            batch_op.f("uq_registration_manage_hash"), ["manage_hash"]
        )
        batch_op.create_index("ix_registration_email", ["event_id", "email"], unique=False)
    with op.batch_alter_table("party") as batch_op:
        batch_op.drop_index(batch_op.f("ix_party_event_id"))
        batch_op.drop_index("ix_party_email")
    op.drop_table("party")
    with op.batch_alter_table("event") as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_event_party_size_sensible"), type_="check")
        batch_op.drop_column("party_size")


def _allow_reasons(*reasons: str) -> None:
    """Let a refusal at a door have one of these reasons."""
    listed = ", ".join(f"'{reason}'" for reason in reasons)
    with op.batch_alter_table("passage") as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_passage_reason"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_passage_reason"), f"reason IN ({listed})")


def _move_submissions(old: str, new: str) -> None:
    """Let the forms that were sent name a registration, or its party, by the other's number."""
    before, after = f"{old}_id", f"{new}_id"
    with op.batch_alter_table("submission") as batch_op:
        batch_op.add_column(sa.Column(after, sa.Integer(), nullable=True))
    found = (
        "SELECT party_id FROM registration WHERE registration.id = submission.registration_id"
        if new == "party"
        else "SELECT min(id) FROM registration WHERE registration.party_id = submission.party_id"
    )
    op.execute(f"UPDATE submission SET {after} = ({found})")  # noqa: S608  # our own words
    with op.batch_alter_table("submission") as batch_op:
        batch_op.alter_column(after, existing_type=sa.Integer(), nullable=False)
        batch_op.drop_index(batch_op.f(f"ix_submission_{before}"))
        batch_op.drop_constraint(batch_op.f(f"fk_submission_{before}"), type_="foreignkey")
        batch_op.drop_column(before)
        batch_op.create_foreign_key(
            batch_op.f(f"fk_submission_{after}"), new, [after], ["id"], ondelete="CASCADE"
        )
        batch_op.create_index(batch_op.f(f"ix_submission_{after}"), [after], unique=False)
