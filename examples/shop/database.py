"""The shop's SQLite database: its tables, the demonstration data, and how that stays fresh."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from examples.shop.catalogue import MEMBERS, ORDERS, PRODUCTS, RETURNS

__all__ = ["SHANGHAI", "Now", "open_database", "shop_time"]

SHANGHAI = ZoneInfo("Asia/Shanghai")
Now = Callable[[], datetime]

SCHEMA = """
CREATE TABLE shop (seeded_on TEXT NOT NULL);
CREATE TABLE products (
    sku TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, category TEXT NOT NULL,
    price INTEGER NOT NULL, aliases TEXT NOT NULL, details TEXT NOT NULL
);
CREATE TABLE stock (
    sku TEXT NOT NULL REFERENCES products, spec TEXT NOT NULL, quantity INTEGER NOT NULL,
    PRIMARY KEY (sku, spec)
);
CREATE TABLE restock_notices (
    sku TEXT NOT NULL REFERENCES products, phone TEXT NOT NULL, PRIMARY KEY (sku, phone)
);
CREATE TABLE members (
    phone TEXT PRIMARY KEY, name TEXT NOT NULL, level TEXT NOT NULL,
    points INTEGER NOT NULL, spent_year INTEGER NOT NULL
);
CREATE TABLE orders (
    order_no TEXT PRIMARY KEY, phone TEXT NOT NULL, status TEXT NOT NULL, address TEXT NOT NULL,
    ordered_at TEXT NOT NULL, paid_at TEXT, shipped_at TEXT, signed_at TEXT, cancelled_at TEXT,
    courier TEXT, tracking_no TEXT, urged_at TEXT, price_protected INTEGER NOT NULL DEFAULT 0,
    address_changed INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX orders_by_phone ON orders (phone, ordered_at);
CREATE TABLE items (
    order_no TEXT NOT NULL REFERENCES orders, product TEXT NOT NULL, spec TEXT NOT NULL,
    quantity INTEGER NOT NULL, price INTEGER NOT NULL
);
CREATE TABLE traces (
    order_no TEXT NOT NULL REFERENCES orders, at TEXT NOT NULL, text TEXT NOT NULL
);
CREATE TABLE returns (
    return_no TEXT PRIMARY KEY, order_no TEXT NOT NULL REFERENCES orders, service TEXT NOT NULL,
    reason TEXT NOT NULL, detail TEXT NOT NULL DEFAULT '', spec TEXT NOT NULL DEFAULT '',
    status TEXT NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL
);
CREATE UNIQUE INDEX one_open_return ON returns (order_no)
    WHERE status NOT IN ('refunded', 'resent', 'rejected');
CREATE TABLE invoices (
    order_no TEXT PRIMARY KEY REFERENCES orders, title TEXT NOT NULL, email TEXT NOT NULL,
    created_at TEXT NOT NULL
);
"""

TIMES = {
    "orders": ("ordered_at", "paid_at", "shipped_at", "signed_at", "cancelled_at", "urged_at"),
    "traces": ("at",),
    "returns": ("created_at", "updated_at"),
    "invoices": ("created_at",),
}


def shop_time() -> datetime:
    """Return the time in the shop."""
    return datetime.now(tz=SHANGHAI)


def open_database(path: Path | str, now: Now = shop_time) -> sqlite3.Connection:
    """Open the database, making it with the demonstration data if it is not there.

    A database made on an earlier day has all its times moved on by the days that have passed.
    """
    if path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("BEGIN IMMEDIATE")
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'shop'").fetchone():
        for statement in SCHEMA.split(";"):
            connection.execute(statement)
        _seed(connection, now())
    else:
        _move_times(connection, now())
    connection.execute("COMMIT")
    return connection


def _seed(connection: sqlite3.Connection, now: datetime) -> None:
    connection.execute("INSERT INTO shop VALUES (?)", (now.date().isoformat(),))
    for product in PRODUCTS:
        connection.execute(
            "INSERT INTO products VALUES (:sku, :name, :category, :price, :aliases, :details)",
            {key: value for key, value in product.items() if key != "stock"},
        )
        connection.executemany(
            "INSERT INTO stock VALUES (?, ?, ?)",
            [(product["sku"], spec, quantity) for spec, quantity in product["stock"].items()],
        )
    connection.executemany(
        "INSERT INTO members VALUES (:phone, :name, :level, :points, :spent_year)", MEMBERS
    )
    for order in ORDERS:
        _seed_order(connection, order, now)
    for entry in RETURNS:
        connection.execute(
            "INSERT INTO returns (return_no, order_no, service, reason, status, created_at,"
            " updated_at) VALUES (:return_no, :order_no, :service, :reason, :status, :created,"
            " :updated)",
            {
                **entry,
                "created": _ago(now, entry["created"]),
                "updated": _ago(now, entry["updated"]),
            },
        )


def _seed_order(connection: sqlite3.Connection, order: dict[str, Any], now: datetime) -> None:
    courier, tracking_no = order.get("courier", (None, None))
    connection.execute(
        "INSERT INTO orders (order_no, phone, status, address, ordered_at, paid_at, shipped_at,"
        " signed_at, cancelled_at, courier, tracking_no) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            order["order_no"],
            order["phone"],
            order["status"],
            order["address"],
            _ago(now, order.get("paid", 0)),
            *(_ago(now, order.get(key)) for key in ("paid", "shipped", "signed", "cancelled")),
            courier,
            tracking_no,
        ),
    )
    connection.executemany(
        "INSERT INTO items VALUES (?, ?, ?, ?, ?)",
        [(order["order_no"], *item) for item in order["items"]],
    )
    connection.executemany(
        "INSERT INTO traces VALUES (?, ?, ?)",
        [(order["order_no"], _ago(now, hours), text) for hours, text in order.get("trace", [])],
    )


def _move_times(connection: sqlite3.Connection, now: datetime) -> None:
    seeded_on = connection.execute("SELECT seeded_on FROM shop").fetchone()["seeded_on"]
    passed = now.date() - datetime.fromisoformat(seeded_on).date()
    if passed <= timedelta():
        return
    for table, columns in TIMES.items():
        for column in columns:
            rows = connection.execute(
                f"SELECT rowid, {column} FROM {table} WHERE {column} IS NOT NULL"
            ).fetchall()
            connection.executemany(
                f"UPDATE {table} SET {column} = ? WHERE rowid = ?",
                [((datetime.fromisoformat(at) + passed).isoformat(), row) for row, at in rows],
            )
    connection.execute("UPDATE shop SET seeded_on = ?", (now.date().isoformat(),))


def _ago(now: datetime, hours: float | None) -> str | None:
    return None if hours is None else (now - timedelta(hours=hours)).isoformat(timespec="seconds")
