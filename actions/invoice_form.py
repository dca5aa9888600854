"""The form for invoices: which questions it asks, and what it accepts."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.forms import answer_to_question
from actions.invoice_entries import (
    buyer_in,
    company_in,
    corrections_in,
    kind_in,
    title_in,
)
from actions.measures import email_in
from actions.order_number import OrderForm, stopped
from actions.shop_action import Events
from actions.shop_client import ShopDown, ShopRefusal, ask_shop
from actions.tax_numbers import TaxFault, tax_fault, tax_no_in
from actions.wording import moment

__all__ = ["ActionAskInvoiceConfirm", "ValidateInvoiceForm"]

SKIPPED = {
    ("invoice_buyer", "personal"): ("invoice_title", "tax_no"),
    ("invoice_kind", "paper"): ("email",),
    ("invoice_kind", "electronic"): ("invoice_address",),
}
"""Slots that are not asked for when another one has a value."""
QUESTION_INTENTS = ("faq", "chitchat", "ask_human", "complain", "stop")
KIND_NAMES = {"electronic": "电子普通发票", "paper": "纸质普通发票"}
FREE_TEXT = ("invoice_title", "invoice_address")
"""Answers in which a word like 电子 or 公司 is part of a name, not a wish."""
LEAST_ADDRESS = 8
WHAT_IS_WRONG: dict[TaxFault, str] = {
    "length": "utter_bad_tax_no_length",
    "letters": "utter_bad_tax_no_letters",
    "check": "utter_bad_tax_no_check",
}


class ValidateInvoiceForm(OrderForm):
    """Whatever a message says about the invoice is taken, asked for or not: corrections, too."""

    def name(self) -> str:
        return "validate_invoice_form"

    async def required_slots(
        self,
        domain_slots: list[str],
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> list[str]:
        """Ask a company for its name and number, and only for the address that is needed."""
        wanted = await super().required_slots(domain_slots, dispatcher, tracker, domain)
        skipped = {
            slot
            for (decisive, value), slots in SKIPPED.items()
            if tracker.get_slot(decisive) == value
            for slot in slots
        }
        return [slot for slot in wanted if slot not in skipped]

    async def extract_invoice_kind(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        return heard("invoice_kind", tracker)

    async def extract_invoice_buyer(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        return heard("invoice_buyer", tracker)

    async def extract_invoice_title(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        return heard("invoice_title", tracker)

    async def extract_tax_no(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        return heard("tax_no", tracker)

    async def extract_email(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        return heard("email", tracker)

    async def extract_invoice_address(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        return heard("invoice_address", tracker)

    async def order_checked(
        self, order: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> dict[str, Any]:
        """Stop at once where there is an invoice already, or can be none."""
        try:
            told = await told_of_invoice(order, tracker)
        except ShopDown:
            return {}
        if told is None:
            return {}
        dispatcher.utter_message(text=told)
        return stopped("refused", order_no=None)

    async def validate_invoice_kind(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        return {"invoice_kind": value if value in KIND_NAMES else kind_in(str(value))}

    async def validate_invoice_buyer(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        return {
            "invoice_buyer": value if value in ("personal", "company") else buyer_in(str(value))
        }

    async def validate_invoice_title(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        if value is None:
            return {"invoice_title": None}
        title = title_in(str(value))
        if title is None and not tax_no_in(str(value)):
            dispatcher.utter_message(response="utter_bad_title")
        return {"invoice_title": title}

    async def validate_tax_no(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        if value is None:
            return {"tax_no": None}
        tax_no = tax_no_in(str(value))
        if tax_no is None:
            if not corrections_in(str(value)) and not company_in(str(value)):
                dispatcher.utter_message(response="utter_bad_tax_no_length")
            return {"tax_no": None}
        if fault := tax_fault(tax_no):
            dispatcher.utter_message(response=WHAT_IS_WRONG[fault])
            return {"tax_no": None}
        return {"tax_no": tax_no}

    async def validate_email(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        email = email_in(str(value))
        if value is not None and email is None and not corrections_in(str(value)):
            dispatcher.utter_message(response="utter_bad_email")
        return {"email": email}

    async def validate_invoice_address(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        address = str(value or "").strip()
        if LEAST_ADDRESS <= len(address) <= 200:
            return {"invoice_address": address}
        if value is not None:
            dispatcher.utter_message(response="utter_bad_address")
        return {"invoice_address": None}

    async def validate_invoice_confirm(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        """Take a "no, …" that corrects an entry for the correction, a bare "wrong" for a start."""
        answer = answer_to_question("invoice_confirm", value, tracker)
        text = str(tracker.latest_message.get("text") or "")
        if answer["invoice_confirm"] is not False:
            return answer
        if corrections_in(text):
            return {"invoice_confirm": None}
        if any(word in text for word in ("不对", "错", "有误")):
            dispatcher.utter_message(response="utter_what_is_wrong_in_invoice")
            return {"invoice_confirm": None}
        return answer


def heard(slot: str, tracker: Tracker) -> dict[str, Any]:
    """Return what the latest message says for ``slot`` of the invoice, nothing if it does not."""
    message = tracker.latest_message
    text, intent = str(message.get("text") or ""), (message.get("intent") or {}).get("name")
    if intent in QUESTION_INTENTS or text.startswith("/"):
        return {}
    requested = tracker.get_slot("requested_slot")
    changed = corrections_in(text)
    if slot in changed and not (requested == slot and changed[slot] is None):
        return {slot: changed[slot]}
    if requested == slot:
        return _answer(slot, text)
    if requested in FREE_TEXT or requested == "invoice_confirm":
        return {"tax_no": tax_no_in(text)} if slot == "tax_no" and tax_no_in(text) else {}
    return _said_in_passing(slot, text, intent)


def _answer(slot: str, text: str) -> dict[str, Any]:
    """Take a choice or a number as an answer even if it sounds like a request of its own."""
    readers = {"invoice_kind": kind_in, "invoice_buyer": buyer_in, "tax_no": tax_no_in}
    if slot == "invoice_buyer" and company_in(text):
        return {slot: "company"}
    value = readers[slot](text) if slot in readers else None
    return {slot: value} if value else {}


def _said_in_passing(slot: str, text: str, intent: str | None) -> dict[str, Any]:
    company, tax_no = company_in(text), tax_no_in(text)
    bare = text.replace(company, "") if company else text
    is_request = intent in ("request_invoice", "inform", "correct_details")
    values = {
        "invoice_title": company,
        "tax_no": tax_no,
        "invoice_buyer": "company" if company or tax_no else buyer_in(bare),
        "invoice_kind": kind_in(bare),
    }
    value = values.get(slot) if is_request else None
    return {slot: value} if value else {}


async def told_of_invoice(order: dict[str, Any], tracker: Tracker) -> str | None:
    """Return why no invoice can be asked for, or how far the one is that was; None: it can be.

    Raises:
        ShopDown: The shop cannot tell.
    """
    order_no = order["order_no"]
    if not order["paid_at"] or order["status"] == "cancelled":
        return (
            f"订单 {order_no} 还没付款或者已经取消，开不了发票。要开别的订单，把订单号发给我就行。"
        )
    try:
        invoice = await ask_shop("GET", f"/api/orders/{order_no}/invoice", tracker=tracker)
    except ShopRefusal:
        return None
    where = invoice["email"] or invoice["address"]
    text = (
        f"订单 {order_no} 已经申请过{KIND_NAMES[invoice['kind']]}了：抬头“{invoice['title']}”，"
        f"{invoice['status_name']}"
    )
    if invoice["issued_at"]:
        number = f"，发票号 {invoice['invoice_no']}" if invoice["invoice_no"] else ""
        text += f"（{moment(invoice['issued_at'])}开具{number}）"
    text += f"，寄往 {where}。" if invoice["kind"] == "paper" else f"，发到 {where}。"
    return text + "要改抬头，开票后 30 天内可以在“发票服务 → 申请换开”里换开一次。"


class ActionAskInvoiceConfirm(Action):
    """Shows what will be handed in."""

    def name(self) -> str:
        return "action_ask_invoice_form_invoice_confirm"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        is_paper = tracker.get_slot("invoice_kind") == "paper"
        lines = [
            f"订单：{tracker.get_slot('order_no')}",
            f"类型：{KIND_NAMES['paper' if is_paper else 'electronic']}",
        ]
        if tracker.get_slot("invoice_buyer") == "company":
            lines.append(f"抬头：{tracker.get_slot('invoice_title')}")
            lines.append(f"税号：{tracker.get_slot('tax_no')}")
        else:
            lines.append("抬头：个人")
        where = "invoice_address" if is_paper else "email"
        lines.append(f"{'寄到' if is_paper else '发到'}：{tracker.get_slot(where)}")
        dispatcher.utter_message(
            text="请核对开票信息：\n" + "\n".join(lines) + "\n确认提交吗？要改哪一项，直接告诉我。",
            buttons=[
                {"title": "确认提交", "payload": "/affirm"},
                {"title": "先不开了", "payload": "/deny"},
            ],
        )
        return []
