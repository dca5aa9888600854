"""What agents and administrators keep.

Revision: 0008
Follows: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

NAME = sa.String().with_variant(sa.String(collation="C"), "postgresql")
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add what is new."""
    op.create_table(
        "desk_items",
        sa.Column("kind", NAME, nullable=False),
        sa.Column("item_id", NAME, nullable=False),
        sa.Column("owner", NAME, nullable=False),
        sa.Column("name_key", NAME, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("uses", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.Double(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("changed_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "item_id", name="pk_desk_items"),
        sa.UniqueConstraint("kind", "name_key", name="uq_desk_items_name_key"),
    )
    op.create_index("ix_desk_items_owner", "desk_items", ["kind", "owner"])
    op.create_table(
        "desk_revisions",
        sa.Column("kind", NAME, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", name="pk_desk_revisions"),
    )
    op.create_table(
        "desk_uses",
        sa.Column("id", KEY, nullable=False),
        sa.Column("kind", NAME, nullable=False),
        sa.Column("item_id", NAME, nullable=False),
        sa.Column("agent_id", NAME, nullable=False),
        sa.Column("conversation_id", NAME, nullable=False),
        sa.Column("used_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_desk_uses"),
    )
    op.create_index("ix_desk_uses_used_at", "desk_uses", ["used_at"])


def downgrade() -> None:
    """Take it away again."""
    for table in ("desk_uses", "desk_revisions", "desk_items"):
        op.drop_table(table)
