"""Compensation: by the policy only, booked in the shop, never twice for the same."""

from __future__ import annotations

import logging
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.compensation_policy import Gift, Policy, PolicyError, Reason, policy
from actions.forms import answer_to_question
from actions.order_number import OrderForm, stopped
from actions.shop_action import Events, ShopAction
from actions.shop_client import ShopDown, ShopRefusal, ask_shop
from actions.shop_identity import is_signed_in, verified_phone
from actions.tone import called, has_apologized

__all__ = ["claimant"]

logger = logging.getLogger(__name__)

REFUSALS = {
    "often": "utter_compensation_often",
    "same_order": "utter_compensation_same_order",
    "not_so": "utter_compensation_not_so",
    "nothing": "utter_compensation_nothing",
}


async def claimant(tracker: Tracker) -> tuple[dict[str, str], str]:
    """Return who gets something (``{"customer": …}`` or ``{"phone": …}``) and their level.

    Raises:
        ShopRefusal: No account has this number: without an account there is nowhere to put a gift.
        ShopDown: The shop does not answer.
    """
    if is_signed_in(tracker):
        customer = str(tracker.get_slot("customer_id"))
        answer = await ask_shop("GET", f"/api/customers/{customer}", tracker=tracker)
        return {"customer": customer}, answer["level"]
    phone = verified_phone(tracker) or str(tracker.get_slot("phone"))
    member = await ask_shop("GET", f"/api/members/{phone}", tracker=tracker)
    return {"phone": phone}, member["level"]


async def _decided(rules: Policy, reason: Reason, tracker: Tracker) -> tuple[dict[str, str], Any]:
    """Return who asks, and a gift or the reason why there is none."""
    who, level = await claimant(tracker)
    order = None
    if _needs_order(reason, tracker):
        order = await ask_shop(
            "GET", f"/api/orders/{tracker.get_slot('order_no')}", tracker=tracker
        )
    lately = {**who, "days": str(rules.period_days)}
    given = (await ask_shop("GET", "/api/compensations", tracker=tracker, params=lately))[
        "compensations"
    ]
    return who, rules.decide(reason, level=level, order=order, given=given)


async def _book(
    gift: Gift, reason: Reason, who: dict[str, str], rules: Policy, tracker: Tracker
) -> str:
    """Book a gift in the shop; returns its number.

    The limits go with it: what was decided may not be true any more when it is booked, as when
    the customer asks in two windows.
    """
    booking: dict[str, Any] = {
        **who,
        "kind": gift.kind,
        "value": gift.value,
        "reason": reason.title,
        "conversation": tracker.sender_id[:200],
        "period_days": rules.period_days,
        "most_in_period": rules.most_in_period,
    }
    if _needs_order(reason, tracker):
        booking["order_no"] = tracker.get_slot("order_no")
    answer = await ask_shop("POST", "/api/compensations", tracker=tracker, body=booking)
    return str(answer["compensation_no"])


class ActionAskCompensationReason(Action):
    """Asks what went wrong, with the reasons of the policy to choose from."""

    def name(self) -> str:
        return "action_ask_compensation_form_compensation_reason"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        try:
            reasons = policy().asked_for()
        except PolicyError as error:
            logger.warning("%s", error)
            reasons = []
        buttons = [
            {"title": one.title, "payload": f'/inform{{"matter": "{one.title}"}}'}
            for one in reasons
        ]
        dispatcher.utter_message(response="utter_compensation_why", buttons=buttons)
        return []


class ValidateCompensationForm(OrderForm):
    """Asks what went wrong, for which order and who it is; then offers what the policy gives."""

    def name(self) -> str:
        return "validate_compensation_form"

    async def required_slots(
        self,
        domain_slots: list[str],
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> list[str]:
        if tracker.get_slot("form_stopped"):
            return []
        skipped = set()
        reason = _named(tracker)
        if reason is not None and not _needs_order(reason, tracker):
            skipped.add("order_no")
        if _is_known(tracker):
            skipped.add("phone")
        return [slot for slot in domain_slots if slot not in skipped]

    async def get_validation_events(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """Check the answers; once all is known, decide before asking whether it is wanted."""
        events: Events = await super().get_validation_events(dispatcher, tracker, domain)
        tracker.add_slots(events)
        if tracker.get_slot("compensation_reason") is None:
            events += self._said_at_once(tracker)
            tracker.add_slots(events)
        needed = await self.required_slots(self.domain_slots(domain), dispatcher, tracker, domain)
        open_ones = [slot for slot in needed if tracker.get_slot(slot) is None]
        if open_ones == ["compensation_accept"] and not tracker.get_slot("compensation_offer"):
            events += await self._offered(dispatcher, tracker)
        return events

    def _said_at_once(self, tracker: Tracker) -> Events:
        """Take a reason out of the message that started the form (``晚发货了，赔我``)."""
        try:
            reason = policy().reason_in(tracker.latest_message.get("text") or "")
        except PolicyError:
            return []
        return [SlotSet("compensation_reason", reason.name)] if reason else []

    async def _offered(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        try:
            rules = policy()
            reason = rules.reasons[tracker.get_slot("compensation_reason")]
            _, outcome = await _decided(rules, reason, tracker)
        except (PolicyError, KeyError) as error:
            logger.warning("compensation, conversation %s: %s", tracker.sender_id, error)
            dispatcher.utter_message(response="utter_compensation_nothing")
            return _slots(stopped("refused"))
        except ShopDown:
            dispatcher.utter_message(response="utter_shop_down")
            return _slots(stopped("refused"))
        except ShopRefusal as refusal:
            dispatcher.utter_message(text=_why_not(refusal))
            return _slots(stopped("refused"))
        if isinstance(outcome, Gift):
            return [SlotSet("compensation_offer", outcome.words)]
        dispatcher.utter_message(response=REFUSALS[outcome], days=rules.period_days)
        return _slots(stopped("refused"))

    async def validate_compensation_reason(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        if value is None:
            return {"compensation_reason": None}
        try:
            rules = policy()
        except PolicyError as error:
            logger.warning("%s", error)
            dispatcher.utter_message(response="utter_compensation_nothing")
            return stopped("refused", compensation_reason=None)
        if str(value) in rules.reasons:
            return {"compensation_reason": value}
        reason = rules.reason_in(str(value))
        if reason is None:
            dispatcher.utter_message(response="utter_compensation_nothing")
            return stopped("refused", compensation_reason=None)
        return {"compensation_reason": reason.name}

    async def validate_compensation_accept(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        return answer_to_question("compensation_accept", value, tracker)


def _is_known(tracker: Tracker) -> bool:
    """Whether it is proven who the customer is."""
    return is_signed_in(tracker) or verified_phone(tracker) is not None


def _needs_order(reason: Reason, tracker: Tracker) -> bool:
    """Whether an order has to show it; of somebody unknown the order is the proof who they are."""
    return reason.fact is not None or not _is_known(tracker)


def _named(tracker: Tracker) -> Reason | None:
    try:
        return policy().reasons.get(tracker.get_slot("compensation_reason") or "")
    except PolicyError:
        return None


def _slots(values: dict[str, Any]) -> Events:
    return [SlotSet(name, value) for name, value in values.items()]


def _why_not(refusal: ShopRefusal) -> str:
    if refusal.code in ("member_not_found", "customer_not_found"):
        return (
            "补偿的券和积分要放进会员账户，这个手机号还没有注册会员。"
            "您可以说“转人工”，由同事帮您处理。"
        )
    return refusal.message


class ActionCompensate(ShopAction):
    """Books what was offered and accepted; decides once more, for nothing is given twice."""

    resets = ("compensation_reason", "compensation_offer", "form_stopped")

    def name(self) -> str:
        return "action_compensate"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        try:
            rules = policy()
            reason = rules.reasons[tracker.get_slot("compensation_reason")]
        except (PolicyError, KeyError) as error:
            logger.warning("compensation, conversation %s: %s", tracker.sender_id, error)
            dispatcher.utter_message(response="utter_compensation_nothing")
            return []
        who, outcome = await _decided(rules, reason, tracker)
        if not isinstance(outcome, Gift):
            dispatcher.utter_message(response=REFUSALS[outcome], days=rules.period_days)
            return []
        try:
            number = await _book(outcome, reason, who, rules, tracker)
        except ShopRefusal as refusal:
            if refusal.code not in REFUSALS:
                raise
            dispatcher.utter_message(response=REFUSALS[refusal.code], days=rules.period_days)
            return []
        where = "我的 → 优惠券" if outcome.kind == "coupon" else "我的 → 积分"
        dispatcher.utter_message(
            text=called(
                tracker,
                f"{outcome.words}已经放进您的账户（补偿单号 {number}），在“{where}”里可以看到。"
                "谢谢您的体谅，我们会改进的。",
            )
        )
        return []


class ActionCompensationNotTaken(ShopAction):
    """Nothing was given: the customer does not want it, or the policy has nothing."""

    resets = ("compensation_reason", "compensation_offer", "form_stopped")

    def name(self) -> str:
        return "action_compensation_not_taken"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        why = tracker.get_slot("form_stopped")
        if why == "attempts":
            dispatcher.utter_message(response="utter_too_many_attempts")
        elif why != "refused":
            dispatcher.utter_message(response="utter_compensation_declined")
        return []


class ActionSoothe(Action):
    """Before an upset customer gets an agent: says sorry once, gives what the policy allows.

    Whoever is not signed in gets words only. What fails here is logged: the agent comes anyway.
    """

    def name(self) -> str:
        return "action_soothe"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        again = has_apologized(tracker)
        dispatcher.utter_message(response="utter_understood" if again else "utter_apologize")
        if not is_signed_in(tracker):
            return []
        try:
            rules = policy()
            automatic = (one for one in rules.reasons.values() if one.is_automatic)
            reason = next(automatic, None)
            if reason is None:
                return []
            who, outcome = await _decided(rules, reason, tracker)
            if isinstance(outcome, Gift):
                await _book(outcome, reason, who, rules, tracker)
                dispatcher.utter_message(
                    text=called(
                        tracker, f"这次没让您满意，{outcome.words}已经放进您的账户，请收下。"
                    )
                )
        except (PolicyError, ShopDown, ShopRefusal) as error:
            logger.warning("action_soothe, conversation %s: %s", tracker.sender_id, error)
        return []
