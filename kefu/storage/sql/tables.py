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
    UniqueConstraint,
    text,
)

__all__ = [
    "KEY",
    "NAME",
    "SCHEMA_VERSION",
    "aliases",
    "answered_together",
    "arrivals",
    "attachments",
    "channel_state",
    "conversations",
    "customer_tags",
    "customers",
    "deliveries",
    "early_reports",
    "entries",
    "identities",
    "leases",
    "merges",
    "metadata",
    "reminders",
    "snapshots",
    "staff_accounts",
    "staff_attempts",
    "staff_audit",
    "staff_audit_head",
    "staff_invitations",
    "staff_logins",
    "staff_named",
    "unfed",
    "visits",
]

SCHEMA_VERSION: Final = "0012"
"""Revision of the newest migration."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

KEY = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite numbers rows by itself only where the type is exactly INTEGER."""
# Ids are compared by code point everywhere, so that pages of them are the same on every database.
NAME = String().with_variant(String(collation="C"), "postgresql")

conversations = Table(
    "conversations",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("conversation_id", NAME, nullable=False, unique=True),
    Column("version", BigInteger, nullable=False),
    Column("owner", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("last_seq", BigInteger, nullable=False),
    Column("last_message_seq", BigInteger, nullable=False),
    Column("answered_seq", BigInteger, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("changed_at", Double, nullable=False),
    Column("address", String, nullable=False, server_default=""),
    # Takes no messages: its name is an address that leads elsewhere.
    Column("is_absorbed", Integer, nullable=False, server_default="0"),
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
Index("ix_conversations_changed_at", conversations.c.changed_at, conversations.c.conversation_id)

entries = Table(
    "entries",
    metadata,
    Column("position", KEY, primary_key=True),
    Column("conversation", KEY, ForeignKey("conversations.id"), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("kind", String, nullable=False),
    Column("timestamp", Double, nullable=False),
    Column("body", Text, nullable=False),
    Index("ix_entries_conversation_seq", "conversation", "seq", unique=True),
)
Index(
    "ix_entries_messages",
    entries.c.conversation,
    entries.c.seq,
    sqlite_where=text("kind = 'message'"),
    postgresql_where=text("kind = 'message'"),
)

arrivals = Table(
    "arrivals",
    metadata,
    Column("channel", String, primary_key=True),
    Column("message_id", String, primary_key=True),
    Column("conversation", KEY, ForeignKey("conversations.id"), nullable=False),
    Column("seq", BigInteger, nullable=False),
)

# Messages that had their turn together with a later one: its turn is theirs.
answered_together = Table(
    "answered_together",
    metadata,
    Column("conversation", KEY, ForeignKey("conversations.id"), primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("answered_with", BigInteger, nullable=False),
)

snapshots = Table(
    "snapshots",
    metadata,
    Column("conversation", KEY, ForeignKey("conversations.id"), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("needs", Text, nullable=False),
    Column("body", Text, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("conversation", KEY, ForeignKey("conversations.id"), nullable=False),
    Column("cause_seq", BigInteger, nullable=False),
    Column("channel", String, nullable=False),
    Column("body", Text, nullable=False),
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("error", Text),
    Column("created_at", Double, nullable=False),
    Column("retry_at", Double, nullable=False),
    Column("settled_at", Double),
    Column("recipient", String, nullable=False, server_default=""),
    Column("seq", BigInteger, nullable=False, server_default="0"),
    Column("reference", String),
    Index("ix_deliveries_conversation_cause_seq", "conversation", "cause_seq"),
    Index("ix_deliveries_conversation_seq", "conversation", "seq"),
)
Index(
    "ix_deliveries_failed",
    deliveries.c.id,
    sqlite_where=text("state = 'failed'"),
    postgresql_where=text("state = 'failed'"),
)
Index(
    "ix_deliveries_reference",
    deliveries.c.channel,
    deliveries.c.reference,
    sqlite_where=text("reference IS NOT NULL"),
    postgresql_where=text("reference IS NOT NULL"),
)
Index(
    "ix_deliveries_unread",
    deliveries.c.conversation,
    deliveries.c.seq,
    # Nobody ever tells that a reply on REST was seen.
    sqlite_where=text("state IN ('sent', 'delivered') AND channel <> 'rest'"),
    postgresql_where=text("state IN ('sent', 'delivered') AND channel <> 'rest'"),
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

# What channels said of deliveries before it was stored what they call them.
early_reports = Table(
    "early_reports",
    metadata,
    Column("channel", NAME, primary_key=True),
    Column("reference", NAME, primary_key=True),
    Column("state", String, primary_key=True),
    Column("reason", Text),
    Column("reported_at", Double, nullable=False),
)

reminders = Table(
    "reminders",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("conversation", KEY, ForeignKey("conversations.id"), nullable=False),
    Column("name", String, nullable=False),
    Column("intent", String, nullable=False),
    Column("entities", Text, nullable=False),
    Column("due_at", Double, nullable=False),
    Column("claimable_at", Double, nullable=False),
    Column("body", Text, nullable=False),
    Index("ix_reminders_claimable_at", "claimable_at"),
    Index("ix_reminders_conversation", "conversation"),
)

# An address of a channel whose messages go to a conversation of another name.
aliases = Table(
    "aliases",
    metadata,
    Column("address", NAME, primary_key=True),
    Column("conversation_id", NAME, nullable=False),
    Index("ix_aliases_conversation_id", "conversation_id"),
)

customers = Table(
    "customers",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("customer_id", NAME, nullable=False, unique=True),
    Column("conversation_id", NAME, nullable=False, unique=True),
    Column("profile", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("merged_into", NAME),
    Column("created_at", Double, nullable=False),
    Column("changed_at", Double, nullable=False),
)
Index(
    "ix_customers_merged_into",
    customers.c.merged_into,
    sqlite_where=text("merged_into IS NOT NULL"),
    postgresql_where=text("merged_into IS NOT NULL"),
)

customer_tags = Table(
    "customer_tags",
    metadata,
    Column("customer_id", NAME, primary_key=True),
    Column("key", NAME, primary_key=True),
    Column("tag", NAME, nullable=False),
    Column("root", NAME, nullable=False),
    Index("ix_customer_tags_key_root", "key", "root"),
)
"""The tags in the profiles of customers; ``root`` is whoever the customer is part of by now."""

identities = Table(
    "identities",
    metadata,
    Column("kind", String, primary_key=True),
    Column("value", NAME, primary_key=True),
    Column("customer_id", NAME, nullable=False),
    Column("is_verified", Integer, nullable=False),
    Column("added_at", Double, nullable=False),
    Index("ix_identities_customer_id", "customer_id"),
)

merges = Table(
    "merges",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("kept", NAME, nullable=False),
    Column("merged", NAME, nullable=False),
    Column("reason", String, nullable=False),
    Column("body", Text, nullable=False),
    Column("merged_at", Double, nullable=False),
    Column("undone_at", Double),
    Index("ix_merges_kept", "kept"),
    Index("ix_merges_merged", "merged"),
)

visits = Table(
    "visits",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("visit_id", NAME, nullable=False, unique=True),
    Column("conversation_id", NAME, nullable=False),
    Column("body", Text, nullable=False),
    Column("begun_at", Double, nullable=False),
    Column("seen_at", Double, nullable=False),
    Index("ix_visits_conversation_id", "conversation_id", "begun_at"),
)

# What channels remember together: tokens, cursors, quotas.
channel_state = Table(
    "channel_state",
    metadata,
    Column("key", NAME, primary_key=True),
    Column("value", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("expires_at", Double),
)

leases = Table(
    "leases",
    metadata,
    Column("name", NAME, primary_key=True),
    Column("holder", String, nullable=False),
    Column("token", BigInteger, nullable=False),
    Column("until", Double, nullable=False),
)

# Stretches of logs that a feed, such as an event broker, has not been given yet.
unfed = Table(
    "unfed",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("feed", String, nullable=False),
    Column("conversation", KEY, ForeignKey("conversations.id"), nullable=False),
    Column("first_seq", BigInteger, nullable=False),
    Column("last_seq", BigInteger, nullable=False),
    Index("ix_unfed_feed", "feed", "id"),
)

attachments = Table(
    "attachments",
    metadata,
    Column("attachment_id", NAME, primary_key=True),
    Column("conversation_id", NAME, nullable=False),
    Column("name", String, nullable=False),
    Column("content_type", String, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("created_at", Double, nullable=False),
    Index("ix_attachments_conversation_id", "conversation_id"),
)

staff_accounts = Table(
    "staff_accounts",
    metadata,
    Column("account_id", NAME, primary_key=True),
    Column("login_key", NAME, nullable=False, unique=True),
    Column("number_key", NAME, nullable=False, unique=True),
    Column("role", String, nullable=False),
    Column("is_active", Integer, nullable=False),
    Column("is_removed", Integer, nullable=False),
    Column("password_hash", String),
    Column("body", Text, nullable=False),
    Column("settings", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("changed_at", Double, nullable=False),
)

# Browsers that are signed in; those that have ended are gone.
staff_logins = Table(
    "staff_logins",
    metadata,
    Column("login_id", NAME, primary_key=True),
    Column("account_id", NAME, nullable=False),
    Column("token_digest", String, nullable=False, unique=True),
    Column("created_at", Double, nullable=False),
    Column("seen_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    Column("address", String, nullable=False),
    Column("browser", String, nullable=False),
    Index("ix_staff_logins_account_id", "account_id"),
)

# One-time links; those that were used are gone.
staff_invitations = Table(
    "staff_invitations",
    metadata,
    Column("token_digest", String, primary_key=True),
    Column("account_id", NAME),
    Column("role", String, nullable=False),
    Column("is_setup", Integer, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    Index("ix_staff_invitations_account_id", "account_id"),
)

# How often a login, or an address, was wrong.
staff_attempts = Table(
    "staff_attempts",
    metadata,
    Column("key", NAME, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", Double, nullable=False),
    Column("locked_until", Double, nullable=False),
)

# Groups and skills.
staff_named = Table(
    "staff_named",
    metadata,
    Column("kind", NAME, primary_key=True),
    Column("named_id", NAME, primary_key=True),
    Column("name_key", NAME, nullable=False),
    Column("name", String, nullable=False),
    Column("description", String, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("version", BigInteger, nullable=False),
    UniqueConstraint("kind", "name_key", name="uq_staff_named_name_key"),
)

# Nothing but INSERT happens to these rows.
staff_audit = Table(
    "staff_audit",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Double, nullable=False),
    Column("actor_id", NAME, nullable=False),
    Column("actor_name", String, nullable=False),
    Column("act", NAME, nullable=False),
    Column("subject", NAME, nullable=False),
    Column("data", Text, nullable=False),
    Column("address", String, nullable=False),
    Column("digest", String, nullable=False),
)

# One row: where the audit log ends. Its lock puts administrative acts in order.
staff_audit_head = Table(
    "staff_audit_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("digest", String, nullable=False),
)
