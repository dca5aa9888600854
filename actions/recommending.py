"""Recommendations: from what a customer bought or looked at, within the budget that is named."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.goods import find_product
from actions.shop_action import Events, ShopAction
from actions.shop_client import ask_shop
from actions.shop_identity import is_signed_in
from actions.tone import called

__all__ = ["budget_in", "viewed_in"]

SHOWN = 5
BUDGET = re.compile(r"(\d{2,5})\s*(?:元|块|以内|以下|左右|之内)|预算\s*(\d{2,5})")
WRITTEN = {"一百": "100", "两百": "200", "二百": "200", "三百": "300", "五百": "500", "五十": "50"}
SKU = re.compile(r"\bP\d{3,}\b")


def budget_in(text: str) -> int | None:
    """Return the most that a customer wants to spend, a tenth more for “about”."""
    for words, digits in WRITTEN.items():
        text = text.replace(words, digits)
    found = BUDGET.search(text)
    if not found:
        return None
    most = int(found.group(1) or found.group(2))
    return round(most * 1.1) if "左右" in text else most


def viewed_in(metadata: dict[str, Any]) -> list[str]:
    """Return the products that the page tells of: ``viewed``, or the one in the page's address."""
    viewed = metadata.get("viewed")
    listed = [str(one) for one in viewed] if isinstance(viewed, list) else []
    address = " ".join(str(metadata.get(key) or "") for key in ("page", "url"))
    numbers = SKU.findall(" ".join([address, *listed]))
    return list(dict.fromkeys(numbers))[:10]


class ActionRecommendProduct(ShopAction):
    """Recommends what fits the customer, or else what sells best."""

    def name(self) -> str:
        return "action_recommend_product"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        text = tracker.latest_message.get("text") or ""
        budget = budget_in(text)
        products = (
            await self._for(tracker) if budget is None else await self._within(budget, tracker)
        )
        if not products:
            dispatcher.utter_message(
                text=f"{budget} 元以内暂时没有合适的，预算放宽一点我再帮您看看。"
            )
            return []
        lines = "\n".join(_line(product) for product in products)
        opening = "给您挑了这几款" if budget is None else f"{budget} 元以内卖得好的有这几款"
        dispatcher.utter_message(
            text=called(tracker, f"{opening}：\n{lines}\n想了解哪一款，告诉我名字就行。"),
            buttons=[
                {
                    "title": product["name"],
                    "payload": f'/product_question{{"product": "{product["name"]}"}}',
                }
                for product in products
            ],
        )
        return []

    async def _for(self, tracker: Tracker) -> list[dict[str, Any]]:
        """Return recommendations for who is signed in, else from the page or the talk."""
        if is_signed_in(tracker):
            path = f"/api/customers/{tracker.get_slot('customer_id')}/recommendations"
            return _first(await ask_shop("GET", path, tracker=tracker))
        viewed = viewed_in(tracker.latest_message.get("metadata") or {})
        talked_about = None if viewed else await find_product(tracker.get_slot("product"))
        if talked_about:
            viewed = [talked_about["sku"]]
        params = {"viewed": ",".join(viewed)}
        return _first(await ask_shop("GET", "/api/recommendations", params=params))

    async def _within(self, budget: int, tracker: Tracker) -> list[dict[str, Any]]:
        """Return what fits the budget: of the kind that the message names, if it names one."""
        params = {"limit": "100"}
        named = await find_product(next(tracker.get_latest_entity_values("product"), None))
        if named:
            params["category"] = named["category"]
        found = await ask_shop("GET", "/api/products/all", params=params)
        fitting = [one for one in found["products"] if one["price"] <= budget]
        if named:
            word = named["name"][-2:]
            fitting.sort(key=lambda one: word not in one["name"])
        return fitting[:SHOWN]


def _first(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return list(answer["products"])[:SHOWN]


def _line(product: dict[str, Any]) -> str:
    why = f"（{product['why']}）" if product.get("why") else ""
    return f"· {product['name']}　{product['price']} 元{why}"
