"""Write to the team, give its members roles, and know when a browser was last seen."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


_ROLE = sa.Enum(
    *("orga", "programme", "accueil"),
    name="teamrole",
    native_enum=False,
    create_constraint=True,
    length=16,
)


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("organiser") as batch_op:
        batch_op.add_column(
            sa.Column("removed_by", sa.String(80), nullable=False, server_default="")
        )
        batch_op.add_column(sa.Column("email", sa.String(254), nullable=True))
        batch_op.add_column(sa.Column("role", _ROLE, nullable=True))
        batch_op.create_unique_constraint("uq_organiser_email", ["email"])
    op.execute("UPDATE organiser SET role = 'orga'")
    with op.batch_alter_table("organiser") as batch_op:
        batch_op.alter_column("removed_by", server_default=None)
        batch_op.alter_column("role", existing_type=sa.String(16), nullable=False)
    with op.batch_alter_table("sign_in_link") as batch_op:
        batch_op.add_column(sa.Column("key_number", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("seed", sa.LargeBinary(16), nullable=True))
    with op.batch_alter_table("sign_in") as batch_op:
        batch_op.add_column(sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE sign_in SET seen_at = created_at")
    with op.batch_alter_table("sign_in") as batch_op:
        batch_op.alter_column("seen_at", nullable=False)
    op.create_table(
        "sign_in_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(254), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_request")),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("sign_in_request")
    with op.batch_alter_table("sign_in") as batch_op:
        batch_op.drop_column("seen_at")
    with op.batch_alter_table("sign_in_link") as batch_op:
        batch_op.drop_column("seed")
        batch_op.drop_column("key_number")
    with op.batch_alter_table("organiser") as batch_op:
        batch_op.drop_constraint("uq_organiser_email", type_="unique")
        batch_op.drop_column("email")
        batch_op.drop_constraint(op.f("ck_organiser_teamrole"), type_="check")
        batch_op.drop_column("role")
        batch_op.drop_column("removed_by")
