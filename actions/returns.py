"""Handing in a return or an exchange."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.shop_action import Events, ShopAction
from actions.shop_client import ask_shop

RETURN_SLOTS = (
    "return_reason",
    "problem_detail",
    "exchange_spec",
    "service_type",
    "form_stopped",
)


class ActionSubmitReturn(ShopAction):
    resets = RETURN_SLOTS

    def name(self) -> str:
        return "action_submit_return"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        service = tracker.get_slot("service_type") or "return"
        request = {
            "order_no": tracker.get_slot("order_no"),
            "phone": tracker.get_slot("phone"),
            "service": service,
            "reason": tracker.get_slot("return_reason"),
            "detail": tracker.get_slot("problem_detail") or "",
            "spec": tracker.get_slot("exchange_spec") or "" if service == "exchange" else "",
        }
        made = await ask_shop("POST", "/api/returns", body=request)
        name = "换货" if service == "exchange" else "退货"
        freight = (
            "寄回运费我们承担，请您先垫付（最高 25 元），验收后凭快递单号补给您，请不要寄到付。"
            if made["freight_by"] == "shop"
            else "个人原因退换的，寄回运费由您承担；订单带运费险的会自动理赔。"
        )
        dispatcher.utter_message(
            text=f"{name}申请已提交，售后单号 {made['return_no']}。24 小时内审核完，"
            f"审核通过后寄回地址会用短信发给您。\n{freight}"
        )
        return []


class ActionReturnNotSubmitted(ShopAction):
    resets = ("return_reason", "problem_detail", "exchange_spec", "form_stopped")

    def name(self) -> str:
        return "action_return_not_submitted"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        stopped = tracker.get_slot("form_stopped")
        if stopped == "attempts":
            dispatcher.utter_message(response="utter_too_many_attempts")
        elif stopped != "refused":
            dispatcher.utter_message(text="好的，没有提交申请。需要的时候随时找我。")
        # After a refusal another order number may follow; see ActionContinue.
        return [] if stopped == "refused" else [SlotSet("service_type", None)]
