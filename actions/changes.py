"""Carrying out what the forms of change_forms have asked for."""

from __future__ import annotations

from datetime import date
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.change_forms import NUMBER_OF, specs_of
from actions.order_changes import tell_not_confirmed
from actions.shop_action import Events, OrderAction, ShopAction
from actions.shop_client import ask_shop

SPEC_SLOTS = ("spec_item", "new_spec", "spec_wish", "form_stopped")


class ActionChangeSpec(OrderAction):
    resets = SPEC_SLOTS

    def name(self) -> str:
        return "action_change_spec"

    async def act_on(
        self, order_no: str, dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> Events:
        item, spec = tracker.get_slot("spec_item"), str(tracker.get_slot("new_spec"))
        wanted: dict[str, Any] = {"item": item}
        if spec.startswith(NUMBER_OF):
            wanted["quantity"] = int(spec.removeprefix(NUMBER_OF))
        else:
            known = {known.replace("/", " "): known for known in await specs_of(str(item))}
            wanted["spec"] = known.get(spec, spec)
        path = f"/api/orders/{order_no}/spec"
        changed = await ask_shop("PUT", path, tracker=tracker, body=wanted)
        dispatcher.utter_message(
            text=f"改好了：订单 {order_no} 的{item}现在是 {changed['spec'].replace('/', ' ')}，"
            f"{changed['quantity']} 件，会按新的规格发货。"
        )
        return []


class ActionSpecNotChanged(ShopAction):
    resets = SPEC_SLOTS

    def name(self) -> str:
        return "action_spec_not_changed"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        tell_not_confirmed(dispatcher, tracker, "好的，规格没有改，还是按原来的发。")
        return []


class ActionAppointDelivery(OrderAction):
    resets = ("delivery_date", "delivery_period", "form_stopped")

    def name(self) -> str:
        return "action_appoint_delivery"

    async def act_on(
        self, order_no: str, dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> Events:
        wanted = {"date": tracker.get_slot("delivery_date")}
        wanted["period"] = tracker.get_slot("delivery_period")
        path = f"/api/orders/{order_no}/delivery-time"
        await ask_shop("PUT", path, tracker=tracker, body=wanted)
        day = date.fromisoformat(str(wanted["date"]))
        dispatcher.utter_message(
            text=f"约好了，订单 {order_no} {day.month}月{day.day}日{wanted['period']}送。"
            "快递员派送前会打电话，请保持手机畅通；要改时间，再跟我说一声就行。"
        )
        return []
