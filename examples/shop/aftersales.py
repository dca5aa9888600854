"""Returns, exchanges, repairs, and claims about what arrived, or did not."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from examples.shop.catalogue import NOT_RETURNABLE_CATEGORIES
from examples.shop.errors import ShopError
from examples.shop.ledger import Ledger, not_now
from examples.shop.parcels import Parcels
from examples.shop.return_items import ReturnItems
from examples.shop.wording import CLAIM_NAMES, RETURN_STATUS_NAMES, SERVICE_NAMES

__all__ = ["FAULTS", "AfterSales"]

FAULTS = ("质量问题", "发错货", "少发漏发", "与描述不符", "破损")
"""Reasons that are the shop's fault: longer period, freight on the shop."""

FAULT_DAYS = 15
NO_REASON_DAYS = 7
MONTH_DAYS = 30.4
CLAIM_DAYS = 1
CLOSED = ("refunded", "resent", "rejected", "cancelled")
COURIERS = (
    "顺丰速运",
    "中通快递",
    "圆通速递",
    "韵达快递",
    "申通快递",
    "京东物流",
    "极兔速递",
    "邮政EMS",
)
STAGES = {
    "return": ("submitted", "approved", "sent", "received", "refunded"),
    "exchange": ("submitted", "approved", "sent", "received", "resent"),
    "repair": ("submitted", "approved", "sent", "received", "resent"),
}
STAGE_NAMES = {
    "submitted": "提交申请",
    "approved": "审核通过",
    "sent": "商品寄回",
    "received": "仓库验收",
    "refunded": "退款到账",
    "resent": "商品寄出",
}
NEXT = {
    "submitted": "24 小时内审核完，结果会用短信告诉您。",
    "approved": "请在 7 天内寄回，并填写快递单号。",
    "sent": "仓库收到后 48 小时内验收。",
    "received": "48 小时内验收完。",
    "refunded": "款项按原支付方式退回。",
    "resent": "商品已经寄出，请留意查收。",
    "rejected": "对结果有疑问可以找人工客服。",
    "cancelled": "申请已撤销，还在期限内可以再申请。",
}


class AfterSales(Ledger):
    """What happens after a parcel has arrived."""

    def conditions(self, order_no: str) -> dict[str, Any]:
        """Return whether and how the order can be sent back today, and which pieces of it."""
        row = self._order_row(order_no)
        left = self._left(order_no)
        if row["status"] != "signed":
            raise not_now(row, "not_signed", "签收之后才能申请退换。")
        days = self._days_since(row["signed_at"])
        if days > FAULT_DAYS:
            raise ShopError(
                409, "too_late", f"订单 {order_no} 签收已超过 {FAULT_DAYS} 天，过了退换期。"
            )
        restricted = self._row(
            "SELECT 1 FROM items JOIN products ON products.name = items.product WHERE order_no = ?"
            f" AND category IN ({', '.join('?' * len(NOT_RETURNABLE_CATEGORIES))})",
            order_no,
            *NOT_RETURNABLE_CATEGORIES,
        )
        return {
            "order_no": order_no,
            "faults_only": days > NO_REASON_DAYS or restricted is not None,
            "why": "签收已超过 7 天" if days > NO_REASON_DAYS else "属于食品或个人护理用品",
            "items": left,
            "open_returns": self._opened(order_no),
        }

    def warranty(self, order_no: str) -> dict[str, Any]:
        """Return for each item of the order how long it is repaired for free."""
        row = self._order_row(order_no)
        items = self._rows(
            "SELECT item_no, product, spec, quantity, items.price, warranty_months FROM items"
            " LEFT JOIN products ON name = product WHERE order_no = ? ORDER BY item_no",
            order_no,
        )
        since = self._days_since(row["signed_at"]) if row["signed_at"] else 0
        return {
            "order_no": order_no,
            "signed_at": row["signed_at"],
            "items": [
                {
                    **dict(item),
                    "is_covered": since <= (item["warranty_months"] or 0) * MONTH_DAYS
                    and bool(item["warranty_months"]),
                }
                for item in items
            ],
        }

    def create(self, order_no: str, service: str, wanted: dict[str, Any]) -> dict[str, Any]:
        """Open a return, an exchange or a repair.

        Args:
            order_no: The order.
            service: ``return``, ``exchange`` or ``repair``.
            wanted: ``reason``, and optionally ``items`` (all that are left without), ``detail``,
                ``spec``, ``photos`` and ``phone``, which must be the order's.
        """
        row = self._order_row(order_no)
        phone = wanted.get("phone")
        if phone is not None and row["phone"] != phone:
            raise ShopError(403, "phone_mismatch", "手机号与下单时留的不一致。")
        is_fault = wanted["reason"] in FAULTS or service == "repair"
        self._left(order_no)
        items = self._items.chosen(order_no, wanted.get("items"))
        if service == "repair":
            self._check_repair(row, items)
        else:
            conditions = self.conditions(order_no)
            if conditions["faults_only"] and not is_fault:
                raise ShopError(
                    409, "faults_only", f"这个订单{conditions['why']}，只有质量问题可以退换。"
                )
        return_no = self._next_number("returns", "return_no", "TH")
        self._insert(
            "returns",
            return_no=return_no,
            order_no=order_no,
            service=service,
            reason=wanted["reason"],
            detail=wanted.get("detail", ""),
            spec=wanted.get("spec", ""),
            photos=json.dumps(wanted.get("photos", [])),
            status="submitted",
            created_at=self._stamp(),
            updated_at=self._stamp(),
        )
        self._items.note(return_no, items)
        return {
            "return_no": return_no,
            "order_no": order_no,
            "service": service,
            "items": self._items.of(return_no),
            "freight_by": "shop" if is_fault else "customer",
        }

    def of(self, order_no: str) -> list[dict[str, Any]]:
        """Return the returns of an order, the latest first; for a cancelled order its refund."""
        row = self._order_row(order_no)
        rows = self._rows(
            "SELECT return_no, service, reason, status, created_at, updated_at, courier,"
            " tracking_no FROM returns WHERE order_no = ? ORDER BY created_at DESC, return_no DESC",
            order_no,
        )
        found = [
            {
                **dict(entry),
                "service_name": SERVICE_NAMES[entry["service"]],
                "status_name": RETURN_STATUS_NAMES[entry["status"]],
                "items": self._items.of(entry["return_no"]),
            }
            for entry in rows
        ]
        if row["status"] == "cancelled" and row["paid_at"]:
            found.append(
                {
                    "return_no": None,
                    "service": "cancel",
                    "service_name": SERVICE_NAMES["cancel"],
                    "reason": "取消订单",
                    "status": "refunded",
                    "status_name": RETURN_STATUS_NAMES["refunded"],
                    "created_at": row["cancelled_at"],
                    "updated_at": row["cancelled_at"],
                }
            )
        return found

    def one(self, return_no: str) -> dict[str, Any]:
        """Return one application: how far it is, and the steps of its parcel."""
        row = self._return_row(return_no)
        stages = STAGES[row["service"]]
        reached = stages.index(row["status"]) if row["status"] in stages else -1
        keys = ("return_no", "order_no", "service", "reason", "detail", "spec", "status")
        return {
            **{key: row[key] for key in (*keys, "created_at", "updated_at")},
            "service_name": SERVICE_NAMES[row["service"]],
            "status_name": RETURN_STATUS_NAMES[row["status"]],
            "items": self._items.of(return_no),
            "photos": json.loads(row["photos"]),
            "freight_by": "shop" if row["reason"] in FAULTS else "customer",
            "courier": row["courier"],
            "tracking_no": row["tracking_no"],
            "steps": Parcels(self._db, self._now).steps(row["tracking_no"]),
            "progress": [
                {"stage": stage, "name": STAGE_NAMES[stage], "is_done": number <= reached}
                for number, stage in enumerate(stages)
            ],
            "next": NEXT[row["status"]],
        }

    def cancel(self, return_no: str) -> dict[str, Any]:
        """Take an application back before the parcel is on its way."""
        row = self._return_row(return_no)
        if row["status"] == "cancelled":
            raise ShopError(409, "already_cancelled", f"售后单 {return_no} 之前已经撤销了。")
        if row["status"] not in ("submitted", "approved"):
            name = RETURN_STATUS_NAMES[row["status"]]
            raise ShopError(409, "too_late_to_cancel", f"售后单 {return_no} {name}，不能撤销了。")
        self._set(return_no, status="cancelled")
        return {"return_no": return_no, "order_no": row["order_no"], "status": "cancelled"}

    def send_back(self, return_no: str, courier: str, tracking_no: str) -> dict[str, Any]:
        """Note the parcel in which the goods come back."""
        row = self._return_row(return_no)
        if row["status"] not in ("submitted", "approved", "sent"):
            name = RETURN_STATUS_NAMES[row["status"]]
            raise ShopError(409, "not_expected", f"售后单 {return_no} {name}，不用再填单号了。")
        self._check_tracking(return_no, tracking_no)
        self._set(return_no, status="sent", courier=courier, tracking_no=tracking_no)
        self._insert(
            "traces", tracking_no=tracking_no, at=self._stamp(), text=f"{courier}：寄件人已登记单号"
        )
        numbers = {"courier": courier, "tracking_no": tracking_no}
        return {"return_no": return_no, "status": "sent", **numbers}

    def _check_tracking(self, return_no: str, tracking_no: str) -> None:
        """Refuse numbers that cannot be those of this parcel: customers copy the wrong one."""
        if self._row("SELECT 1 FROM parcels WHERE tracking_no = ?", tracking_no):
            message = f"{tracking_no} 是我们寄出的包裹的单号，请填您寄回时的快递单号。"
            raise ShopError(409, "own_parcel", message)
        other = self._row(
            "SELECT 1 FROM returns WHERE tracking_no = ? AND return_no != ?", tracking_no, return_no
        )
        if other:
            message = f"快递单号 {tracking_no} 已经登记在另一个售后单上了，请核对一下。"
            raise ShopError(409, "used_elsewhere", message)

    def claim(
        self, order_no: str, kind: str, detail: str, photos: list[str] | None
    ) -> dict[str, Any]:
        """Note that something is missing, wrong, damaged, or never came."""
        row = self._order_row(order_no)
        if row["status"] not in ("shipped", "signed"):
            raise not_now(row, "not_shipped", "还没有寄出。")
        if row["status"] == "shipped" and kind == "not_received":
            raise not_now(row, "on_its_way", "包裹还在路上。")
        opened = self._row(
            "SELECT claim_no, due_at FROM claims WHERE order_no = ? AND kind = ?"
            " AND status = 'open'",
            order_no,
            kind,
        )
        if opened:
            number = opened["claim_no"]
            message = f"这个订单已经登记过{CLAIM_NAMES[kind]}（{number}），正在核实。"
            raise ShopError(409, "already_claimed", message, claim_no=number, due=opened["due_at"])
        claim_no, due = self._next_number("claims", "claim_no", "HS"), self._stamp(days=CLAIM_DAYS)
        self._insert(
            "claims",
            claim_no=claim_no,
            order_no=order_no,
            kind=kind,
            detail=detail,
            photos=json.dumps(photos or []),
            status="open",
            created_at=self._stamp(),
            due_at=due,
        )
        return {"claim_no": claim_no, "order_no": order_no, "kind": kind, "due": due}

    def claims_of(self, order_no: str) -> list[dict[str, Any]]:
        """Return the claims of an order, the latest first."""
        self._order_row(order_no)
        rows = self._rows(
            "SELECT claim_no, kind, detail, status, created_at, due_at AS due FROM claims"
            " WHERE order_no = ? ORDER BY created_at DESC",
            order_no,
        )
        return [{**dict(row), "kind_name": CLAIM_NAMES[row["kind"]]} for row in rows]

    @property
    def _items(self) -> ReturnItems:
        return ReturnItems(self._db, self._now)

    def _opened(self, order_no: str) -> list[dict[str, Any]]:
        """Return the applications that are not done with, the latest first."""
        return [one for one in self.of(order_no) if one["status"] not in CLOSED]

    def _left(self, order_no: str) -> list[dict[str, Any]]:
        """Return the pieces that can be applied for.

        Raises:
            ShopError: All are being sent back, or have been.
        """
        left = [item for item in self._items.left(order_no) if item["quantity"] > 0]
        is_paid_back = any(entry["service"] == "cancel" for entry in self.of(order_no))
        if left and not is_paid_back:
            return left
        opened = self._opened(order_no)
        if opened:
            number, status = opened[0]["return_no"], opened[0]["status_name"]
            message = f"这个订单已经有售后单 {number}（{status}）。"
            raise ShopError(409, "already_returning", message, return_no=number)
        raise ShopError(409, "already_refunded", "这个订单已经退过款了。")

    def _check_repair(self, row: sqlite3.Row, items: list[dict[str, Any]]) -> None:
        if row["status"] != "signed":
            raise not_now(row, "not_signed", "签收之后才能报修。")
        told = self.warranty(row["order_no"])["items"]
        covered = {item["item_no"] for item in told if item["is_covered"]}
        if not any(item["item_no"] in covered for item in items):
            message = f"订单 {row['order_no']} 里的商品不在保修范围，或者过了保修期。"
            raise ShopError(409, "no_warranty", message)

    def _return_row(self, return_no: str) -> sqlite3.Row:
        row = self._row("SELECT * FROM returns WHERE return_no = ?", return_no)
        if row is None:
            raise ShopError(404, "return_not_found", f"没有找到售后单 {return_no}。")
        return row

    def _set(self, return_no: str, **values: object) -> None:
        columns = ", ".join(f"{column} = ?" for column in values)
        self._db.execute(
            f"UPDATE returns SET {columns}, updated_at = ? WHERE return_no = ?",
            (*values.values(), self._stamp(), return_no),
        )
