"""Routes of products, promotions, recommendations and delivery."""

from __future__ import annotations

from typing import Any

from examples.shop.api.fields import PHONE, Field, integer, text
from examples.shop.api.routes import Call, Route
from examples.shop.goods import delivery_to
from examples.shop.recommending import promotions
from examples.shop.shop import Shop

__all__ = ["GoodsRoutes"]

OPENING, CLOSING = 9, 22
SOME = text(most=200)


class GoodsRoutes:
    """What the shop sells, and to where."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def routes(self) -> list[Route]:
        """Return the rows."""
        searching = tuple(Field(name, SOME, is_required=False) for name in ("q", "category"))
        paging = (
            Field("limit", integer(1, 100), is_required=False),
            Field("offset", integer(0, 100_000), is_required=False),
        )
        return [
            Route("GET", "/api/products", self.products,
                  "products with stock; without a query the best sellers", searching),
            Route("GET", "/api/products/all", self.shelf, "all that fit, page by page",
                  (*searching, *paging)),
            Route("GET", "/api/products/compare", self.compare, "2 to 5 products side by side",
                  (Field("skus", SOME),)),
            Route("GET", "/api/products/{sku}", self.product, "one product"),
            Route("POST", "/api/products/{sku}/notices", self.notice,
                  "tell me when it is there again", (Field("phone", PHONE),), 201),
            Route("GET", "/api/categories", self.categories, "categories and their sizes"),
            Route("GET", "/api/coupons", self.coupons, "coupons to collect"),
            Route("GET", "/api/presales", self.presales,
                  "deposits, and when the rest can be paid"),
            Route("GET", "/api/promotions", self.promotions, "the promotions of the next year"),
            Route("GET", "/api/recommendations", self.recommendations, "from what was viewed",
                  (Field("viewed", SOME, is_required=False),)),
            Route("GET", "/api/delivery", self.delivery, "days and freight to a city",
                  (Field("city", text(most=40)),)),
            Route("GET", "/api/service-hours", self.service_hours, "whether agents are at work"),
        ]  # fmt: skip

    def products(self, call: Call) -> dict[str, Any]:
        query, category = call["q"] or "", call["category"] or ""
        return {"products": self._shop.goods.products(query=query, category=category)}

    def shelf(self, call: Call) -> dict[str, Any]:
        query, category = call["q"] or "", call["category"] or ""
        paging = call.only("limit", "offset")
        return self._shop.goods.shelf(query=query, category=category, **paging)

    def compare(self, call: Call) -> dict[str, Any]:
        return self._shop.goods.compare(call["skus"])

    def product(self, call: Call) -> dict[str, Any]:
        return self._shop.goods.product(call["sku"])

    def notice(self, call: Call) -> dict[str, Any]:
        return self._shop.goods.ask_for_notice(call["sku"], call["phone"])

    def categories(self, _: Call) -> dict[str, Any]:
        return {"categories": self._shop.goods.categories()}

    def coupons(self, _: Call) -> dict[str, Any]:
        return {"coupons": self._shop.coupons.offered()}

    def presales(self, _: Call) -> dict[str, Any]:
        return {"presales": self._shop.presales.now()}

    def promotions(self, _: Call) -> dict[str, Any]:
        return {"promotions": promotions(self._shop.now().date())}

    def recommendations(self, call: Call) -> dict[str, Any]:
        return {"products": self._shop.recommending.for_viewed(call["viewed"] or "")}

    def delivery(self, call: Call) -> dict[str, Any]:
        return delivery_to(call["city"])

    def service_hours(self, _: Call) -> dict[str, Any]:
        is_open = OPENING <= self._shop.now().hour < CLOSING
        return {"is_open": is_open, "hours": f"{OPENING}:00–{CLOSING}:00"}
