"""Gift cards: what is left on one, and putting it into the customer's account."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk import FormValidationAction, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.account_of import account_of
from actions.forms import answer_to_question
from actions.order_number import ATTEMPTS, names_a_matter, stopped
from actions.shop_action import Events, ShopAction
from actions.shop_client import ShopDown, ShopRefusal, ask_shop
from actions.shop_identity import is_signed_in
from actions.wording import day

CARD_NO = re.compile(r"(?<![0-9A-Za-z])OC[0-9]{8}(?![0-9A-Za-z])", re.IGNORECASE)


def card_no_in(text: str) -> str | None:
    """Return the number of a gift card; blanks and hyphens inside it do not matter."""
    found = CARD_NO.search(re.sub(r"(?<=[0-9A-Za-z])[\s-]+(?=[0-9])", "", text))
    return found.group().upper() if found else None


class ValidateGiftCardForm(FormValidationAction):
    """Asks for the number, and whether to bind the card if that can be done."""

    def name(self) -> str:
        return "validate_gift_card_form"

    async def required_slots(
        self,
        domain_slots: list[str],
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> list[str]:
        return [] if tracker.get_slot("form_stopped") else domain_slots

    async def validate_card_no(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        """Say what is on the card; ask on only if it can be bound."""
        if value is None:
            return {"card_no": None}
        card_no = card_no_in(str(value))
        if card_no is None:
            return self._without_number(str(value), dispatcher, tracker)
        try:
            card = await ask_shop("GET", f"/api/gift-cards/{card_no}", tracker=tracker)
        except ShopRefusal:
            return self._again("utter_card_not_found", dispatcher, tracker)
        except ShopDown:
            dispatcher.utter_message(response="utter_shop_down")
            return stopped("down", card_no=None)
        dispatcher.utter_message(text=card_in_words(card))
        can_be_bound = not card["is_bound"] and not card["is_expired"]
        if can_be_bound and is_signed_in(tracker):
            return {"card_no": card_no, "failed_attempts": 0.0}
        if can_be_bound:
            dispatcher.utter_message(response="utter_sign_in_to_bind")
        return stopped("told", card_no=card_no)

    def _without_number(
        self, text: str, dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> dict[str, Any]:
        if (tracker.latest_message.get("intent") or {}).get("name") == "deny":
            return stopped("declined", card_no=None)
        if names_a_matter(text, tracker):
            return {"card_no": None}
        return self._again("utter_bad_card_no", dispatcher, tracker)

    def _again(
        self, response: str, dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> dict[str, Any]:
        attempts = (tracker.get_slot("failed_attempts") or 0) + 1
        if attempts >= ATTEMPTS:
            return stopped("attempts", card_no=None, failed_attempts=0.0)
        dispatcher.utter_message(response=response)
        return {"card_no": None, "failed_attempts": float(attempts)}

    async def validate_card_confirm(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        return answer_to_question("card_confirm", value, tracker)


def card_in_words(card: dict[str, Any]) -> str:
    """Return what is left on a card, until when, and whose it is."""
    text = f"礼品卡 {card['code']}：面值 {card['value']} 元，余额 {card['balance']} 元，"
    if card["is_expired"]:
        return text + f"{day(card['expires_at'])}已经到期。卡里还有钱的话，跟我说“转人工”问问延期。"
    text += f"{day(card['expires_at'])}前有效，"
    return text + ("已经绑定账户。" if card["is_bound"] else "还没有绑定账户。")


class ActionBindGiftCard(ShopAction):
    resets = ("card_no", "form_stopped")

    def name(self) -> str:
        return "action_bind_gift_card"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        card_no, account = tracker.get_slot("card_no"), await account_of(tracker)
        if not card_no or not account:
            dispatcher.utter_message(response="utter_sign_in_to_bind")
            return []
        body = {"customer": account}
        card = await ask_shop("POST", f"/api/gift-cards/{card_no}/bind", body=body, tracker=tracker)
        dispatcher.utter_message(
            text=f"绑定好了，{card['balance']} 元已经在您的账户里，付款时选“礼品卡”就能用。"
        )
        return []


class ActionGiftCardNotBound(ShopAction):
    """The card was only looked at, or the customer did not want to bind it."""

    resets = ("card_no", "form_stopped")

    def name(self) -> str:
        return "action_gift_card_not_bound"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        match tracker.get_slot("form_stopped"):
            case "attempts":
                dispatcher.utter_message(response="utter_card_attempts")
            case "declined" | None:
                dispatcher.utter_message(response="utter_anything_else")
        return []
