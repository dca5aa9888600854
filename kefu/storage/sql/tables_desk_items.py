"""The tables of what the desk keeps: see :mod:`kefu.storage.sql.tables`."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Double, Index, Table, Text, UniqueConstraint

from kefu.storage.sql.tables import KEY, NAME, metadata

__all__ = ["desk_items", "desk_revisions", "desk_uses"]

# Canned replies, words, labels, codes, hours, drafts, notes on customers, blocks.
desk_items = Table(
    "desk_items",
    metadata,
    Column("kind", NAME, primary_key=True),
    Column("item_id", NAME, primary_key=True),
    Column("owner", NAME, nullable=False),
    Column("name_key", NAME, nullable=False),
    Column("body", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("uses", BigInteger, nullable=False),
    Column("used_at", Double),
    Column("created_at", Double, nullable=False),
    Column("changed_at", Double, nullable=False),
    UniqueConstraint("kind", "name_key", name="uq_desk_items_name_key"),
    Index("ix_desk_items_owner", "kind", "owner"),
)

# How often something of a kind was changed, so that copies of the whole of it are known to be old.
desk_revisions = Table(
    "desk_revisions",
    metadata,
    Column("kind", NAME, primary_key=True),
    Column("revision", BigInteger, nullable=False),
)

# Which item an agent used where, for reports.
desk_uses = Table(
    "desk_uses",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("kind", NAME, nullable=False),
    Column("item_id", NAME, nullable=False),
    Column("agent_id", NAME, nullable=False),
    Column("conversation_id", NAME, nullable=False),
    Column("used_at", Double, nullable=False),
    Index("ix_desk_uses_used_at", "used_at"),
)
