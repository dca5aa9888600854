"""Who waits for a human is known to the desk alone: the queue that was there before it goes.

Conversations that wait while a database is upgraded are asked for again when the app starts.

Revision: 0011
Follows: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    """Drop the table."""
    op.drop_table("waiting")


def downgrade() -> None:
    """Create it again, empty."""
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
    is_open = sa.text("state = 'waiting'")
    op.create_index(
        "ix_waiting_open",
        "waiting",
        ["conversation_id"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    op.create_index("ix_waiting_state_since", "waiting", ["state", "since"])
