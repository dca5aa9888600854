"""What became of the messages on one page of a conversation is found without reading the others.

Revision: 0010
Follows: 0009
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what is new."""
    op.create_index("ix_deliveries_conversation_seq", "deliveries", ["conversation", "seq"])


def downgrade() -> None:
    """Take it away again."""
    op.drop_index("ix_deliveries_conversation_seq", "deliveries")
