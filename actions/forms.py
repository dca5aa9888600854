"""Checks of what customers enter into the forms; returns have their own in return_form."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk import FormValidationAction, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.measures import (
    body_in,
    centimetres_from_text,
    kilograms_from_text,
)
from actions.order_number import OrderForm, names_a_matter, stopped
from actions.shop_client import ShopDown, ShopRefusal, ask_shop

__all__ = ["answer_to_question"]

REFUSAL = re.compile(r"不|别|甭|先等|算了")
PLACES = re.compile(r"[省市区县镇乡村路街道巷弄号栋楼室苑园]|大道|小区|公寓|大厦")
INSTEAD_OF_CANCELLING = {
    "packing": "您可以在快递送到时拒收，或者收到后跟我说“退货”。",
    "shipped": "您可以在快递送到时拒收，或者收到后跟我说“退货”。",
    "signed": "不想要的话，跟我说“退货”，签收次日起 7 天内支持无理由退货。",
    "cancelled": "已付的款会原路退回，想看到账情况，跟我说“退款进度”。",
}
READDRESS = {
    "packing": "您可以等发货后联系快递员改派，或者跟我说“转人工”帮您协调。",
    "shipped": "您可以联系快递员改派，或者跟我说“转人工”帮您协调。",
}


def answer_to_question(slot: str, value: Any, tracker: Tracker) -> dict[str, Any]:
    """Count ``value`` if the form has just asked for ``slot``, not if it is left from earlier.

    Who names the matter means yes (``取消吧``), but not with a negation (``先别取消``).
    """
    is_answer = tracker.get_slot("requested_slot") == slot
    message = tracker.latest_message
    is_yes_itself = (message.get("intent") or {}).get("name") == "affirm"
    if value is True and not is_yes_itself and REFUSAL.search(message.get("text") or ""):
        value = False
    return {slot: value if is_answer else None}


def ended_if_packed(
    order: dict[str, Any], dispatcher: CollectingDispatcher, what: str, advice: dict[str, str]
) -> dict[str, Any]:
    """End the form, with good advice, if the order has left the shelf and cannot be changed."""
    if order["status"] in ("unpaid", "paid"):
        return {}
    text = f"订单 {order['order_no']} {order['status_name']}，{what}。"
    dispatcher.utter_message(text=text + advice.get(order["status"], ""))
    return stopped("refused", order_no=None)


def is_address(text: str) -> bool:
    """Whether ``text`` can be an address: long enough, with a place and a house in it."""
    return 8 <= len(text) <= 200 and bool(PLACES.search(text))


class ValidateOrderForm(OrderForm):
    """A tracking number stands for the order where a parcel is looked for."""

    def name(self) -> str:
        return "validate_order_form"

    async def required_slots(
        self,
        domain_slots: list[str],
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> list[str]:
        wanted = await super().required_slots(domain_slots, dispatcher, tracker, domain)
        if tracker.get_slot("task") == "logistics" and tracker.get_slot("tracking_no"):
            return [slot for slot in wanted if slot != "order_no"]
        return wanted


class ValidateCancelForm(OrderForm):
    def name(self) -> str:
        return "validate_cancel_form"

    async def order_checked(
        self, order: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> dict[str, Any]:
        what = "不用再取消" if order["status"] == "cancelled" else "不能直接取消了"
        return ended_if_packed(order, dispatcher, what, INSTEAD_OF_CANCELLING)

    async def validate_cancel_confirm(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        return answer_to_question("cancel_confirm", value, tracker)


class ValidateAddressForm(OrderForm):
    def name(self) -> str:
        return "validate_address_form"

    async def order_checked(
        self, order: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> dict[str, Any]:
        return ended_if_packed(order, dispatcher, "不能再改地址了", READDRESS)

    async def validate_new_address(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        address = str(value).strip()
        if is_address(address):
            return {"new_address": address}
        if not names_a_matter(address, tracker):
            dispatcher.utter_message(response="utter_bad_address")
        return {"new_address": None}

    async def validate_address_confirm(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        return answer_to_question("address_confirm", value, tracker)


class ValidateProductForm(FormValidationAction):
    def name(self) -> str:
        return "validate_product_form"

    async def validate_product(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        name = str(value).strip()[:20]
        try:
            found = (await ask_shop("GET", "/api/products", params={"q": name}))["products"]
        except (ShopDown, ShopRefusal):
            return {"product": name or None}
        if found:
            return {"product": found[0]["name"]}
        return {"product": None if names_a_matter(name, tracker) else name or None}


class ValidateSizeForm(FormValidationAction):
    def name(self) -> str:
        return "validate_size_form"

    async def get_extraction_events(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Take both numbers where the message gives both: ``165 120斤穿多大``."""
        events: list[dict[str, Any]] = await super().get_extraction_events(
            dispatcher, tracker, domain
        )
        body = body_in(tracker.latest_message.get("text") or "")
        for slot, value in zip(("height", "weight"), body or (), strict=False):
            tracker.slots[slot] = value
            events.append(SlotSet(slot, value))
        return events

    async def validate_height(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        height = centimetres_from_text(str(value))
        if height is None:
            if not names_a_matter(str(value), tracker):
                dispatcher.utter_message(response="utter_bad_height")
            return {"height": None}
        return {"height": str(height)}

    async def validate_weight(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        kilograms = kilograms_from_text(str(value))
        if kilograms is None:
            if not names_a_matter(str(value), tracker):
                dispatcher.utter_message(response="utter_bad_weight")
            return {"weight": None}
        return {"weight": f"{kilograms * 2:.0f}斤"}
