"""The form for returns, exchanges and repairs: which questions it asks, and what it accepts."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.forms import answer_to_question
from actions.measures import order_no_in, phone_in
from actions.order_number import OrderForm, earlier_value, names_a_matter, stopped
from actions.photos import has_photo, photos_with
from actions.reasons import FAULTS, names_a_reason, reason_from_text
from actions.return_choice import chosen_at_once, chosen_by, has_a_choice, with_pieces
from actions.shop_client import ShopDown, ShopRefusal, ask_shop

__all__ = ["ValidateReturnForm"]

SERVICES = ("return_goods", "exchange_goods", "repair_goods")


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
        if not has_a_choice(tracker):
            skipped.add("return_items")
        return [slot for slot in wanted if slot not in skipped]

    async def validate_order_no(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        slots = await super().validate_order_no(value, dispatcher, tracker, domain)
        chosen = dict.fromkeys(("return_items", "return_choices", "return_picked"))
        return {"return_state": None, **chosen, **slots}

    async def order_checked(
        self, order: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> dict[str, Any]:
        return await self._end_if_refused(order["order_no"], dispatcher, tracker)

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
            if not is_repair or refusal.code != "too_late":
                dispatcher.utter_message(text=refusal.message + _advice(refusal))
                return stopped("refused", order_no=None)
            conditions = {}
        if is_repair:
            return await self._end_if_not_covered(order_no, dispatcher, tracker)
        reason = tracker.get_slot("return_reason")
        if reason and self._refuses(conditions, reason, dispatcher):
            return stopped("refused", return_reason=None, order_no=None)
        return _progress_if_open(conditions, tracker) or chosen_at_once(conditions, tracker)

    async def _end_if_not_covered(
        self, order_no: str, dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> dict[str, Any]:
        try:
            found = await ask_shop("GET", f"/api/orders/{order_no}/warranty", tracker=tracker)
        except (ShopDown, ShopRefusal):
            return {}
        if covered := [item for item in found["items"] if item["is_covered"]]:
            return chosen_at_once({"items": covered}, tracker)
        dispatcher.utter_message(response="utter_no_warranty")
        return stopped("refused", order_no=None)

    async def validate_return_items(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        """Take the items that are named; before the end they may be named anew."""
        items, text = tracker.get_slot("return_choices") or [], str(value)
        if not isinstance(value, str):
            return {"return_items": value}
        product = next(tracker.get_latest_entity_values("product"), None)
        picked = tracker.get_slot("return_picked") or []
        if found := with_pieces(text, items, picked) or chosen_by(text, items, product):
            return found
        if tracker.get_slot("requested_slot") != "return_items":
            return {"return_items": earlier_value(tracker, "return_items")}
        return await self._nothing_chosen(text, dispatcher, tracker)

    async def _nothing_chosen(
        self, text: str, dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> dict[str, Any]:
        intent = (tracker.latest_message.get("intent") or {}).get("name")
        if intent == "deny":
            return await self._progress_instead(tracker)
        items = tracker.get_slot("return_choices") or []
        if intent == "affirm" and len(items) == 1:
            return chosen_by("都", items, None)
        if not names_a_matter(text, tracker) and not names_a_reason(text):
            dispatcher.utter_message(response="utter_bad_items")
        return {"return_items": None}

    async def _progress_instead(self, tracker: Tracker) -> dict[str, Any]:
        """End the form: with how far the open application is, if there is one."""
        try:
            opened = (await _conditions(tracker.get_slot("order_no"), tracker))["open_returns"]
        except (ShopDown, ShopRefusal):
            opened = []
        if not opened:
            return stopped("given_up", return_items=None, order_no=None)
        number = opened[0]["return_no"]
        ended = {"return_no": number, "return_state": "open", "return_items": None}
        return stopped("returning", order_no=None, **ended)

    async def validate_return_reason(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        if value is None or self._names_a_service(str(value), tracker):
            return {"return_reason": None}
        intent = (tracker.latest_message.get("intent") or {}).get("name")
        is_bare = intent in ("affirm", "deny") and not names_a_reason(str(value))
        reason = None if is_bare else reason_from_text(str(value))
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

    def _names_a_service(self, text: str, tracker: Tracker) -> bool:
        """Whether ``text`` only says what is wanted, as in ``那还是换货吧``, and no reason."""
        intent = (tracker.latest_message.get("intent") or {}).get("name")
        return intent in SERVICES and not names_a_reason(text)

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
        if self._names_a_service(detail, tracker):
            return {"problem_detail": None}
        if len(detail) < 2 or detail.isdigit():
            dispatcher.utter_message(response="utter_bad_detail")
            return {"problem_detail": None}
        slots: dict[str, Any] = {"problem_detail": detail[:200]}
        return slots | {"photos": photos_with(tracker)} if has_photo(tracker) else slots

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


def _progress_if_open(conditions: dict[str, Any], tracker: Tracker) -> dict[str, Any]:
    """Return the slots that tell of an open application if it is for what the customer names."""
    wish = str(tracker.get_slot("return_wish") or "")
    if not wish or chosen_by(wish, conditions["items"], tracker.get_slot("product")):
        return {}
    for one in conditions.get("open_returns") or []:
        if any(item["product"] in wish for item in one["items"]):
            number = one["return_no"]
            return stopped("returning", order_no=None, return_no=number, return_state="open")
    return {}


async def _conditions(order_no: str, tracker: Tracker) -> dict[str, Any]:
    return await ask_shop("GET", f"/api/orders/{order_no}/return-conditions", tracker=tracker)


def _advice(refusal: ShopRefusal) -> str:
    if refusal.code == "too_late":
        return "数码和小家电 1 年内可以保修，需要的话跟我说“报修”。"
    if refusal.details.get("status") in ("unpaid", "paid"):
        return "还没发货，可以直接取消，跟我说“取消订单”就行。"
    return "要办别的订单，把订单号发给我就行。"
