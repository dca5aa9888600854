"""Buying: the storefront's cart becomes an order."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from typing import Any

from examples.shop.catalogue import REMOTE_REGIONS
from examples.shop.errors import ShopError
from examples.shop.goods import delivery_to, freight_to
from examples.shop.ledger import Ledger

__all__ = ["Checkout"]

FIRST_ORDER = 602_800_000_000
MOST = 20
ADDRESS = "浙江省杭州市西湖区示例路 1 号"
"""Where those have their parcels sent who never had one."""


class Checkout(Ledger):
    """Makes orders."""

    def place(self, customer_id: str, wanted: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Make a paid order; nobody pays in a demonstration.

        Args:
            customer_id: Who buys.
            wanted: ``sku``, ``spec`` and ``quantity`` of each item.

        Raises:
            ShopError: Something is not there in that number, or there is nothing.
        """
        customer = self._customer_row(customer_id)
        if not 1 <= len(wanted) <= MOST:
            raise ShopError(400, "bad_items", f"一个订单可以有 1 到 {MOST} 种商品。")
        items = [self._taken(one) for one in wanted]
        total = sum(item["price"] * item["quantity"] for item in items)
        last = self._row("SELECT MAX(order_no) AS last FROM orders WHERE order_no LIKE '6028%'")
        address = self._address(customer_id)
        number = str(int((last and last["last"]) or FIRST_ORDER) + 1)
        now = self._stamp()
        self._insert(
            "orders",
            order_no=number,
            customer_id=customer_id,
            phone=customer["phone"],
            receiver=customer["name"],
            status="paid",
            address=address,
            ordered_at=now,
            paid_at=now,
            freight=freight_to(address, total),
        )
        for item in items:
            self._insert("items", order_no=number, **item)
        return {"order_no": number}

    def freight(self, customer_id: str | None, total: int) -> dict[str, Any]:
        """Return what sending goods for ``total`` costs to where the customer has parcels sent.

        Of a guest nothing is known yet: the usual terms, and those of remote regions beside.
        """
        address = self._address(customer_id) if customer_id else ADDRESS
        terms = delivery_to(address)
        told = {key: terms.get(key, 0) for key in ("free_from", "fee")}
        remote = delivery_to(next(iter(REMOTE_REGIONS)))
        return {
            **told,
            "freight": freight_to(address, total),
            "to": _region(address) if customer_id else None,
            "remote": {key: remote[key] for key in ("free_from", "fee")},
        }

    def _taken(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """Take an item out of stock."""
        sku, spec, quantity = (wanted.get(key) for key in ("sku", "spec", "quantity"))
        row: sqlite3.Row | None = None
        if isinstance(sku, str) and isinstance(spec, str):
            row = self._row(
                "SELECT name, price, quantity FROM stock JOIN products USING (sku)"
                " WHERE sku = ? AND spec = ?",
                sku,
                spec,
            )
        if row is None or not isinstance(quantity, int) or not 1 <= quantity <= 99:
            raise ShopError(400, "bad_items", "购物车里有看不懂的商品，请删掉再试。")
        if row["quantity"] < quantity:
            message = f"{row['name']}（{spec}）只剩 {row['quantity']} 件了。"
            raise ShopError(409, "out_of_stock", message)
        self._db.execute(
            "UPDATE stock SET quantity = quantity - ? WHERE sku = ? AND spec = ?",
            (quantity, sku, spec),
        )
        return {"product": row["name"], "spec": spec, "quantity": quantity, "price": row["price"]}

    def _address(self, customer_id: str) -> str:
        row = self._row(
            "SELECT address FROM orders WHERE customer_id = ? ORDER BY ordered_at DESC", customer_id
        )
        return row["address"] if row else ADDRESS


def _region(address: str) -> str:
    """Return the province that an address begins with."""
    found = re.match(r".{2,8}?(?:省|自治区|市)", address)
    return found.group() if found else address[:2]
