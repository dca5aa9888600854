"""Conversations that take no messages, since their addresses lead elsewhere.

Revision: 0006
Follows: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what is new."""
    zero = sa.text("'0'")
    op.add_column(
        "conversations", sa.Column("is_absorbed", sa.Integer(), nullable=False, server_default=zero)
    )
    op.execute(
        "UPDATE conversations SET is_absorbed = 1 WHERE conversation_id IN "
        "(SELECT conversation_id FROM customers WHERE merged_into IS NOT NULL)"
    )


def downgrade() -> None:
    """Take it away again."""
    op.drop_column("conversations", "is_absorbed")
