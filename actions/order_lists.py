"""The customer's orders: showing them, changing to another one, going on after verification."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.measures import order_no_in
from actions.order_choice import meant_orders
from actions.order_number import is_known, list_orders, orders_of, today
from actions.shop_action import Events, ShopAction
from actions.shop_client import ShopDown, ShopRefusal

__all__ = ["ActionForgetOrder", "ActionListOrders", "ActionResume"]


class ActionListOrders(ShopAction):
    """Lists the latest orders of a customer who is known; others prove their phone first."""

    def name(self) -> str:
        return "action_list_orders"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        if not is_known(tracker):
            dispatcher.utter_message(response="utter_verify_to_list")
            return [
                SlotSet("verification_for", self.name()),
                FollowupAction("action_verify_customer"),
            ]
        choices = await orders_of(tracker)
        if choices:
            text = "这是您最近的订单，想看哪一个，点一下或者说“第几个”就行。"
            list_orders(dispatcher, choices, text, intent="query_order")
        else:
            dispatcher.utter_message(response="utter_no_orders")
        return [SlotSet("order_no", None), SlotSet("order_choices", choices or None)]


class ActionResume(Action):
    """The customer is verified: takes up what that was needed for."""

    def name(self) -> str:
        return "action_resume"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        waiting = tracker.get_slot("verification_for")
        if not waiting:
            dispatcher.utter_message(response="utter_verified")
            return []
        return [SlotSet("verification_for", None), FollowupAction(waiting)]


class ActionForgetOrder(Action):
    """Another order: forgets the one at hand, and finds the new one if the message says which."""

    def name(self) -> str:
        return "action_forget_order"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        text = tracker.latest_message.get("text") or ""
        given = next(tracker.get_latest_entity_values("order_no"), None) or order_no_in(text)
        choices = tracker.get_slot("order_choices") or []
        if not given and not choices:
            with suppress(ShopDown, ShopRefusal):
                choices = await orders_of(tracker)
        product = next(tracker.get_latest_entity_values("product"), None)
        meant = [] if given else meant_orders(text, choices, today(), product)
        if len(meant) == 1:
            given = meant[0]["order_no"]
        return [
            SlotSet("order_no", None),
            SlotSet("order_switch", given),
            SlotSet("order_given", None),
            SlotSet("order_problem", "choose" if len(meant) > 1 else None),
            SlotSet("order_choices", meant if len(meant) > 1 else choices or None),
            SlotSet("failed_attempts", 0.0),
            SlotSet("form_stopped", None),
        ]
