"""What actions that need the shop have in common."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.shop_client import ShopDown, ShopRefusal
from actions.shop_identity import was_verified_lately

__all__ = ["Events", "OrderAction", "ShopAction"]

logger = logging.getLogger(__name__)

Events = list[dict[str, Any]]


class ShopAction(Action, ABC):
    """An action that asks the shop; says so in a friendly way when the shop is down.

    After a form that stopped because the customer has to be verified, that is done instead.
    """

    resets: tuple[str, ...] = ()
    """Slots emptied when the action is done, whatever came of it.

    Never a slot that a rule leading to the action has as a condition: the rule would not hold any
    more, and nothing would say that it is the customer's turn.
    """

    is_sensitive: bool = False
    """Whether the customer must have been verified by a code; who was not, is verified first."""

    @abstractmethod
    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Do the work; refusals and failures of the shop may be let through."""

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        if tracker.get_slot("form_stopped") == "verify":
            return [SlotSet("form_stopped", None), FollowupAction("action_verify_customer")]
        if self.is_sensitive and not was_verified_lately(tracker):
            return [FollowupAction("action_verify_customer")]
        try:
            events = await self.act(dispatcher, tracker)
        except ShopDown as error:
            logger.warning("%s, conversation %s: %s", self.name(), tracker.sender_id, error)
            dispatcher.utter_message(response="utter_shop_down")
            events = []
        except ShopRefusal as refusal:
            if refusal.code == "identity_needed":
                dispatcher.utter_message(response="utter_identity_needed")
            else:
                dispatcher.utter_message(text=refusal.message)
            events = []
        events = events + [SlotSet(slot, None) for slot in self.resets]
        if _was_resumed(tracker) and not any(event["event"] == "followup" for event in events):
            events.append(FollowupAction("action_listen"))
        return events


def _was_resumed(tracker: Tracker) -> bool:
    """Whether the action comes out of its turn, after the customer was verified.

    No rule says what is next then, so the action does: it is the customer's turn.
    """
    done = [event["name"] for event in tracker.events if event["event"] == "action"]
    return done[-1:] == ["action_resume"]


class OrderAction(ShopAction, ABC):
    """An action on the order whose number a form has asked for."""

    resets: tuple[str, ...] = ("form_stopped", "service_type")

    @abstractmethod
    async def act_on(
        self, order_no: str, dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> Events:
        """Do the work for ``order_no``."""

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        order_no = tracker.get_slot("order_no")
        if not order_no:
            if tracker.get_slot("form_stopped") != "refused":
                dispatcher.utter_message(response="utter_too_many_attempts")
            return []
        return await self.act_on(order_no, dispatcher, tracker)
