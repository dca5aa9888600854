"""Money: price protection, refunds, invoices, gift cards."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta
from typing import Any

from examples.shop.aftersales import FAULTS
from examples.shop.errors import ShopError
from examples.shop.ledger import Ledger
from examples.shop.return_items import ReturnItems
from examples.shop.wording import (
    INVOICE_STATUS_NAMES,
    PAYMENT_NAMES,
    honorific,
    masked_address,
)

__all__ = ["Money"]

PRICE_PROTECTION_DAYS = 15
INVOICE_DAYS = 180
REFUND_DAYS = {"wechat": 1, "alipay": 1, "huabei": 1, "card": 5}


class Money(Ledger):
    """What is paid, paid back and put on paper."""

    def price_difference(self, order_no: str) -> dict[str, Any]:
        """Return what the items of an order cost less now.

        Raises:
            ShopError: It is too late, or was paid back before.
        """
        row = self._order_row(order_no)
        if not row["paid_at"] or row["status"] == "cancelled":
            raise ShopError(409, "not_paid", "这个订单没有付款或者已经取消，不能申请价保。")
        if row["price_protected"]:
            raise ShopError(409, "already_protected", "这个订单已经申请过一次价保了。")
        if self._days_since(row["paid_at"]) > PRICE_PROTECTION_DAYS:
            raise ShopError(
                409, "too_late", f"付款已经超过 {PRICE_PROTECTION_DAYS} 天，过了价保期。"
            )
        items = self._rows(
            "SELECT product, spec, quantity, items.price AS paid, products.price AS now,"
            " (items.price - products.price) * items.quantity AS difference FROM items"
            " JOIN products ON products.name = items.product WHERE order_no = ?"
            " AND items.price > products.price",
            order_no,
        )
        until = datetime.fromisoformat(row["paid_at"]) + timedelta(days=PRICE_PROTECTION_DAYS)
        return {
            "order_no": order_no,
            "difference": sum(item["difference"] for item in items),
            "items": [dict(item) for item in items],
            "until": until.isoformat(timespec="seconds"),
        }

    def protect_price(self, order_no: str) -> dict[str, Any]:
        """Pay back what the items cost less now."""
        found = self.price_difference(order_no)
        if found["difference"]:
            self._update(order_no, price_protected=1)
        return found

    def refund(self, order_no: str) -> dict[str, Any]:
        """Return what is paid back for an order, how it is made up, and when it comes."""
        row = self._order_row(order_no)
        back = self._row(
            "SELECT * FROM returns WHERE order_no = ? AND service = 'return'"
            " AND status NOT IN ('rejected', 'cancelled') ORDER BY created_at DESC, return_no DESC",
            order_no,
        )
        is_cancelled = row["status"] == "cancelled" and row["paid_at"] is not None
        if back is None and not is_cancelled:
            raise ShopError(409, "no_refund", f"订单 {order_no} 没有退款。")
        is_done = is_cancelled or (back is not None and back["status"] == "refunded")
        since = row["cancelled_at"] if back is None else back["updated_at"]
        days = REFUND_DAYS[row["payment"]] + (0 if is_done else 2)
        expected = datetime.fromisoformat(since) + timedelta(days=days)
        made_up = self._whole(row) if back is None else self._made_up(row, back)
        return {
            "order_no": order_no,
            "return_no": back["return_no"] if back is not None else None,
            "paid": self._money(row)["amount"],
            **made_up,
            "channel": PAYMENT_NAMES[row["payment"]],
            "status": "refunded" if is_done else "pending",
            "status_name": "已退款" if is_done else "处理中",
            "expected_by": expected.isoformat(timespec="seconds"),
        }

    def estimate(
        self, order_no: str, items: list[dict[str, int]] | None, reason: str
    ) -> dict[str, Any]:
        """Return what would be paid back if ``items``, or all that are left, went back."""
        row = self._order_row(order_no)
        chosen = self._items.chosen(order_no, items)
        return self._sum(row, chosen, self._earlier(row, None), reason)

    @property
    def _items(self) -> ReturnItems:
        return ReturnItems(self._db, self._now)

    def _whole(self, row: sqlite3.Row) -> dict[str, Any]:
        """Return of what the refund of a cancelled order consists."""
        everything = self._rows("SELECT * FROM items WHERE order_no = ?", row["order_no"])
        return self._sum(row, [dict(item) for item in everything], [], FAULTS[0])

    def _made_up(self, row: sqlite3.Row, back: sqlite3.Row) -> dict[str, Any]:
        """Return of what the refund of a return consists."""
        items = self._items.of(back["return_no"])
        return self._sum(row, items, self._earlier(row, back), back["reason"])

    def _earlier(self, row: sqlite3.Row, back: sqlite3.Row | None) -> list[dict[str, Any]]:
        """Return the pieces that went back before ``back``, all that did for None."""
        rows = self._rows(
            "SELECT return_no FROM returns WHERE order_no = ? AND service = 'return' AND status"
            " NOT IN ('rejected', 'cancelled') AND (?2 IS NULL OR return_no < ?2)",
            row["order_no"],
            back["return_no"] if back is not None else None,
        )
        return [item for one in rows for item in self._items.of(one["return_no"])]

    def _sum(
        self,
        row: sqlite3.Row,
        items: list[dict[str, Any]],
        earlier: list[dict[str, Any]],
        reason: str,
    ) -> dict[str, Any]:
        """Add up what was paid for ``items``; freight is paid back with a whole order only."""
        money = self._money(row)
        before = sum(item["price"] * item["quantity"] for item in earlier)
        paid = self._items.paid_for(row, items, before)
        is_whole = not earlier and paid["items"] == money["items_amount"]
        freight = money["freight"] if reason in FAULTS and is_whole else 0
        pieces = [{k: item[k] for k in ("product", "spec", "quantity")} for item in items]
        whole = {"is_whole": is_whole, "pieces": pieces, "freight": freight}
        return {**paid, **whole, "total": paid["total"] + freight}

    def request_invoice(self, order_no: str, wanted: dict[str, str]) -> dict[str, Any]:
        """Register an invoice, once an order.

        Args:
            order_no: The order.
            wanted: ``kind`` (``electronic`` if it is not there) and ``title``; ``email`` for an
                electronic one, ``address`` for one of paper; ``tax_no`` for a company.
        """
        row = self._order_row(order_no)
        kind = wanted.get("kind", "electronic")
        if not row["paid_at"] or row["status"] == "cancelled":
            raise ShopError(409, "not_paid", "这个订单没有付款或者已经取消，不能开发票。")
        if self._days_since(row["paid_at"]) > INVOICE_DAYS:
            raise ShopError(409, "too_late", f"付款超过 {INVOICE_DAYS} 天，不能再开发票了。")
        needed, message = (
            ("address", "纸质发票请给出收件地址。")
            if kind == "paper"
            else ("email", "电子发票请给出邮箱。")
        )
        if not wanted.get(needed):
            raise ShopError(400, f"bad_{needed}", message)
        if self._row("SELECT 1 FROM invoices WHERE order_no = ?", order_no):
            raise ShopError(409, "already_invoiced", "这个订单已经申请过发票了。")
        given = {key: value for key, value in wanted.items() if key != "kind"}
        self._insert(
            "invoices",
            order_no=order_no,
            kind=kind,
            status="requested",
            created_at=self._stamp(),
            **given,
        )
        is_shipped = row["shipped_at"] is not None
        return {"order_no": order_no, "kind": kind, "is_shipped": is_shipped}

    def invoice(self, order_no: str) -> dict[str, Any]:
        """Return the invoice of an order."""
        self._order_row(order_no)
        row = self._row("SELECT * FROM invoices WHERE order_no = ?", order_no)
        if row is None:
            raise ShopError(404, "no_invoice", f"订单 {order_no} 还没有申请发票。")
        return _shown_invoice(row)

    def gift_card(self, code: str) -> dict[str, Any]:
        """Return a gift card: its value, what is left, and until when."""
        row = self._card_row(code)
        owner = row["customer_id"] and self._customer_row(row["customer_id"])
        is_over = datetime.fromisoformat(row["expires_at"]) < self._now()
        return {
            **{key: row[key] for key in ("code", "value", "balance", "expires_at")},
            "is_bound": owner is not None,
            "bound_to": honorific(owner["name"], owner["gender"]) if owner else None,
            "is_expired": is_over,
        }

    def bind_gift_card(self, code: str, customer_id: str) -> dict[str, Any]:
        """Put a gift card into a customer's account, for good."""
        row = self._card_row(code)
        self._customer_row(customer_id)
        if row["customer_id"] == customer_id:
            raise ShopError(409, "already_bound", "这张礼品卡已经在您的账户里了。")
        if row["customer_id"]:
            raise ShopError(409, "bound_elsewhere", "这张礼品卡已经绑定了其他账户。")
        if datetime.fromisoformat(row["expires_at"]) < self._now():
            raise ShopError(409, "expired", "这张礼品卡已经过期了。")
        self._db.execute(
            "UPDATE gift_cards SET customer_id = ?, bound_at = ? WHERE code = ?",
            (customer_id, self._stamp(), row["code"]),
        )
        return self.gift_card(code)

    def gift_cards_of(self, customer_id: str) -> list[dict[str, Any]]:
        """Return the gift cards in a customer's account."""
        self._customer_row(customer_id)
        rows = self._rows(
            "SELECT code FROM gift_cards WHERE customer_id = ? ORDER BY code", customer_id
        )
        return [self.gift_card(row["code"]) for row in rows]

    def _card_row(self, code: str) -> sqlite3.Row:
        row = self._row("SELECT * FROM gift_cards WHERE code = ?", code.upper())
        if row is None:
            raise ShopError(404, "card_not_found", f"没有找到礼品卡 {code}。")
        return row


def _shown_invoice(row: sqlite3.Row) -> dict[str, Any]:
    name, _, host = row["email"].partition("@")
    keys = ("order_no", "kind", "title", "tax_no", "status", "invoice_no", "created_at")
    return {
        **{key: row[key] for key in keys},
        "status_name": INVOICE_STATUS_NAMES[row["status"]],
        "email": f"{name[:2]}***@{host}" if host else "",
        "address": masked_address(row["address"]) if row["address"] else "",
        "issued_at": row["issued_at"],
    }
