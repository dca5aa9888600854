"""Parcels: where they are, what is in each, where they wait, and those on their way back."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.order_number import is_known
from actions.returns import progress_in_words
from actions.shop_action import Events, OrderAction, ShopAction
from actions.shop_client import ShopRefusal, ask_shop
from actions.wording import moment

MERGING = re.compile(r"合并|一起发|一起寄|一块|合成|合单|并一单|并成|凑一起|打包成|运费|together")


class ActionTrackLogistics(OrderAction):
    """Tells where the order's parcel is, or the parcel with the tracking number that was given."""

    resets = ("form_stopped", "service_type", "tracking_no")

    def name(self) -> str:
        return "action_track_logistics"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        number = tracker.get_slot("tracking_no")
        if not number:
            return await super().act(dispatcher, tracker)
        number = str(number).upper()
        try:
            parcel = await ask_shop("GET", f"/api/parcels/{number}", tracker=tracker)
        except ShopRefusal:
            dispatcher.utter_message(
                text=f"没有查到快递单号 {number}，或者它不是这个手机号下的单。"
                "请核对一下单号，也可以发订单号给我。"
            )
            return [SlotSet("order_no", None), SlotSet("phone", None)]
        dispatcher.utter_message(text=way_in_words(parcel))
        return [SlotSet("order_no", parcel["order_no"])]

    async def act_on(
        self, order_no: str, dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> Events:
        try:
            parcel = await ask_shop("GET", f"/api/orders/{order_no}/logistics", tracker=tracker)
        except ShopRefusal as refusal:
            text = refusal.message
            if refusal.details.get("status") in ("paid", "packing"):
                text += "付款后最晚 48 小时内发出，着急的话跟我说“催发货”。"
            dispatcher.utter_message(text=text)
            return []
        text = f"订单 {order_no} {way_in_words(parcel)}"
        others = len(parcel["parcels"]) - 1
        if others > 0:
            text += f"\n这个订单还有 {others} 个包裹，想都看看，跟我说“分了几个包裹”。"
        dispatcher.utter_message(text=text)
        return []


def way_in_words(parcel: dict[str, Any]) -> str:
    """Return where a parcel is: its latest steps, and what can be done about it."""
    steps = "\n".join(f"{moment(step['at'])}　{step['text']}" for step in parcel["steps"][:4])
    text = f"由{parcel['courier']}承运，单号 {parcel['tracking_no']}：\n{steps}"
    if parcel["is_stuck"]:
        text += "\n物流超过 72 小时没有更新，抱歉让您久等。跟我说“催快递”，我来联系快递核查。"
    elif parcel["status"] == "at_pickup":
        text += "\n包裹在自提点等您取，跟我说“取件码”，我把地址和取件码发给您。"
    elif parcel["is_signed"]:
        text += "\n如果您没有收到，跟我说“显示签收没收到”，我来登记核查。"
    return text


class ActionSplitShipment(ShopAction):
    """Why there are several parcels, and, of an order at hand, what is in each and where it is."""

    resets = ("form_stopped",)

    def name(self) -> str:
        return "action_split_shipment"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        order_no = tracker.get_slot("order_no")
        may_look = is_known(tracker) or tracker.get_slot("phone")
        asks_how = MERGING.search(tracker.latest_message.get("text") or "")
        if not order_no or not may_look or asks_how:
            is_checked_next = order_no and not asks_how
            response = "utter_split_shipment_whose" if is_checked_next else "utter_split_shipment"
            dispatcher.utter_message(response=response)
            return []
        order = await ask_shop("GET", f"/api/orders/{order_no}", tracker=tracker)
        parcels = order["parcels"]
        if len(parcels) < 2:
            text = f"订单 {order_no} 是一个包裹发的，没有拆开。里面少了东西的话，告诉我少了哪件。"
        else:
            lines = "\n".join(_parcel(number, one) for number, one in enumerate(parcels, start=1))
            text = f"订单 {order_no} 的商品在不同仓库，分 {len(parcels)} 个包裹发：\n{lines}"
        dispatcher.utter_message(text=text)
        return []


def _parcel(number: int, parcel: dict[str, Any]) -> str:
    items = "、".join(f"{item['product']}×{item['quantity']}" for item in parcel["items"])
    sent = f"{parcel['courier']} {parcel['tracking_no']}，" if parcel["tracking_no"] else ""
    return f"{number}. {items}　{sent}{parcel['status_name']}"


class ActionPickupPoint(OrderAction):
    def name(self) -> str:
        return "action_pickup_point"

    async def act_on(
        self, order_no: str, dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> Events:
        try:
            found = await ask_shop("GET", f"/api/orders/{order_no}/pickup", tracker=tracker)
        except ShopRefusal as refusal:
            dispatcher.utter_message(text=f"{refusal.message}想看包裹走到哪了，跟我说“查物流”。")
            return []
        lines = [
            f"{one['point']}（{one['address']}），取件码 {one['code']}，{one['hours']}可取，"
            f"{moment(one['until'])}前免费保管"
            for one in found["pickups"]
        ]
        dispatcher.utter_message(text=f"订单 {order_no} 的包裹在：\n" + "\n".join(lines))
        return []


class ActionReturnLogistics(OrderAction):
    """How far the goods are that the customer sends back."""

    def name(self) -> str:
        return "action_return_logistics"

    async def act_on(
        self, order_no: str, dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> Events:
        path = f"/api/orders/{order_no}/returns"
        found = (await ask_shop("GET", path, tracker=tracker))["returns"]
        number = next((entry["return_no"] for entry in found if entry["return_no"]), None)
        awaited = None
        if number is None:
            text = f"订单 {order_no} 没有退换申请，所以没有寄回的包裹。要退换的话，跟我说“退货”。"
        else:
            entry = await ask_shop("GET", f"/api/returns/{number}", tracker=tracker)
            text = progress_in_words(entry)
            if not entry["tracking_no"] and entry["status"] in ("submitted", "approved"):
                text += "\n还没有登记寄回的快递单号，寄出后把快递公司和单号发给我就行。"
                awaited = number
        dispatcher.utter_message(text=text)
        return [SlotSet("parcel_awaited", awaited)]
