"""What the shop sells: finding products, stock, comparing, and where parcels go."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from examples.shop.catalogue import BEST_SELLERS, NEAR_CITIES, NOT_SERVED, REMOTE_REGIONS
from examples.shop.errors import ShopError
from examples.shop.ledger import Ledger

__all__ = ["Goods", "delivery_to", "freight_to"]

MOST_COMPARED = 5


class Goods(Ledger):
    """The catalogue."""

    def products(self, *, query: str = "", category: str = "") -> list[dict[str, Any]]:
        """Return the products that ``query`` names; else those whose names contain it.

        Without query and category the best sellers are returned.
        """
        if not query and not category:
            return [self.product(sku) for sku in BEST_SELLERS]
        rows = self._rows("SELECT * FROM products ORDER BY sku")
        chosen = [row for row in rows if category in ("", row["category"])]
        if query:
            named = [row for row in chosen if _is_named(row, query)]
            chosen = _longest(named, query) or [row for row in chosen if _contains(row, query)]
        return [self.product(row["sku"]) for row in chosen]

    def shelf(
        self, *, query: str = "", category: str = "", limit: int = 24, offset: int = 0
    ) -> dict[str, Any]:
        """Return a page of all products that fit, those sold most first."""
        rows = [
            row
            for row in self._rows("SELECT * FROM products ORDER BY sold DESC, sku")
            if category in ("", row["category"])
            and (not query or _is_named(row, query) or _contains(row, query))
        ]
        chosen = rows[offset : offset + limit]
        return {"products": [self.product(row["sku"]) for row in chosen], "total": len(rows)}

    def categories(self) -> list[dict[str, Any]]:
        """Return the categories and how many products each has."""
        rows = self._rows(
            "SELECT category AS name, COUNT(*) AS products FROM products GROUP BY category"
            " ORDER BY MIN(sku)"
        )
        return [dict(row) for row in rows]

    def product(self, sku: str) -> dict[str, Any]:
        """Return one product with the stock of each of its specifications."""
        row = self._row("SELECT * FROM products WHERE sku = ?", sku)
        if row is None:
            raise ShopError(404, "product_not_found", f"没有商品 {sku}。")
        stock = self._rows("SELECT spec, quantity FROM stock WHERE sku = ? ORDER BY rowid", sku)
        keys = ("name", "category", "price", "details", "material", "usage", "origin")
        return {
            "sku": sku,
            **{key: row[key] for key in keys},
            "warranty_months": row["warranty_months"],
            "specs": json.loads(row["specs"]),
            "sold": row["sold"],
            "stock": [dict(entry) for entry in stock],
        }

    def compare(self, skus: str) -> dict[str, Any]:
        """Return products side by side: ``skus`` are numbers or names, parted by commas."""
        wanted = [one.strip() for one in skus.replace("，", ",").split(",") if one.strip()]
        if not 2 <= len(wanted) <= MOST_COMPARED:
            raise ShopError(400, "bad_skus", f"请给出 2 到 {MOST_COMPARED} 个商品。")
        products = [self._by_number_or_name(one) for one in wanted]
        names = dict.fromkeys(name for product in products for name in product["specs"])
        rows = [
            {"name": name, "values": [product["specs"].get(name, "—") for product in products]}
            for name in names
        ]
        shared = {
            "价格": "price", "材质": "material", "产地": "origin", "保修（月）": "warranty_months",
        }  # fmt: skip
        rows = [
            {"name": name, "values": [product[key] or "—" for product in products]}
            for name, key in shared.items()
        ] + rows
        return {
            "products": products,
            "rows": [{**row, "differs": len({str(v) for v in row["values"]}) > 1} for row in rows],
        }

    def ask_for_notice(self, sku: str, phone: str) -> dict[str, Any]:
        """Remember to tell the customer when the product is there again."""
        self.product(sku)
        self._db.execute("INSERT OR IGNORE INTO restock_notices VALUES (?, ?)", (sku, phone))
        return {"sku": sku}

    def _by_number_or_name(self, wanted: str) -> dict[str, Any]:
        row = self._row("SELECT sku FROM products WHERE ? IN (sku, name)", wanted)
        if row is not None:
            return self.product(row["sku"])
        found = self.products(query=wanted)
        if not found:
            raise ShopError(404, "product_not_found", f"没有商品 {wanted}。")
        return found[0]


def delivery_to(city: str) -> dict[str, Any]:
    """Return how long parcels to ``city`` take and what they cost."""
    if any(name in city for name in NOT_SERVED):
        return {"city": city, "is_served": False}
    if any(name in city for names in REMOTE_REGIONS.values() for name in names):
        return {"city": city, "is_served": True, "days": "5–7", "free_from": 199, "fee": 15}
    days = "1–2" if any(name in city for name in NEAR_CITIES) else "2–4"
    return {"city": city, "is_served": True, "days": days, "free_from": 99, "fee": 8}


def freight_to(address: str, amount: int) -> int:
    """Return what sending goods for ``amount`` to ``address`` costs."""
    terms = delivery_to(address)
    return 0 if amount >= terms.get("free_from", 0) else int(terms["fee"])


def _names(row: sqlite3.Row) -> list[str]:
    return [name.casefold() for name in (row["name"], *row["aliases"].split())]


def _is_named(row: sqlite3.Row, query: str) -> bool:
    return any(name in query.casefold() for name in _names(row))


def _contains(row: sqlite3.Row, query: str) -> bool:
    return any(query.casefold() in name for name in _names(row))


def _longest(rows: list[sqlite3.Row], query: str) -> list[sqlite3.Row]:
    """Return the rows with names that are no part of a longer one the query has, too."""
    wanted = query.casefold()
    found = {name for row in rows for name in _names(row) if name in wanted}
    best = {name for name in found if not any(name != other and name in other for other in found)}
    return [row for row in rows if best.intersection(_names(row))]
