"""Asking for an order number: checking what customers enter, and asking again with good reason."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import suppress
from typing import Any

from rasa_sdk import Action, FormValidationAction, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.intent_questions import INTENT_QUESTIONS
from actions.measures import order_no_in, phone_in, return_no_in
from actions.shop_action import Events
from actions.shop_client import ShopDown, ShopRefusal, ask_shop
from actions.wording import order_title

__all__ = ["ActionAskOrderNo", "OrderForm", "names_a_matter", "stopped"]

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
}


def names_a_matter(text: str, tracker: Tracker) -> bool:
    """Whether the message is a request of its own (``那换货吧``) rather than a wrong number.

    It reaches a form's slot when it starts that form, or changes the customer's mind inside it.
    """
    intent = (tracker.latest_message.get("intent") or {}).get("name")
    return intent in INTENT_QUESTIONS and not any(character.isdigit() for character in text)


def stopped(why: str, **values: Any) -> dict[str, Any]:
    """Return slot values that end the active form: ``attempts`` or ``refused``."""
    return {**values, "form_stopped": why, "requested_slot": None}


async def orders_of(phone: str) -> list[dict[str, str]]:
    """Return the latest orders made with ``phone``: number and title."""
    orders = (await ask_shop("GET", "/api/orders", params={"phone": phone}))["orders"]
    return [
        {"order_no": order["order_no"], "title": order_title(order)} for order in orders[:CHOICES]
    ]


class OrderForm(FormValidationAction, ABC):
    """A form that asks for an order number first; a phone number leads to one as well."""

    @abstractmethod
    def name(self) -> str: ...

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
        number, phone = order_no_in(text), phone_in(text)
        try:
            if not number and (return_no := return_no_in(text)):
                number = (await ask_shop("GET", f"/api/returns/{return_no}", tracker=tracker))[
                    "order_no"
                ]
            if number:
                await ask_shop("GET", f"/api/orders/{number}")
                return self._found(number)
            return await self._by_phone(phone, tracker) if phone else self._chosen(text, tracker)
        except ShopRefusal:
            return self._again("not_found", number or "", tracker)
        except ShopDown:
            return self._found(number) if number else {"order_no": None, "order_problem": "down"}

    async def _by_phone(self, phone: str, tracker: Tracker) -> dict[str, Any]:
        choices = await orders_of(phone)
        if not choices:
            return self._again("no_orders", phone, tracker)
        if len(choices) == 1:
            return {**self._found(choices[0]["order_no"]), "phone": phone}
        return {
            "order_no": None,
            "phone": phone,
            "order_problem": "choose",
            "order_choices": choices,
        }

    def _found(self, number: str) -> dict[str, Any]:
        return {
            "order_no": number,
            "failed_attempts": 0.0,
            "order_problem": None,
            "order_choices": None,
        }

    def _again(self, problem: str, given: str, tracker: Tracker) -> dict[str, Any]:
        attempts = (tracker.get_slot("failed_attempts") or 0) + 1
        if attempts >= ATTEMPTS:
            return stopped("attempts", order_no=None, failed_attempts=0.0, order_problem=None)
        return {
            "order_no": None,
            "failed_attempts": float(attempts),
            "order_problem": problem,
            "order_given": given,
        }

    def _chosen(self, text: str, tracker: Tracker) -> dict[str, Any]:
        """Take ``第二个``, ``2`` or a product's name for one of the orders that were listed."""
        choices = tracker.get_slot("order_choices") or []
        for index, choice in enumerate(choices):
            words = (f"第{'一二三四五'[index]}", f"第{index + 1}")
            if text.strip() == str(index + 1) or any(word in text for word in words):
                return self._found(choice["order_no"])
        named = [choice for choice in choices if choice["title"].split(" · ")[0] in text]
        if len(named) == 1:
            return self._found(named[0]["order_no"])
        if names_a_matter(text, tracker):
            return {"order_no": None}
        return self._again("bad", "", tracker)


class ActionAskOrderNo(Action):
    """Asks for the order number, saying first what was wrong with the last answer."""

    def name(self) -> str:
        return "action_ask_order_no"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        problem, phone = tracker.get_slot("order_problem"), tracker.get_slot("phone")
        choices = tracker.get_slot("order_choices") or []
        if problem is None and phone:
            with suppress(ShopDown, ShopRefusal):
                choices = await orders_of(phone)
        if choices and problem in (None, "choose"):
            self._list(dispatcher, choices)
        elif problem == "not_found":
            dispatcher.utter_message(response="utter_order_not_found")
        elif problem == "no_orders":
            dispatcher.utter_message(response="utter_no_orders_for_phone")
        elif problem == "bad":
            dispatcher.utter_message(response="utter_bad_order_no")
        elif problem == "down":
            dispatcher.utter_message(response="utter_shop_down")
        else:
            form = tracker.active_loop.get("name") or ""
            dispatcher.utter_message(response=QUESTIONS.get(form, "utter_which_order"))
        return [
            SlotSet("order_problem", None),
            SlotSet("order_given", None),
            SlotSet("order_choices", choices or None),
        ]

    def _list(self, dispatcher: CollectingDispatcher, choices: list[dict[str, str]]) -> None:
        lines = "\n".join(
            f"{number}. {choice['order_no']}　{choice['title']}"
            for number, choice in enumerate(choices, start=1)
        )
        dispatcher.utter_message(
            text=f"您的手机号下有这些订单，请问是哪一个？也可以直接发订单号。\n{lines}",
            buttons=[
                {
                    "title": choice["title"],
                    "payload": f'/inform{{"order_no": "{choice["order_no"]}"}}',
                }
                for choice in choices
            ],
        )
