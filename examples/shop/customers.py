"""Customers: who they are, what they have done, and their accounts."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime
from typing import Any

from examples.shop.aftersales import AfterSales
from examples.shop.care import Care
from examples.shop.errors import ShopError
from examples.shop.ledger import Ledger
from examples.shop.money import Money
from examples.shop.orders import Orders
from examples.shop.wording import honorific, masked_phone

__all__ = ["LEVELS", "Customers"]

LEVELS = (("普通", 0), ("银卡", 1000), ("金卡", 5000), ("黑卡", 20000))
"""Level and the growth from which it is reached."""
DELETION_DAYS = 7
FINISHED = ("signed", "cancelled")


class Customers(Ledger):
    """The customers of the shop."""

    def customer(self, customer_id: str) -> dict[str, Any]:
        """Return what the shop knows of a customer."""
        return self._shown(self._customer_row(customer_id))

    def of_phone(self, phone: str) -> list[dict[str, Any]]:
        """Return the customer with this phone number, if there is one."""
        return [self._shown(row) for row in self._of_phone(phone)]

    def member(self, phone: str) -> dict[str, Any]:
        """Return a member's level and points."""
        found = self._of_phone(phone)
        if not found:
            raise ShopError(404, "member_not_found", "这个手机号还没有注册会员。")
        row = found[0]
        keys = ("customer_id", "level", "growth", "points", "spent_year")
        return {
            **{key: row[key] for key in keys},
            "phone": masked_phone(phone),
            "name": honorific(row["name"], row["gender"]),
            "next_level": _next_level(row["growth"]),
        }

    def history(self, customer_id: str) -> dict[str, Any]:
        """Return everything that the shop has kept of a customer."""
        customer = self.customer(customer_id)
        orders = Orders(self._db, self._now).of({"customer_id": customer_id}, limit=10_000)
        numbers = [order["order_no"] for order in orders["orders"]]
        after_sales = AfterSales(self._db, self._now)
        returns = [
            {**entry, "order_no": number} for number in numbers for entry in after_sales.of(number)
        ]
        money = Money(self._db, self._now)
        invoices = [
            money.invoice(order["order_no"]) for order in orders["orders"] if order["invoice"]
        ]
        care = Care(self._db, self._now)
        return {
            "customer": customer,
            "orders": orders["orders"],
            "orders_total": orders["total"],
            "spent_total": sum(
                order["amount"]
                for order in orders["orders"]
                if order["paid_at"] and order["status"] != "cancelled"
            ),
            "returns": returns,
            "invoices": invoices,
            "complaints": care.complaints_of({"customer_id": customer_id}),
            "compensations": care.compensations({"customer_id": customer_id}),
            "points": self.points(customer_id)["entries"],
        }

    def points(self, customer_id: str) -> dict[str, Any]:
        """Return a customer's points, those that expire next, and how they came about."""
        row = self._customer_row(customer_id)
        entries = self._rows(
            "SELECT at, points, why, order_no FROM point_entries WHERE customer_id = ?"
            " ORDER BY at DESC LIMIT 50",
            customer_id,
        )
        this_year = str(self._now().year)
        earned = sum(e["points"] for e in entries if e["points"] > 0 and e["at"] >= this_year)
        return {
            "balance": row["points"],
            "worth": row["points"] / 100,
            "expiring": {
                "points": max(0, row["points"] - earned),
                "on": f"{this_year}-12-31",
            },
            "entries": [dict(entry) for entry in entries],
        }

    def reset_password(self, customer_id: str) -> dict[str, Any]:
        """Send the link for a new password to the customer's phone."""
        row = self._customer_row(customer_id)
        text = "【橙意商城】您正在重置密码，请在 30 分钟内打开商城“我的”页面设置新密码。"
        self._send(row["phone"], text)
        return {"customer_id": customer_id, "sent_to": masked_phone(row["phone"])}

    def unlock(self, customer_id: str) -> dict[str, Any]:
        """Unlock an account."""
        row = self._customer_row(customer_id)
        self._db.execute("UPDATE customers SET is_locked = 0 WHERE customer_id = ?", (customer_id,))
        return {"customer_id": customer_id, "was_locked": bool(row["is_locked"])}

    def change_phone(self, customer_id: str, phone: str) -> dict[str, Any]:
        """Give the account another phone number."""
        row = self._customer_row(customer_id)
        if row["phone"] == phone:
            raise ShopError(409, "same_phone", "这就是现在绑定的手机号。")
        if self._of_phone(phone):
            raise ShopError(409, "phone_taken", "这个手机号已经绑定了另一个账户。")
        self._db.execute(
            "UPDATE customers SET phone = ? WHERE customer_id = ?", (phone, customer_id)
        )
        self._send(phone, "【橙意商城】您的账户已换绑到这个手机号。不是本人操作请马上联系客服。")
        return {"customer_id": customer_id, "phone": masked_phone(phone)}

    def delete(self, customer_id: str) -> dict[str, Any]:
        """Note that the account is to be deleted; open orders and applications forbid it."""
        row = self._customer_row(customer_id)
        opened = self._rows(
            f"SELECT order_no FROM orders WHERE customer_id = ? AND"
            f" status NOT IN ({', '.join('?' * len(FINISHED))})",
            customer_id,
            *FINISHED,
        )
        returns = self._rows(
            "SELECT return_no FROM returns JOIN orders USING (order_no) WHERE customer_id = ?"
            " AND returns.status NOT IN ('refunded', 'resent', 'rejected', 'cancelled')",
            customer_id,
        )
        if opened or returns:
            numbers = [one["order_no"] for one in opened] + [one["return_no"] for one in returns]
            message = f"还有没完成的订单或售后（{'、'.join(numbers)}），完成之后才能注销。"
            raise ShopError(409, "open_orders", message, open=numbers)
        done = row["deletion_at"] or self._stamp(days=DELETION_DAYS)
        self._db.execute(
            "UPDATE customers SET deletion_at = ? WHERE customer_id = ?", (done, customer_id)
        )
        return {"customer_id": customer_id, "deleted_by": done}

    def send_message(self, phone: str, text: str) -> dict[str, Any]:
        """Send a text message; the demonstration keeps it, the storefront shows it."""
        self._send(phone, text)
        return {"phone": masked_phone(phone), "sent_at": self._stamp()}

    def messages_to(self, phone: str) -> list[dict[str, Any]]:
        """Return the latest text messages to a phone number, the newest first."""
        rows = self._rows(
            "SELECT rowid AS id, text, sent_at FROM messages WHERE phone = ?"
            " ORDER BY sent_at DESC, rowid DESC LIMIT 20",
            phone,
        )
        return [dict(row) for row in rows]

    def _send(self, phone: str, text: str) -> None:
        self._insert("messages", phone=phone, text=text, sent_at=self._stamp())

    def _of_phone(self, phone: str) -> list[sqlite3.Row]:
        return self._rows("SELECT * FROM customers WHERE phone = ?", phone)

    def _shown(self, row: sqlite3.Row) -> dict[str, Any]:
        keys = ("customer_id", "name", "gender", "phone", "email", "level", "growth", "points")
        joined = datetime.fromisoformat(row["joined_at"])
        return {
            **{key: row[key] for key in keys},
            "honorific": honorific(row["name"], row["gender"]),
            "spent_year": row["spent_year"],
            "tags": json.loads(row["tags"]),
            "is_locked": bool(row["is_locked"]),
            "joined_at": joined.isoformat(),
            "deletion_at": row["deletion_at"],
            "next_level": _next_level(row["growth"]),
        }


def _next_level(growth: int) -> dict[str, Any] | None:
    for name, least in LEVELS:
        if growth < least:
            return {"level": name, "growth": least, "missing": least - growth}
    return None
