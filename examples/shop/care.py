"""Care for customers who were let down, or are happy: complaints, praise, compensation."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta
from typing import Any

from examples.shop.errors import ShopError
from examples.shop.ledger import Ledger

__all__ = ["Care"]

ANSWER_DAYS = 1
COUPON_DAYS = 30


class Care(Ledger):
    """What customers say about the shop, and what it gives them for it."""

    def complain(self, who: dict[str, str], wanted: dict[str, str]) -> dict[str, Any]:
        """Register a complaint.

        Args:
            who: ``{"customer_id": …}`` or ``{"phone": …}``.
            wanted: ``about`` and ``detail``; optionally ``order_no`` and ``wish``.
        """
        customer_id, phone = self._who(who)
        if wanted.get("order_no"):
            self._check_order(wanted["order_no"], customer_id, phone)
        number, due = (
            self._next_number("complaints", "complaint_no", "TS"),
            self._stamp(days=ANSWER_DAYS),
        )
        self._insert(
            "complaints",
            complaint_no=number,
            customer_id=customer_id,
            phone=phone,
            status="open",
            created_at=self._stamp(),
            due_at=due,
            **wanted,
        )
        return {"complaint_no": number, "due": due}

    def complaint(self, complaint_no: str) -> dict[str, Any]:
        """Return a complaint and what came of it."""
        row = self._row("SELECT * FROM complaints WHERE complaint_no = ?", complaint_no)
        if row is None:
            raise ShopError(404, "complaint_not_found", f"没有找到投诉 {complaint_no}。")
        return self._shown(row)

    def complaints_of(self, who: dict[str, str]) -> list[dict[str, Any]]:
        """Return the complaints of ``{"customer_id": …}`` or ``{"phone": …}``, latest first."""
        ((column, value),) = who.items()
        rows = self._rows(
            f"SELECT * FROM complaints WHERE {column} = ?"
            " ORDER BY created_at DESC, complaint_no DESC",
            value,
        )
        return [self._shown(row) for row in rows]

    def praise(self, who: dict[str, str], about: str, text: str) -> dict[str, Any]:
        """Keep what somebody liked."""
        customer_id, phone = self._who(who)
        self._insert(
            "praises",
            customer_id=customer_id,
            phone=phone,
            about=about,
            text=text,
            created_at=self._stamp(),
        )
        return {"about": about}

    def compensate(self, who: dict[str, str], wanted: dict[str, Any]) -> dict[str, Any]:
        """Give a coupon, points or money for what went wrong, and book it.

        Args:
            who: ``{"customer_id": …}`` or ``{"phone": …}``.
            wanted: ``kind`` (coupon, points or refund), ``value`` (yuan, or points), ``reason``
                and ``conversation``; optionally ``order_no``, which a refund needs, and the
                limits ``period_days`` and ``most_in_period``: kept here, where a booking cannot
                come between, however many ask at once.
        """
        customer_id, phone = self._who(who)
        days, most = wanted.pop("period_days", None), wanted.pop("most_in_period", None)
        kind, value = wanted["kind"], wanted["value"]
        if kind == "refund" and not wanted.get("order_no"):
            raise ShopError(400, "bad_order_no", "补偿退款请给出订单号。")
        if wanted.get("order_no"):
            self._check_order(wanted["order_no"], customer_id, phone)
        if kind != "refund" and customer_id is None:
            message = "这个手机号还没有注册会员，发不了优惠券和积分。"
            raise ShopError(409, "no_account", message)
        if days is not None:
            self._check_limits((customer_id, phone), wanted.get("order_no"), days, most)
        number = self._next_number("compensations", "compensation_no", "BC")
        if kind == "coupon":
            self._insert(
                "customer_coupons",
                customer_id=customer_id,
                code=number,
                name="补偿券",
                least=0,
                off=value,
                got_at=self._stamp(),
                expires_at=self._stamp(days=COUPON_DAYS),
            )
        elif kind == "points":
            self._add_points(customer_id, value, f"补偿：{wanted['reason']}")
        self._insert(
            "compensations",
            compensation_no=number,
            customer_id=customer_id,
            phone=phone,
            created_at=self._stamp(),
            **wanted,
        )
        return {"compensation_no": number, "kind": kind, "value": value}

    def _check_limits(
        self, who: tuple[str | None, str], order_no: str | None, days: int, most: int | None
    ) -> None:
        """Refuse what was given for this order, or often enough, in the last ``days``."""
        given = self._rows(
            "SELECT order_no FROM compensations WHERE (customer_id = ? OR phone = ?)"
            " AND created_at >= ?",
            *who,
            self._stamp(days=-days),
        )
        if order_no and any(row["order_no"] == order_no for row in given):
            raise ShopError(409, "same_order", f"订单 {order_no} 已经补偿过了。")
        if most is not None and len(given) >= most:
            raise ShopError(409, "often", f"最近 {days} 天里已经补偿过 {len(given)} 次。")

    def compensations(self, who: dict[str, str], days: int | None = None) -> list[dict[str, Any]]:
        """Return what a customer was given in the last ``days``, the latest first."""
        ((column, value),) = who.items()
        since = "" if days is None else (self._now() - timedelta(days=days)).isoformat()
        rows = self._rows(
            "SELECT compensation_no, kind, value, reason, order_no, conversation, created_at"
            f" FROM compensations WHERE {column} = ? AND created_at >= ? ORDER BY created_at DESC",
            value,
            since,
        )
        return [dict(row) for row in rows]

    def _add_points(self, customer_id: str | None, points: int, why: str) -> None:
        self._db.execute(
            "UPDATE customers SET points = points + ? WHERE customer_id = ?", (points, customer_id)
        )
        self._insert(
            "point_entries", customer_id=customer_id, at=self._stamp(), points=points, why=why
        )

    def _who(self, who: dict[str, str]) -> tuple[str | None, str]:
        """Return customer number, if there is one, and phone number."""
        if "customer_id" in who:
            row = self._customer_row(who["customer_id"])
            return row["customer_id"], row["phone"]
        found = self._row("SELECT customer_id FROM customers WHERE phone = ?", who["phone"])
        return (found["customer_id"] if found else None), who["phone"]

    def _check_order(self, order_no: str, customer_id: str | None, phone: str) -> None:
        row = self._row("SELECT customer_id, phone FROM orders WHERE order_no = ?", order_no)
        is_theirs = row is not None and (row["customer_id"] == customer_id or row["phone"] == phone)
        if not is_theirs:
            raise ShopError(404, "order_not_found", f"没有找到订单 {order_no}。")

    def _shown(self, row: sqlite3.Row) -> dict[str, Any]:
        keys = ("complaint_no", "order_no", "about", "detail", "wish", "status", "answer")
        names = {"open": "处理中", "closed": "已处理"}
        due = datetime.fromisoformat(row["due_at"])
        return {
            **{key: row[key] for key in keys},
            "status_name": names[row["status"]],
            "created_at": datetime.fromisoformat(row["created_at"]).isoformat(),
            "due": row["due_at"],
            "is_overdue": row["status"] == "open" and due < self._now(),
        }
