"""Parcels: those of orders and those that customers send back."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta
from typing import Any

from examples.shop.errors import ShopError
from examples.shop.ledger import Ledger, not_now
from examples.shop.wording import PARCEL_STATUS_NAMES

__all__ = ["Parcels"]

SILENT_HOURS = 72
PICKUP_DAYS = 3
PICKUP_HOURS = "8:00–21:00"


class Parcels(Ledger):
    """The parcels and what couriers tell of them."""

    def of(self, order_no: str) -> list[dict[str, Any]]:
        """Return the parcels of an order with what is in them."""
        rows = self._rows("SELECT * FROM parcels WHERE order_no = ? ORDER BY parcel_no", order_no)
        return [self._parcel(row) for row in rows]

    def logistics(self, order_no: str, tracking_no: str | None = None) -> dict[str, Any]:
        """Return where a parcel of the order is, the latest step first.

        Without ``tracking_no`` the first that has not arrived yet.
        """
        row = self._order_row(order_no)
        sent = [one for one in self.of(order_no) if one["tracking_no"]]
        if not sent:
            raise not_now(row, "not_shipped", "还没有物流信息。")
        wanted = [one for one in sent if tracking_no in (None, one["tracking_no"])]
        if not wanted:
            raise ShopError(404, "parcel_not_found", f"没有找到快递单号 {tracking_no}。")
        parcel = next((one for one in wanted if one["status"] != "signed"), wanted[0])
        return {**self._tracked(parcel), "order_no": order_no, "parcels": self.of(order_no)}

    def parcel(self, tracking_no: str) -> dict[str, Any]:
        """Return one parcel by its tracking number, also one on its way back."""
        row = self._row("SELECT * FROM parcels WHERE tracking_no = ?", tracking_no)
        if row is not None:
            return {**self._tracked(self._parcel(row)), "order_no": row["order_no"]}
        back = self._row("SELECT * FROM returns WHERE tracking_no = ?", tracking_no)
        if back is None:
            raise ShopError(404, "parcel_not_found", f"没有找到快递单号 {tracking_no}。")
        is_signed = back["status"] not in ("sent", "approved")
        status = "signed" if is_signed else "in_transit"
        known = {
            "parcel_no": None,
            "tracking_no": tracking_no,
            "courier": back["courier"],
            "status": status,
            "status_name": PARCEL_STATUS_NAMES[status],
            "items": [],
        }
        numbers = {"order_no": back["order_no"], "return_no": back["return_no"]}
        return {**self._tracked(known), **numbers}

    def steps(self, tracking_no: str | None) -> list[dict[str, Any]]:
        """Return what is known of the way of a parcel, the latest first."""
        rows = self._rows(
            "SELECT at, text FROM traces WHERE tracking_no = ? ORDER BY at DESC, rowid DESC",
            tracking_no,
        )
        return [dict(row) for row in rows]

    def pickup(self, order_no: str) -> dict[str, Any]:
        """Return where parcels wait, and the codes that open the lockers."""
        row = self._order_row(order_no)
        waiting = [one for one in self.of(order_no) if one["pickup"]]
        if not waiting:
            raise not_now(row, "no_pickup", "没有放在自提点的包裹。")
        numbers = ("parcel_no", "tracking_no", "courier")
        pickups = [{key: one[key] for key in numbers} | one["pickup"] for one in waiting]
        return {"order_no": order_no, **pickups[0], "pickups": pickups}

    def _parcel(self, row: sqlite3.Row) -> dict[str, Any]:
        items = self._rows(
            "SELECT product, spec, quantity FROM items WHERE parcel_no = ? ORDER BY rowid",
            row["parcel_no"],
        )
        return {
            "parcel_no": row["parcel_no"],
            "tracking_no": row["tracking_no"],
            "courier": row["courier"],
            "status": row["status"],
            "status_name": PARCEL_STATUS_NAMES[row["status"]],
            "shipped_at": row["shipped_at"],
            "signed_at": row["signed_at"],
            "items": [dict(item) for item in items],
            "pickup": self._pickup(row),
        }

    def _pickup(self, row: sqlite3.Row) -> dict[str, Any] | None:
        if row["status"] != "at_pickup":
            return None
        steps = self.steps(row["tracking_no"])
        arrived = datetime.fromisoformat(steps[0]["at"] if steps else row["shipped_at"])
        return {
            "point": row["pickup_point"],
            "address": row["pickup_address"],
            "code": row["pickup_code"],
            "hours": PICKUP_HOURS,
            "until": (arrived + timedelta(days=PICKUP_DAYS)).isoformat(timespec="seconds"),
        }

    def _tracked(self, parcel: dict[str, Any]) -> dict[str, Any]:
        steps = self.steps(parcel["tracking_no"])
        silent = self._now() - datetime.fromisoformat(steps[0]["at"]) if steps else timedelta()
        is_moving = parcel["status"] in ("in_transit", "delivering")
        return {
            **parcel,
            "is_signed": parcel["status"] == "signed",
            "is_stuck": is_moving and silent > timedelta(hours=SILENT_HOURS),
            "steps": steps,
        }
