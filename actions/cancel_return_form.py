"""The form for taking an application for a return back."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.forms import answer_to_question
from actions.order_number import OrderForm, stopped
from actions.shop_client import ShopDown, ShopRefusal, ask_shop

__all__ = ["ValidateCancelReturnForm"]

CLOSED = ("refunded", "resent", "rejected", "cancelled")


class ValidateCancelReturnForm(OrderForm):
    def name(self) -> str:
        return "validate_cancel_return_form"

    async def required_slots(
        self,
        domain_slots: list[str],
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> list[str]:
        is_over = tracker.get_slot("form_stopped") and not tracker.get_slot("order_no")
        return [] if is_over else domain_slots

    async def validate_order_no(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        slots = await super().validate_order_no(value, dispatcher, tracker, domain)
        order_no = slots.get("order_no")
        if not order_no:
            return slots
        try:
            path = f"/api/orders/{order_no}/returns"
            found = (await ask_shop("GET", path, tracker=tracker))["returns"]
        except (ShopDown, ShopRefusal):
            dispatcher.utter_message(response="utter_shop_down")
            return stopped("refused", order_no=None)
        opened = [entry for entry in found if entry["status"] not in CLOSED]
        if not opened:
            dispatcher.utter_message(
                text=f"订单 {order_no} 没有正在办理的退换或维修申请，不用撤销。"
            )
            return stopped("refused", order_no=None)
        return {**slots, "return_no": opened[0]["return_no"]}

    async def validate_cancel_return_confirm(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        return answer_to_question("cancel_return_confirm", value, tracker)
