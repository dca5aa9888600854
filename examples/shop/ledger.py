"""What the parts of the shop's business have in common: one connection, one clock, orders' rows."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta
from typing import Any

from examples.shop.database import Now, shop_time
from examples.shop.errors import ShopError
from examples.shop.wording import ORDER_STATUS_NAMES

__all__ = ["Ledger", "not_now"]


class Ledger:
    """A part of the business on one SQLite connection.

    Calls take well under a millisecond on the demonstration data, so they are plain functions.
    """

    def __init__(self, connection: sqlite3.Connection, now: Now = shop_time) -> None:
        self._db = connection
        self._now = now

    def _rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        return self._db.execute(query, values).fetchall()

    def _row(self, query: str, *values: object) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self._db.execute(query, values).fetchone()
        return row

    def _order_row(self, order_no: str) -> sqlite3.Row:
        row = self._row("SELECT * FROM orders WHERE order_no = ?", order_no)
        if row is None:
            raise ShopError(404, "order_not_found", f"没有找到订单 {order_no}。")
        return row

    def _customer_row(self, customer_id: str) -> sqlite3.Row:
        row = self._row("SELECT * FROM customers WHERE customer_id = ?", customer_id)
        if row is None:
            raise ShopError(404, "customer_not_found", f"没有找到客户 {customer_id}。")
        return row

    def _update(self, order_no: str, **values: object) -> None:
        columns = ", ".join(f"{column} = ?" for column in values)
        self._db.execute(
            f"UPDATE orders SET {columns} WHERE order_no = ?", (*values.values(), order_no)
        )

    def _insert(self, table: str, **values: object) -> None:
        columns, holes = ", ".join(values), ", ".join("?" * len(values))
        self._db.execute(
            f"INSERT INTO {table} ({columns}) VALUES ({holes})", tuple(values.values())
        )

    def _next_number(self, table: str, column: str, prefix: str) -> str:
        """Return the number after the highest of ``table``: a prefix and six digits."""
        last = self._row(f"SELECT MAX({column}) AS last FROM {table}")
        number = int(last["last"].removeprefix(prefix)) if last and last["last"] else 900000
        return f"{prefix}{number + 1:06}"

    def _days_since(self, at: str) -> int:
        return (self._now().date() - datetime.fromisoformat(at).date()).days

    def _stamp(self, *, days: float = 0) -> str:
        return (self._now() + timedelta(days=days)).isoformat(timespec="seconds")

    def _money(self, order: sqlite3.Row) -> dict[str, Any]:
        """Return what an order costs: goods, freight, what was taken off, and what was paid."""
        goods = self._row(
            "SELECT SUM(quantity * price) AS sum FROM items WHERE order_no = ?", order["order_no"]
        )
        total = (goods["sum"] or 0) if goods else 0
        off = order["discount"] + order["points_used"] // 100
        return {
            "items_amount": total,
            "freight": order["freight"],
            "discount": order["discount"],
            "points_used": order["points_used"],
            "amount": total + order["freight"] - off,
        }


def not_now(row: sqlite3.Row, code: str, why: str) -> ShopError:
    """Return the refusal of what the order's state does not allow."""
    message = f"订单 {row['order_no']} 目前{ORDER_STATUS_NAMES[row['status']]}，{why}"
    return ShopError(409, code, message, status=row["status"])
