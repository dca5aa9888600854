"""Handing in the wish for an invoice."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.invoice_entries import PERSONAL_TITLE
from actions.shop_action import Events, OrderAction, ShopAction
from actions.shop_client import ask_shop

INVOICE_SLOTS = (
    "invoice_kind",
    "invoice_buyer",
    "invoice_title",
    "tax_no",
    "invoice_address",
    "form_stopped",
)


class ActionRequestInvoice(OrderAction):
    resets = INVOICE_SLOTS

    def name(self) -> str:
        return "action_request_invoice"

    async def act_on(
        self, order_no: str, dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> Events:
        wanted = invoice_wanted(tracker)
        made = await ask_shop(
            "POST", f"/api/orders/{order_no}/invoice", body=wanted, tracker=tracker
        )
        if wanted["kind"] == "paper":
            how = "纸质发票 7 天内寄出，邮费我们承担"
        else:
            when = "24 小时内" if made["is_shipped"] else "商品发货后 24 小时内"
            how = f"电子发票{when}发到 {wanted['email']}，没看到的话翻翻垃圾邮件"
        dispatcher.utter_message(text=f"开票申请已提交，抬头“{wanted['title']}”。{how}。")
        return []


def invoice_wanted(tracker: Tracker) -> dict[str, Any]:
    """Return the body of the request from what the form has collected."""
    kind = tracker.get_slot("invoice_kind") or "electronic"
    wanted = {"kind": kind, "title": PERSONAL_TITLE}
    if tracker.get_slot("invoice_buyer") == "company":
        wanted["title"] = tracker.get_slot("invoice_title")
        wanted["tax_no"] = tracker.get_slot("tax_no")
    if kind == "paper":
        wanted["address"] = tracker.get_slot("invoice_address")
    else:
        wanted["email"] = tracker.get_slot("email")
    return wanted


class ActionInvoiceNotRequested(ShopAction):
    """The customer did not confirm, or there can be no invoice for the order."""

    resets = INVOICE_SLOTS

    def name(self) -> str:
        return "action_invoice_not_requested"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        stopped = tracker.get_slot("form_stopped")
        if stopped == "attempts":
            dispatcher.utter_message(response="utter_too_many_attempts")
        elif stopped != "refused":
            dispatcher.utter_message(response="utter_invoice_not_requested")
        return []
