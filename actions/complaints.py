"""Complaints and praise: taken down in full, and handed to the shop."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.forms import answer_to_question
from actions.order_lists import ActionForgetOrder
from actions.order_number import OrderForm
from actions.shop_action import Events, ShopAction
from actions.shop_client import ShopDown, ShopRefusal, ask_shop
from actions.tone import called
from actions.wording import moment

__all__ = ["about_in", "correction_in"]

SUBJECTS = (
    ("客服态度", "客服 态度 服务 敷衍 踢皮球 不回复 没人理 骂人 挂我"),
    ("快递配送", "快递 物流 配送 派送 驿站 小哥 送货 发货 包裹"),
    ("商品质量", "质量 坏 破 瑕疵 假货 商品 虚假 描述 图片 不一样 少发 发错"),
    ("退款售后", "退款 退货 换货 售后 维修 保修 运费"),
    ("价格活动", "价格 降价 优惠 券 活动 赠品 赠送 发票 积分"),
)
"""What complaints are about, with what customers write; the first that fits counts."""
WITHOUT_ORDER = ("客服态度", "价格活动", "其他")
"""Subjects that need no order; with any other one the customer can still say that there is none."""
NO_ORDER = re.compile(r"没有|没订单|不涉及|无关|不记得|忘了|找不到|没下单|跟订单没")
CORRECTIONS = (
    ("complaint_wish", r"诉求|要求|希望|改成退|想要的是"),
    ("order_no", r"订单|单号|哪单|那单"),
    ("complaint_about", r"哪方面|类型|类别|投诉的是"),
    ("complaint_detail", r"经过|内容|描述|补充|写错|说错|改|还有"),
)
"""Parts of the complaint with what customers write to change them."""
LONG_ENOUGH = 12
"""Characters from which the message that complains tells what happened, too."""
SLOTS = (
    "complaint_about",
    "complaint_detail",
    "complaint_wish",
    "complaint_no_order",
    "form_stopped",
)


def about_in(text: str) -> str | None:
    """Return the subject that a text names."""
    for subject, words in SUBJECTS:
        if text == subject or any(word in text for word in words.split()):
            return subject
    return None


def correction_in(text: str) -> str | None:
    """Return the slot that a customer wants to fill anew."""
    return next((slot for slot, words in CORRECTIONS if re.search(words, text)), None)


class ValidateComplaintForm(OrderForm):
    """Asks what it is about, for which order, what happened, what is wished, and who it is."""

    def name(self) -> str:
        return "validate_complaint_form"

    async def required_slots(
        self,
        domain_slots: list[str],
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> list[str]:
        skipped = set()
        is_hopeless = tracker.get_slot("form_stopped") is not None
        if tracker.get_slot("complaint_no_order") or is_hopeless:
            skipped.add("order_no")
        if tracker.get_slot("complaint_about") in WITHOUT_ORDER:
            skipped.add("order_no")
        if tracker.get_slot("customer_id"):
            skipped.add("phone")
        return [slot for slot in domain_slots if slot not in skipped]

    async def get_validation_events(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """Check the answers, and take what the complaining message itself tells."""
        events: Events = await super().get_validation_events(dispatcher, tracker, domain)
        tracker.add_slots(events)
        text = (tracker.latest_message.get("text") or "").strip()
        intent = (tracker.latest_message.get("intent") or {}).get("name")
        starts = tracker.get_slot("requested_slot") is None and intent == "complain"
        if starts and not text.startswith("/"):
            about = about_in(text)
            if about and not tracker.get_slot("complaint_about"):
                events.append(SlotSet("complaint_about", about))
            if about and len(text) >= LONG_ENOUGH:
                events.append(SlotSet("complaint_detail", text[:500]))
        return events

    async def validate_complaint_about(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        text = str(value or "").strip()
        if not text:
            return {"complaint_about": None}
        about = about_in(text) or "其他"
        if len(text) < LONG_ENOUGH or tracker.get_slot("complaint_detail"):
            return {"complaint_about": about}
        return {"complaint_about": about, "complaint_detail": text[:500]}

    async def validate_order_no(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        """Take a number, or that there is none; a complaint never fails for want of one."""
        text = str(value or "")
        if tracker.get_slot("requested_slot") == "order_no" and not re.search(r"\d{6}", text):
            intent = (tracker.latest_message.get("intent") or {}).get("name")
            if intent == "deny" or NO_ORDER.search(text):
                return {"order_no": None, "complaint_no_order": True}
        found = await super().validate_order_no(value, dispatcher, tracker, domain)
        if found.get("form_stopped"):
            return {"order_no": None, "complaint_no_order": True, "failed_attempts": 0.0}
        return found

    async def validate_complaint_detail(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        detail = str(value or "").strip()
        if len(detail) < 4 or detail.isdigit():
            dispatcher.utter_message(response="utter_bad_complaint")
            return {"complaint_detail": None}
        return {"complaint_detail": detail[:500]}

    async def validate_complaint_wish(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        said = (tracker.latest_message.get("text") or "").strip()
        is_said = said and not said.startswith("/") and str(value) in said
        return {"complaint_wish": str(said if is_said else value or "").strip()[:200] or None}

    async def validate_complaint_confirm(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        """Take yes and no; anything else may name what is wrong and is asked again."""
        if value is None or value in ("submit", "drop"):
            return answer_to_question("complaint_confirm", value, tracker)
        if tracker.get_slot("requested_slot") != "complaint_confirm":
            return {"complaint_confirm": None}
        again: dict[str, Any] = {"complaint_confirm": None}
        slot = correction_in(str(value))
        if slot:
            again |= {slot: None}
        if slot == "order_no":
            again |= {"complaint_no_order": None}
        return again


class ActionAskComplaintConfirm(Action):
    """Reads the complaint back before it is handed in."""

    def name(self) -> str:
        return "action_ask_complaint_form_complaint_confirm"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        order_no = _order_no(tracker)
        dispatcher.utter_message(
            response="utter_complaint_read_back",
            order=f"订单：{order_no}\n" if order_no else "",
        )
        return []


class ActionSubmitComplaint(ShopAction):
    resets = SLOTS

    def name(self) -> str:
        return "action_submit_complaint"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        complaint = {
            **_who(tracker),
            "about": tracker.get_slot("complaint_about"),
            "detail": tracker.get_slot("complaint_detail"),
            "wish": tracker.get_slot("complaint_wish"),
        }
        if order_no := _order_no(tracker):
            complaint["order_no"] = order_no
        made = await ask_shop("POST", "/api/complaints", tracker=tracker, body=complaint)
        dispatcher.utter_message(
            text=called(
                tracker,
                f"投诉已经登记好了，编号 {made['complaint_no']}。专人会在 24 小时内"
                f"（{moment(made['due'])}前）联系您，3 个工作日内给您处理结果。",
            )
        )
        return []


class ActionComplaintNotSubmitted(ShopAction):
    resets = SLOTS

    def name(self) -> str:
        return "action_complaint_not_submitted"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        dispatcher.utter_message(response="utter_complaint_dropped")
        return []


class ActionComplaintOtherOrder(Action):
    """Another order in the middle of a complaint: takes the one that is named, or asks again."""

    def name(self) -> str:
        return "action_complaint_other_order"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        forgotten = ActionForgetOrder()
        return [
            *await forgotten.run(dispatcher, tracker, domain),
            SlotSet("complaint_no_order", None),
            SlotSet("complaint_confirm", None),
        ]


class ActionPraise(Action):
    """Passes praise on to the shop, where it is known who it comes from; thanks in any case."""

    def name(self) -> str:
        return "action_praise"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        text = (tracker.latest_message.get("text") or "").strip()
        who = _who(tracker)
        if text and not text.startswith("/") and who:
            praise = {**who, "about": about_in(text) or "橙意商城", "text": text[:1000]}
            try:
                await ask_shop("POST", "/api/praises", tracker=tracker, body=praise)
            except (ShopDown, ShopRefusal):
                dispatcher.utter_message(response="utter_praise_heard")
                return []
            dispatcher.utter_message(response="utter_praise")
        else:
            dispatcher.utter_message(response="utter_praise_heard")
        return []


def _who(tracker: Tracker) -> dict[str, Any]:
    """Return who speaks, as the shop wants it; empty for somebody unknown."""
    if customer := tracker.get_slot("customer_id"):
        return {"customer": customer}
    if phone := tracker.get_slot("phone"):
        return {"phone": phone}
    return {}


def _order_no(tracker: Tracker) -> str | None:
    """Return the order complained of."""
    is_without = tracker.get_slot("complaint_no_order") or (
        tracker.get_slot("complaint_about") in WITHOUT_ORDER
    )
    return None if is_without else tracker.get_slot("order_no")
