"""Customers, addresses, deliveries that say more, and what several processes share.

Revision: 0002
Follows: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    """Add what is new."""
    _extend_conversations_and_deliveries()
    _create_customers()
    _create_visits()
    _create_shared()
    _create_unfed()
    _create_attachments()


def downgrade() -> None:
    """Take it away again."""
    for table in (
        "attachments",
        "unfed",
        "leases",
        "channel_state",
        "visits",
        "merges",
        "identities",
        "customers",
        "aliases",
    ):
        op.drop_table(table)
    op.drop_index("ix_deliveries_unread", "deliveries")
    op.drop_index("ix_deliveries_reference", "deliveries")
    op.drop_index("ix_deliveries_failed", "deliveries")
    for column in ("reference", "seq", "recipient"):
        op.drop_column("deliveries", column)
    op.drop_column("conversations", "address")


def _extend_conversations_and_deliveries() -> None:
    text, zero = sa.text("''"), sa.text("'0'")
    op.add_column(
        "conversations", sa.Column("address", sa.String(), nullable=False, server_default=text)
    )
    for column in (
        sa.Column("recipient", sa.String(), nullable=False, server_default=text),
        sa.Column("seq", sa.BigInteger(), nullable=False, server_default=zero),
        sa.Column("reference", sa.String(), nullable=True),
    ):
        op.add_column("deliveries", column)
    _partial_index("ix_deliveries_failed", ["id"], "state = 'failed'")
    _partial_index("ix_deliveries_reference", ["channel", "reference"], "reference IS NOT NULL")
    _partial_index(
        "ix_deliveries_unread", ["conversation", "seq"], "state IN ('sent', 'delivered')"
    )


def _create_customers() -> None:
    op.create_table(
        "aliases",
        sa.Column("address", NAME, nullable=False),
        sa.Column("conversation_id", NAME, nullable=False),
        sa.PrimaryKeyConstraint("address", name="pk_aliases"),
    )
    op.create_table(
        "customers",
        sa.Column("id", KEY, nullable=False),
        sa.Column("customer_id", NAME, nullable=False),
        sa.Column("conversation_id", NAME, nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("merged_into", NAME, nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("changed_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_customers"),
        sa.UniqueConstraint("customer_id", name="uq_customers_customer_id"),
        sa.UniqueConstraint("conversation_id", name="uq_customers_conversation_id"),
    )
    op.create_table(
        "identities",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", NAME, nullable=False),
        sa.Column("customer_id", NAME, nullable=False),
        sa.Column("is_verified", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "value", name="pk_identities"),
    )
    op.create_index("ix_identities_customer_id", "identities", ["customer_id"])
    op.create_table(
        "merges",
        sa.Column("id", KEY, nullable=False),
        sa.Column("kept", NAME, nullable=False),
        sa.Column("merged", NAME, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("merged_at", sa.Double(), nullable=False),
        sa.Column("undone_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_merges"),
    )
    op.create_index("ix_merges_kept", "merges", ["kept"])


def _create_visits() -> None:
    op.create_table(
        "visits",
        sa.Column("id", KEY, nullable=False),
        sa.Column("visit_id", NAME, nullable=False),
        sa.Column("conversation_id", NAME, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("begun_at", sa.Double(), nullable=False),
        sa.Column("seen_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_visits"),
        sa.UniqueConstraint("visit_id", name="uq_visits_visit_id"),
    )
    op.create_index("ix_visits_conversation_id", "visits", ["conversation_id", "begun_at"])


def _create_shared() -> None:
    op.create_table(
        "channel_state",
        sa.Column("key", NAME, nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("key", name="pk_channel_state"),
    )
    op.create_table(
        "leases",
        sa.Column("name", NAME, nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_leases"),
    )


def _create_unfed() -> None:
    op.create_table(
        "unfed",
        sa.Column("id", KEY, nullable=False),
        sa.Column("feed", sa.String(), nullable=False),
        sa.Column("conversation", KEY, nullable=False),
        sa.Column("first_seq", sa.BigInteger(), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_unfed"),
        sa.ForeignKeyConstraint(
            ["conversation"], ["conversations.id"], name="fk_unfed_conversation"
        ),
    )
    op.create_index("ix_unfed_feed", "unfed", ["feed", "id"])


def _create_attachments() -> None:
    op.create_table(
        "attachments",
        sa.Column("attachment_id", NAME, nullable=False),
        sa.Column("conversation_id", NAME, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("content_type", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("attachment_id", name="pk_attachments"),
    )
    op.create_index("ix_attachments_conversation_id", "attachments", ["conversation_id"])


def _partial_index(name: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, "deliveries", columns, sqlite_where=condition, postgresql_where=condition)
