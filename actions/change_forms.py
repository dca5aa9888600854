"""Forms that change an order on its way: another colour or size, another day of delivery."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.days import NoSuchDay, day_in, period_in
from actions.forms import answer_to_question, ended_if_packed
from actions.order_number import OrderForm, say_if_asked, stopped, today
from actions.shop_action import Events
from actions.shop_client import ShopDown, ShopRefusal, ask_shop
from actions.specs import meant_specs, quantity_in

__all__ = ["DAYS_AHEAD", "NUMBER_OF", "specs_of"]

DAYS_AHEAD = 7
NUMBER_OF = "数量 "
"""How a number of pieces is written where otherwise a colour or size is."""
RESPECIFY = {
    "packing": "收到后不合适的话，签收次日起 7 天内可以换货。",
    "shipped": "收到后不合适的话，签收次日起 7 天内可以换货。",
    "signed": "想换颜色或尺码，跟我说“换货”就行。",
}


async def specs_of(product: str) -> list[str]:
    """Return the specifications in which a product is there."""
    found = (await ask_shop("GET", "/api/products", params={"q": product}))["products"]
    exact = next((one for one in found if one["name"] == product), None)
    stock = exact["stock"] if exact else []
    return [entry["spec"] for entry in stock if entry["quantity"]]


class ValidateSpecForm(OrderForm):
    """Asks for the order, the item, what it shall be instead, and whether that is right."""

    def name(self) -> str:
        return "validate_spec_form"

    async def order_checked(
        self, order: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> dict[str, Any]:
        ended = ended_if_packed(order, dispatcher, "不能再改规格了", RESPECIFY)
        if ended:
            return ended
        named = next(tracker.get_latest_entity_values("product"), tracker.get_slot("product"))
        items = [item for item in order["items"] if item["product"] == named] or order["items"]
        if len(items) > 1:
            return {"spec_item": None, "new_spec": None}
        return await self._item_chosen(items[0], str(tracker.get_slot("spec_wish") or ""))

    async def _item_chosen(self, item: dict[str, Any], wish: str) -> dict[str, Any]:
        """Return the item and, if the wish is clear already, what it shall be."""
        spec = await self._meant(wish, item)
        return {"spec_item": item["product"], "new_spec": spec}

    async def _meant(self, text: str, item: dict[str, Any]) -> str | None:
        found = meant_specs(text, await specs_of(item["product"]), item["spec"])
        if len(found) == 1:
            return found[0].replace("/", " ")
        number = quantity_in(text)
        return f"{NUMBER_OF}{number}" if number and not found else None

    async def validate_spec_item(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        named = next(tracker.get_latest_entity_values("product"), None)
        for item in await _items(tracker):
            if item["product"] in str(value) or item["product"] == named:
                return await self._item_chosen(item, str(tracker.get_slot("spec_wish") or ""))
        return {"spec_item": None}

    async def validate_new_spec(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        chosen = tracker.get_slot("spec_item")
        for item in await _items(tracker):
            if item["product"] == chosen and (spec := await self._meant(str(value), item)):
                return {"new_spec": spec}
        dispatcher.utter_message(response="utter_bad_spec")
        return {"new_spec": None}

    async def validate_spec_confirm(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        return answer_to_question("spec_confirm", value, tracker)


async def _items(tracker: Tracker) -> list[dict[str, Any]]:
    """Return the items of the order at hand; none if the shop does not tell now."""
    order_no = tracker.get_slot("order_no")
    try:
        order = await ask_shop("GET", f"/api/orders/{order_no}", tracker=tracker)
    except (ShopDown, ShopRefusal):
        return []
    items: list[dict[str, Any]] = order["items"]
    return items


class ActionAskSpecItem(Action):
    def name(self) -> str:
        return "action_ask_spec_form_spec_item"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        names = [f"{item['product']}（{item['spec']}）" for item in await _items(tracker)]
        dispatcher.utter_message(
            text=f"这个订单里有{'、'.join(names)}，请问要改哪一件？",
            buttons=[{"title": name, "payload": name} for name in names],
        )
        return []


class ActionAskNewSpec(Action):
    """Asks for the new specification, showing those that are in stock."""

    def name(self) -> str:
        return "action_ask_spec_form_new_spec"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        product = tracker.get_slot("spec_item") or ""
        try:
            specs = await specs_of(product)
        except (ShopDown, ShopRefusal):
            specs = []
        text = f"{product}想改成什么颜色、尺码？"
        if specs:
            text += f"现在有货的：{'、'.join(spec.replace('/', ' ') for spec in specs)}。"
        dispatcher.utter_message(
            text=text,
            buttons=[{"title": spec.replace("/", " "), "payload": spec} for spec in specs],
        )
        return []


class ValidateDeliveryForm(OrderForm):
    """Asks for the order, the day and the time of the day."""

    def name(self) -> str:
        return "validate_delivery_form"

    async def order_checked(
        self, order: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> dict[str, Any]:
        if order["status"] not in ("signed", "cancelled"):
            return {}
        number, name = order["order_no"], order["status_name"]
        dispatcher.utter_message(text=f"订单 {number} {name}，不用再约时间送了。")
        return stopped("refused", order_no=None)

    async def validate_delivery_date(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        """Take a day of the next week; what is wrong with another one is said."""
        text, now = str(value), today()
        try:
            day = day_in(text, now)
        except NoSuchDay as unknown:
            dispatcher.utter_message(text=f"日历上没有{unknown}这一天，换一个日期好吗？")
            return {"delivery_date": None}
        if day is None:
            say_if_asked("utter_bad_date", "delivery_date", text, dispatcher, tracker)
            return {"delivery_date": None}
        if not 0 <= (day - now).days <= DAYS_AHEAD:
            last = now + timedelta(days=DAYS_AHEAD)
            why = "已经过去了" if day < now else "太远了"
            dispatcher.utter_message(
                text=f"{day.month}月{day.day}日{why}，现在可以约今天到 {last.month}月{last.day}日。"
            )
            return {"delivery_date": None}
        period = period_in(text)
        return {"delivery_date": day.isoformat()} | ({"delivery_period": period} if period else {})

    async def validate_delivery_period(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        period = period_in(str(value))
        if period is None and tracker.get_slot("requested_slot") == "delivery_period":
            if any(word in str(value) for word in ("都行", "都可以", "随便", "不限", "any")):
                return {"delivery_period": "上午"}
            dispatcher.utter_message(response="utter_bad_period")
        return {"delivery_period": period}
