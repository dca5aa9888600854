"""The course of the conversation: loose pieces of information, misunderstandings."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import FollowupAction, SlotSet, UserUtteranceReverted
from rasa_sdk.executor import CollectingDispatcher

from actions.goods import ActionDeliveryEstimate, ActionQueryStock
from actions.intent_questions import FAQ_QUESTIONS, INTENT_QUESTIONS
from actions.order_choice import meant_orders
from actions.order_number import today
from actions.reasons import FAULTS
from actions.return_parcels import tracking_no_in
from actions.sensitive import speaks_of_suicide
from actions.shop_action import Events

MISUNDERSTANDINGS_BEFORE_HANDOFF = 2
LEAST_CONFIDENCE = 0.15
"""Less likely intents are not offered: a wild guess looks worse than asking again."""
MISUNDERSTANDING_ACTIONS = (
    "action_listen",
    "action_two_stage_fallback",
    "action_default_ask_affirmation",
    "action_default_ask_rephrase",
    "action_revert_fallback_events",
)
FORM_SLOTS = (
    "task",
    "product_task",
    "return_reason",
    "problem_detail",
    "exchange_spec",
    "photos",
    "return_confirm",
    "cancel_return_confirm",
    "return_state",
    "return_no",
    "back_tracking_no",
    "back_courier",
    "back_return",
    "back_choices",
    "back_confirm",
    "complaint_no",
    "return_items",
    "return_choices",
    "return_picked",
    "return_wish",
    "cancel_confirm",
    "service_type",
    "new_address",
    "address_confirm",
    "spec_wish",
    "spec_item",
    "new_spec",
    "spec_confirm",
    "delivery_date",
    "delivery_period",
    "claim_kind",
    "claim_detail",
    "claim_confirm",
    "tracking_no",
    "order_given",
    "order_switch",
    "verification_for",
    "invoice_kind",
    "invoice_buyer",
    "invoice_title",
    "tax_no",
    "invoice_address",
    "invoice_confirm",
    "price_confirm",
    "payment_trouble",
    "card_no",
    "card_confirm",
    "new_phone",
    "account_confirm",
    "order_problem",
    "form_stopped",
    "complaint_about",
    "complaint_detail",
    "complaint_wish",
    "complaint_confirm",
    "complaint_no_order",
    "compensation_reason",
    "compensation_offer",
    "compensation_accept",
)
ACCOUNT_TASKS = ("password", "unlock", "phone", "deletion", "history")
TASK_FORMS = {
    "cancel": "cancel_form",
    "address": "action_verify_customer",
    "spec": "spec_form",
    "delivery": "delivery_form",
    "claim": "claim_form",
    "return": "return_form",
    "cancel_return": "cancel_return_form",
    "send_back": "parcel_back_form",
}
"""What goes on when an order number comes late; other tasks of an order have order_form."""
HOW_TO_TELL_PARCELS = "faq/ask_return_tracking"
QUESTIONS_ABOUT = {
    "order_no": "utter_what_about_order",
    "phone": "utter_what_about_phone",
    "product": "utter_what_about_product",
}


class ActionContinue(Action):
    """The customer only sent a number or a name: go on with what that fits, or ask what for."""

    def name(self) -> str:
        return "action_continue"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        given = {entity["entity"] for entity in tracker.latest_message.get("entities", [])}
        if went_on := self._by_number(given, tracker):
            return went_on
        if form := self._waiting_form(given, tracker):
            return [FollowupAction(form)]
        if given & {"color", "size"} and tracker.get_slot("product"):
            return await ActionQueryStock().run(dispatcher, tracker, domain)
        if "city" in given:
            return await ActionDeliveryEstimate().run(dispatcher, tracker, domain)
        dispatcher.utter_message(response=self._question(given, tracker))
        return []

    def _by_number(self, given: set[str], tracker: Tracker) -> Events:
        """Go on with what a number says by itself; nothing if it says nothing."""
        text = tracker.latest_message.get("text") or ""
        if tracking_no_in(text) and _expects_a_parcel(tracker):
            return [SlotSet("task", "send_back"), FollowupAction("parcel_back_form")]
        if "tracking_no" in given:
            return [SlotSet("task", "logistics"), FollowupAction("order_form")]
        if "complaint_no" in given:
            return [FollowupAction("complaint_lookup_form")]
        if "order_no" not in given and (number := self._listed_order(tracker)):
            return [
                SlotSet("order_no", None),
                SlotSet("order_switch", number),
                SlotSet("task", tracker.get_slot("task") or "order"),
                FollowupAction("order_form"),
            ]
        return []

    def _listed_order(self, tracker: Tracker) -> str | None:
        """Return the order that the message picks out of those listed last."""
        text, choices = tracker.latest_message.get("text") or "", tracker.get_slot("order_choices")
        product = next(tracker.get_latest_entity_values("product"), None)
        meant = meant_orders(text, choices or [], today(), product)
        return str(meant[0]["order_no"]) if len(meant) == 1 else None

    def _waiting_form(self, given: set[str], tracker: Tracker) -> str | None:
        """Return the form that can go on with what was given."""
        task = tracker.get_slot("task")
        is_of_order = task is not None and task not in ACCOUNT_TASKS
        forms = (
            ("return_form", "order_no" in given and tracker.get_slot("service_type")),
            ("order_form", "return_no" in given),
            ("gift_card_form", "card_no" in given),
            (
                TASK_FORMS.get(task or "", "order_form"),
                given & {"order_no", "phone"} and "reason" not in given and is_of_order,
            ),
            ("size_form", given & {"height", "weight"}),
            ("product_form", "product" in given and tracker.get_slot("product_task")),
        )
        return next((form for form, fits in forms if fits), None)

    def _question(self, given: set[str], tracker: Tracker) -> str:
        """Return the question that finds out what for."""
        if "reason" in given:
            is_fault = tracker.get_slot("return_reason") in FAULTS
            return "utter_ask_service_type" if is_fault else "utter_return_or_exchange"
        questions = (q for entity, q in QUESTIONS_ABOUT.items() if entity in given)
        return next(questions, "utter_whats_wrong")


def _expects_a_parcel(tracker: Tracker) -> bool:
    """Whether a tracking number is that of goods on their way back: that was just talked about."""
    said = [event for event in tracker.events if event.get("event") == "user"]
    before = (said[-2].get("parse_data") or {}) if len(said) > 1 else {}
    answers = (before.get("response_selector") or {}).get("faq") or {}
    key = (answers.get("response") or {}).get("intent_response_key")
    is_asked = (before.get("intent") or {}).get("name") == "faq" and key == HOW_TO_TELL_PARCELS
    return bool(tracker.get_slot("parcel_awaited")) or is_asked


class ActionResetTask(Action):
    """Drops what was entered for a matter that is not pursued; keeps who the customer is."""

    def name(self) -> str:
        return "action_reset_task"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        return [SlotSet(slot, None) for slot in FORM_SLOTS] + [SlotSet("failed_attempts", 0.0)]


def misunderstandings(tracker: Tracker) -> int:
    """Return how many times in a row the bot has given up understanding."""
    count = 0
    for event in reversed(tracker.events):
        if event.get("event") != "action" or event.get("name") in MISUNDERSTANDING_ACTIONS:
            continue
        if event.get("name") != "action_default_fallback":
            break
        count += 1
    return count


class ActionDefaultFallback(Action):
    """Nothing was understood: says so; the second time in a row the conversation is handed over."""

    def name(self) -> str:
        return "action_default_fallback"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        if speaks_of_suicide(tracker.latest_message.get("text") or ""):
            dispatcher.utter_message(response="utter_sensitive_life")
            return [FollowupAction("action_handoff")]
        if misunderstandings(tracker) + 1 >= MISUNDERSTANDINGS_BEFORE_HANDOFF:
            return [FollowupAction("action_handoff")]
        dispatcher.utter_message(response="utter_default")
        return [UserUtteranceReverted()]


class ActionDefaultAskAffirmation(Action):
    """Offers the likeliest meanings of a message that was not understood."""

    def name(self) -> str:
        return "action_default_ask_affirmation"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        if speaks_of_suicide(tracker.latest_message.get("text") or ""):
            dispatcher.utter_message(response="utter_sensitive_life")
            return [FollowupAction("action_handoff")]
        buttons = likely_meanings(tracker.latest_message)
        if buttons:
            buttons.append({"title": "都不是", "payload": "/out_of_scope"})
            titles = "、".join(f"“{button['title']}”" for button in buttons[:-1])
            dispatcher.utter_message(
                text=f"不好意思，我不太确定您的意思。您是想问{titles}吗？"
                "都不是的话，换个说法告诉我就行。",
                buttons=buttons,
            )
        else:
            dispatcher.utter_message(response="utter_ask_rephrase")
        return []


def likely_meanings(message: dict[str, Any], limit: int = 2) -> list[dict[str, str]]:
    """Return buttons for the likeliest intents, in the words of a customer."""
    buttons: list[dict[str, str]] = []
    for candidate in message.get("intent_ranking", []):
        name = candidate.get("name")
        if candidate.get("confidence", 0.0) < LEAST_CONFIDENCE:
            continue
        if name == "faq":
            question = _likely_question(message)
            if question:
                buttons.append({"title": question, "payload": question})
        elif name in INTENT_QUESTIONS:
            buttons.append({"title": INTENT_QUESTIONS[name], "payload": f"/{name}"})
        if len(buttons) == limit:
            break
    return buttons


def _likely_question(message: dict[str, Any]) -> str | None:
    ranking = message.get("response_selector", {}).get("faq", {}).get("ranking", [])
    key = ranking[0].get("intent_response_key") if ranking else None
    return FAQ_QUESTIONS.get(key or "")
