"""Coupons: which there are, whose they are, and why one cannot be used."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import Any

from examples.shop.catalogue import COUPONS
from examples.shop.errors import ShopError
from examples.shop.ledger import Ledger

__all__ = ["Coupons"]

Reason = tuple[str, str]
"""A stable code, and the words for customers."""


class Coupons(Ledger):
    """Coupons that can be collected, and those that customers have."""

    def offered(self) -> list[dict[str, Any]]:
        """Return the coupons that can be collected now."""
        return COUPONS

    def of(self, customer_id: str) -> list[dict[str, Any]]:
        """Return a customer's coupons, usable ones first, the first to expire on top."""
        self._customer_row(customer_id)
        rows = self._rows(
            "SELECT * FROM customer_coupons WHERE customer_id = ? ORDER BY expires_at, code",
            customer_id,
        )
        shown = [self._shown(row) for row in rows]
        return sorted(shown, key=lambda coupon: coupon["status"] != "usable")

    def check(
        self, customer_id: str, code: str, *, order_no: str | None = None, sku: str | None = None
    ) -> dict[str, Any]:
        """Return whether a coupon can be used for an order or a product, and if not, why."""
        self._customer_row(customer_id)
        row = self._row(
            "SELECT * FROM customer_coupons WHERE customer_id = ? AND ? IN (code, name)",
            customer_id,
            code,
        )
        if row is None:
            reasons = [("not_yours", f"您的账户里没有优惠券“{code}”。")]
            shown = None
        else:
            shown = self._shown(row)
            reasons = _against_the_coupon(shown)
            if order_no or sku:
                reasons += self._against_goods(row, self._goods(order_no, sku))
        return {
            "code": code,
            "coupon": shown,
            "usable": not reasons,
            "reasons": [words for _, words in reasons],
            "reason_codes": [code for code, _ in reasons],
        }

    def collect(self, customer_id: str, code: str) -> dict[str, Any]:
        """Give a customer one of the coupons that are offered."""
        customer = self._customer_row(customer_id)
        offer = next((one for one in COUPONS if code in (one["code"], one["name"])), None)
        if offer is None:
            raise ShopError(404, "coupon_not_found", f"没有优惠券“{code}”。")
        has_bought = self._row("SELECT 1 FROM orders WHERE customer_id = ?", customer_id)
        if offer["new_customers_only"] and has_bought:
            raise ShopError(409, "new_customers_only", "新人券只给第一次下单的客户。")
        if self._row(
            "SELECT 1 FROM customer_coupons WHERE customer_id = ? AND code = ?",
            customer_id,
            offer["code"],
        ):
            message = f"{offer['name']}每人限领 1 张，您已经领过了。"
            raise ShopError(409, "already_collected", message)
        self._insert(
            "customer_coupons",
            customer_id=customer["customer_id"],
            **{key: offer[key] for key in ("code", "name", "least", "off", "category")},
            got_at=self._stamp(),
            expires_at=self._stamp(days=offer["days"]),
        )
        return {"code": offer["code"], "name": offer["name"], "rule": offer["rule"]}

    def _shown(self, row: sqlite3.Row) -> dict[str, Any]:
        is_over = datetime.fromisoformat(row["expires_at"]) < self._now()
        status = "used" if row["used_at"] else "expired" if is_over else "usable"
        rule = f"满 {row['least']} 减 {row['off']}" if row["least"] else f"无门槛减 {row['off']}"
        keys = ("code", "name", "least", "off", "category", "expires_at", "used_at", "order_no")
        return {**{key: row[key] for key in keys}, "rule": rule, "status": status}

    def _goods(self, order_no: str | None, sku: str | None) -> list[sqlite3.Row]:
        if order_no:
            self._order_row(order_no)
            return self._rows(
                "SELECT category, quantity * items.price AS price FROM items"
                " JOIN products ON name = product WHERE order_no = ?",
                order_no,
            )
        found = self._rows("SELECT category, price FROM products WHERE sku = ?", sku)
        if not found:
            raise ShopError(404, "product_not_found", f"没有商品 {sku}。")
        return found

    def _against_goods(self, coupon: sqlite3.Row, goods: list[sqlite3.Row]) -> list[Reason]:
        fitting = [one for one in goods if coupon["category"] in ("", one["category"])]
        if not fitting:
            return [("wrong_category", f"这张券只能买{coupon['category']}类商品。")]
        total = sum(one["price"] for one in fitting)
        if total < coupon["least"]:
            what = f"{coupon['category']}类商品" if coupon["category"] else "商品"
            short = coupon["least"] - total
            words = f"{what}要满 {coupon['least']} 元，现在是 {total} 元，还差 {short} 元。"
            return [("too_little", words)]
        return []


def _against_the_coupon(coupon: dict[str, Any]) -> list[Reason]:
    if coupon["status"] == "used":
        where = f"（订单 {coupon['order_no']}）" if coupon["order_no"] else ""
        return [("used", f"这张券已经用过了{where}。")]
    if coupon["status"] == "expired":
        day = datetime.fromisoformat(coupon["expires_at"])
        return [("expired", f"这张券 {day.month} 月 {day.day} 日已经过期。")]
    return []
