"""What the shop sells: finding products, stock, and where parcels go."""

from __future__ import annotations

import sqlite3
from typing import Any

from examples.shop.catalogue import BEST_SELLERS, NEAR_CITIES, NOT_SERVED, REMOTE_REGIONS
from examples.shop.errors import ShopError

__all__ = ["Goods", "delivery_to"]


class Goods:
    """The catalogue on one SQLite connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def products(self, *, query: str = "", category: str = "") -> list[dict[str, Any]]:
        """Return products whose name or other name occurs in ``query`` or contains it.

        Without query and category the best sellers are returned.
        """
        if not query and not category:
            return [self.product(sku) for sku in BEST_SELLERS]
        rows = self._db.execute("SELECT * FROM products ORDER BY sku").fetchall()
        return [
            self.product(row["sku"])
            for row in rows
            if (not category or row["category"] == category) and (not query or _fits(row, query))
        ]

    def product(self, sku: str) -> dict[str, Any]:
        """Return one product with the stock of each of its specifications."""
        row = self._db.execute("SELECT * FROM products WHERE sku = ?", (sku,)).fetchone()
        if row is None:
            raise ShopError(404, "product_not_found", f"没有商品 {sku}。")
        stock = self._db.execute(
            "SELECT spec, quantity FROM stock WHERE sku = ? ORDER BY rowid", (sku,)
        ).fetchall()
        return {
            "sku": sku,
            "name": row["name"],
            "category": row["category"],
            "price": row["price"],
            "details": row["details"],
            "stock": [dict(entry) for entry in stock],
        }

    def ask_for_notice(self, sku: str, phone: str) -> dict[str, Any]:
        """Remember to tell the customer when the product is there again."""
        self.product(sku)
        self._db.execute("INSERT OR IGNORE INTO restock_notices VALUES (?, ?)", (sku, phone))
        return {"sku": sku}


def delivery_to(city: str) -> dict[str, Any]:
    """Return how long parcels to ``city`` take and what they cost."""
    if any(name in city for name in NOT_SERVED):
        return {"city": city, "is_served": False}
    if any(name in city for names in REMOTE_REGIONS.values() for name in names):
        return {"city": city, "is_served": True, "days": "5–7", "free_from": 199, "fee": 15}
    days = "1–2" if any(name in city for name in NEAR_CITIES) else "2–4"
    return {"city": city, "is_served": True, "days": days, "free_from": 99, "fee": 8}


def _fits(row: sqlite3.Row, query: str) -> bool:
    wanted = query.casefold()
    names = [row["name"], *row["aliases"].split()]
    return any(name.casefold() in wanted or wanted in name.casefold() for name in names)
