"""Routes of customers: accounts, coupons, points, gift cards."""

from __future__ import annotations

from typing import Any

from examples.shop.api.fields import CUSTOMER_ID, ORDER_NO, PHONE, Field, text
from examples.shop.api.orders import LISTING
from examples.shop.api.routes import Call, Route
from examples.shop.shop import Shop

__all__ = ["CustomerRoutes"]

ONE = "/api/customers/{customer_id}"
CARD = "/api/gift-cards/{code}"


class CustomerRoutes:
    """Customers and what is in their accounts."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def routes(self) -> list[Route]:
        """Return the rows."""
        sku = Field("sku", text(most=20))
        asked = (
            Field("order_no", ORDER_NO, is_required=False),
            Field("sku", text(most=20), is_required=False),
        )
        of = self._of_customer
        return [
            Route("GET", "/api/customers", self.of_phone, "the customer with a phone number",
                  (Field("phone", PHONE),)),
            of("GET", "", self.customer, "who it is, with level, points and tags"),
            of("GET", "/orders", self.orders, "their orders, latest first", *LISTING),
            of("GET", "/history", self.history, "everything that is kept of them"),
            of("GET", "/coupons", self.coupons, "their coupons, usable ones first"),
            of("POST", "/coupons", self.collect, "collect one of those offered",
               Field("code", text(most=20))),
            of("GET", "/coupons/{code}/check", self.check_coupon,
               "can it be used, and if not, why", *asked),
            of("GET", "/points", self.points, "balance, those that expire next, entries"),
            of("GET", "/gift-cards", self.gift_cards, "the gift cards in their account"),
            of("GET", "/recommendations", self.recommendations, "from views and purchases"),
            of("POST", "/views", self.view, "they looked at a product", sku),
            of("POST", "/password-reset", self.reset_password, "send the link to their phone"),
            of("POST", "/unlock", self.unlock, "unlock the account"),
            of("PUT", "/phone", self.phone, "bind another phone", Field("phone", PHONE)),
            of("POST", "/deletion", self.deletion, "delete the account in 7 days"),
            Route("GET", "/api/members/{phone}", self.member, "level and points"),
            Route("GET", CARD, self.gift_card, "value, what is left, until when"),
            Route("POST", f"{CARD}/bind", self.bind, "put it into an account",
                  (Field("customer", CUSTOMER_ID),)),
            Route("POST", "/api/messages", self.message, "send a text message",
                  (Field("phone", PHONE), Field("text", text(most=500))), 201),
        ]  # fmt: skip

    def _of_customer(
        self, method: str, rest: str, respond: Any, summary: str, *fields: Field
    ) -> Route:
        return Route(method, ONE + rest, respond, summary, fields, owned_by="customer_id")

    def of_phone(self, call: Call) -> dict[str, Any]:
        return {"customers": self._shop.customers.of_phone(call["phone"])}

    def customer(self, call: Call) -> dict[str, Any]:
        return self._shop.customers.customer(call["customer_id"])

    def orders(self, call: Call) -> dict[str, Any]:
        customer_id = self._shop.customers.customer(call["customer_id"])["customer_id"]
        listing = call.only("status", "limit", "offset")
        return self._shop.orders.of({"customer_id": customer_id}, **listing)

    def history(self, call: Call) -> dict[str, Any]:
        return self._shop.customers.history(call["customer_id"])

    def coupons(self, call: Call) -> dict[str, Any]:
        return {"coupons": self._shop.coupons.of(call["customer_id"])}

    def collect(self, call: Call) -> dict[str, Any]:
        return self._shop.coupons.collect(call["customer_id"], call["code"])

    def check_coupon(self, call: Call) -> dict[str, Any]:
        goods = call.only("order_no", "sku")
        return self._shop.coupons.check(call["customer_id"], call["code"], **goods)

    def points(self, call: Call) -> dict[str, Any]:
        return self._shop.customers.points(call["customer_id"])

    def gift_cards(self, call: Call) -> dict[str, Any]:
        return {"gift_cards": self._shop.money.gift_cards_of(call["customer_id"])}

    def recommendations(self, call: Call) -> dict[str, Any]:
        return {"products": self._shop.recommending.for_customer(call["customer_id"])}

    def view(self, call: Call) -> dict[str, Any]:
        return self._shop.recommending.view(call["customer_id"], call["sku"])

    def reset_password(self, call: Call) -> dict[str, Any]:
        return self._shop.customers.reset_password(call["customer_id"])

    def unlock(self, call: Call) -> dict[str, Any]:
        return self._shop.customers.unlock(call["customer_id"])

    def phone(self, call: Call) -> dict[str, Any]:
        return self._shop.customers.change_phone(call["customer_id"], call["phone"])

    def deletion(self, call: Call) -> dict[str, Any]:
        return self._shop.customers.delete(call["customer_id"])

    def member(self, call: Call) -> dict[str, Any]:
        return self._shop.customers.member(call["phone"])

    def gift_card(self, call: Call) -> dict[str, Any]:
        return self._shop.money.gift_card(call["code"])

    def bind(self, call: Call) -> dict[str, Any]:
        return self._shop.money.bind_gift_card(call["code"], call["customer"])

    def message(self, call: Call) -> dict[str, Any]:
        return self._shop.customers.send_message(call["phone"], call["text"])
