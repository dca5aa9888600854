"""The tables of the desk: see :mod:`kefu.storage.sql.tables`."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    text,
)

from kefu.storage.sql.tables import KEY, NAME, metadata

__all__ = [
    "desk_agents",
    "desk_events",
    "desk_events_head",
    "desk_intervals",
    "desk_reviews",
    "service_sessions",
    "session_tags",
]

# What is looked for has columns; the rest of a session is in its body.
service_sessions = Table(
    "service_sessions",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("session_id", NAME, nullable=False, unique=True),
    Column("conversation_id", NAME, nullable=False),
    Column("state", String, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("opened_at", Double, nullable=False),
    Column("changed_at", Double, nullable=False),
    Column("channel", String, nullable=False),
    Column("tier", Integer, nullable=False),
    Column("group_id", NAME),
    Column("priority", Integer, nullable=False),
    Column("waiting_since", Double),
    Column("is_first_in_line", Integer, nullable=False),
    Column("agent_id", NAME),
    Column("first_assigned_at", Double),
    Column("unanswered_since", Double),
    Column("read_seq", BigInteger, nullable=False),
    Column("snoozed_until", Double),
    Column("due_at", Double),
    Column("closed_at", Double),
    Column("body", Text, nullable=False),
    # What stands in session_tags, as it stands there.
    Column("tagged", Text, nullable=False),
    Index("ix_service_sessions_conversation_id", "conversation_id", "opened_at"),
    Index("ix_service_sessions_opened_at", "opened_at"),
)
_s = service_sessions.c
_IS_OPEN = text("state <> 'closed'")
Index(
    "ix_service_sessions_open",
    _s.conversation_id,
    unique=True,
    sqlite_where=_IS_OPEN,
    postgresql_where=_IS_OPEN,
)
Index(
    "ix_service_sessions_waiting",
    _s.waiting_since,
    sqlite_where=text("state = 'waiting'"),
    postgresql_where=text("state = 'waiting'"),
)
Index(
    "ix_service_sessions_of_agent",
    _s.agent_id,
    sqlite_where=_IS_OPEN,
    postgresql_where=_IS_OPEN,
)
Index(
    "ix_service_sessions_closed",
    _s.changed_at,
    _s.conversation_id,
    sqlite_where=text("state = 'closed'"),
    postgresql_where=text("state = 'closed'"),
)
Index(
    "ix_service_sessions_handled",
    _s.closed_at,
    sqlite_where=text("state = 'closed' AND first_assigned_at IS NOT NULL"),
    postgresql_where=text("state = 'closed' AND first_assigned_at IS NOT NULL"),
)
Index(
    "ix_service_sessions_due",
    _s.due_at,
    sqlite_where=text("due_at IS NOT NULL"),
    postgresql_where=text("due_at IS NOT NULL"),
)

# Labels of sessions, and agents who were asked to join them.
session_tags = Table(
    "session_tags",
    metadata,
    Column("session", KEY, ForeignKey("service_sessions.id"), primary_key=True),
    Column("kind", String, primary_key=True),
    Column("value", NAME, primary_key=True),
    Index("ix_session_tags_value", "kind", "value", "session"),
)

desk_agents = Table(
    "desk_agents",
    metadata,
    Column("agent_id", NAME, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("name", NAME, nullable=False),
    Column("is_active", Integer, nullable=False),
    Column("is_connected", Integer, nullable=False),
    Column("connected_until", Double, nullable=False),
    Column("is_accepting", Integer, nullable=False),
    Column("max_sessions", Integer, nullable=False),
    Column("open", Integer, nullable=False),
    Column("idle_since", Double, nullable=False),
    Column("body", Text, nullable=False),
)

desk_intervals = Table(
    "desk_intervals",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("agent_id", NAME, nullable=False),
    Column("begun_at", Double, nullable=False),
    Column("ended_at", Double),
    Column("status", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("is_connected", Integer, nullable=False),
    Column("is_accepting", Integer, nullable=False),
    Index("ix_desk_intervals_agent_id", "agent_id", "begun_at"),
)
Index(
    "ix_desk_intervals_running",
    desk_intervals.c.agent_id,
    sqlite_where=text("ended_at IS NULL"),
    postgresql_where=text("ended_at IS NULL"),
)

desk_reviews = Table(
    "desk_reviews",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("review_id", NAME, nullable=False, unique=True),
    Column("conversation_id", NAME, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("state", String, nullable=False),
    Column("group_id", NAME),
    Column("asked_at", Double, nullable=False),
    Column("deadline", Double, nullable=False),
    Column("decided_at", Double),
    Column("body", Text, nullable=False),
    Index("ix_desk_reviews_conversation_id", "conversation_id"),
)
Index(
    "ix_desk_reviews_open",
    desk_reviews.c.conversation_id,
    unique=True,
    sqlite_where=text("state = 'open'"),
    postgresql_where=text("state = 'open'"),
)
Index(
    "ix_desk_reviews_deadline",
    desk_reviews.c.deadline,
    sqlite_where=text("state = 'open'"),
    postgresql_where=text("state = 'open'"),
)
Index(
    "ix_desk_reviews_decided",
    desk_reviews.c.decided_at,
    sqlite_where=text("state <> 'open'"),
    postgresql_where=text("state <> 'open'"),
)

# What was told to screens; old ones are dropped.
desk_events = Table(
    "desk_events",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String, nullable=False),
    Column("subject", NAME, nullable=False),
    Column("recipient", NAME, nullable=False),
    Column("data", Text, nullable=False),
    Column("at", Double, nullable=False),
)

# One row: the position of the newest event. Its lock is the last one that a transaction takes, so
# that positions ascend in the order of commits.
desk_events_head = Table(
    "desk_events_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("position", BigInteger, nullable=False),
)
