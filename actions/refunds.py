"""Money that goes back to the customer: how far it is, and how much."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.returns import progress_in_words
from actions.shop_action import Events, OrderAction
from actions.shop_client import ShopRefusal, ask_shop
from actions.wording import items_in_words, moment

__all__ = ["ActionRefundAmount", "ActionRefundStatus"]

POINTS_A_YUAN = 100


class ActionRefundStatus(OrderAction):
    """Tells how far the return, exchange or repair of an order is, and the refund with it."""

    def name(self) -> str:
        return "action_refund_status"

    async def act_on(
        self, order_no: str, dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> Events:
        path = f"/api/orders/{order_no}"
        found = (await ask_shop("GET", f"{path}/returns", tracker=tracker))["returns"]
        if not found:
            dispatcher.utter_message(
                text=f"订单 {order_no} 还没有退款或售后申请。要退换的话，跟我说“退货”或“换货”。"
            )
            return []
        latest, lines = found[0], []
        if latest["return_no"]:
            number = f"/api/returns/{latest['return_no']}"
            lines.append(progress_in_words(await ask_shop("GET", number, tracker=tracker)))
        if latest["service"] in ("return", "cancel"):
            lines += await _refund_line(f"{path}/refund", tracker)
        dispatcher.utter_message(text="\n".join(lines))
        return []


async def _refund_line(path: str, tracker: Tracker) -> list[str]:
    try:
        refund = await ask_shop("GET", path, tracker=tracker)
    except ShopRefusal:
        return []
    when = f"最晚 {moment(refund['expected_by'])}到账"
    return [
        f"退款 {refund['total']} 元{refund['status_name']}，原路退回{refund['channel']}，{when}。"
    ]


class ActionRefundAmount(OrderAction):
    """Tells of what a refund consists; before an application, what it would be."""

    def name(self) -> str:
        return "action_refund_amount"

    async def act_on(
        self, order_no: str, dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> Events:
        path = f"/api/orders/{order_no}"
        try:
            refund = await ask_shop("GET", f"{path}/refund", tracker=tracker)
            text = _refund_in_words(refund)
        except ShopRefusal as refusal:
            if refusal.code != "no_refund":
                raise
            text = _estimate_in_words(await ask_shop("GET", path, tracker=tracker))
        dispatcher.utter_message(text=text)
        return []


def _refund_in_words(refund: dict[str, Any]) -> str:
    when = "已退出" if refund["status"] == "refunded" else "还在处理"
    pieces = "" if refund["is_whole"] else f"（{items_in_words(refund['pieces'])}）"
    text = (
        f"订单 {refund['order_no']}{pieces} 退款 {refund['total']} 元"
        f"（{_parts_in_words(refund, refund['coupon'], refund['points'])}），"
        f"原路退回{refund['channel']}，{when}，最晚 {moment(refund['expected_by'])}到账。"
    )
    less = refund["paid"] - refund["total"] if refund["is_whole"] else 0
    if less > 0:
        text += f"\n您实付 {refund['paid']} 元，个人原因退货不退已收的运费，所以少 {less} 元。"
    if refund["points"]:
        text += f"\n抵扣用掉的 {refund['points']} 积分会原数退回账户。"
    return text


def _estimate_in_words(order: dict[str, Any]) -> str:
    if not order["paid_at"]:
        return f"订单 {order['order_no']} 还没有付款，没有可以退的钱。"
    goods_only = order["amount"] - order["freight"]
    text = f"订单 {order['order_no']} 还没有申请退款，实付 {order['amount']} 元。"
    if not order["freight"]:
        return text + f"整单退的话退 {order['amount']} 元；只退其中一件，按这件的实付金额退。"
    return text + (
        f"整单退的话，个人原因退 {goods_only} 元（不退已收的运费 {order['freight']} 元），"
        f"质量问题退 {order['amount']} 元；只退其中一件，按这件的实付金额退。"
    )


def _parts_in_words(refund: dict[str, Any], off: int, points: int) -> str:
    parts = [f"商品 {refund['items']} 元"]
    if refund["freight"]:
        parts.append(f"运费 {refund['freight']} 元")
    if off:
        parts.append(f"减去优惠 {off} 元")
    if points >= POINTS_A_YUAN:
        parts.append(f"减去积分抵扣 {points // POINTS_A_YUAN} 元")
    return "，".join(parts)
