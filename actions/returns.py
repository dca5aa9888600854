"""Handing in a return, an exchange or a repair; how far it is; taking it back."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.reasons import FAULTS
from actions.return_choice import as_request
from actions.shop_action import Events, ShopAction
from actions.shop_client import ask_shop
from actions.wording import items_in_words, moment

RETURN_SLOTS = (
    "return_reason",
    "problem_detail",
    "exchange_spec",
    "service_type",
    "task",
    "form_stopped",
    "photos",
    "return_items",
    "return_choices",
    "return_picked",
    "return_wish",
)
SERVICE_NAMES = {"return": "退货", "exchange": "换货", "repair": "报修"}
FREIGHT = {
    "shop": "寄回运费我们承担，请您先垫付（最高 25 元），验收后凭快递单号补给您，请不要寄到付。",
    "customer": "个人原因退换的，寄回运费由您承担；订单带运费险的会自动理赔。",
}


class ActionSubmitReturn(ShopAction):
    resets = RETURN_SLOTS

    def name(self) -> str:
        return "action_submit_return"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        service = tracker.get_slot("service_type") or "return"
        made = await ask_shop("POST", "/api/returns", tracker=tracker, body=_request(tracker))
        dispatcher.utter_message(
            text=f"{SERVICE_NAMES[service]}申请已提交，售后单号 {made['return_no']}"
            f"（{items_in_words(made['items'])}）。"
            f"24 小时内审核完，审核通过后寄回地址会用短信发给您，寄出后把快递单号发给我就行。\n"
            f"{FREIGHT[made['freight_by']]}"
        )
        return [SlotSet("parcel_awaited", made["return_no"])]


def _request(tracker: Tracker) -> dict[str, Any]:
    service = tracker.get_slot("service_type") or "return"
    request = {
        "order_no": tracker.get_slot("order_no"),
        "service": service,
        "reason": tracker.get_slot("return_reason") or "质量问题",
    }
    if items := as_request(tracker.get_slot("return_items")):
        request["items"] = items
    if detail := tracker.get_slot("problem_detail"):
        request["detail"] = detail
    if service == "exchange" and (spec := tracker.get_slot("exchange_spec")):
        request["spec"] = spec[:40]
    photos, is_fault = tracker.get_slot("photos"), request["reason"] in FAULTS
    if photos and is_fault:
        request["photos"] = photos
    return request


class ActionReturnNotSubmitted(ShopAction):
    resets = tuple(slot for slot in RETURN_SLOTS if slot not in ("service_type", "task"))

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


class ActionReturnProgress(ShopAction):
    """The order is being returned already: how far that is, and where its parcel is."""

    resets = RETURN_SLOTS

    def name(self) -> str:
        return "action_return_progress"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        path = f"/api/returns/{tracker.get_slot('return_no')}"
        found = await ask_shop("GET", path, tracker=tracker)
        dispatcher.utter_message(text="这个已经申请过了，不用再提交。\n" + progress_in_words(found))
        return [SlotSet("order_no", found["order_no"]), parcel_awaited(found)]


def parcel_awaited(entry: dict[str, Any]) -> dict[str, Any]:
    """Return the slot that lets a bare tracking number be understood as the parcel's."""
    is_awaited = entry["status"] in ("submitted", "approved") and not entry["tracking_no"]
    awaited: dict[str, Any] = SlotSet("parcel_awaited", entry["return_no"] if is_awaited else None)
    return awaited


def progress_in_words(entry: dict[str, Any]) -> str:
    """Return how far a return is, with the latest steps of its parcel."""
    text = (
        f"售后单 {entry['return_no']}（{SERVICE_NAMES[entry['service']]}{_goods(entry)}）："
        f"{entry['status_name']}，{moment(entry['updated_at'])}更新。{entry['next']}"
    )
    if entry["tracking_no"]:
        text += f"\n寄回的包裹：{entry['courier']}，单号 {entry['tracking_no']}。"
        text += "".join(f"\n{moment(step['at'])}　{step['text']}" for step in entry["steps"][:2])
    return text


def _goods(entry: dict[str, Any]) -> str:
    """Return what goes back; nothing if the system that is asked keeps no items."""
    return f" {items_in_words(entry['items'])}" if entry.get("items") else ""


class ActionCancelReturn(ShopAction):
    resets = ("return_no", "form_stopped", "service_type")

    def name(self) -> str:
        return "action_cancel_return"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        return_no = tracker.get_slot("return_no")
        await ask_shop("POST", f"/api/returns/{return_no}/cancel", tracker=tracker)
        dispatcher.utter_message(
            text=f"售后单 {return_no} 已经撤销，商品您留着用就好。"
            "还在退换期内的话，可以再申请一次。"
        )
        return []


class ActionCancelReturnNotConfirmed(ShopAction):
    resets = ("return_no", "form_stopped")

    def name(self) -> str:
        return "action_cancel_return_not_confirmed"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        if tracker.get_slot("form_stopped") == "attempts":
            dispatcher.utter_message(response="utter_too_many_attempts")
        elif tracker.get_slot("form_stopped") != "refused":
            dispatcher.utter_message(text="好的，申请没有撤销，会照常为您处理。")
        return []
