"""Routes of orders and parcels."""

from __future__ import annotations

from typing import Any

from examples.shop.api.fields import (
    CHOSEN,
    DATE,
    EMAIL,
    PHONE,
    TAX_NO,
    Field,
    choice,
    integer,
    text,
)
from examples.shop.api.routes import Call, Route
from examples.shop.errors import ShopError
from examples.shop.orders import PERIODS
from examples.shop.shop import Shop
from examples.shop.wording import ORDER_STATUS_NAMES

__all__ = ["LISTING", "OrderRoutes"]

LISTING = (
    Field("status", choice(*ORDER_STATUS_NAMES), is_required=False),
    Field("limit", integer(1, 100), is_required=False),
    Field("offset", integer(0, 100_000), is_required=False),
)
ONE = "/api/orders/{order_no}"


class OrderRoutes:
    """Orders, parcels, price protection, invoices."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def routes(self) -> list[Route]:
        """Return the rows."""
        phone = Field("phone", PHONE)
        return [
            Route("GET", "/api/orders", self.orders, "orders of a phone number, latest first",
                  (phone, *LISTING)),
            self._of_order("GET", "", self.order, "one order; personal data masked"),
            self._of_order("GET", "/logistics", self.logistics,
                           "the parcel's steps, latest first; is_stuck after 72 hours of silence",
                           Field("tracking_no", text(most=40), is_required=False)),
            self._of_order("GET", "/pickup", self.pickup, "where parcels wait, with their codes"),
            self._of_order("POST", "/cancel", self.cancel, "cancel before it is packed"),
            self._of_order("PUT", "/address", self.address, "once, before it is packed",
                           Field("address", text(5)), Field("phone", PHONE, is_required=False)),
            self._of_order("PUT", "/spec", self.spec, "other colour, size or number of one item",
                           Field("item", text(most=60)),
                           Field("spec", text(most=40), is_required=False),
                           Field("quantity", integer(1, 99), is_required=False)),
            self._of_order("PUT", "/delivery-time", self.delivery_time, "within the next 7 days",
                           Field("date", DATE), Field("period", choice(*PERIODS))),
            self._of_order("POST", "/urge", self.urge, "hurry the warehouse or the courier"),
            self._of_order("GET", "/price-protection", self.difference,
                           "what the items cost less now"),
            self._of_order("POST", "/price-protection", self.price_protection,
                           "pay the difference back, once, within 15 days after payment"),
            self._of_order("GET", "/invoice", self.invoice, "the invoice and how far it is"),
            self._invoicing(),
            self._of_order("GET", "/refund", self.refund, "how a refund is made up, and when"),
            self._of_order("GET", "/refund-estimate", self.estimate,
                           "what would be paid back; items: item_no:quantity,…; else all",
                           Field("items", CHOSEN, is_required=False),
                           Field("reason", text(most=40), is_required=False)),
            Route("GET", "/api/parcels/{tracking_no}", self.parcel,
                  "one parcel, also one on its way back", owned_by="tracking_no"),
        ]  # fmt: skip

    def _of_order(
        self, method: str, rest: str, respond: Any, summary: str, *fields: Field
    ) -> Route:
        return Route(method, ONE + rest, respond, summary, fields, owned_by="order_no")

    def _invoicing(self) -> Route:
        fields = (
            Field("kind", choice("electronic", "paper"), is_required=False),
            Field("title", text(most=60)),
            Field("tax_no", TAX_NO, is_required=False),
            Field("email", EMAIL, is_required=False),
            Field("address", text(5), is_required=False),
        )
        summary = "an electronic invoice needs email, one of paper an address"
        path = f"{ONE}/invoice"
        return Route("POST", path, self.request_invoice, summary, fields, 201, "order_no")

    def orders(self, call: Call) -> dict[str, Any]:
        phone = call["phone"]
        if call.phone not in (None, phone):
            raise ShopError(403, "identity_needed", "X-Phone 与查询的手机号不一致。")
        if call.customer is not None:
            owned = self._shop.customers.customer(call.customer)["phone"]
            if owned != phone:
                raise ShopError(403, "identity_needed", "X-Customer 与查询的手机号不一致。")
        return self._shop.orders.of({"phone": phone}, **call.only("status", "limit", "offset"))

    def order(self, call: Call) -> dict[str, Any]:
        return self._shop.orders.order(call["order_no"])

    def logistics(self, call: Call) -> dict[str, Any]:
        return self._shop.parcels.logistics(call["order_no"], call["tracking_no"])

    def pickup(self, call: Call) -> dict[str, Any]:
        return self._shop.parcels.pickup(call["order_no"])

    def cancel(self, call: Call) -> dict[str, Any]:
        return self._shop.orders.cancel(call["order_no"])

    def address(self, call: Call) -> dict[str, Any]:
        return self._shop.orders.change_address(
            call["order_no"], call["address"], phone=call["phone"]
        )

    def spec(self, call: Call) -> dict[str, Any]:
        if call["spec"] is None and call["quantity"] is None:
            raise ShopError(400, "bad_spec", "请给出 spec 或 quantity。")
        return self._shop.orders.change_spec(
            call["order_no"], call["item"], **call.only("spec", "quantity")
        )

    def delivery_time(self, call: Call) -> dict[str, Any]:
        return self._shop.orders.set_delivery_time(call["order_no"], call["date"], call["period"])

    def urge(self, call: Call) -> dict[str, Any]:
        return self._shop.orders.urge(call["order_no"])

    def difference(self, call: Call) -> dict[str, Any]:
        return self._shop.money.price_difference(call["order_no"])

    def price_protection(self, call: Call) -> dict[str, Any]:
        return self._shop.money.protect_price(call["order_no"])

    def request_invoice(self, call: Call) -> dict[str, Any]:
        wanted = call.only("kind", "title", "tax_no", "email", "address")
        return self._shop.money.request_invoice(call["order_no"], wanted)

    def invoice(self, call: Call) -> dict[str, Any]:
        return self._shop.money.invoice(call["order_no"])

    def refund(self, call: Call) -> dict[str, Any]:
        return self._shop.money.refund(call["order_no"])

    def estimate(self, call: Call) -> dict[str, Any]:
        return self._shop.money.estimate(call["order_no"], call["items"], call["reason"] or "")

    def parcel(self, call: Call) -> dict[str, Any]:
        return self._shop.parcels.parcel(call["tracking_no"])
