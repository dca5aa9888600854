"""Changing orders: cancelling, another address, an invoice."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.shop_action import Events, OrderAction, ShopAction
from actions.shop_client import ShopRefusal, ask_shop


class ActionCancelOrder(OrderAction):
    def name(self) -> str:
        return "action_cancel_order"

    async def act_on(
        self, order_no: str, dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> Events:
        try:
            cancelled = await ask_shop("POST", f"/api/orders/{order_no}/cancel", tracker=tracker)
        except ShopRefusal as refusal:
            dispatcher.utter_message(text=refusal.message + _instead_of_cancelling(refusal.details))
            return []
        text = f"订单 {order_no} 已经取消。"
        if cancelled["refund"]:
            text += "已付的款原路退回：微信、支付宝 24 小时内到账，银行卡 1–5 个工作日到账。"
        dispatcher.utter_message(text=text)
        return []


def _instead_of_cancelling(details: dict[str, Any]) -> str:
    match details.get("status"):
        case "packing" | "shipped":
            return "您可以在快递送到时拒收，或者收到后跟我说“退货”。"
        case "signed":
            return "不想要的话，跟我说“退货”，签收次日起 7 天内支持无理由退货。"
        case _:
            return ""


class ActionCancelNotConfirmed(ShopAction):
    resets = ("form_stopped",)

    def name(self) -> str:
        return "action_cancel_not_confirmed"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        tell_not_confirmed(dispatcher, tracker, "好的，订单没有取消，会照常为您处理。")
        return []


def tell_not_confirmed(dispatcher: CollectingDispatcher, tracker: Tracker, text: str) -> None:
    """Say ``text`` to whoever did not confirm; whoever was refused has heard why."""
    match tracker.get_slot("form_stopped"):
        case "refused":
            pass
        case "attempts":
            dispatcher.utter_message(response="utter_too_many_attempts")
        case _:
            dispatcher.utter_message(text=text)


class ActionChangeAddress(OrderAction):
    resets = ("new_address", "form_stopped")
    is_sensitive = True

    def name(self) -> str:
        return "action_change_address"

    async def act_on(
        self, order_no: str, dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> Events:
        address = tracker.get_slot("new_address")
        path = f"/api/orders/{order_no}/address"
        try:
            await ask_shop("PUT", path, tracker=tracker, body={"address": address})
        except ShopRefusal as refusal:
            text = refusal.message
            if refusal.details.get("status") in ("packing", "shipped"):
                text += "您可以联系快递员改派，或者跟我说“转人工”帮您协调。"
            dispatcher.utter_message(text=text)
            return []
        dispatcher.utter_message(
            text=f"订单 {order_no} 的收货信息已按您说的修改：{address}。"
            "每个订单只能改一次，请您核对。"
        )
        return []


class ActionAddressNotConfirmed(ShopAction):
    resets = ("new_address", "form_stopped")

    def name(self) -> str:
        return "action_address_not_confirmed"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        tell_not_confirmed(dispatcher, tracker, "好的，地址没有改，还是送到原来的地方。")
        return []
