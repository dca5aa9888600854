"""How long something is guaranteed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.goods import find_product
from actions.shop_action import Events, ShopAction
from actions.shop_client import ask_shop

__all__ = ["ActionWarranty"]


class ActionWarranty(ShopAction):
    """Tells the warranty of the order or the product that was named, else the rule."""

    def name(self) -> str:
        return "action_warranty"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        order_no = next(tracker.get_latest_entity_values("order_no"), None)
        product = next(tracker.get_latest_entity_values("product"), None)
        if order_no:
            order = await ask_shop("GET", f"/api/orders/{order_no}")
            dispatcher.utter_message(text=await _of_order(order))
        elif product and (found := await find_product(product)):
            dispatcher.utter_message(text=_of_product(found))
        else:
            dispatcher.utter_message(response="utter_warranty")
        return []


async def _of_order(order: dict[str, Any]) -> str:
    if not order["signed_at"]:
        return f"订单 {order['order_no']} 还没有签收，保修从签收之日算起。"
    lines = []
    for item in order["items"]:
        product = await find_product(item["product"])
        months = product["warranty_months"] if product else 0
        if not months:
            lines.append(f"{item['product']}：没有保修，按退换规则办。")
            continue
        last = months_after(datetime.fromisoformat(order["signed_at"]), months)
        is_over = last.date() < datetime.now(tz=last.tzinfo).date()
        lines.append(
            f"{item['product']}：保修到 {last.year} 年 {last.month} 月 {last.day} 日，"
            + ("已经过保，可以付费维修。" if is_over else "还在保修期内，要修的话跟我说“报修”。")
        )
    return f"订单 {order['order_no']}：\n" + "\n".join(lines)


def months_after(start: datetime, months: int) -> datetime:
    """Return the same day ``months`` later, or the last one of a month that is too short."""
    years, month = divmod(start.month - 1 + months, 12)
    for day in (start.day, 30, 29, 28):
        try:
            return start.replace(year=start.year + years, month=month + 1, day=day)
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


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
