"""Something is missing, wrong, or never came: taken down for the warehouse or the courier."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.forms import answer_to_question
from actions.order_changes import tell_not_confirmed
from actions.order_number import OrderForm, stopped
from actions.shop_action import Events, OrderAction, ShopAction
from actions.shop_client import ShopDown, ShopRefusal, ask_shop
from actions.wording import moment

__all__ = ["kind_of"]

CLAIM_SLOTS = ("claim_detail", "form_stopped", "photos")
WRONG = re.compile(
    r"错|不对|不一样|不是我|不符|换了|我要的是|我买的是|wrong|different", re.IGNORECASE
)
CLEAR_ENOUGH = 8
"""Characters from which on the message that begins the form tells what is the matter."""
OUTCOMES = {
    "missing": "核实后少的补发给您，没货可补的退款",
    "wrong": "核实后给您换成对的，来回运费我们承担",
    "not_received": "快递查不到的，我们补发或者退款",
}


def kind_of(tracker: Tracker) -> str:
    """Return what the shop calls it: ``missing``, ``wrong`` or ``not_received``."""
    if tracker.get_slot("claim_kind") == "not_received":
        return "not_received"
    return "wrong" if WRONG.search(str(tracker.get_slot("claim_detail") or "")) else "missing"


class ValidateClaimForm(OrderForm):
    def name(self) -> str:
        return "validate_claim_form"

    async def required_slots(
        self,
        domain_slots: list[str],
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> list[str]:
        """Ask for no details of a parcel that never came."""
        wanted = await super().required_slots(domain_slots, dispatcher, tracker, domain)
        if tracker.get_slot("claim_kind") != "not_received":
            return wanted
        return [slot for slot in wanted if slot != "claim_detail"]

    async def order_checked(
        self, order: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> dict[str, Any]:
        number, status = order["order_no"], order["status"]
        is_missed = tracker.get_slot("claim_kind") == "not_received"
        if status == "signed" or (status == "shipped" and not is_missed):
            return {}
        text = f"订单 {number} {order['status_name']}，"
        if status == "shipped":
            text += "包裹还在路上，跟我说“查物流”，我帮您看走到哪了。"
        else:
            text += "还没有寄出；收到后有问题随时找我。"
        dispatcher.utter_message(text=text)
        return stopped("refused", order_no=None)

    async def validate_claim_detail(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        text = str(value).strip()
        is_asked = tracker.get_slot("requested_slot") == "claim_detail"
        if text.startswith("/") or len(text) < (2 if is_asked else CLEAR_ENOUGH) or text.isdigit():
            if is_asked:
                dispatcher.utter_message(response="utter_bad_detail")
            return {"claim_detail": None}
        return {"claim_detail": text[:500]}

    async def validate_claim_confirm(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        return answer_to_question("claim_confirm", value, tracker)


class ActionAskClaimConfirm(Action):
    """Reads back what will be taken down; of a parcel that never came, where it was signed for."""

    def name(self) -> str:
        return "action_ask_claim_form_claim_confirm"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        order_no = tracker.get_slot("order_no")
        if kind_of(tracker) == "not_received":
            text = f"{await _signed_where(order_no, tracker)}先问问家人、门卫和驿站，可能是代收了。"
            text += "还是没有的话，我登记下来找快递核查，现在登记吗？"
        else:
            detail = tracker.get_slot("claim_detail")
            text = f"请核对：订单 {order_no}，情况是“{detail}”。我登记给仓库核实，可以吗？"
        buttons = [
            {"title": "登记", "payload": "/affirm"},
            {"title": "先不用", "payload": "/deny"},
        ]
        dispatcher.utter_message(text=text, buttons=buttons)
        return []


async def _signed_where(order_no: str, tracker: Tracker) -> str:
    try:
        parcel = await ask_shop("GET", f"/api/orders/{order_no}/logistics", tracker=tracker)
    except (ShopDown, ShopRefusal):
        return ""
    latest = parcel["steps"][0] if parcel["steps"] else None
    return f"物流显示 {moment(latest['at'])} {latest['text']}。" if latest else ""


class ActionSubmitClaim(OrderAction):
    resets = CLAIM_SLOTS

    def name(self) -> str:
        return "action_submit_claim"

    async def act_on(
        self, order_no: str, dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> Events:
        kind = kind_of(tracker)
        wanted: dict[str, Any] = {"kind": kind}
        wanted["detail"] = tracker.get_slot("claim_detail") or "显示签收，没有收到"
        if photos := tracker.get_slot("photos"):
            wanted["photos"] = photos
        path = f"/api/orders/{order_no}/claims"
        made = await ask_shop("POST", path, tracker=tracker, body=wanted)
        dispatcher.utter_message(
            text=f"登记好了，核实单号 {made['claim_no']}，{moment(made['due'])}前给您结果。"
            f"{OUTCOMES[kind]}。给您添麻烦了。"
        )
        return []


class ActionClaimNotSubmitted(ShopAction):
    resets = CLAIM_SLOTS

    def name(self) -> str:
        return "action_claim_not_submitted"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        text = "好的，先不登记。您再找找看，还是没有的话随时找我。"
        if kind_of(tracker) != "not_received":
            text = "好的，先不登记，需要的时候随时找我。"
        tell_not_confirmed(dispatcher, tracker, text)
        return []
