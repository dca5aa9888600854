"""Checks of what customers enter into the forms; returns have their own in return_form."""

from __future__ import annotations

from typing import Any

from rasa_sdk import FormValidationAction, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.measures import (
    centimetres_from_text,
    email_in,
    kilograms_from_text,
    order_no_in,
    phone_in,
)
from actions.order_number import OrderForm, names_a_matter
from actions.shop_client import ShopDown, ShopRefusal, ask_shop

__all__ = ["phone_fits_order"]


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
        """Count an answer to this form's own question only, not one left from an earlier order."""
        is_answer = tracker.get_slot("requested_slot") == "cancel_confirm"
        return {"cancel_confirm": value if is_answer else None}


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
        phone = phone_in(str(value))
        if phone is None:
            if not order_no_in(str(value)) and not names_a_matter(str(value), tracker):
                dispatcher.utter_message(response="utter_bad_phone")
        elif not await phone_fits_order(phone, tracker.get_slot("order_no")):
            dispatcher.utter_message(response="utter_phone_mismatch")
            phone = None
        return {"phone": phone}

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


class ValidateInvoiceForm(OrderForm):
    def name(self) -> str:
        return "validate_invoice_form"

    async def validate_invoice_title(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        title = str(value).strip()
        if 1 <= len(title) <= 60:
            return {"invoice_title": title}
        dispatcher.utter_message(response="utter_bad_title")
        return {"invoice_title": None}

    async def validate_email(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        email = email_in(str(value))
        if email is None:
            dispatcher.utter_message(response="utter_bad_email")
        return {"email": email}


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
        return {"product": str(value).strip()[:20] or None}


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
            dispatcher.utter_message(response="utter_bad_weight")
            return {"weight": None}
        return {"weight": f"{kilograms * 2:.0f}斤"}


class ValidatePointsForm(FormValidationAction):
    def name(self) -> str:
        return "validate_points_form"

    async def validate_phone(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        phone = phone_in(str(value))
        if phone is None and not names_a_matter(str(value), tracker):
            dispatcher.utter_message(response="utter_bad_phone")
        return {"phone": phone}
