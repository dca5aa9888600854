"""The shop's SQLite database: its tables, the demonstration data, and how that stays fresh."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

__all__ = ["SHANGHAI", "Now", "open_database", "shop_time"]

SHANGHAI = ZoneInfo("Asia/Shanghai")
Now = Callable[[], datetime]

SCHEMA = Path(__file__).with_name("schema.sql")
MOVING = "TIME"
"""Type of the columns whose times move on by the days that have passed."""


def shop_time() -> datetime:
    """Return the time in the shop."""
    return datetime.now(tz=SHANGHAI)


def open_database(path: Path | str, now: Now = shop_time) -> sqlite3.Connection:
    """Open the database, making it with the demonstration data if it is not there.

    A database made on an earlier day has all its times moved on by the days that have passed.

    Raises:
        sqlite3.Error: The file is no database, or one of an earlier version of the shop.
    """
    if path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("BEGIN IMMEDIATE")
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'shop'").fetchone():
        from examples.shop.seed.demonstration import seed  # noqa: PLC0415 - once in a database's life

        for statement in SCHEMA.read_text("utf-8").split(";"):
            connection.execute(statement)
        seed(connection, now())
    elif not connection.execute(
        "SELECT 1 FROM sqlite_master WHERE name = 'return_items'"
    ).fetchone():
        connection.close()
        raise sqlite3.DatabaseError("it was made by an earlier version; delete the file")
    else:
        _move_times(connection, now())
    connection.execute("COMMIT")
    return connection


def _move_times(connection: sqlite3.Connection, now: datetime) -> None:
    seeded_on = connection.execute("SELECT seeded_on FROM shop").fetchone()["seeded_on"]
    passed = now.date() - datetime.fromisoformat(seeded_on).date()
    if passed <= timedelta():
        return
    for table, column in _moving_columns(connection):
        rows = connection.execute(
            f"SELECT rowid, {column} FROM {table} WHERE {column} IS NOT NULL"
        ).fetchall()
        connection.executemany(
            f"UPDATE {table} SET {column} = ? WHERE rowid = ?",
            [((datetime.fromisoformat(at) + passed).isoformat(), row) for row, at in rows],
        )
    connection.execute("UPDATE shop SET seeded_on = ?", (now.date().isoformat(),))


def _moving_columns(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    return [
        (table["name"], column["name"])
        for table in tables
        for column in connection.execute(f"PRAGMA table_info({table['name']})")
        if column["type"] == MOVING
    ]
