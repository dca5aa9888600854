"""What the shop does: looking things up, and the rules for changing an order."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta
from typing import Any

from examples.shop.catalogue import COUPONS, NOT_RETURNABLE_CATEGORIES
from examples.shop.database import Now, shop_time
from examples.shop.errors import ShopError

__all__ = ["Shop"]

STATUS_NAMES = {
    "unpaid": "待付款",
    "paid": "待发货",
    "packing": "正在出库",
    "shipped": "运输中",
    "signed": "已签收",
    "cancelled": "已取消",
}
RETURN_STATUS_NAMES = {
    "submitted": "待审核",
    "approved": "审核通过，等待寄回",
    "received": "仓库已收到退货，验收中",
    "refunded": "已退款",
    "resent": "新商品已寄出",
    "rejected": "审核未通过",
}
FAULTS = ("质量问题", "发错货", "少发漏发", "与描述不符", "破损")
"""Reasons that are the shop's fault: longer period, freight on the shop."""

FAULT_DAYS = 15
NO_REASON_DAYS = 7
PRICE_PROTECTION_DAYS = 15


class Shop:
    """The shop's business on one SQLite connection.

    Calls take well under a millisecond on the demonstration data, so they are plain functions.
    """

    def __init__(self, connection: sqlite3.Connection, now: Now = shop_time) -> None:
        self._db = connection
        self._now = now

    def order(self, order_no: str) -> dict[str, Any]:
        """Return one order with its items, personal data masked."""
        row = self._order_row(order_no)
        items = self._db.execute(
            "SELECT product, spec, quantity, price FROM items WHERE order_no = ?", (order_no,)
        ).fetchall()
        opened = self._open_return(order_no)
        return {
            "order_no": order_no,
            "status": row["status"],
            "status_name": STATUS_NAMES[row["status"]],
            "phone": _masked_phone(row["phone"]),
            "address": _masked_address(row["address"]),
            "items": [dict(item) for item in items],
            "amount": sum(item["quantity"] * item["price"] for item in items),
            "ordered_at": row["ordered_at"],
            "paid_at": row["paid_at"],
            "shipped_at": row["shipped_at"],
            "signed_at": row["signed_at"],
            "courier": row["courier"],
            "tracking_no": row["tracking_no"],
            "is_late": self._is_late(row),
            "open_return": opened["return_no"] if opened else None,
        }

    def orders_of(self, phone: str) -> list[dict[str, Any]]:
        """Return the orders made with ``phone``, the latest first."""
        rows = self._db.execute(
            "SELECT order_no FROM orders WHERE phone = ? ORDER BY ordered_at DESC, order_no DESC",
            (phone,),
        )
        return [self.order(row["order_no"]) for row in rows.fetchall()]

    def logistics(self, order_no: str) -> dict[str, Any]:
        """Return where the parcel is, the latest step first."""
        row = self._order_row(order_no)
        if not row["tracking_no"]:
            raise _not_now(row, "not_shipped", "还没有物流信息。")
        steps = self._db.execute(
            "SELECT at, text FROM traces WHERE order_no = ? ORDER BY at DESC", (order_no,)
        ).fetchall()
        silent = self._now() - datetime.fromisoformat(steps[0]["at"]) if steps else timedelta()
        return {
            "order_no": order_no,
            "courier": row["courier"],
            "tracking_no": row["tracking_no"],
            "is_signed": row["status"] == "signed",
            "is_stuck": row["status"] == "shipped" and silent > timedelta(hours=72),
            "steps": [dict(step) for step in steps],
        }

    def cancel(self, order_no: str) -> dict[str, Any]:
        """Cancel an order that has not left the shop."""
        row = self._order_row(order_no)
        if row["status"] == "cancelled":
            raise ShopError(409, "already_cancelled", "订单之前已经取消了。")
        if row["status"] not in ("unpaid", "paid"):
            raise _not_now(row, "too_late_to_cancel", "不能直接取消。")
        self._update(order_no, status="cancelled", cancelled_at=self._stamp())
        return {"order_no": order_no, "refund": row["status"] == "paid"}

    def change_address(self, order_no: str, phone: str, address: str) -> dict[str, Any]:
        """Change the address once, before the order leaves the shop."""
        row = self._order_row(order_no)
        self._check_owner(row, phone)
        if row["status"] not in ("unpaid", "paid"):
            raise _not_now(row, "too_late_to_change", "不能再改地址。")
        if row["address_changed"]:
            raise ShopError(409, "already_changed", "这个订单已经改过一次地址，不能再改了。")
        self._update(order_no, address=address, address_changed=1)
        return {"order_no": order_no, "address": address}

    def urge(self, order_no: str) -> dict[str, Any]:
        """Ask the warehouse, the courier or those who handle returns to hurry."""
        row = self._order_row(order_no)
        if self._open_return(order_no):
            asked = "after_sales"
        elif row["status"] in ("paid", "packing"):
            asked = "warehouse"
        elif row["status"] == "shipped":
            asked = "courier"
        else:
            raise _not_now(row, "nothing_to_urge", "不需要催。")
        was_urged = row["urged_at"] is not None
        if not was_urged:
            self._update(order_no, urged_at=self._stamp())
        return {
            "order_no": order_no,
            "asked": asked,
            "is_late": self._is_late(row),
            "was_urged": was_urged,
        }

    def protect_price(self, order_no: str) -> dict[str, Any]:
        """Pay back what the items cost less now."""
        row = self._order_row(order_no)
        if not row["paid_at"] or row["status"] == "cancelled":
            raise ShopError(409, "not_paid", "这个订单没有付款或者已经取消，不能申请价保。")
        if row["price_protected"]:
            raise ShopError(409, "already_protected", "这个订单已经申请过一次价保了。")
        if self._days_since(row["paid_at"]) > PRICE_PROTECTION_DAYS:
            raise ShopError(
                409, "too_late", f"付款已经超过 {PRICE_PROTECTION_DAYS} 天，过了价保期。"
            )
        difference = self._db.execute(
            "SELECT COALESCE(SUM(MAX(items.price - products.price, 0) * items.quantity), 0) AS sum"
            " FROM items JOIN products ON products.name = items.product WHERE order_no = ?",
            (order_no,),
        ).fetchone()["sum"]
        if difference:
            self._update(order_no, price_protected=1)
        return {"order_no": order_no, "difference": difference}

    def request_invoice(self, order_no: str, title: str, email: str) -> dict[str, Any]:
        """Register an electronic invoice; the same order again changes nothing."""
        row = self._order_row(order_no)
        if not row["paid_at"] or row["status"] == "cancelled":
            raise ShopError(409, "not_paid", "这个订单没有付款或者已经取消，不能开发票。")
        added = self._db.execute(
            "INSERT OR IGNORE INTO invoices VALUES (?, ?, ?, ?)",
            (order_no, title, email, self._stamp()),
        ).rowcount
        if not added:
            raise ShopError(409, "already_invoiced", "这个订单已经申请过发票了。")
        return {"order_no": order_no, "is_shipped": row["shipped_at"] is not None}

    def return_conditions(self, order_no: str) -> dict[str, Any]:
        """Return whether and how the order can be sent back today."""
        row = self._order_row(order_no)
        opened = self._open_return(order_no)
        if opened:
            raise ShopError(
                409,
                "already_returning",
                f"这个订单已经有售后单 {opened['return_no']}（"
                f"{RETURN_STATUS_NAMES[opened['status']]}）。",
                return_no=opened["return_no"],
            )
        if any(entry["status"] == "refunded" for entry in self.returns_of(order_no)):
            raise ShopError(409, "already_refunded", "这个订单已经退过款了。")
        if row["status"] != "signed":
            raise _not_now(row, "not_signed", "签收之后才能申请退换。")
        days = self._days_since(row["signed_at"])
        if days > FAULT_DAYS:
            raise ShopError(
                409, "too_late", f"订单 {order_no} 签收已超过 {FAULT_DAYS} 天，过了退换期。"
            )
        restricted = self._db.execute(
            "SELECT 1 FROM items JOIN products ON products.name = items.product WHERE order_no = ?"
            f" AND category IN ({', '.join('?' * len(NOT_RETURNABLE_CATEGORIES))})",
            (order_no, *NOT_RETURNABLE_CATEGORIES),
        ).fetchone()
        return {
            "order_no": order_no,
            "faults_only": days > NO_REASON_DAYS or restricted is not None,
            "why": "签收已超过 7 天" if days > NO_REASON_DAYS else "属于食品或个人护理用品",
        }

    def create_return(self, order_no: str, phone: str, request: dict[str, str]) -> dict[str, Any]:
        """Open a return or an exchange.

        Args:
            order_no: The order.
            phone: The customer's number, which must be the order's.
            request: ``service`` (return or exchange), ``reason``, and optionally ``detail``
                and ``spec``.
        """
        row = self._order_row(order_no)
        self._check_owner(row, phone)
        conditions = self.return_conditions(order_no)
        is_fault = request["reason"] in FAULTS
        if conditions["faults_only"] and not is_fault:
            raise ShopError(
                409,
                "faults_only",
                f"这个订单{conditions['why']}，没有质量问题不能退换。",
            )
        count = self._db.execute("SELECT COUNT(*) AS n FROM returns").fetchone()["n"]
        return_no = f"TH{900001 + count}"
        stamp = self._stamp()
        self._db.execute(
            "INSERT INTO returns VALUES (?, ?, ?, ?, ?, ?, 'submitted', ?, ?)",
            (
                return_no,
                order_no,
                request["service"],
                request["reason"],
                request.get("detail", ""),
                request.get("spec", ""),
                stamp,
                stamp,
            ),
        )
        return {
            "return_no": return_no,
            "order_no": order_no,
            "service": request["service"],
            "freight_by": "shop" if is_fault else "customer",
        }

    def returns_of(self, order_no: str) -> list[dict[str, Any]]:
        """Return the returns of an order, the latest first; for a cancelled order its refund."""
        row = self._order_row(order_no)
        rows = self._db.execute(
            "SELECT return_no, service, reason, status, created_at, updated_at FROM returns"
            " WHERE order_no = ? ORDER BY created_at DESC, return_no DESC",
            (order_no,),
        ).fetchall()
        found = [{**dict(r), "status_name": RETURN_STATUS_NAMES[r["status"]]} for r in rows]
        if row["status"] == "cancelled" and row["paid_at"]:
            found.append(
                {
                    "return_no": None,
                    "service": "cancel",
                    "reason": "取消订单",
                    "status": "refunded",
                    "status_name": RETURN_STATUS_NAMES["refunded"],
                    "created_at": row["cancelled_at"],
                    "updated_at": row["cancelled_at"],
                }
            )
        return found

    def coupons(self) -> list[dict[str, Any]]:
        """Return the coupons that can be collected now."""
        return COUPONS

    def member(self, phone: str) -> dict[str, Any]:
        """Return a member's level and points."""
        row = self._db.execute("SELECT * FROM members WHERE phone = ?", (phone,)).fetchone()
        if row is None:
            raise ShopError(404, "member_not_found", "这个手机号还没有注册会员。")
        return {**dict(row), "phone": _masked_phone(phone)}

    def _order_row(self, order_no: str) -> sqlite3.Row:
        row: sqlite3.Row | None = self._db.execute(
            "SELECT * FROM orders WHERE order_no = ?", (order_no,)
        ).fetchone()
        if row is None:
            raise ShopError(404, "order_not_found", f"没有找到订单 {order_no}。")
        return row

    def _open_return(self, order_no: str) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self._db.execute(
            "SELECT return_no, status FROM returns WHERE order_no = ?"
            " AND status NOT IN ('refunded', 'resent', 'rejected')",
            (order_no,),
        ).fetchone()
        return row

    def _check_owner(self, row: sqlite3.Row, phone: str) -> None:
        if row["phone"] != phone:
            raise ShopError(403, "phone_mismatch", "手机号与下单时留的不一致。")

    def _is_late(self, row: sqlite3.Row) -> bool:
        if row["status"] not in ("paid", "packing"):
            return False
        return self._now() - datetime.fromisoformat(row["paid_at"]) > timedelta(hours=48)

    def _days_since(self, at: str) -> int:
        return (self._now().date() - datetime.fromisoformat(at).date()).days

    def _stamp(self) -> str:
        return self._now().isoformat(timespec="seconds")

    def _update(self, order_no: str, **values: object) -> None:
        columns = ", ".join(f"{column} = ?" for column in values)
        self._db.execute(
            f"UPDATE orders SET {columns} WHERE order_no = ?", (*values.values(), order_no)
        )


def _not_now(row: sqlite3.Row, code: str, why: str) -> ShopError:
    """Return the refusal of what the order's state does not allow."""
    message = f"订单 {row['order_no']} 目前{STATUS_NAMES[row['status']]}，{why}"
    return ShopError(409, code, message, status=row["status"])


def _masked_phone(phone: str) -> str:
    return f"{phone[:3]}****{phone[-4:]}"


def _masked_address(address: str) -> str:
    return address[:6] + "****"
