"""Looking orders up: state, parcel; urging and price protection."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.shop_action import Events, OrderAction
from actions.shop_client import ask_shop
from actions.wording import items_in_words, moment

NEXT_STEPS = {
    "unpaid": "请在下单后 30 分钟内付款，超时会自动取消。",
    "late": "已经超过 48 小时没有发出，非常抱歉！跟我说“催发货”，我马上去催仓库。",
    "paid": "{paid_at}付的款，最晚 48 小时内发出。",
    "packing": "仓库正在打包，很快就会发出。",
    "shipped": "{courier}，单号 {tracking_no}；想看走到哪了，跟我说“查物流”。",
    "signed": "{signed_at}签收。有不满意的地方，跟我说“退货”或“换货”。",
    "cancelled": "已付的款会原路退回，想看到账情况，跟我说“退款进度”。",
}
URGED = {"courier": "快递公司", "warehouse": "仓库", "after_sales": "售后"}


class ActionQueryOrder(OrderAction):
    def name(self) -> str:
        return "action_query_order"

    async def act_on(
        self, order_no: str, dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> Events:
        order = await ask_shop("GET", f"/api/orders/{order_no}", tracker=tracker)
        text = (
            f"订单 {order_no}：{items_in_words(order['items'])}，共 {order['amount']} 元，"
            f"目前{order['status_name']}。{next_step(order)}"
        )
        if order["open_return"]:
            text += f"\n另外，售后单 {order['open_return']} 正在处理中。"
        dispatcher.utter_message(text=text)
        return []


def next_step(order: dict[str, Any]) -> str:
    """Return what the customer can expect or do next."""
    status = "late" if order["is_late"] else order["status"]
    return NEXT_STEPS.get(status, "").format(
        paid_at=moment(order["paid_at"]),
        signed_at=moment(order["signed_at"]),
        courier=order["courier"],
        tracking_no=order["tracking_no"],
    )


class ActionUrgeDelivery(OrderAction):
    def name(self) -> str:
        return "action_urge_delivery"

    async def act_on(
        self, order_no: str, dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> Events:
        urged = await ask_shop("POST", f"/api/orders/{order_no}/urge", tracker=tracker)
        whom = URGED[urged["asked"]]
        if urged["was_urged"]:
            text = f"订单 {order_no} 之前已经催过{whom}了，正在加紧处理，请您再耐心等一等。"
        elif urged["is_late"]:
            text = f"非常抱歉，订单 {order_no} 超过了 48 小时还没发出，已经为您加急催促{whom}。"
        else:
            text = f"已经帮您催促{whom}尽快处理订单 {order_no}，感谢您的耐心等待。"
        dispatcher.utter_message(text=text)
        return []
