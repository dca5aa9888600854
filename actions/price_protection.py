"""Price protection: what an order costs less now is shown first, and paid back when confirmed."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.forms import answer_to_question
from actions.order_number import OrderForm, stopped
from actions.shop_action import Events, OrderAction, ShopAction
from actions.shop_client import ShopDown, ShopRefusal, ask_shop
from actions.wording import moment


class ValidatePriceForm(OrderForm):
    def name(self) -> str:
        return "validate_price_form"

    async def order_checked(
        self, order: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> dict[str, Any]:
        """Stop at once where nothing is to be had."""
        path = f"/api/orders/{order['order_no']}/price-protection"
        try:
            preview = await ask_shop("GET", path, tracker=tracker)
        except ShopDown:
            return {}
        except ShopRefusal as refusal:
            dispatcher.utter_message(text=refusal.message)
            return stopped("refused", order_no=None)
        if preview["difference"]:
            return {}
        dispatcher.utter_message(text=no_difference(preview))
        return stopped("refused", order_no=None)

    async def validate_price_confirm(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        return answer_to_question("price_confirm", value, tracker)


class ActionAskPriceConfirm(Action):
    """Shows what each item costs less, and asks whether to pay it back."""

    def name(self) -> str:
        return "action_ask_price_form_price_confirm"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        order_no = tracker.get_slot("order_no")
        try:
            preview = await ask_shop(
                "GET", f"/api/orders/{order_no}/price-protection", tracker=tracker
            )
        except (ShopDown, ShopRefusal):
            preview = None
        found = difference_in_words(preview) if preview else f"订单 {order_no} 的价保"
        dispatcher.utter_message(
            text=f"{found}\n每个订单只能申请一次，要现在申请吗？",
            buttons=[
                {"title": "现在申请", "payload": "/affirm"},
                {"title": "先不申请", "payload": "/deny"},
            ],
        )
        return []


def no_difference(preview: dict[str, Any]) -> str:
    """Return that nothing costs less now, and until when that can be asked again."""
    return (
        f"核对过了，订单 {preview['order_no']} 里的商品现在没有降价，没有差价可退。"
        f"{moment(preview['until'])} 之前同款页面价降了，随时可以再来申请，每单一次；"
        "券、满减、秒杀造成的差别不算降价。"
    )


def difference_in_words(preview: dict[str, Any]) -> str:
    """Return what the items of an order cost less now, a line each."""
    lines = [
        f"· {item['product']}（{item['spec']}）×{item['quantity']}："
        f"买时 {item['paid']} 元，现在 {item['now']} 元"
        for item in preview["items"]
    ]
    return f"订单 {preview['order_no']} 降价了，可以退 {preview['difference']} 元：\n" + "\n".join(
        lines
    )


class ActionPriceProtection(OrderAction):
    def name(self) -> str:
        return "action_price_protection"

    async def act_on(
        self, order_no: str, dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> Events:
        paid = await ask_shop("POST", f"/api/orders/{order_no}/price-protection", tracker=tracker)
        if not paid["difference"]:
            dispatcher.utter_message(text=no_difference(paid))
            return []
        dispatcher.utter_message(
            text=f"价保申请成功，差价 {paid['difference']} 元原路退回："
            "微信、支付宝 24 小时内到账，银行卡 1–5 个工作日。"
        )
        return []


class ActionPriceNotRequested(ShopAction):
    """The customer did not confirm, or there is nothing to be had."""

    resets = ("form_stopped",)

    def name(self) -> str:
        return "action_price_not_requested"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        match tracker.get_slot("form_stopped"):
            case "attempts":
                dispatcher.utter_message(response="utter_too_many_attempts")
            case "refused":
                pass
            case _:
                dispatcher.utter_message(response="utter_price_not_requested")
        return []
