"""About products in detail: how to use them, what they are made of, two beside each other."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import suppress
from datetime import date
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.goods import find_product, tell_no_such_product
from actions.shop_action import Events, ShopAction
from actions.shop_client import ShopDown, ShopRefusal, ask_shop

MOST_COMPARED = 3
COMING = 2
FIGURES = str.maketrans("一二八", "128")
PROMOTION_WORDS = ("618", "11", "12", "年货", "女神", "开学")


class _ProductFact(ShopAction, ABC):
    """Tells one thing about the product whose name a form has asked for."""

    resets = ("form_stopped",)

    @abstractmethod
    def text(self, product: dict[str, Any]) -> str:
        """Return what to say about ``product``."""

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        name = tracker.get_slot("product")
        product = await find_product(name)
        if product is None:
            return tell_no_such_product(dispatcher, name)
        dispatcher.utter_message(text=self.text(product))
        return [SlotSet("product", product["name"])]


class ActionProductUsage(_ProductFact):
    def name(self) -> str:
        return "action_product_usage"

    def text(self, product: dict[str, Any]) -> str:
        usage = product.get("usage") or product["details"]
        return f"{product['name']}：{usage}\n详细的步骤看包装里的说明书，商品页“使用说明”里也有。"


class ActionProductMaterial(_ProductFact):
    def name(self) -> str:
        return "action_product_material"

    def text(self, product: dict[str, Any]) -> str:
        material = product.get("material") or product["details"]
        return (
            f"{product['name']}：{material}\n对其中的材料或成分过敏、怀孕或给婴幼儿用，"
            "请先问问医生；质检报告可以跟我说“转人工”索取。"
        )


class ActionCompareProducts(ShopAction):
    """Puts two or three products beside each other; asks for the names if there are fewer."""

    def name(self) -> str:
        return "action_compare_products"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        found: dict[str, dict[str, Any]] = {}
        missing = []
        for name in _names(tracker):
            product = await find_product(name)
            if product is None:
                missing.append(name)
            else:
                found[product["name"]] = product
        if len(found) < 2:
            dispatcher.utter_message(text=_which(list(found), missing))
            return []
        products = list(found.values())[:MOST_COMPARED]
        dispatcher.utter_message(text="\n".join(_comparison(products)))
        return [SlotSet("product", products[0]["name"])]


def _names(tracker: Tracker) -> list[str]:
    """Return the products the message names, before the one that was talked about."""
    names = [
        str(entity["value"])
        for entity in tracker.latest_message.get("entities", [])
        if entity["entity"] == "product"
    ]
    if tracker.get_slot("product") and len(names) < 2:
        names.append(str(tracker.get_slot("product")))
    return list(dict.fromkeys(names))


def _which(found: list[str], missing: list[str]) -> str:
    if missing and found:
        return f"店里有{found[0]}，没有找到“{missing[0]}”。想跟哪一款比，告诉我名字就行。"
    if found:
        return f"好的，{found[0]}想跟哪一款比？比如“{found[0]}和充电宝哪个好”。"
    return "您想比较哪两款？把名字告诉我，比如“卫衣和羽绒服哪个暖和”。"


def _comparison(products: list[dict[str, Any]]) -> list[str]:
    """Return one line a product, then how much the dearest costs more than the cheapest."""
    lines = [f"· {one['name']}　{one['price']} 元　{_gist(one)}" for one in products]
    cheap = min(products, key=lambda one: one["price"])
    dear = max(products, key=lambda one: one["price"])
    if dear["price"] > cheap["price"]:
        lines.append(f"{cheap['name']}便宜 {dear['price'] - cheap['price']:g} 元。")
    lines.append("您主要在什么场合用？告诉我，我帮您挑；想看其中一款的详情，说名字就行。")
    return lines


def _gist(product: dict[str, Any]) -> str:
    """Return what sets a product apart, in one clause."""
    specs = product.get("specs")
    if isinstance(specs, dict) and specs:
        return "，".join(f"{name} {value}" for name, value in list(specs.items())[:4])
    return str(product["details"]).split("；")[0].split("。")[0]


class ActionPromotionDates(ShopAction):
    """Says what is on now, and what comes next."""

    def name(self) -> str:
        return "action_promotion_dates"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        promotions = (await ask_shop("GET", "/api/promotions", tracker=tracker))["promotions"]
        asked = tracker.latest_message.get("text") or ""
        named = [one for one in promotions if _is_named(one["name"], asked)]
        lines = [_promotion(one) for one in named or promotions[:COMING]]
        if not lines:
            dispatcher.utter_message(response="utter_promotion_dates")
            return []
        dispatcher.utter_message(
            text="\n".join(lines) + "\n大促期间最晚也是付款后 48 小时发货；"
            "付款后 15 天内降价的，可以申请价保。"
        )
        return []


def _is_named(name: str, text: str) -> bool:
    """Whether a text asks for a promotion, however its number is written."""
    plain = text.translate(FIGURES).replace("十1", "11").replace("十2", "12").replace("六18", "618")
    return name.split(maxsplit=1)[0] in plain or any(
        word in name and word in plain for word in PROMOTION_WORDS
    )


def _promotion(one: dict[str, Any]) -> str:
    starts, ends = (date.fromisoformat(one[key]) for key in ("starts", "ends"))
    days = f"{starts.month}月{starts.day}日–{ends.month}月{ends.day}日"
    now = "正在进行，" if one.get("is_on") else ""
    return f"· {one['name']}：{now}{days}。{'；'.join(one['rules'])}"


class ActionAuthenticity(ShopAction):
    """Promises the real thing; says where the product that is talked about comes from."""

    def name(self) -> str:
        return "action_authenticity"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        product = None
        with suppress(ShopDown, ShopRefusal):
            product = await find_product(tracker.get_slot("product"))
        if product and product.get("origin"):
            dispatcher.utter_message(text=f"{product['name']}的产地是{product['origin']}。")
        dispatcher.utter_message(response="utter_authenticity")
        return []
