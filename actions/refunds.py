"""Money that goes back to the customer."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.shop_action import Events, OrderAction
from actions.shop_client import ask_shop
from actions.wording import moment

__all__ = ["ActionRefundAmount", "refund_in_words"]


class ActionRefundAmount(OrderAction):
    def name(self) -> str:
        return "action_refund_amount"

    async def act_on(
        self, order_no: str, dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> Events:
        refund = await ask_shop("GET", f"/api/orders/{order_no}/refund")
        dispatcher.utter_message(text=refund_in_words(order_no, refund))
        return []


def refund_in_words(order_no: str, refund: dict[str, Any]) -> str:
    """Return how much goes back and of what it consists."""
    parts = [f"商品 {refund['items']} 元"]
    if refund["freight"]:
        parts.append(f"加运费 {refund['freight']} 元")
    if refund["coupon"]:
        parts.append(f"减优惠 {refund['coupon']} 元")
    if refund["points"]:
        parts.append(f"减积分抵扣 {refund['points'] // 100} 元（{refund['points']} 积分原数退回）")
    when = moment(refund["expected_by"])
    state = "已经退出，最晚" if refund["status"] == "refunded" else "办完后退出，预计"
    text = (
        f"订单 {order_no} 退款 {refund['total']} 元：{'，'.join(parts)}。"
        f"原路退回{refund['channel']}，{state}{when}到账。"
    )
    if refund["total"] < refund["paid"]:
        text += f"\n您实付 {refund['paid']} 元，个人原因退货不退已收的运费，所以少了 "
        text += f"{refund['paid'] - refund['total']} 元。"
    return text
