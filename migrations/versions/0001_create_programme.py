"""Create the seats and the programme."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "seat_pool",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("taken + held <= capacity", name=op.f("ck_seat_pool_never_oversold")),
        sa.CheckConstraint("taken >= 0 AND held >= 0", name=op.f("ck_seat_pool_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat_pool")),
    )
    op.create_table(
        "event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "conference",
                "meetup",
                "online",
                "partner",
                name="eventkind",
                native_enum=False,
                create_constraint=True,
                length=16,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "published",
                "postponed",
                "cancelled",
                "archived",
                name="eventstate",
                native_enum=False,
                create_constraint=True,
                length=16,
            ),
            nullable=False,
        ),
        sa.Column("featured", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("content_version", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("tagline", sa.String(length=200), nullable=False),
        sa.Column("presentation", sa.Text(), nullable=False),
        sa.Column("english_note", sa.Text(), nullable=False),
        sa.Column("banner", sa.String(length=300), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("timezone", sa.String(length=60), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("venue", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("city", sa.String(length=100), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("organiser", sa.String(length=200), nullable=False),
        sa.Column("host_name", sa.String(length=200), nullable=False),
        sa.Column("host_url", sa.String(length=500), nullable=False),
        sa.Column("host_badge", sa.Boolean(), nullable=False),
        sa.Column("contact_email", sa.String(length=254), nullable=False),
        sa.Column("contact_url", sa.String(length=500), nullable=False),
        sa.Column("pool_id", sa.Integer(), nullable=True),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("email_required", sa.Boolean(), nullable=False),
        sa.Column("purge_after_days", sa.Integer(), nullable=False),
        sa.Column("clock_shift", sa.Interval(), nullable=True),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_event_starts_before_ends")),
        sa.ForeignKeyConstraint(["pool_id"], ["seat_pool.id"], name=op.f("fk_event_pool_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        sa.UniqueConstraint("pool_id", name=op.f("uq_event_pool_id")),
        sa.UniqueConstraint("slug", name=op.f("uq_event_slug")),
    )
    with op.batch_alter_table("event") as batch_op:
        batch_op.create_index(
            "uq_event_featured_once",
            ["featured"],
            unique=True,
            sqlite_where=sa.text("featured"),
            postgresql_where=sa.text("featured"),
        )
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_notice_event_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("event_id", "slug", name=op.f("uq_notice_event_id_slug")),
    )
    with op.batch_alter_table("notice") as batch_op:
        batch_op.create_index(batch_op.f("ix_notice_event_id"), ["event_id"], unique=False)
    op.create_table(
        "room",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_room_event_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room")),
        sa.UniqueConstraint("event_id", "slug", name=op.f("uq_room_event_id_slug")),
    )
    with op.batch_alter_table("room") as batch_op:
        batch_op.create_index(batch_op.f("ix_room_event_id"), ["event_id"], unique=False)
    op.create_table(
        "speaker",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("role", sa.String(length=200), nullable=False),
        sa.Column("organisation", sa.String(length=200), nullable=False),
        sa.Column("bio", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_speaker_event_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_speaker")),
        sa.UniqueConstraint("event_id", "slug", name=op.f("uq_speaker_event_id_slug")),
    )
    with op.batch_alter_table("speaker") as batch_op:
        batch_op.create_index(batch_op.f("ix_speaker_event_id"), ["event_id"], unique=False)
    op.create_table(
        "theme",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_theme_event_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_theme")),
        sa.UniqueConstraint("event_id", "slug", name=op.f("uq_theme_event_id_slug")),
    )
    with op.batch_alter_table("theme") as batch_op:
        batch_op.create_index(batch_op.f("ix_theme_event_id"), ["event_id"], unique=False)
    op.create_table(
        "session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "talk",
                "panel",
                "workshop",
                "assembly",
                "break",
                name="sessionkind",
                native_enum=False,
                create_constraint=True,
                length=16,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("abstract", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=True),
        sa.Column("pool_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_session_starts_before_ends")),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_session_event_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["pool_id"], ["seat_pool.id"], name=op.f("fk_session_pool_id")),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_session_room_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
        sa.UniqueConstraint("event_id", "slug", name=op.f("uq_session_event_id_slug")),
        sa.UniqueConstraint("pool_id", name=op.f("uq_session_pool_id")),
    )
    with op.batch_alter_table("session") as batch_op:
        batch_op.create_index(batch_op.f("ix_session_event_id"), ["event_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_session_room_id"), ["room_id"], unique=False)
    op.create_table(
        "talk",
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("speaker_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name=op.f("fk_talk_session_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["speaker_id"], ["speaker.id"], name=op.f("fk_talk_speaker_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("session_id", "speaker_id", name=op.f("pk_talk")),
    )
    with op.batch_alter_table("talk") as batch_op:
        batch_op.create_index(batch_op.f("ix_talk_speaker_id"), ["speaker_id"], unique=False)


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("talk") as batch_op:
        batch_op.drop_index(batch_op.f("ix_talk_speaker_id"))
    op.drop_table("talk")
    with op.batch_alter_table("session") as batch_op:
        batch_op.drop_index(batch_op.f("ix_session_room_id"))
        batch_op.drop_index(batch_op.f("ix_session_event_id"))
    op.drop_table("session")
    with op.batch_alter_table("theme") as batch_op:
        batch_op.drop_index(batch_op.f("ix_theme_event_id"))
    op.drop_table("theme")
    with op.batch_alter_table("speaker") as batch_op:
        batch_op.drop_index(batch_op.f("ix_speaker_event_id"))
    op.drop_table("speaker")
    with op.batch_alter_table("room") as batch_op:
        batch_op.drop_index(batch_op.f("ix_room_event_id"))
    op.drop_table("room")
    with op.batch_alter_table("notice") as batch_op:
        batch_op.drop_index(batch_op.f("ix_notice_event_id"))
    op.drop_table("notice")
    with op.batch_alter_table("event") as batch_op:
        batch_op.drop_index("uq_event_featured_once")
    op.drop_table("event")
    op.drop_table("seat_pool")
