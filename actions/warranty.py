"""How long something is repaired for free."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.goods import find_product
from actions.shop_action import Events, OrderAction, ShopAction
from actions.shop_client import ask_shop

__all__ = ["ActionOrderWarranty", "ActionWarranty", "months_after"]


class ActionWarranty(ShopAction):
    """Tells the warranty of the product that was named, else the rule; an order is asked for."""

    def name(self) -> str:
        return "action_warranty"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        has_order = any(tracker.get_latest_entity_values("order_no"))
        if has_order and not tracker.active_loop.get("name"):
            return [SlotSet("task", "warranty"), FollowupAction("order_form")]
        product = next(tracker.get_latest_entity_values("product"), None)
        found = await find_product(product)
        if found:
            dispatcher.utter_message(text=_of_product(found))
        else:
            dispatcher.utter_message(response="utter_warranty")
        return []


def _of_product(product: dict[str, Any]) -> str:
    months = product["warranty_months"]
    if not months:
        return (
            f"{product['name']}没有保修；签收次日起 15 天内有质量问题可以退换，"
            "7 天内可以无理由退货（食品、个人护理用品除外）。"
        )
    length = f"{months // 12} 年" if months % 12 == 0 else f"{months} 个月"
    return (
        f"{product['name']}自签收之日起保修 {length}，非人为损坏免费维修，来回运费我们承担。"
        "凭订单号就能报修，不需要保修卡；要修的话跟我说“报修”。"
    )


class ActionOrderWarranty(OrderAction):
    """Tells for each item of an order until when it is repaired for free."""

    def name(self) -> str:
        return "action_order_warranty"

    async def act_on(
        self, order_no: str, dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> Events:
        found = await ask_shop("GET", f"/api/orders/{order_no}/warranty", tracker=tracker)
        if not found["signed_at"]:
            text = f"订单 {order_no} 还没有签收，保修从签收那天算起。"
        else:
            signed_at = datetime.fromisoformat(found["signed_at"])
            lines = [_of_item(item, signed_at) for item in found["items"]]
            text = f"订单 {order_no}：\n" + "\n".join(lines)
        dispatcher.utter_message(text=text)
        return []


def _of_item(item: dict[str, Any], signed_at: datetime) -> str:
    if not item["warranty_months"]:
        return f"{item['product']}：没有保修，按退换规则办。"
    last = months_after(signed_at, item["warranty_months"])
    until = f"{item['product']}：保修到 {last.year} 年 {last.month} 月 {last.day} 日，"
    if item["is_covered"]:
        return until + "还在保修期内，要修的话跟我说“报修”。"
    return until + "已经过保，可以付费维修，跟我说“转人工”登记。"


def months_after(start: datetime, months: int) -> datetime:
    """Return the same day ``months`` later, or the last one of a month that is too short."""
    years, month = divmod(start.month - 1 + months, 12)
    first = start.replace(year=start.year + years, month=month + 1, day=1)
    for day in range(start.day, 28, -1):
        try:
            return first.replace(day=day)
        except ValueError:
            continue
    return first.replace(day=min(start.day, 28))
