"""The tables, for every database. Migrations in ``migrations/`` lead to exactly these."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    text,
)

__all__ = [
    "SCHEMA_VERSION",
    "arrivals",
    "conversations",
    "deliveries",
    "entries",
    "metadata",
    "reminders",
    "snapshots",
    "waiting",
]

SCHEMA_VERSION: Final = "0001"
"""Revision of the newest migration."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_Key = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite numbers rows by itself only where the type is exactly INTEGER."""
# Ids are compared by code point everywhere, so that pages of them are the same on every database.
_Name = String().with_variant(String(collation="C"), "postgresql")

conversations = Table(
    "conversations",
    metadata,
    Column("id", _Key, primary_key=True),
    Column("conversation_id", _Name, nullable=False, unique=True),
    Column("version", BigInteger, nullable=False),
    Column("owner", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("last_seq", BigInteger, nullable=False),
    Column("last_message_seq", BigInteger, nullable=False),
    Column("answered_seq", BigInteger, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("changed_at", Double, nullable=False),
)
Index(
    "ix_conversations_unanswered",
    conversations.c.changed_at,
    sqlite_where=text("answered_seq < last_message_seq"),
    postgresql_where=text("answered_seq < last_message_seq"),
)
Index(
    "ix_conversations_not_the_bots",
    conversations.c.owner,
    conversations.c.conversation_id,
    sqlite_where=text("owner <> 'bot'"),
    postgresql_where=text("owner <> 'bot'"),
)

entries = Table(
    "entries",
    metadata,
    Column("position", _Key, primary_key=True),
    Column("conversation", _Key, ForeignKey("conversations.id"), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("kind", String, nullable=False),
    Column("timestamp", Double, nullable=False),
    Column("body", Text, nullable=False),
    Index("ix_entries_conversation_seq", "conversation", "seq", unique=True),
)

arrivals = Table(
    "arrivals",
    metadata,
    Column("channel", String, primary_key=True),
    Column("message_id", String, primary_key=True),
    Column("conversation", _Key, ForeignKey("conversations.id"), nullable=False),
    Column("seq", BigInteger, nullable=False),
)

snapshots = Table(
    "snapshots",
    metadata,
    Column("conversation", _Key, ForeignKey("conversations.id"), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("needs", Text, nullable=False),
    Column("body", Text, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", _Key, primary_key=True),
    Column("conversation", _Key, ForeignKey("conversations.id"), nullable=False),
    Column("cause_seq", BigInteger, nullable=False),
    Column("channel", String, nullable=False),
    Column("body", Text, nullable=False),
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("error", Text),
    Column("created_at", Double, nullable=False),
    Column("retry_at", Double, nullable=False),
    Column("settled_at", Double),
    Index("ix_deliveries_conversation_cause_seq", "conversation", "cause_seq"),
)
Index(
    "ix_deliveries_pending",
    deliveries.c.retry_at,
    sqlite_where=text("state = 'pending'"),
    postgresql_where=text("state = 'pending'"),
)

Index(
    "ix_deliveries_pending_of_conversation",
    deliveries.c.conversation,
    deliveries.c.id,
    sqlite_where=text("state = 'pending'"),
    postgresql_where=text("state = 'pending'"),
)

reminders = Table(
    "reminders",
    metadata,
    Column("id", _Key, primary_key=True),
    Column("conversation", _Key, ForeignKey("conversations.id"), nullable=False),
    Column("name", String, nullable=False),
    Column("intent", String, nullable=False),
    Column("entities", Text, nullable=False),
    Column("due_at", Double, nullable=False),
    Column("claimable_at", Double, nullable=False),
    Column("body", Text, nullable=False),
    Index("ix_reminders_claimable_at", "claimable_at"),
    Index("ix_reminders_conversation", "conversation"),
)

waiting = Table(
    "waiting",
    metadata,
    Column("id", _Key, primary_key=True),
    Column("conversation_id", _Name, nullable=False),
    Column("reason", Text, nullable=False),
    Column("channel", String, nullable=False),
    Column("customer_name", Text),
    Column("since", Double, nullable=False),
    Column("last_message", Text, nullable=False),
    Column("state", String, nullable=False),
    Column("closed_at", Double),
)
Index(
    "ix_waiting_open",
    waiting.c.conversation_id,
    unique=True,
    sqlite_where=text("state = 'waiting'"),
    postgresql_where=text("state = 'waiting'"),
)
Index("ix_waiting_state_since", waiting.c.state, waiting.c.since)
