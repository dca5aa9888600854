"""The search: its index, how far it is, and which customers changed since.

Revision: 0009
Follows: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.String().with_variant(sa.String(collation="C"), "postgresql")
INDEXES = ("search_customers", "search_messages")


def upgrade() -> None:
    """Create the tables; what was said before is taken in by the running app."""
    op.create_table(
        "search_state",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_search_state"),
    )
    op.create_table(
        "search_hours",
        sa.Column("hour", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hour", name="pk_search_hours"),
    )
    op.create_table(
        "search_touched",
        sa.Column("id", KEY, nullable=False),
        sa.Column("customer_id", NAME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_search_touched"),
    )
    for table in INDEXES:
        _create_index_table(table)
    op.execute("INSERT INTO search_state (id, cursor, version) VALUES (1, 0, 1)")
    op.execute(
        "INSERT INTO search_touched (customer_id) SELECT customer_id FROM customers ORDER BY id"
    )


def _create_index_table(table: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE VIRTUAL TABLE {table} USING fts5 (terms, columnsize=0, tokenize='ascii')"
        )
        return
    op.execute(
        f"CREATE TABLE {table} (number BIGINT NOT NULL, terms TSVECTOR NOT NULL, "
        f"CONSTRAINT pk_{table} PRIMARY KEY (number))"
    )
    op.execute(f"CREATE INDEX ix_{table}_terms ON {table} USING gin (terms)")


def downgrade() -> None:
    """Drop them."""
    for table in (*INDEXES, "search_touched", "search_hours", "search_state"):
        op.execute(f"DROP TABLE {table}")
