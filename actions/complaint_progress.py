"""How far complaints are: those of a customer who is known, or one by its number and the phone."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk import FormValidationAction, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.measures import phone_in
from actions.order_number import (
    ATTEMPTS,
    NO_NUMBER,
    is_known,
    names_a_matter,
    say_if_asked,
    stopped,
)
from actions.shop_action import Events, ShopAction
from actions.shop_client import ShopRefusal, ask_shop
from actions.shop_identity import is_signed_in, verified_phone
from actions.tone import called
from actions.wording import day, moment

__all__ = ["complaint_no_in"]

COMPLAINT_NO = re.compile(r"(?<![A-Za-z])TS\s*(\d{6})(?!\d)", re.IGNORECASE)
SHOWN = 3
LOOKUP = "action_complaint_progress"


def complaint_no_in(text: str) -> str | None:
    """Return the number of a complaint in ``text``, as the shop writes it: ``TS900001``."""
    found = COMPLAINT_NO.search(text)
    return f"TS{found[1]}" if found else None


class ValidateComplaintLookupForm(FormValidationAction):
    """Asks whoever is not known for the number of the complaint and the phone left with it."""

    def name(self) -> str:
        return "validate_complaint_lookup_form"

    async def required_slots(
        self,
        domain_slots: list[str],
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> list[str]:
        return [] if is_known(tracker) or tracker.get_slot("form_stopped") else domain_slots

    async def validate_complaint_no(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        """Take a number; whoever has none is verified by a code and sees all complaints."""
        text = str(value or "")
        if number := complaint_no_in(text):
            return {"complaint_no": number}
        phone = phone_in(text)
        intent = (tracker.latest_message.get("intent") or {}).get("name")
        if phone or intent == "deny" or NO_NUMBER.search(text):
            known = {"phone": phone} if phone else {}
            return stopped("verify", complaint_no=None, verification_for=LOOKUP, **known)
        if names_a_matter(text, tracker):
            return {"complaint_no": None}
        attempts = (tracker.get_slot("failed_attempts") or 0) + 1
        if attempts >= ATTEMPTS:
            return stopped("attempts", complaint_no=None, failed_attempts=0.0)
        dispatcher.utter_message(response="utter_bad_complaint_no")
        return {"complaint_no": None, "failed_attempts": float(attempts)}

    async def validate_phone(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        phone = phone_in(str(value or ""))
        if phone is None:
            say_if_asked("utter_bad_phone", "phone", value, dispatcher, tracker)
        return {"phone": phone}


class ActionComplaintProgress(ShopAction):
    """Tells what came of the complaint that was named, or of the latest ones."""

    resets = ("complaint_no", "form_stopped")

    def name(self) -> str:
        return LOOKUP

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        number = complaint_no_in(str(tracker.get_slot("complaint_no") or ""))
        if tracker.get_slot("form_stopped") == "attempts":
            dispatcher.utter_message(response="utter_complaint_attempts")
            return []
        found = [await self._one(number, tracker)] if number else await self._all(tracker)
        shown = [one for one in found if one][:SHOWN]
        if not shown:
            response = "utter_complaint_not_found" if number else "utter_no_complaints"
            dispatcher.utter_message(response=response)
            return []
        text = "\n".join(complaint_in_words(one) for one in shown)
        if not any(one["is_overdue"] for one in shown):
            dispatcher.utter_message(text=called(tracker, text))
            return []
        dispatcher.utter_message(
            text=called(
                tracker,
                f"{text}\n答应您的时间已经过了，实在抱歉。要我现在帮您转人工，请主管跟进吗？",
            ),
            buttons=[
                {"title": "转人工", "payload": "/ask_human"},
                {"title": "再等等", "payload": "/wait"},
            ],
        )
        return []

    async def _one(self, number: str, tracker: Tracker) -> dict[str, Any] | None:
        try:
            return await ask_shop("GET", f"/api/complaints/{number}", tracker=tracker)
        except ShopRefusal:
            return None

    async def _all(self, tracker: Tracker) -> list[dict[str, Any]]:
        phone, params = verified_phone(tracker), None
        if is_signed_in(tracker):
            path = f"/api/customers/{tracker.get_slot('customer_id')}/complaints"
        elif phone:
            path, params = "/api/complaints", {"phone": phone}
        else:
            return []
        answer = await ask_shop("GET", path, tracker=tracker, params=params)
        complaints: list[dict[str, Any]] = answer["complaints"]
        return complaints


def complaint_in_words(complaint: dict[str, Any]) -> str:
    """Return how far a complaint is, and what comes next."""
    order = f"，订单 {complaint['order_no']}" if complaint["order_no"] else ""
    text = (
        f"投诉 {complaint['complaint_no']}（{complaint['about']}{order}），"
        f"{day(complaint['created_at'])}登记，{complaint['status_name']}"
    )
    if complaint["status"] == "closed":
        answer = complaint["answer"].rstrip("。")
        return f"{text}：{answer}。对结果不满意，跟我说“转人工”，由主管重新处理。"
    if complaint["is_overdue"]:
        return f"{text}，原定 {moment(complaint['due'])}前联系您。"
    return f"{text}。专人会在 {moment(complaint['due'])}前联系您，3 个工作日内给您处理结果。"
