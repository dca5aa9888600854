"""The tables of the search: its state, the same everywhere, and the index, which is not.

``search_messages`` holds the terms of entries by their position, ``search_customers`` those of
customers by their number. SQLite has full-text tables for that: of version 5, with the tokenizer
that leaves everything but ASCII alone, since terms come ready. PostgreSQL has ``tsvector`` and GIN.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import BigInteger, Column, Integer, Table

from kefu.storage.sql.tables import KEY, NAME, metadata

__all__ = ["INDEXES", "INDEX_TABLES", "SEED", "search_hours", "search_state", "search_touched"]

# One row: position of the last entry in the index, and which kind of terms it holds. Its lock
# keeps who takes entries in apart from who takes them away.
search_state = Table(
    "search_state",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("cursor", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
)

# First and last position of what was said in an hour (counted from 1970).
search_hours = Table(
    "search_hours",
    metadata,
    Column("hour", Integer, primary_key=True, autoincrement=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
)

# Customers who changed since they were taken in. Rows are only added and taken away, so that
# nobody waits for anybody.
search_touched = Table(
    "search_touched",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("customer_id", NAME, nullable=False),
)

INDEX_TABLES: Final = ("search_customers", "search_messages")
_TERMS: Final = "terms, columnsize=0, tokenize='ascii'"
_ON_POSTGRESQL: Final = (
    "CREATE TABLE {name} (number BIGINT NOT NULL, terms TSVECTOR NOT NULL, "
    "CONSTRAINT pk_{name} PRIMARY KEY (number))"
)
INDEXES: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "sqlite": {
        name: (f"CREATE VIRTUAL TABLE {name} USING fts5 ({_TERMS})",) for name in INDEX_TABLES
    },
    "postgresql": {
        name: (
            _ON_POSTGRESQL.format(name=name),
            f"CREATE INDEX ix_{name}_terms ON {name} USING gin (terms)",
        )
        for name in INDEX_TABLES
    },
}
"""What creates each of them, by database."""

SEED: Final = "INSERT INTO search_state (id, cursor, version) VALUES (1, 0, 1)"
