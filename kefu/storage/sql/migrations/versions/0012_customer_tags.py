"""Tags of customers, as the lists of conversations are filtered by them.

Revision: 0012
Follows: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

NAME = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the table; no customer has a tag yet."""
    op.create_table(
        "customer_tags",
        sa.Column("customer_id", NAME, nullable=False),
        sa.Column("key", NAME, nullable=False),
        sa.Column("tag", NAME, nullable=False),
        sa.Column("root", NAME, nullable=False),
        sa.PrimaryKeyConstraint("customer_id", "key", name="pk_customer_tags"),
    )
    op.create_index("ix_customer_tags_key_root", "customer_tags", ["key", "root"])


def downgrade() -> None:
    """Drop it; the tags themselves stay in the customers' profiles."""
    op.drop_table("customer_tags")
