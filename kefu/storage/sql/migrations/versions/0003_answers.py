"""Messages that were answered together, early reports, and indexes for what is asked often.

Revision: 0003
Follows: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.String().with_variant(sa.String(collation="C"), "postgresql")
UNREAD = "state IN ('sent', 'delivered')"


def upgrade() -> None:
    """Add what is new."""
    op.create_table(
        "answered_together",
        sa.Column("conversation", KEY, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("answered_with", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("conversation", "seq", name="pk_answered_together"),
        sa.ForeignKeyConstraint(
            ["conversation"], ["conversations.id"], name="fk_answered_together_conversation"
        ),
    )
    op.create_table(
        "early_reports",
        sa.Column("channel", NAME, nullable=False),
        sa.Column("reference", NAME, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("reported_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "reference", "state", name="pk_early_reports"),
    )
    op.create_index("ix_aliases_conversation_id", "aliases", ["conversation_id"])
    _index_unread(f"{UNREAD} AND channel <> 'rest'")


def downgrade() -> None:
    """Take it away again."""
    _index_unread(UNREAD)
    op.drop_index("ix_aliases_conversation_id", "aliases")
    op.drop_table("early_reports")
    op.drop_table("answered_together")


def _index_unread(where: str) -> None:
    op.drop_index("ix_deliveries_unread", "deliveries")
    condition = sa.text(where)
    op.create_index(
        "ix_deliveries_unread",
        "deliveries",
        ["conversation", "seq"],
        sqlite_where=condition,
        postgresql_where=condition,
    )
