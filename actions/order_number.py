"""Asking for an order: checking what customers enter, whose it is, and asking again.

An order is told to its owner only: to whoever is signed in, or gives its number together with the
full mobile number, or has proven that number by a code. Foreign and unknown are the same.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from contextlib import suppress
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rasa_sdk import Action, FormValidationAction, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.intent_questions import INTENT_QUESTIONS
from actions.measures import order_no_in, phone_in, return_no_in
from actions.order_choice import Choice, as_choice, meant_orders
from actions.shop_action import Events
from actions.shop_client import ShopDown, ShopRefusal, ask_shop
from actions.shop_identity import is_signed_in, may_guess, verified_phone, with_wrong_guess
from actions.wording import items_in_words

__all__ = [
    "ATTEMPTS",
    "NO_NUMBER",
    "ActionAskOrderNo",
    "OrderForm",
    "earlier_value",
    "is_known",
    "list_orders",
    "names_a_matter",
    "orders_of",
    "say_if_asked",
    "stopped",
    "today",
]

ATTEMPTS = 3
CHOICES = 5
QUESTIONS = {
    "return_form": "utter_which_order_to_return",
    "cancel_form": "utter_which_order_to_cancel",
    "cancel_return_form": "utter_which_order_to_keep",
    "address_form": "utter_which_order_to_readdress",
    "invoice_form": "utter_which_order_to_invoice",
    "complaint_form": "utter_which_order_to_complain",
    "compensation_form": "utter_which_order_to_compensate",
    "price_form": "utter_which_order_to_protect",
    "payment_form": "utter_which_order_was_paid",
    "spec_form": "utter_which_order_to_respecify",
    "delivery_form": "utter_which_order_to_deliver",
    "claim_form": "utter_which_order_to_claim",
    "parcel_back_form": "utter_which_order_is_sent_back",
}
PROBLEMS = {
    "not_found": "utter_order_not_found",
    "no_match": "utter_order_and_phone_do_not_match",
    "no_orders": "utter_no_orders_for_phone",
    "no_number": "utter_without_order_no",
    "whose_return": "utter_whose_return",
    "bad": "utter_bad_order_no",
    "down": "utter_shop_down",
}
FITTING = {
    "cancel_form": ("unpaid", "paid"),
    "address_form": ("unpaid", "paid"),
    "spec_form": ("unpaid", "paid"),
    "delivery_form": ("paid", "packing", "shipped"),
    "return_form": ("signed",),
    "parcel_back_form": ("signed",),
}
"""States of orders with which a form can do something: if there are such, only they are listed."""


NO_NUMBER = re.compile(
    r"没有?订?单号|木有|忘|不记得|记不|找不到|不知道|没有号|没记|丢了|don't (?:know|have)",
    re.IGNORECASE,
)


def today() -> Any:
    """Return the date in the shop."""
    return datetime.now(tz=ZoneInfo("Asia/Shanghai")).date()


def names_a_matter(text: str, tracker: Tracker) -> bool:
    """Whether the message is a request of its own (``那换货吧``) rather than a wrong number.

    It reaches a form's slot when it starts that form, or changes the customer's mind inside it.
    """
    intent = (tracker.latest_message.get("intent") or {}).get("name")
    return intent in INTENT_QUESTIONS and not any(character.isdigit() for character in text)


def say_if_asked(
    response: str, slot: str, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker
) -> None:
    """Say what is wrong with an answer: if ``slot`` was asked for, and it is no other request."""
    is_asked = tracker.get_slot("requested_slot") == slot
    if is_asked and not names_a_matter(str(value), tracker):
        dispatcher.utter_message(response=response)


def stopped(why: str, **values: Any) -> dict[str, Any]:
    """Return slot values that end the active form: ``attempts``, ``refused`` or ``verify``."""
    return {**values, "form_stopped": why, "requested_slot": None}


def is_known(tracker: Tracker) -> bool:
    """Whether it is proven who the customer is."""
    return is_signed_in(tracker) or verified_phone(tracker) is not None


async def orders_of(tracker: Tracker, form: str = "") -> list[Choice]:
    """Return the latest orders of a customer who is known, those first that ``form`` is for."""
    phone = verified_phone(tracker)
    if is_signed_in(tracker):
        path = f"/api/customers/{tracker.get_slot('customer_id')}/orders"
        found = await ask_shop("GET", path, tracker=tracker, params={"limit": "20"})
    elif phone:
        listing = {"phone": phone, "limit": "20"}
        found = await ask_shop("GET", "/api/orders", tracker=tracker, params=listing)
    else:
        return []
    orders = found["orders"]
    fitting = [order for order in orders if order["status"] in FITTING.get(form, ())]
    return [as_choice(order) for order in (fitting or orders)[:CHOICES]]


class OrderForm(FormValidationAction, ABC):
    """A form that asks for an order, and for the phone of whoever is not known."""

    @abstractmethod
    def name(self) -> str: ...

    async def order_checked(
        self, order: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> dict[str, Any]:
        """Look at an order that is the customer's; ``stopped(...)`` ends the form."""
        return {}

    async def required_slots(
        self,
        domain_slots: list[str],
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> list[str]:
        """Ask whoever is known for no phone; ask nothing more when the form has been stopped."""
        if tracker.get_slot("form_stopped") and not tracker.get_slot("order_no"):
            return []
        return [slot for slot in domain_slots if slot != "phone" or not is_known(tracker)]

    async def get_extraction_events(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """Take the order that was changed to, or that the message which began the form names."""
        events: Events = await super().get_extraction_events(dispatcher, tracker, domain)
        text = tracker.latest_message.get("text") or ""
        named, has_begun = tracker.get_slot("order_switch"), tracker.get_slot("requested_slot")
        if not named and not (has_begun and tracker.get_slot("order_no")):
            named = order_no_in(text)
        if named and not tracker.get_slot("phone") and (phone := phone_in(text)):
            tracker.slots["phone"] = phone
            events.append(SlotSet("phone", phone))
        if named and named != tracker.get_slot("order_no"):
            tracker.slots["order_no"] = named
            events.append(SlotSet("order_no", named))
        return events

    async def validate_order_no(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        if value is None:
            return {"order_no": None}
        text = str(value)
        number = order_no_in(text)
        try:
            number = number or await self._order_of_return(text, tracker)
            if number:
                return await self._numbered(number, dispatcher, tracker)
            if phone := phone_in(text):
                return await self._by_phone(phone, dispatcher, tracker)
            return await self._by_words(text, dispatcher, tracker)
        except ShopRefusal:
            return self._again("not_found", number or text.strip()[:20], tracker)
        except ShopDown:
            return self._told(number) if number else {"order_no": None, "order_problem": "down"}

    async def _numbered(
        self, number: str, dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> dict[str, Any]:
        if not is_known(tracker) and not tracker.get_slot("phone"):
            return self._told(number)
        if not is_known(tracker) and not may_guess(tracker):
            return self._told(number)  # the phone is looked at next, and says that it is enough
        try:
            order = await ask_shop("GET", f"/api/orders/{number}", tracker=tracker)
        except ShopRefusal:
            if is_known(tracker):
                raise
            guesses = with_wrong_guess(tracker)
            return {**self._told(number), "phone": None, "wrong_guesses": guesses}
        return await self._theirs(order, dispatcher, tracker)

    async def _theirs(
        self, order: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> dict[str, Any]:
        return {
            **self._told(order["order_no"]),
            "failed_attempts": 0.0,
            "order_given": None,
            "order_summary": f"（{items_in_words(order['items'])}，{order['amount']} 元）",
            **await self.order_checked(order, dispatcher, tracker),
        }

    async def _by_phone(
        self, phone: str, dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> dict[str, Any]:
        """Take a phone for the one that an order was made with, or for a wish to see a list."""
        pending = tracker.get_slot("order_given") or ""
        if not is_known(tracker) and return_no_in(pending):
            tracker.slots["phone"] = phone
            pending = await self._order_of_return(pending, tracker) or ""
        if not is_known(tracker) and order_no_in(pending):
            tracker.slots |= {"phone": phone, "order_no": pending}
            return await self._proven(phone, dispatcher, tracker, is_asked=True)
        if not is_signed_in(tracker) and phone != verified_phone(tracker):
            dispatcher.utter_message(response="utter_verify_to_list")
            form = self.form_name()
            return stopped("verify", order_no=None, phone=phone, verification_for=form)
        choices = await orders_of(tracker, self.form_name())
        return await self._one_of(choices, dispatcher, tracker) or self._again(
            "no_orders", phone, tracker
        )

    async def _order_of_return(self, text: str, tracker: Tracker) -> str | None:
        """Return the order of the return that ``text`` names, if the customer can be shown it."""
        return_no = return_no_in(text)
        if not return_no or not (is_known(tracker) or tracker.get_slot("phone")):
            return None
        found = await ask_shop("GET", f"/api/returns/{return_no}", tracker=tracker)
        return str(found["order_no"])

    async def _by_words(
        self, text: str, dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> dict[str, Any]:
        if return_no := return_no_in(text):
            return {"order_no": None, "order_problem": "whose_return", "order_given": return_no}
        choices = tracker.get_slot("order_choices") or await orders_of(tracker, self.form_name())
        product = next(tracker.get_latest_entity_values("product"), None)
        meant = meant_orders(text, choices, today(), product)
        if meant:
            return await self._one_of(meant, dispatcher, tracker)
        if NO_NUMBER.search(text):
            return {"order_no": None, "order_problem": "no_number"}
        if names_a_matter(text, tracker):
            return {"order_no": None}
        return self._again("bad", "", tracker)

    async def _one_of(
        self, choices: list[Choice], dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> dict[str, Any]:
        """Return the only one, or the question which one; nothing if there are none."""
        if len(choices) == 1:
            return await self._numbered(choices[0]["order_no"], dispatcher, tracker)
        if not choices:
            return {}
        return {"order_no": None, "order_problem": "choose", "order_choices": choices}

    def _told(self, number: str) -> dict[str, Any]:
        """Take a number of which is not known yet whether the order is the customer's."""
        return {
            "order_no": number,
            "order_problem": None,
            "order_switch": None,
            "order_summary": "",
        }

    def _again(self, problem: str, given: str, tracker: Tracker) -> dict[str, Any]:
        attempts = (tracker.get_slot("failed_attempts") or 0) + 1
        nothing = {"order_no": None, "order_switch": None}
        if attempts >= ATTEMPTS:
            return stopped("attempts", **nothing, failed_attempts=0.0, order_problem=None)
        return {
            **nothing,
            "failed_attempts": float(attempts),
            "order_problem": problem,
            "order_given": given,
        }

    async def validate_phone(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        """Check the customer's own number; another one mentioned in passing does not replace it."""
        text, order_no = str(value), tracker.get_slot("order_no")
        phone, is_asked = phone_in(text), tracker.get_slot("requested_slot") == "phone"
        if phone is None:
            if not order_no_in(text):
                say_if_asked("utter_bad_phone", "phone", text, dispatcher, tracker)
            return {"phone": None if is_asked else phone_in(str(earlier_value(tracker, "phone")))}
        if not order_no:
            return {"phone": phone}
        return await self._proven(phone, dispatcher, tracker, is_asked=is_asked)

    async def _proven(
        self, phone: str, dispatcher: CollectingDispatcher, tracker: Tracker, *, is_asked: bool
    ) -> dict[str, Any]:
        """Look whether the order is of this phone; a pair that is wrong is counted."""
        if not is_known(tracker) and not may_guess(tracker):
            dispatcher.utter_message(response="utter_guessed_too_often")
            return stopped("refused", order_no=None, phone=None)
        order_no = tracker.get_slot("order_no")
        tracker.slots["phone"] = phone
        try:
            order = await ask_shop("GET", f"/api/orders/{order_no}", tracker=tracker)
        except ShopDown:
            return {"phone": phone}
        except ShopRefusal:
            earlier = phone_in(str(earlier_value(tracker, "phone")))
            if earlier and not is_asked:
                return {"phone": earlier}
            guesses = {} if is_known(tracker) else {"wrong_guesses": with_wrong_guess(tracker)}
            return {**self._again("no_match", order_no, tracker), "phone": None, **guesses}
        return {"phone": phone, **await self._theirs(order, dispatcher, tracker)}


def earlier_value(tracker: Tracker, slot: str) -> Any:
    """Return what ``slot`` held before it had its present value."""
    for event in reversed(tracker.events):
        is_slot = event.get("event") == "slot" and event.get("name") == slot
        if is_slot and event.get("value") not in (None, tracker.get_slot(slot)):
            return event["value"]
    return None


class ActionAskOrderNo(Action):
    """Asks for the order, saying first what was wrong with the last answer; lists those there are.

    Only who is known sees a list.
    """

    def name(self) -> str:
        return "action_ask_order_no"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        problem, form = tracker.get_slot("order_problem"), tracker.active_loop.get("name") or ""
        choices = tracker.get_slot("order_choices") or []
        if problem is None:
            choices = []
            with suppress(ShopDown, ShopRefusal):
                choices = await orders_of(tracker, form)
        if problem in PROBLEMS:
            dispatcher.utter_message(response=PROBLEMS[problem])
        elif choices:
            list_orders(dispatcher, choices, "请问是哪一个订单？也可以直接发订单号。")
        else:
            dispatcher.utter_message(response=QUESTIONS.get(form, "utter_which_order"))
        return [SlotSet("order_problem", None), SlotSet("order_choices", choices or None)]


def list_orders(
    dispatcher: CollectingDispatcher, choices: list[Choice], text: str, intent: str = "inform"
) -> None:
    """Show orders with their days, and a button for each."""
    lines = "\n".join(
        f"{number}. {_day(choice['on'])}　{choice['title']}　{choice['order_no']}"
        for number, choice in enumerate(choices, start=1)
    )
    dispatcher.utter_message(
        text=f"{text}\n{lines}",
        buttons=[
            {
                "title": choice["title"],
                "payload": f'/{intent}{{"order_no": "{choice["order_no"]}"}}',
            }
            for choice in choices
        ],
    )


def _day(on: str) -> str:
    day = datetime.fromisoformat(on)
    return f"{day.month}月{day.day}日"
