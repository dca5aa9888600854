"""An index for merges by who was absorbed.

Revision: 0005
Follows: 0004
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what is new."""
    op.create_index("ix_merges_merged", "merges", ["merged"])


def downgrade() -> None:
    """Take it away again."""
    op.drop_index("ix_merges_merged", "merges")
