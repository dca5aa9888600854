"""Orders: looking them up, and the rules for changing them."""

from __future__ import annotations

import sqlite3
from datetime import date, datetime, timedelta
from typing import Any

from examples.shop.errors import ShopError
from examples.shop.ledger import Ledger, not_now
from examples.shop.parcels import Parcels
from examples.shop.wording import (
    ORDER_STATUS_NAMES,
    PAYMENT_NAMES,
    masked_address,
    masked_name,
    masked_phone,
)

__all__ = ["PERIODS", "Orders"]

DISPATCH_HOURS = 48
LATEST_DELIVERY_DAYS = 7
PERIODS = ("上午", "下午", "晚上")
NOT_PACKED = ("unpaid", "paid")


class Orders(Ledger):
    """The orders."""

    def order(self, order_no: str) -> dict[str, Any]:
        """Return one order with its items and parcels, personal data masked."""
        row = self._order_row(order_no)
        items = self._rows(
            "SELECT product, spec, quantity, items.price, sku, category FROM items"
            " LEFT JOIN products ON products.name = items.product"
            " WHERE order_no = ? ORDER BY items.rowid",
            order_no,
        )
        parcels = self._parcels.of(order_no)
        first = next((one for one in parcels if one["tracking_no"]), None)
        return {
            "order_no": order_no,
            "customer_id": row["customer_id"],
            "status": row["status"],
            "status_name": ORDER_STATUS_NAMES[row["status"]],
            "phone": masked_phone(row["phone"]),
            "receiver": masked_name(row["receiver"]),
            "address": masked_address(row["address"]),
            "items": [dict(item) for item in items],
            **self._money(row),
            "coupon": row["coupon"],
            "payment": PAYMENT_NAMES[row["payment"]],
            **{key: row[key] for key in ("ordered_at", "paid_at", "shipped_at", "signed_at")},
            "cancelled_at": row["cancelled_at"],
            "courier": first["courier"] if first else None,
            "tracking_no": first["tracking_no"] if first else None,
            "parcels": parcels,
            "is_split": len(parcels) > 1,
            "is_late": self._is_late(row),
            "is_price_protected": bool(row["price_protected"]),
            "delivery_date": row["delivery_date"],
            "delivery_period": row["delivery_period"],
            **self._after_sales(row),
        }

    def of(
        self, owner: dict[str, str], *, status: str = "", limit: int = 50, offset: int = 0
    ) -> dict[str, Any]:
        """Return the orders of ``{"phone": …}`` or ``{"customer_id": …}``, the latest first."""
        ((column, value),) = owner.items()
        where = f"{column} = ?" + (" AND status = ?" if status else "")
        values = [value, status] if status else [value]
        rows = self._rows(
            f"SELECT order_no FROM orders WHERE {where} ORDER BY ordered_at DESC, order_no DESC",
            *values,
        )
        chosen = rows[offset : offset + limit]
        return {"orders": [self.order(row["order_no"]) for row in chosen], "total": len(rows)}

    def cancel(self, order_no: str) -> dict[str, Any]:
        """Cancel an order that has not left the shop."""
        row = self._order_row(order_no)
        if row["status"] == "cancelled":
            raise ShopError(409, "already_cancelled", "订单之前已经取消了。")
        if row["status"] not in NOT_PACKED:
            raise not_now(row, "too_late_to_cancel", "不能直接取消。")
        self._update(order_no, status="cancelled", cancelled_at=self._stamp())
        return {"order_no": order_no, "refund": row["status"] == "paid"}

    def change_address(
        self, order_no: str, address: str, *, phone: str | None = None
    ) -> dict[str, Any]:
        """Change the address once, before the order leaves the shop."""
        row = self._order_row(order_no)
        self.check_phone(row, phone)
        if row["status"] not in NOT_PACKED:
            raise not_now(row, "too_late_to_change", "不能再改地址。")
        if row["address_changed"]:
            raise ShopError(409, "already_changed", "这个订单已经改过一次地址，不能再改了。")
        self._update(order_no, address=address, address_changed=1)
        return {"order_no": order_no, "address": address}

    def change_spec(
        self, order_no: str, item: str, *, spec: str | None = None, quantity: int | None = None
    ) -> dict[str, Any]:
        """Change colour, size or number of one item before the order leaves the shop."""
        row = self._order_row(order_no)
        if row["status"] not in NOT_PACKED:
            raise not_now(row, "too_late_to_change", "不能再改规格和数量。")
        found = self._row(
            "SELECT items.rowid AS id, items.*, sku FROM items JOIN products ON name = product"
            " WHERE order_no = ? AND ? IN (product, sku)",
            order_no,
            item,
        )
        if found is None:
            raise ShopError(404, "item_not_found", f"订单 {order_no} 里没有 {item}。")
        if quantity is not None and quantity != found["quantity"] and row["status"] != "unpaid":
            message = "已经付款的订单不能改数量，可以取消后重新下单。"
            raise ShopError(409, "already_paid", message)
        wanted, number = spec or found["spec"], quantity or found["quantity"]
        self._check_stock(found, wanted, number)
        self._db.execute(
            "UPDATE items SET spec = ?, quantity = ? WHERE rowid = ?", (wanted, number, found["id"])
        )
        return {"order_no": order_no, "item": found["product"], "spec": wanted, "quantity": number}

    def set_delivery_time(self, order_no: str, day: str, period: str) -> dict[str, Any]:
        """Note when the customer wants to have the parcel."""
        row = self._order_row(order_no)
        if row["status"] in ("signed", "cancelled"):
            raise not_now(row, "too_late_to_change", "不用再约时间了。")
        ahead = (date.fromisoformat(day) - self._now().date()).days
        if not 0 <= ahead <= LATEST_DELIVERY_DAYS:
            message = f"可以约今天起 {LATEST_DELIVERY_DAYS} 天以内的日期。"
            raise ShopError(409, "bad_date", message)
        self._update(order_no, delivery_date=day, delivery_period=period)
        return {"order_no": order_no, "date": day, "period": period}

    def urge(self, order_no: str) -> dict[str, Any]:
        """Ask the warehouse, the courier or those who handle returns to hurry."""
        row = self._order_row(order_no)
        if self._after_sales(row)["open_return"]:
            asked = "after_sales"
        elif row["status"] in ("paid", "packing"):
            asked = "warehouse"
        elif row["status"] == "shipped":
            asked = "courier"
        else:
            raise not_now(row, "nothing_to_urge", "不需要催。")
        was_urged = row["urged_at"] is not None
        if not was_urged:
            self._update(order_no, urged_at=self._stamp())
        return {
            "order_no": order_no,
            "asked": asked,
            "is_late": self._is_late(row),
            "was_urged": was_urged,
        }

    def check_phone(self, row: sqlite3.Row, phone: str | None) -> None:
        """Refuse a phone number that is given and is not the order's."""
        if phone is not None and row["phone"] != phone:
            raise ShopError(403, "phone_mismatch", "手机号与下单时留的不一致。")

    @property
    def _parcels(self) -> Parcels:
        return Parcels(self._db, self._now)

    def _after_sales(self, row: sqlite3.Row) -> dict[str, Any]:
        opened = self._row(
            "SELECT return_no FROM returns WHERE order_no = ?"
            " AND status NOT IN ('refunded', 'resent', 'rejected', 'cancelled')",
            row["order_no"],
        )
        invoice = self._row("SELECT status FROM invoices WHERE order_no = ?", row["order_no"])
        return {
            "open_return": opened["return_no"] if opened else None,
            "invoice": invoice["status"] if invoice else None,
        }

    def _check_stock(self, item: sqlite3.Row, spec: str, number: int) -> None:
        stock = self._row(
            "SELECT quantity FROM stock WHERE sku = ? AND spec = ?", item["sku"], spec
        )
        if stock is None:
            known = self._rows("SELECT spec FROM stock WHERE sku = ?", item["sku"])
            names = [row["spec"] for row in known]
            message = f"{item['product']}没有“{spec}”，可以选：{'、'.join(names)}。"
            raise ShopError(409, "no_such_spec", message, specs=names)
        if stock["quantity"] < number:
            message = f"{item['product']}（{spec}）现在库存不够。"
            raise ShopError(409, "out_of_stock", message)

    def _is_late(self, row: sqlite3.Row) -> bool:
        if row["status"] not in ("paid", "packing"):
            return False
        return self._now() - datetime.fromisoformat(row["paid_at"]) > timedelta(
            hours=DISPATCH_HOURS
        )
