"""The parcel in which goods come back: its courier and number, told in the chat and booked."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.forms import answer_to_question
from actions.measures import order_no_in, phone_in, return_no_in
from actions.order_changes import tell_not_confirmed
from actions.order_number import OrderForm, say_if_asked, stopped
from actions.returns import SERVICE_NAMES
from actions.shop_action import Events, ShopAction
from actions.shop_client import ShopDown, ShopRefusal, ask_shop
from actions.wording import items_in_words

__all__ = ["awaited", "courier_in", "tracking_no_in"]

TRACKING_NO = re.compile(r"(?<![A-Za-z0-9])([A-Za-z]{0,4}\d{8,18}[A-Za-z]{0,2})(?![A-Za-z0-9])")
COURIERS = (
    ("顺丰速运", ("顺丰", "sf")),
    ("中通快递", ("中通", "zt")),
    ("圆通速递", ("圆通", "yt")),
    ("韵达快递", ("韵达", "yd")),
    ("申通快递", ("申通", "st")),
    ("京东物流", ("京东", "jd")),
    ("极兔速递", ("极兔", "jt")),
    ("邮政EMS", ("邮政", "ems")),
)
"""Couriers with how customers call them, and how their numbers begin."""
CHOICES = "back_choices"
SLOTS = ("back_tracking_no", "back_courier", "back_return", "back_choices", "form_stopped")
AWAITED = ("submitted", "approved", "sent")


def tracking_no_in(text: str) -> str | None:
    """Return the tracking number in ``text``: no order number, phone or number of a return."""
    joined = re.sub(r"(?<=[A-Za-z\d])[ -]+(?=\d)", "", text)
    for number in TRACKING_NO.findall(joined):
        if not (order_no_in(number) or phone_in(number) or return_no_in(number)):
            return str(number).upper()
    return None


def courier_in(text: str) -> str | None:
    """Return the courier that is named in ``text``, or that a tracking number begins with."""
    lowered = text.lower()
    for courier, (name, prefix) in COURIERS:
        if name in text or re.search(rf"(?<![a-z]){prefix}", lowered):
            return courier
    return None


def awaited(entry: dict[str, Any]) -> bool:
    """Whether a parcel can still be told for a return."""
    return bool(entry["return_no"]) and entry["status"] in AWAITED


class ValidateParcelBackForm(OrderForm):
    """Asks for the order, the return if there are several, the number and the courier."""

    def name(self) -> str:
        return "validate_parcel_back_form"

    async def required_slots(
        self,
        domain_slots: list[str],
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> list[str]:
        wanted = await super().required_slots(domain_slots, dispatcher, tracker, domain)
        return [slot for slot in wanted if slot != "back_return" or tracker.get_slot(CHOICES)]

    async def get_extraction_events(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """Take number and courier wherever in the form they are said."""
        events: Events = await super().get_extraction_events(dispatcher, tracker, domain)
        text = tracker.latest_message.get("text") or ""
        number = None if text.startswith("/") else tracking_no_in(text)
        courier = None if text.startswith("/") else courier_in(text)
        for slot, value in (("back_tracking_no", number), ("back_courier", courier)):
            if value and value != tracker.get_slot(slot):
                tracker.slots[slot] = value
                events.append(SlotSet(slot, value))
        return events

    async def order_checked(
        self, order: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> dict[str, Any]:
        """Find the application that the parcel belongs to."""
        order_no = order["order_no"]
        try:
            path = f"/api/orders/{order_no}/returns"
            found = (await ask_shop("GET", path, tracker=tracker))["returns"]
        except (ShopDown, ShopRefusal):
            dispatcher.utter_message(response="utter_shop_down")
            return stopped("refused", order_no=None)
        fitting = [entry for entry in found if awaited(entry)]
        if not fitting:
            text = f"订单 {order_no} 没有等着寄回的退换申请，不用填单号。要退换的话，跟我说“退货”。"
            dispatcher.utter_message(text=text)
            return stopped("refused", order_no=None)
        said = tracker.latest_message.get("text") or ""
        named = return_no_in(said) or tracker.get_slot("order_given")
        chosen = [entry for entry in fitting if entry["return_no"] == named] or fitting
        without_number = [entry for entry in chosen if not entry["tracking_no"]] or chosen
        if len(without_number) == 1:
            return {"back_return": without_number[0]["return_no"], CHOICES: None}
        return {"back_return": None, CHOICES: [_choice(entry) for entry in without_number]}

    async def validate_back_return(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        choices = tracker.get_slot(CHOICES) or []
        named = return_no_in(str(value or ""))
        fitting = [
            one
            for number, one in enumerate(choices, start=1)
            if one["return_no"] == named or _points_at(str(value), one, number)
        ]
        if len(fitting) != 1 and choices:
            return {"back_return": None}
        return {"back_return": fitting[0]["return_no"] if fitting else value}

    async def validate_back_tracking_no(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        number = tracking_no_in(str(value or ""))
        if number is None:
            say_if_asked("utter_bad_tracking_no", "back_tracking_no", value, dispatcher, tracker)
            return {"back_tracking_no": None}
        courier = courier_in(tracker.latest_message.get("text") or "") or courier_in(number)
        return {"back_tracking_no": number} | ({"back_courier": courier} if courier else {})

    async def validate_back_courier(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        courier = courier_in(str(value or ""))
        if courier is None:
            say_if_asked("utter_bad_courier", "back_courier", value, dispatcher, tracker)
        return {"back_courier": courier}

    async def validate_back_confirm(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        return answer_to_question("back_confirm", value, tracker)


def _choice(entry: dict[str, Any]) -> dict[str, Any]:
    goods = items_in_words(entry["items"]) if entry.get("items") else ""
    title = f"{SERVICE_NAMES[entry['service']]} {goods or entry['return_no']}"
    return {"return_no": entry["return_no"], "title": title}


def _points_at(text: str, choice: dict[str, Any], number: int) -> bool:
    product = re.split(r"[ （]", choice["title"])[1]
    return product in text or f"第{'一二三四五六七八九'[min(number, 9) - 1]}" in text


class ActionAskBackReturn(Action):
    """Asks to which of several applications the parcel belongs."""

    def name(self) -> str:
        return "action_ask_parcel_back_form_back_return"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        choices = tracker.get_slot(CHOICES) or []
        lines = "\n".join(
            f"{number}. {one['title']}　{one['return_no']}"
            for number, one in enumerate(choices, start=1)
        )
        dispatcher.utter_message(
            text=f"这个订单有几个退换申请，寄回的是哪一个的商品？\n{lines}",
            buttons=[{"title": one["title"], "payload": one["return_no"]} for one in choices],
        )
        return []


class ActionBookParcelBack(ShopAction):
    resets = (*SLOTS, "parcel_awaited")

    def name(self) -> str:
        return "action_book_parcel_back"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        return_no = tracker.get_slot("back_return")
        body = {
            "courier": tracker.get_slot("back_courier"),
            "tracking_no": tracker.get_slot("back_tracking_no"),
        }
        made = await ask_shop(
            "POST", f"/api/returns/{return_no}/parcel", tracker=tracker, body=body
        )
        dispatcher.utter_message(
            text=f"登记好了：售后单 {return_no} 寄回的是{made['courier']} {made['tracking_no']}。"
            "仓库收到后 48 小时内验收；想看走到哪了，跟我说“退货到哪了”。"
        )
        return []


class ActionParcelBackNotBooked(ShopAction):
    resets = SLOTS

    def name(self) -> str:
        return "action_parcel_back_not_booked"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        tell_not_confirmed(dispatcher, tracker, "好的，单号先不登记。核对好了再发给我就行。")
        return []
