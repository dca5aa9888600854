"""Before buying: products, stock, sizes, coupons, points, delivery."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.measures import kilograms_from_text, size_for
from actions.shop_action import Events, ShopAction
from actions.shop_client import ask_shop

BOTTOMS_AND_SHOES = ("牛仔裤", "运动鞋")
PLACES: tuple[str, ...] = ("新疆", "西藏", "青海", "宁夏", "内蒙古", "海南", "浙江", "江苏")
PLACES += ("上海", "香港", "澳门", "台湾", "国外", "海外")
"""Places that are not cities, looked for when no city was recognised."""


async def find_product(name: str | None) -> dict[str, Any] | None:
    """Return the product the customer means, or None."""
    if not name:
        return None
    found = (await ask_shop("GET", "/api/products", params={"q": name}))["products"]
    return found[0] if found else None


def tell_no_such_product(dispatcher: CollectingDispatcher, name: str | None) -> Events:
    """Say that the shop does not sell it, and forget the name."""
    what = f"“{name}”" if name else "这款商品"
    dispatcher.utter_message(text=f"店里暂时没有找到{what}。想看看在售的商品，跟我说“推荐一下”。")
    return [SlotSet("product", None)]


class ActionProductInfo(ShopAction):
    resets = ("form_stopped",)

    def name(self) -> str:
        return "action_product_info"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        name = tracker.get_slot("product")
        product = await find_product(name)
        if product is None:
            return tell_no_such_product(dispatcher, name)
        dispatcher.utter_message(
            text=f"{product['name']}，{product['price']} 元。{product['details']}"
        )
        return [SlotSet("product", product["name"])]


class ActionQueryStock(ShopAction):
    resets = ("form_stopped",)

    def name(self) -> str:
        return "action_query_stock"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        name = tracker.get_slot("product")
        product = await find_product(name)
        if product is None:
            return tell_no_such_product(dispatcher, name)
        wanted = wanted_specs(tracker.latest_message.get("entities", []))
        if wanted:
            lines = [_stock_of(product, spec) for spec in wanted]
            text = f"{product['name']}：" + "；".join(lines) + "。"
        else:
            text = _stock_at_a_glance(product)
        dispatcher.utter_message(text=text)
        return [SlotSet("product", product["name"])]


def wanted_specs(entities: list[dict[str, Any]]) -> list[list[str]]:
    """Return the specifications asked for: colour and size that share a group belong together."""
    groups: dict[str, list[str]] = {}
    for entity in entities:
        if entity["entity"] in ("color", "size"):
            values = groups.setdefault(entity.get("group") or "", [])
            if entity["value"] not in values:
                values.append(entity["value"])
    return list(groups.values())


def _stock_of(product: dict[str, Any], wanted: list[str]) -> str:
    fitting = [
        entry for entry in product["stock"] if all(_is_of(value, entry["spec"]) for value in wanted)
    ]
    name = "".join(wanted)
    if not fitting:
        return f"没有{name}这个规格"
    there = [entry for entry in fitting if entry["quantity"]]
    if not there:
        return f"{name}暂时缺货，可以在商品页点“到货通知”"
    if len(there) == 1 and there[0]["quantity"] <= 5:
        return f"{name}有货，只剩 {there[0]['quantity']} 件"
    return f"{name}有现货"


def _stock_at_a_glance(product: dict[str, Any]) -> str:
    there = [entry["spec"].replace("/", " ") for entry in product["stock"] if entry["quantity"]]
    gone = [entry["spec"].replace("/", " ") for entry in product["stock"] if not entry["quantity"]]
    if not there:
        return (
            f"{product['name']}目前全部缺货，可以在商品页点“到货通知”，补货后第一时间短信提醒您。"
        )
    text = f"{product['name']}有现货：{'、'.join(there)}。"
    return text + (f"暂时缺货：{'、'.join(gone)}。" if gone else "")


def _is_of(value: str, spec: str) -> bool:
    """Whether a colour or size is one of those in ``spec``; ``L`` is not ``XL``, 白 is 奶白色."""
    wanted = _bare(value)
    parts = [_bare(part) for part in spec.split("/")]
    return wanted in parts or (not wanted.isascii() and any(wanted in part for part in parts))


def _bare(value: str) -> str:
    return value.upper().replace("码", "").replace("色", "")


class ActionSizeAdvice(ShopAction):
    resets = ("height", "weight", "form_stopped")

    def name(self) -> str:
        return "action_size_advice"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        height, weight = tracker.get_slot("height"), tracker.get_slot("weight")
        if not height or not weight:
            dispatcher.utter_message(
                text="没关系，各款的尺码表在商品页“尺码”里，也可以转人工问问。"
            )
            return []
        product = tracker.get_slot("product")
        if product in BOTTOMS_AND_SHOES:
            dispatcher.utter_message(
                text=f"{product}请按平时穿的码数拿，腰围、脚长对照商品页的尺码表；脚宽的建议大一码。"
            )
            return []
        size = size_for(int(height), kilograms_from_text(weight) or 0)
        if size is None:
            text = "按您的身高体重，店里现有的尺码可能偏小，建议对照商品页的尺码表或转人工确认。"
        else:
            text = (
                f"身高 {height}cm、体重 {weight}，上衣建议拿 {size} 码。"
                "喜欢宽松或者里面要穿厚毛衣，可以大一码；收到不合适，签收次日起 7 天内可以换。"
            )
        dispatcher.utter_message(text=text)
        return []


class ActionDeliveryEstimate(ShopAction):
    resets = ("city",)

    def name(self) -> str:
        return "action_delivery_estimate"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        city = tracker.get_slot("city") or _place_in(tracker.latest_message.get("text") or "")
        if not city:
            dispatcher.utter_message(
                text="发货后江浙沪 1–2 天送达，新疆、西藏、青海、宁夏、内蒙古、海南 5–7 天，"
                "其他地区 2–4 天，乡镇可能再多 1–2 天。告诉我城市，我帮您看具体时效。"
            )
            return []
        answer = await ask_shop("GET", "/api/delivery", params={"city": city})
        if not answer["is_served"]:
            text = f"抱歉，目前还不能寄到{city}，只支持中国大陆的收货地址。"
        else:
            text = (
                f"可以送到{city}，发货后 {answer['days']} 天送达；"
                f"实付满 {answer['free_from']} 元包邮，不满收运费 {answer['fee']} 元。"
            )
        dispatcher.utter_message(text=text)
        return []


def _place_in(text: str) -> str | None:
    return next((place for place in PLACES if place in text), None)
