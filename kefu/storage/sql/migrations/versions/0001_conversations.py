"""Conversations with their logs, snapshots, deliveries and reminders, and the human queue.

Revision: 0001
Follows: nothing
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the first tables."""
    _create_conversations()
    _create_waiting()
    _create_arrivals()
    _create_deliveries()
    _create_entries()
    _create_reminders()
    _create_snapshots()


def downgrade() -> None:
    """Drop them."""
    for table in (
        "snapshots",
        "reminders",
        "entries",
        "deliveries",
        "arrivals",
        "waiting",
        "conversations",
    ):
        op.drop_table(table)


def _create_conversations() -> None:
    op.create_table(
        "conversations",
        sa.Column("id", KEY, nullable=False),
        sa.Column("conversation_id", NAME, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("last_message_seq", sa.BigInteger(), nullable=False),
        sa.Column("answered_seq", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("changed_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_conversations"),
        sa.UniqueConstraint("conversation_id", name="uq_conversations_conversation_id"),
    )
    _partial_index(
        "ix_conversations_not_the_bots",
        "conversations",
        ["owner", "conversation_id"],
        "owner <> 'bot'",
    )
    _partial_index(
        "ix_conversations_unanswered",
        "conversations",
        ["changed_at"],
        "answered_seq < last_message_seq",
    )


def _create_waiting() -> None:
    op.create_table(
        "waiting",
        sa.Column("id", KEY, nullable=False),
        sa.Column("conversation_id", NAME, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("customer_name", sa.Text(), nullable=True),
        sa.Column("since", sa.Double(), nullable=False),
        sa.Column("last_message", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("closed_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_waiting"),
    )
    _partial_index(
        "ix_waiting_open", "waiting", ["conversation_id"], "state = 'waiting'", unique=True
    )
    op.create_index("ix_waiting_state_since", "waiting", ["state", "since"])


def _create_arrivals() -> None:
    op.create_table(
        "arrivals",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("conversation", KEY, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "message_id", name="pk_arrivals"),
        _to_conversation("arrivals"),
    )


def _create_deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", KEY, nullable=False),
        sa.Column("conversation", KEY, nullable=False),
        sa.Column("cause_seq", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("retry_at", sa.Double(), nullable=False),
        sa.Column("settled_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        _to_conversation("deliveries"),
    )
    op.create_index(
        "ix_deliveries_conversation_cause_seq", "deliveries", ["conversation", "cause_seq"]
    )
    _partial_index("ix_deliveries_pending", "deliveries", ["retry_at"], "state = 'pending'")
    _partial_index(
        "ix_deliveries_pending_of_conversation",
        "deliveries",
        ["conversation", "id"],
        "state = 'pending'",
    )


def _create_entries() -> None:
    op.create_table(
        "entries",
        sa.Column("position", KEY, nullable=False),
        sa.Column("conversation", KEY, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("timestamp", sa.Double(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_entries"),
        _to_conversation("entries"),
    )
    op.create_index("ix_entries_conversation_seq", "entries", ["conversation", "seq"], unique=True)


def _create_reminders() -> None:
    op.create_table(
        "reminders",
        sa.Column("id", KEY, nullable=False),
        sa.Column("conversation", KEY, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("intent", sa.String(), nullable=False),
        sa.Column("entities", sa.Text(), nullable=False),
        sa.Column("due_at", sa.Double(), nullable=False),
        sa.Column("claimable_at", sa.Double(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reminders"),
        _to_conversation("reminders"),
    )
    op.create_index("ix_reminders_claimable_at", "reminders", ["claimable_at"])
    op.create_index("ix_reminders_conversation", "reminders", ["conversation"])


def _create_snapshots() -> None:
    op.create_table(
        "snapshots",
        sa.Column("conversation", KEY, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("needs", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("conversation", name="pk_snapshots"),
        _to_conversation("snapshots"),
    )


def _to_conversation(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["conversation"], ["conversations.id"], name=f"fk_{table}_conversation"
    )


def _partial_index(
    name: str, table: str, columns: list[str], where: str, *, unique: bool = False
) -> None:
    condition = sa.text(where)
    op.create_index(
        name, table, columns, unique=unique, sqlite_where=condition, postgresql_where=condition
    )
