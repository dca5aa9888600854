"""Routes of complaints, praise and compensation."""

from __future__ import annotations

from typing import Any

from examples.shop.api.fields import CUSTOMER_ID, ORDER_NO, PHONE, Field, choice, integer, text
from examples.shop.api.routes import Call, Route
from examples.shop.errors import ShopError
from examples.shop.shop import Shop

__all__ = ["CareRoutes"]

WHO = (Field("customer", CUSTOMER_ID, is_required=False), Field("phone", PHONE, is_required=False))
MOST_POINTS = 100_000


class CareRoutes:
    """What customers say about the shop, and what it gives them for it."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def routes(self) -> list[Route]:
        """Return the rows."""
        order_no = Field("order_no", ORDER_NO, is_required=False)
        return [
            Route("POST", "/api/complaints", self.complain, "customer or phone is needed",
                  (*WHO, order_no, Field("about", text(most=60)), Field("detail", text(most=1000)),
                   Field("wish", text(most=200), is_required=False)), 201),
            Route("GET", "/api/complaints/{complaint_no}", self.complaint, "what came of it",
                  owned_by="complaint_no"),
            Route("GET", "/api/complaints", self.of_phone, "of a phone number, latest first",
                  (Field("phone", PHONE),)),
            Route("GET", "/api/customers/{customer_id}/complaints", self.of_customer,
                  "a customer's complaints, latest first", owned_by="customer_id"),
            Route("POST", "/api/praises", self.praise, "customer or phone is needed",
                  (*WHO, Field("about", text(most=60)), Field("text", text(most=1000))), 201),
            Route("POST", "/api/compensations", self.compensate,
                  "coupon and refund in yuan, points in points; a refund needs order_no;"
                  " once an order and most_in_period in period_days, where these are given",
                  (*WHO, order_no, Field("kind", choice("coupon", "points", "refund")),
                   Field("value", integer(1, MOST_POINTS)), Field("reason", text(most=200)),
                   Field("conversation", text(most=200), is_required=False),
                   Field("period_days", integer(1, 3650), is_required=False),
                   Field("most_in_period", integer(1, 100), is_required=False)), 201),
            Route("GET", "/api/compensations", self.compensations, "what was given lately",
                  (*WHO, Field("days", integer(1, 3650), is_required=False))),
        ]  # fmt: skip

    def complain(self, call: Call) -> dict[str, Any]:
        wanted = call.only("order_no", "about", "detail", "wish")
        return self._shop.care.complain(_who(call), wanted)

    def complaint(self, call: Call) -> dict[str, Any]:
        return self._shop.care.complaint(call["complaint_no"])

    def of_phone(self, call: Call) -> dict[str, Any]:
        if call.phone != call["phone"]:
            raise ShopError(403, "identity_needed", "X-Phone 与查询的手机号不一致。")
        return {"complaints": self._shop.care.complaints_of({"phone": call["phone"]})}

    def of_customer(self, call: Call) -> dict[str, Any]:
        owner = {"customer_id": call["customer_id"]}
        return {"complaints": self._shop.care.complaints_of(owner)}

    def praise(self, call: Call) -> dict[str, Any]:
        return self._shop.care.praise(_who(call), call["about"], call["text"])

    def compensate(self, call: Call) -> dict[str, Any]:
        limits = ("period_days", "most_in_period")
        wanted = call.only("order_no", "kind", "value", "reason", "conversation", *limits)
        return self._shop.care.compensate(_who(call), wanted)

    def compensations(self, call: Call) -> dict[str, Any]:
        return {"compensations": self._shop.care.compensations(_who(call), call["days"])}


def _who(call: Call) -> dict[str, str]:
    if call["customer"]:
        return {"customer_id": call["customer"]}
    if call["phone"]:
        return {"phone": call["phone"]}
    raise ShopError(400, "bad_customer", "请给出 customer 或 phone。")
