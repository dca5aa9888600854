"""Checks of what customers enter into the forms; returns have their own in return_form."""

from __future__ import annotations

from typing import Any

from rasa_sdk import FormValidationAction, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.measures import (
    centimetres_from_text,
    kilograms_from_text,
    order_no_in,
    phone_in,
)
from actions.order_number import OrderForm, names_a_matter
from actions.shop_client import ShopDown, ShopRefusal, ask_shop

__all__ = ["answer_to_question", "checked_phone", "phone_fits_order"]


async def checked_phone(
    value: Any, dispatcher: CollectingDispatcher, tracker: Tracker
) -> dict[str, Any]:
    """Check the customer's own number; another one mentioned in passing does not replace it."""
    text, order_no = str(value), tracker.get_slot("order_no")
    phone = phone_in(text)
    if phone and await phone_fits_order(phone, order_no):
        return {"phone": phone}
    if tracker.get_slot("requested_slot") != "phone":
        earlier = phone_in(str(earlier_value(tracker, "phone")))
        return {"phone": earlier if earlier and await phone_fits_order(earlier, order_no) else None}
    if phone:
        dispatcher.utter_message(response="utter_phone_mismatch")
    elif not order_no_in(text) and not names_a_matter(text, tracker):
        dispatcher.utter_message(response="utter_bad_phone")
    return {"phone": None}


def answer_to_question(slot: str, value: Any, tracker: Tracker) -> dict[str, Any]:
    """Count ``value`` if the form has just asked for ``slot``, not if it is left from earlier."""
    is_answer = tracker.get_slot("requested_slot") == slot
    return {slot: value if is_answer else None}


def earlier_value(tracker: Tracker, slot: str) -> Any:
    """Return what ``slot`` held before it had its present value."""
    for event in reversed(tracker.events):
        is_slot = event.get("event") == "slot" and event.get("name") == slot
        if is_slot and event.get("value") not in (None, tracker.get_slot(slot)):
            return event["value"]
    return None


async def phone_fits_order(phone: str, order_no: str | None) -> bool:
    """Return whether the order was made with ``phone``; True if the shop cannot tell now."""
    if not order_no:
        return True
    try:
        masked = (await ask_shop("GET", f"/api/orders/{order_no}"))["phone"]
    except (ShopDown, ShopRefusal):
        return True
    return bool(masked == f"{phone[:3]}****{phone[-4:]}")


class ValidateOrderForm(OrderForm):
    def name(self) -> str:
        return "validate_order_form"


class ValidateCancelForm(OrderForm):
    def name(self) -> str:
        return "validate_cancel_form"

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

    async def validate_phone(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        return await checked_phone(value, dispatcher, tracker)

    async def validate_new_address(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        address = str(value).strip()
        if 8 <= len(address) <= 200:
            return {"new_address": address}
        dispatcher.utter_message(response="utter_bad_address")
        return {"new_address": None}


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
