"""How the bot speaks to a customer: by name, apologising once, calm when it is insulted."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.sensitive import speaks_of_suicide
from actions.shop_action import Events
from actions.shop_client import ShopDown, ShopRefusal, ask_shop

__all__ = ["called", "has_apologized", "honorific_of", "since_session_start"]

APOLOGIES = ("抱歉", "对不起", "道歉")
SLOT = "customer_honorific"
"""Slot with the name and title of the customer, ``张先生``."""


def since_session_start(tracker: Tracker) -> list[dict[str, Any]]:
    """Return the events of the present session."""
    events: list[dict[str, Any]] = list(tracker.events)
    for index in range(len(events) - 1, -1, -1):
        if events[index].get("event") == "session_started":
            return events[index:]
    return events


def has_apologized(tracker: Tracker) -> bool:
    """Return whether the bot has said sorry in this session: twice is a phrase."""
    return any(
        event.get("event") == "bot" and any(word in (event.get("text") or "") for word in APOLOGIES)
        for event in since_session_start(tracker)
    )


async def honorific_of(tracker: Tracker) -> str | None:
    """Return how to address the customer (``张先生``), None for somebody unknown.

    The slot knows, or else the shop does of a customer who is signed in; the caller keeps it in
    the slot ``customer_honorific``. A shop that cannot tell now makes nobody unfriendly: None.
    """
    known = tracker.get_slot(SLOT)
    customer = tracker.get_slot("customer_id")
    if known or not customer:
        return str(known) if known else None
    try:
        answer = await ask_shop("GET", f"/api/customers/{customer}", tracker=tracker)
    except (ShopDown, ShopRefusal):
        return None
    return answer.get("honorific") or None


def called(tracker: Tracker, text: str) -> str:
    """Return ``text`` beginning with the customer's name and title where they are known."""
    known = tracker.get_slot(SLOT)
    return f"{known}，{text}" if known else text


class ActionGreet(Action):
    """Greets, by name whoever is signed in."""

    def name(self) -> str:
        return "action_greet"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        honorific = await honorific_of(tracker)
        if honorific is None:
            dispatcher.utter_message(response="utter_greet")
            return []
        dispatcher.utter_message(response="utter_greet_by_name", customer_honorific=honorific)
        return [SlotSet(SLOT, honorific)]


class ActionApologize(Action):
    """Says sorry the first time, and after that only that the matter is understood."""

    def name(self) -> str:
        return "action_apologize"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        again = has_apologized(tracker)
        dispatcher.utter_message(response="utter_understood" if again else "utter_apologize")
        return []


class ActionAbuse(Action):
    """Stays calm at an insult; the second time names the limit, the third time a human comes."""

    def name(self) -> str:
        return "action_abuse"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        if speaks_of_suicide(tracker.latest_message.get("text") or ""):
            dispatcher.utter_message(response="utter_sensitive_life")
            return [FollowupAction("action_handoff")]
        insults = sum(
            ((event.get("parse_data") or {}).get("intent") or {}).get("name") == "abuse"
            for event in since_session_start(tracker)
            if event.get("event") == "user"
        )
        if insults <= 1:
            dispatcher.utter_message(response="utter_abuse_calm")
        elif insults == 2:
            dispatcher.utter_message(response="utter_abuse_limit")
        else:
            dispatcher.utter_message(response="utter_abuse_human")
            return [FollowupAction("action_handoff")]
        return []
