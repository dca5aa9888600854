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

    async def order_checked(
        self, order: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> dict[str, Any]:
        path = f"/api/orders/{order['order_no']}/returns"
        try:
            found = (await ask_shop("GET", path, tracker=tracker))["returns"]
        except (ShopDown, ShopRefusal):
            dispatcher.utter_message(response="utter_shop_down")
            return stopped("refused", order_no=None)
        opened = [entry for entry in found if entry["status"] not in CLOSED]
        if not opened:
            dispatcher.utter_message(
                text=f"订单 {order['order_no']} 没有正在办理的退换或维修申请，不用撤销。"
            )
            return stopped("refused", order_no=None)
        return {"return_no": opened[0]["return_no"]}

    async def validate_cancel_return_confirm(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        return answer_to_question("cancel_return_confirm", value, tracker)
