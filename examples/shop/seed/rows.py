"""Writing rows, with times given as hours before the database is made."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

__all__ = ["Rows"]


class Rows:
    """Collects rows of many tables and inserts them together."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._rows: dict[tuple[str, tuple[str, ...]], list[Sequence[Any]]] = {}

    def ago(self, hours: float | None) -> str | None:
        """Return the time so many hours ago."""
        if hours is None:
            return None
        return (self._now - timedelta(hours=hours)).isoformat(timespec="seconds")

    def add(self, table: str, **values: Any) -> None:
        """Collect one row."""
        self._rows.setdefault((table, tuple(values)), []).append(tuple(values.values()))

    def insert(self, connection: sqlite3.Connection) -> None:
        """Insert what was collected, in the order of the first row of each table."""
        for (table, columns), rows in self._rows.items():
            holes = ", ".join("?" * len(columns))
            connection.executemany(
                f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({holes})", rows
            )
        self._rows.clear()
