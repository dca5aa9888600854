"""Which pieces of an order go back, which still can, and what is paid back for them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from examples.shop.errors import ShopError
from examples.shop.ledger import Ledger

__all__ = ["ReturnItems", "yuan"]


class ReturnItems(Ledger):
    """The pieces of orders that were applied for, by application."""

    def left(self, order_no: str) -> list[dict[str, Any]]:
        """Return the items of an order with how many pieces of each can be applied for.

        Taken are those being sent back and those paid back; what came back from an exchange or a
        repair can be applied for again.
        """
        rows = self._rows(
            "SELECT item_no, product, spec, items.price, sku, items.quantity - COALESCE(("
            "  SELECT SUM(taken.quantity) FROM return_items AS taken JOIN returns USING (return_no)"
            "  WHERE taken.item_no = items.item_no"
            "  AND status NOT IN ('rejected', 'cancelled', 'resent')"
            " ), 0) AS quantity FROM items LEFT JOIN products ON products.name = items.product"
            " WHERE order_no = ? ORDER BY item_no",
            order_no,
        )
        return [dict(row) for row in rows]

    def of(self, return_no: str) -> list[dict[str, Any]]:
        """Return what one application is for."""
        rows = self._rows(
            "SELECT item_no, product, spec, taken.quantity, price FROM return_items AS taken"
            " JOIN items USING (item_no) WHERE return_no = ? ORDER BY item_no",
            return_no,
        )
        return [dict(row) for row in rows]

    def chosen(
        self, order_no: str, wanted: Sequence[Mapping[str, int]] | None
    ) -> list[dict[str, Any]]:
        """Return the items that are ``wanted``, everything that is left if nothing is named.

        Raises:
            ShopError: An item is not in the order, or fewer pieces of it are left.
        """
        left = {item["item_no"]: item for item in self.left(order_no) if item["quantity"] > 0}
        if wanted is None:
            return list(left.values())
        chosen = []
        for one in wanted:
            item = left.get(one["item_no"])
            if item is None:
                raise ShopError(409, "no_such_item", "订单里没有这件商品，或者已经申请过了。")
            if one["quantity"] > item["quantity"]:
                message = f"{item['product']}（{item['spec']}）最多还能申请 {item['quantity']} 件。"
                raise ShopError(409, "too_many", message, most=item["quantity"])
            chosen.append({**item, "quantity": one["quantity"]})
        return chosen

    def note(self, return_no: str, items: Iterable[Mapping[str, Any]]) -> None:
        """Keep what an application is for."""
        for item in items:
            numbers = {key: item[key] for key in ("item_no", "quantity")}
            self._insert("return_items", return_no=return_no, **numbers)

    def paid_for(
        self, order: sqlite3.Row, items: Sequence[Mapping[str, Any]], before: int = 0
    ) -> dict[str, Any]:
        """Return what was really paid for ``items``, freight aside.

        Coupon and points are spread over the goods by their price. So that all parts of an order
        together come to the whole, each part gets what its end has more than its beginning.

        Args:
            order: The order's row.
            items: What goes back, with ``price`` and ``quantity``.
            before: What goods that went back earlier had cost.
        """
        money = self._money(order)
        whole = money["items_amount"] or 1
        goods = sum(item["price"] * item["quantity"] for item in items)

        def share(value: int) -> int:
            return round(value * (before + goods) / whole) - round(value * before / whole)

        off = share(money["discount"] * 100)
        points = share(money["points_used"])
        worth = share(money["points_used"] // 100 * 100)
        return {
            "items": goods,
            "coupon": yuan(off),
            "points": points,
            "total": yuan(max(0, goods * 100 - off - worth)),
        }


def yuan(cents: int) -> int | float:
    """Return an amount in yuan, whole if it is."""
    return cents // 100 if cents % 100 == 0 else cents / 100
