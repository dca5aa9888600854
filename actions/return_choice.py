"""Asking which items of an order go back, and reading the application back."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.order_items import Item, items_meant, pieces_of, with_quantities
from actions.shop_action import Events
from actions.shop_client import ShopDown, ShopRefusal, ask_shop
from actions.wording import items_in_words

__all__ = ["as_request", "chosen_at_once", "chosen_by", "has_a_choice", "with_pieces"]

VERBS = {"return": "退", "exchange": "换", "repair": "修"}
NAMES = {"return": "退货", "exchange": "换货", "repair": "维修"}


def has_a_choice(tracker: Tracker) -> bool:
    """Whether the customer has to say what goes back: there are several pieces."""
    return bool(tracker.get_slot("return_choices"))


def chosen_at_once(conditions: dict[str, Any], tracker: Tracker) -> dict[str, Any]:
    """Return slot values for the pieces that can go back, chosen as far as that is clear.

    Clear it is if there is one piece only, or if what the customer has said names the items.
    """
    items, opened = conditions["items"], conditions.get("open_returns") or []
    nothing: dict[str, Any] = {"return_items": None, "return_picked": None}
    if len(items) == 1 and items[0]["quantity"] == 1 and not opened:
        return nothing | {"return_choices": None, "return_items": items}
    asked = nothing | {"return_choices": items}
    wish = str(tracker.get_slot("return_wish") or "")
    if not wish or wish.startswith("/"):
        return asked
    return asked | chosen_by(wish, items, tracker.get_slot("product"))


def chosen_by(text: str, items: list[Item], product: str | None) -> dict[str, Any]:
    """Return slot values for what ``text`` chooses; without any if it chooses nothing."""
    meant = items_meant(text, items, product)
    if not meant:
        return {}
    if None in meant.values():
        picked = [{"item_no": number, "quantity": pieces} for number, pieces in meant.items()]
        return {"return_items": None, "return_picked": picked}
    return {"return_items": with_quantities(meant, items), "return_picked": None}


def with_pieces(text: str, items: list[Item], picked: list[dict[str, Any]]) -> dict[str, Any]:
    """Return slot values after the answer to ``how many``; nothing if it is no number that fits."""
    open_one = next((one for one in picked if one["quantity"] is None), None)
    if open_one is None:
        return {}
    most = next(item["quantity"] for item in items if item["item_no"] == open_one["item_no"])
    pieces = pieces_of(text, most)
    if pieces is None:
        return {}
    now = [{**one, "quantity": pieces} if one is open_one else one for one in picked]
    if any(one["quantity"] is None for one in now):
        return {"return_items": None, "return_picked": now}
    meant = {one["item_no"]: one["quantity"] for one in now}
    return {"return_items": with_quantities(meant, items), "return_picked": None}


def as_request(items: list[Item] | None) -> list[dict[str, int]] | None:
    """Return chosen items as the shop's API wants them."""
    if not items:
        return None
    return [{key: item[key] for key in ("item_no", "quantity")} for item in items]


class ActionAskReturnItems(Action):
    """Asks what goes back, with a button for each item; or how many pieces of one."""

    def name(self) -> str:
        return "action_ask_return_form_return_items"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        items: list[Item] = tracker.get_slot("return_choices") or []
        verb = VERBS.get(str(tracker.get_slot("service_type")), "退")
        picked = tracker.get_slot("return_picked") or []
        open_one = next((one for one in picked if one["quantity"] is None), None)
        if open_one is not None:
            item = next(item for item in items if item["item_no"] == open_one["item_no"])
            self._ask_how_many(dispatcher, item, verb)
        else:
            await self._ask_which(dispatcher, tracker, items, verb)
        return []

    def _ask_how_many(self, dispatcher: CollectingDispatcher, item: Item, verb: str) -> None:
        most = item["quantity"]
        dispatcher.utter_message(
            text=f"{item['product']}（{item['spec']}）有 {most} 件，请问要{verb}几件？",
            buttons=[
                {"title": f"{number} 件", "payload": f"{number}件"}
                for number in range(1, min(most, 5) + 1)
            ],
        )

    async def _ask_which(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, items: list[Item], verb: str
    ) -> None:
        order_no, opening = tracker.get_slot("order_no"), ""
        with suppress(ShopDown, ShopRefusal):
            opening = await _already(str(order_no), tracker)
        lines = "\n".join(
            f"{number}. {items_in_words([item])}　{item['price']} 元"
            for number, item in enumerate(items, start=1)
        )
        buttons = [
            {"title": title, "payload": title}
            for title in (f"{item['product']}（{item['spec']}）" for item in items[:8])
        ]
        if len(items) > 1:
            buttons.append({"title": f"全部都{verb}", "payload": f"全部都{verb}"})
        if opening:
            buttons.append({"title": "先不用，看进度", "payload": "/deny"})
        question = f"请问订单 {order_no} 要{verb}哪一件？可以点选，也可以直接说，几件一起说也行。"
        dispatcher.utter_message(text=f"{opening}{question}\n{lines}", buttons=buttons)


async def _already(order_no: str, tracker: Tracker) -> str:
    """Return what of the order is being sent back already, in words; empty if nothing is."""
    path = f"/api/orders/{order_no}/return-conditions"
    opened = (await ask_shop("GET", path, tracker=tracker))["open_returns"]
    if not opened:
        return ""
    told = "；".join(
        f"{items_in_words(one['items'])}已经申请{NAMES[one['service']]}"
        f"（{one['return_no']}，{one['status_name']}）"
        for one in opened
    )
    return f"这个订单里的{told}。剩下的也要办的话，"


class ActionAskReturnConfirm(Action):
    """Reads the application back: what goes back, why, and what is paid back for it."""

    def name(self) -> str:
        return "action_ask_return_form_return_confirm"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        items = tracker.get_slot("return_items")
        goods = f"{items_in_words(items)}，" if items else ""
        money = ""
        if (tracker.get_slot("service_type") or "return") == "return":
            with suppress(ShopDown, ShopRefusal):
                money = await _money(items, tracker)
        dispatcher.utter_message(response="utter_return_read_back", goods=goods, money=money)
        return []


async def _money(items: list[Item] | None, tracker: Tracker) -> str:
    params = {"reason": str(tracker.get_slot("return_reason") or "")}
    if wanted := as_request(items):
        params["items"] = ",".join(f"{one['item_no']}:{one['quantity']}" for one in wanted)
    path = f"/api/orders/{tracker.get_slot('order_no')}/refund-estimate"
    found = await ask_shop("GET", path, tracker=tracker, params=params)
    return f"预计退 {found['total']:g} 元，以验收为准。"
