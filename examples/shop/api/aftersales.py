"""Routes of returns, exchanges, repairs and claims."""

from __future__ import annotations

from typing import Any

from examples.shop.aftersales import COURIERS
from examples.shop.api.fields import ITEMS, ORDER_NO, PHONE, PHOTOS, Field, choice, text
from examples.shop.api.routes import Call, Route
from examples.shop.shop import Shop
from examples.shop.wording import CLAIM_NAMES

__all__ = ["AfterSalesRoutes"]

OF_ORDER = "/api/orders/{order_no}"
ONE = "/api/returns/{return_no}"


class AfterSalesRoutes:
    """What happens after a parcel has arrived."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def routes(self) -> list[Route]:
        """Return the rows."""
        return [
            Route("GET", f"{OF_ORDER}/returns", self.returns,
                  "returns, exchanges, repairs and refunds of an order", owned_by="order_no"),
            Route("GET", f"{OF_ORDER}/return-conditions", self.conditions,
                  "may it be sent back today, and for which reasons", owned_by="order_no"),
            Route("GET", f"{OF_ORDER}/warranty", self.warranty,
                  "which items are repaired for free, and how long", owned_by="order_no"),
            Route("POST", "/api/returns", self.create,
                  "apply for a return, exchange or repair; without items: of all that are left",
                  self._application(), 201, "order_no"),
            Route("GET", ONE, self.one, "how far it is, with its parcel's steps",
                  owned_by="return_no"),
            Route("POST", f"{ONE}/cancel", self.cancel, "before the parcel is on its way",
                  owned_by="return_no"),
            Route("POST", f"{ONE}/parcel", self.parcel, f"courier: such as {COURIERS[0]}",
                  (Field("courier", text(most=20)), Field("tracking_no", text(8, 30))),
                  owned_by="return_no"),
            Route("GET", f"{OF_ORDER}/claims", self.claims, "the claims of an order",
                  owned_by="order_no"),
            Route("POST", f"{OF_ORDER}/claims", self.claim,
                  "something is missing, wrong, damaged, or never came",
                  (Field("kind", choice(*CLAIM_NAMES)), Field("detail", text(most=1000)),
                   Field("photos", PHOTOS, is_required=False)), 201, "order_no"),
        ]  # fmt: skip

    def _application(self) -> tuple[Field, ...]:
        return (
            Field("order_no", ORDER_NO),
            Field("service", choice("return", "exchange", "repair")),
            Field("reason", text(most=40)),
            Field("items", ITEMS, is_required=False),
            Field("detail", text(most=1000), is_required=False),
            Field("spec", text(most=40), is_required=False),
            Field("photos", PHOTOS, is_required=False),
            Field("phone", PHONE, is_required=False),
        )

    def returns(self, call: Call) -> dict[str, Any]:
        return {"returns": self._shop.after_sales.of(call["order_no"])}

    def conditions(self, call: Call) -> dict[str, Any]:
        return self._shop.after_sales.conditions(call["order_no"])

    def warranty(self, call: Call) -> dict[str, Any]:
        return self._shop.after_sales.warranty(call["order_no"])

    def create(self, call: Call) -> dict[str, Any]:
        wanted = call.only("reason", "items", "detail", "spec", "photos", "phone")
        return self._shop.after_sales.create(call["order_no"], call["service"], wanted)

    def one(self, call: Call) -> dict[str, Any]:
        return self._shop.after_sales.one(call["return_no"])

    def cancel(self, call: Call) -> dict[str, Any]:
        return self._shop.after_sales.cancel(call["return_no"])

    def parcel(self, call: Call) -> dict[str, Any]:
        return self._shop.after_sales.send_back(
            call["return_no"], call["courier"], call["tracking_no"]
        )

    def claims(self, call: Call) -> dict[str, Any]:
        return {"claims": self._shop.after_sales.claims_of(call["order_no"])}

    def claim(self, call: Call) -> dict[str, Any]:
        return self._shop.after_sales.claim(
            call["order_no"], call["kind"], call["detail"], call["photos"]
        )
