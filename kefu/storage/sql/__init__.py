"""Conversations in SQL: SQLite by default, PostgreSQL by URL."""

from kefu.storage.sql.opening import open_sql

__all__ = ["open_sql"]
