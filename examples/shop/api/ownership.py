"""Who may see what: orders, parcels, returns and customers answer their owner only."""

from __future__ import annotations

import sqlite3

from examples.shop.api.routes import Call, Route
from examples.shop.errors import ShopError

__all__ = ["Ownership"]

_OF_ORDER = "SELECT customer_id, phone FROM orders WHERE order_no = ?"
_OWNERS = {
    "order_no": (_OF_ORDER, "order_not_found", "没有找到订单 {value}。"),
    "return_no": (
        (
            "SELECT o.customer_id, o.phone FROM orders AS o JOIN returns USING (order_no)"
            " WHERE return_no = ?"
        ),
        "return_not_found",
        "没有找到售后单 {value}。",
    ),
    "tracking_no": (
        (
            "SELECT o.customer_id, o.phone FROM orders AS o JOIN parcels AS p USING (order_no)"
            " WHERE p.tracking_no = ?1 UNION SELECT o.customer_id, o.phone FROM orders AS o"
            " JOIN returns AS r USING (order_no) WHERE r.tracking_no = ?1"
        ),
        "parcel_not_found",
        "没有找到快递单号 {value}。",
    ),
    "complaint_no": (
        "SELECT customer_id, phone FROM complaints WHERE complaint_no = ?",
        "complaint_not_found",
        "没有找到投诉 {value}。",
    ),
    "customer_id": (
        "SELECT customer_id, phone FROM customers WHERE customer_id = ?",
        "customer_not_found",
        "没有找到客户 {value}。",
    ),
}
_NAMED_BY_CALLER = ("customer_id",)
"""Values that say themselves on whose behalf the caller asks: a header is not needed."""


class Ownership:
    """Compares the identity of a call with the owner of what it asks for."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def check(self, route: Route, call: Call) -> None:
        """Let the owner through.

        Raises:
            ShopError: 404: somebody else's, or none, which is told apart nowhere; 403: the
                caller does not say on whose behalf it asks.
        """
        if route.owned_by is None:
            return
        if call.customer is None and call.phone is None:
            if route.owned_by in _NAMED_BY_CALLER:
                return
            raise ShopError(403, "identity_needed", "请先登录，或者告诉我下单时留的手机号。")
        query, code, message = _OWNERS[route.owned_by]
        value = call[route.owned_by]
        owner = self._db.execute(query, (value,)).fetchone()
        is_theirs = owner is not None and (
            owner["customer_id"] == call.customer or owner["phone"] == call.phone
        )
        if not is_theirs:
            raise ShopError(404, code, message.format(value=value))
