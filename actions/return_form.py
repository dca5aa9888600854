"""The form for returns, exchanges and repairs: which questions it asks, and what it accepts."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.forms import answer_to_question
from actions.measures import order_no_in, phone_in
from actions.order_number import OrderForm, stopped
from actions.shop_client import ShopDown, ShopRefusal, ask_shop

__all__ = ["FAULTS", "reason_from_text"]

FAULTS = ("质量问题", "发错货", "少发漏发", "与描述不符", "破损")
KEYWORDS = (
    ("与描述不符", "描述不符 图片 不一样 宣传 色差"),
    ("发错货", "发错 颜色不对 款式不对 不是我买的 寄错"),
    ("少发漏发", "少发 漏发 少了 少件 缺 没有给"),
    ("破损", "破 碎 压坏 压扁 摔 裂"),
    ("质量问题", "质量 坏 起球 掉色 开线 开胶 瑕疵 漏 异味 污渍 用不了 没声音 没反应 失灵 充不进"),
    ("尺码不合适", "码 大了 小了 太大 太小 偏大 偏小 不合身 不合适 紧 松"),
    ("不喜欢", "不喜欢 不想要 不要了 不好看 不满意 不适合 后悔 拍错 买错 多拍"),
)
"""Reasons in the shop's words with what customers write for them; the first that fits counts."""


def reason_from_text(text: str) -> str | None:
    """Return the reason in the shop's words, or the customer's own if it is short enough."""
    text = text.strip()
    for reason, words in KEYWORDS:
        if text == reason or any(word in text for word in words.split()):
            return reason
    return text if 2 <= len(text) <= 40 else None


class ValidateReturnForm(OrderForm):
    def name(self) -> str:
        return "validate_return_form"

    async def required_slots(
        self,
        domain_slots: list[str],
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> list[str]:
        """Ask for details only of a fault, for a specification only to exchange."""
        wanted = await super().required_slots(domain_slots, dispatcher, tracker, domain)
        skipped, service = set(), tracker.get_slot("service_type")
        if service == "repair":
            skipped.add("return_reason")
        elif tracker.get_slot("return_reason") not in FAULTS:
            skipped.add("problem_detail")
        if service != "exchange":
            skipped.add("exchange_spec")
        return [slot for slot in wanted if slot not in skipped]

    async def order_checked(
        self, order: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> dict[str, Any]:
        ended = await self._end_if_refused(order["order_no"], dispatcher, tracker)
        return {"return_state": None, **ended}

    async def _end_if_refused(
        self, order_no: str, dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> dict[str, Any]:
        """Return the slots that end the form if nothing can be applied for; nothing else."""
        is_repair = tracker.get_slot("service_type") == "repair"
        try:
            conditions = await _conditions(order_no, tracker)
        except ShopDown:
            return {}
        except ShopRefusal as refusal:
            if refusal.code == "already_returning":
                opened = refusal.details.get("return_no")
                return stopped("returning", order_no=None, return_no=opened, return_state="open")
            if is_repair and refusal.code in ("too_late", "already_refunded"):
                return {}
            dispatcher.utter_message(text=refusal.message + _advice(refusal))
            return stopped("refused", order_no=None)
        reason = tracker.get_slot("return_reason")
        if is_repair or not reason or not self._refuses(conditions, reason, dispatcher):
            return {}
        return stopped("refused", return_reason=None, order_no=None)

    async def validate_return_reason(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        if value is None:
            return {"return_reason": None}
        reason = reason_from_text(str(value))
        if reason is None:
            dispatcher.utter_message(response="utter_bad_reason")
            return {"return_reason": None}
        order_no = tracker.get_slot("order_no")
        if order_no and reason not in FAULTS:
            try:
                conditions = await _conditions(order_no, tracker)
            except (ShopDown, ShopRefusal):
                return {"return_reason": reason}
            if self._refuses(conditions, reason, dispatcher):
                return stopped("refused", return_reason=None, order_no=None)
        return {"return_reason": reason}

    def _refuses(
        self, conditions: dict[str, Any], reason: str, dispatcher: CollectingDispatcher
    ) -> bool:
        """Say so if the order can be sent back for faults only and ``reason`` is none."""
        if not conditions["faults_only"] or reason_from_text(reason) in FAULTS:
            return False
        dispatcher.utter_message(
            text=f"这个订单{conditions['why']}，没有质量问题就不能退换了，请您谅解。"
            "如果其实是质量问题，重新跟我说“退货”并说明情况就行。"
        )
        return True

    async def validate_return_confirm(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        return answer_to_question("return_confirm", value, tracker)

    async def validate_problem_detail(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        detail = str(value).strip()
        if len(detail) < 2 or detail.isdigit():
            dispatcher.utter_message(response="utter_bad_detail")
            return {"problem_detail": None}
        return {"problem_detail": detail[:200]}

    async def validate_exchange_spec(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        said = [
            str(entity["value"])
            for entity in tracker.latest_message.get("entities", [])
            if entity["entity"] in ("color", "size") and entity.get("role") == "to"
        ]
        text = str(value).strip()
        if not said and (order_no_in(text) or phone_in(text)):
            return {"exchange_spec": None}
        return {"exchange_spec": " ".join(said) or text[:60] or None}


async def _conditions(order_no: str, tracker: Tracker) -> dict[str, Any]:
    return await ask_shop("GET", f"/api/orders/{order_no}/return-conditions", tracker=tracker)


async def _conditions(order_no: str, tracker: Tracker) -> dict[str, Any]:
    return await ask_shop("GET", f"/api/orders/{order_no}/return-conditions", tracker=tracker)


def _advice(refusal: ShopRefusal) -> str:
    if refusal.code == "too_late":
        return "数码和小家电 1 年内可以保修，需要的话跟我说“报修”。"
    if refusal.details.get("status") in ("unpaid", "paid"):
        return "还没发货，可以直接取消，跟我说“取消订单”就行。"
    return "要办别的订单，把订单号发给我就行。"
