"""The desk: sessions, agents at work, reviews, and the feed of its screens.

Revision: 0007
Follows: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

NAME = sa.String().with_variant(sa.String(collation="C"), "postgresql")
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add what is new."""
    _create_sessions()
    _create_agents()
    _create_reviews()
    _create_events()
    op.create_index(
        "ix_conversations_changed_at", "conversations", ["changed_at", "conversation_id"]
    )
    _partial_index("ix_entries_messages", "entries", ["conversation", "seq"], "kind = 'message'")
    _partial_index(
        "ix_customers_merged_into", "customers", ["merged_into"], "merged_into IS NOT NULL"
    )


def downgrade() -> None:
    """Take it away again."""
    op.drop_index("ix_customers_merged_into", "customers")
    op.drop_index("ix_entries_messages", "entries")
    op.drop_index("ix_conversations_changed_at", "conversations")
    for table in (
        "desk_events_head",
        "desk_events",
        "desk_reviews",
        "desk_intervals",
        "desk_agents",
        "session_tags",
        "service_sessions",
    ):
        op.drop_table(table)


def _create_sessions() -> None:
    op.create_table(
        "service_sessions",
        sa.Column("id", KEY, nullable=False),
        sa.Column("session_id", NAME, nullable=False),
        sa.Column("conversation_id", NAME, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.Double(), nullable=False),
        sa.Column("changed_at", sa.Double(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("tier", sa.Integer(), nullable=False),
        sa.Column("group_id", NAME, nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("waiting_since", sa.Double(), nullable=True),
        sa.Column("is_first_in_line", sa.Integer(), nullable=False),
        sa.Column("agent_id", NAME, nullable=True),
        sa.Column("first_assigned_at", sa.Double(), nullable=True),
        sa.Column("unanswered_since", sa.Double(), nullable=True),
        sa.Column("read_seq", sa.BigInteger(), nullable=False),
        sa.Column("snoozed_until", sa.Double(), nullable=True),
        sa.Column("due_at", sa.Double(), nullable=True),
        sa.Column("closed_at", sa.Double(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("tagged", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_service_sessions"),
        sa.UniqueConstraint("session_id", name="uq_service_sessions_session_id"),
    )
    _index_sessions()
    op.create_table(
        "session_tags",
        sa.Column("session", KEY, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", NAME, nullable=False),
        sa.PrimaryKeyConstraint("session", "kind", "value", name="pk_session_tags"),
        sa.ForeignKeyConstraint(
            ["session"], ["service_sessions.id"], name="fk_session_tags_session"
        ),
    )
    op.create_index("ix_session_tags_value", "session_tags", ["kind", "value", "session"])


def _index_sessions() -> None:
    table, is_open, is_closed = "service_sessions", "state <> 'closed'", "state = 'closed'"
    name = f"ix_{table}"
    op.create_index(f"{name}_conversation_id", table, ["conversation_id", "opened_at"])
    op.create_index(f"{name}_opened_at", table, ["opened_at"])
    _partial_index(f"{name}_open", table, ["conversation_id"], is_open, unique=True)
    _partial_index(f"{name}_waiting", table, ["waiting_since"], "state = 'waiting'")
    _partial_index(f"{name}_of_agent", table, ["agent_id"], is_open)
    _partial_index(f"{name}_closed", table, ["changed_at", "conversation_id"], is_closed)
    _partial_index(
        f"{name}_handled", table, ["closed_at"], f"{is_closed} AND first_assigned_at IS NOT NULL"
    )
    _partial_index(f"{name}_due", table, ["due_at"], "due_at IS NOT NULL")


def _create_agents() -> None:
    op.create_table(
        "desk_agents",
        sa.Column("agent_id", NAME, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("is_active", sa.Integer(), nullable=False),
        sa.Column("is_connected", sa.Integer(), nullable=False),
        sa.Column("connected_until", sa.Double(), nullable=False),
        sa.Column("is_accepting", sa.Integer(), nullable=False),
        sa.Column("max_sessions", sa.Integer(), nullable=False),
        sa.Column("open", sa.Integer(), nullable=False),
        sa.Column("idle_since", sa.Double(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("agent_id", name="pk_desk_agents"),
    )
    op.create_table(
        "desk_intervals",
        sa.Column("id", KEY, nullable=False),
        sa.Column("agent_id", NAME, nullable=False),
        sa.Column("begun_at", sa.Double(), nullable=False),
        sa.Column("ended_at", sa.Double(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("is_connected", sa.Integer(), nullable=False),
        sa.Column("is_accepting", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_desk_intervals"),
    )
    op.create_index("ix_desk_intervals_agent_id", "desk_intervals", ["agent_id", "begun_at"])
    _partial_index("ix_desk_intervals_running", "desk_intervals", ["agent_id"], "ended_at IS NULL")


def _create_reviews() -> None:
    table = "desk_reviews"
    op.create_table(
        table,
        sa.Column("id", KEY, nullable=False),
        sa.Column("review_id", NAME, nullable=False),
        sa.Column("conversation_id", NAME, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("group_id", NAME, nullable=True),
        sa.Column("asked_at", sa.Double(), nullable=False),
        sa.Column("deadline", sa.Double(), nullable=False),
        sa.Column("decided_at", sa.Double(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_desk_reviews"),
        sa.UniqueConstraint("review_id", name="uq_desk_reviews_review_id"),
    )
    op.create_index(f"ix_{table}_conversation_id", table, ["conversation_id"])
    _partial_index(f"ix_{table}_open", table, ["conversation_id"], "state = 'open'", unique=True)
    _partial_index(f"ix_{table}_deadline", table, ["deadline"], "state = 'open'")
    _partial_index(f"ix_{table}_decided", table, ["decided_at"], "state <> 'open'")


def _create_events() -> None:
    op.create_table(
        "desk_events",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", NAME, nullable=False),
        sa.Column("recipient", NAME, nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_desk_events"),
    )
    op.create_table(
        "desk_events_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_desk_events_head"),
    )


def _partial_index(
    name: str, table: str, columns: list[str], where: str, *, unique: bool = False
) -> None:
    condition = sa.text(where)
    op.create_index(
        name, table, columns, unique=unique, sqlite_where=condition, postgresql_where=condition
    )
