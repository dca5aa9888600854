"""The customer's account: password, locks, phone, deletion, history; all after a verification."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from typing import Any

from rasa_sdk import Action, FormValidationAction, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.account_of import account_of
from actions.forms import answer_to_question
from actions.measures import phone_in
from actions.order_number import earlier_value, names_a_matter
from actions.shop_action import Events, ShopAction
from actions.shop_client import ShopRefusal, ask_shop
from actions.shop_identity import verified_phone
from actions.wording import day, order_title

LATEST_ORDERS = 5
MATTERS = ("password_problem", "account_locked", "delete_account")
DO_IT = re.compile(
    r"(?:好的?|行|可以|嗯)?[，, ]?那?就?(?:帮我|给我|请|麻烦|现在|确定|确认)?"
    r"(重设|重置|解锁|解开|注销)(?:密码|账号|账户|一下|吧)*"
)


class ValidateAccountForm(FormValidationAction):
    """Asks whether to go on: resetting the password, unlocking, deleting the account.

    ``帮我解锁`` is a yes, too, though it sounds like the matter being brought up again.
    """

    def name(self) -> str:
        return "validate_account_form"

    async def validate_account_confirm(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        intent = (tracker.latest_message.get("intent") or {}).get("name")
        is_yes = intent not in MATTERS or repeats_the_question(tracker)
        return answer_to_question("account_confirm", value if is_yes else None, tracker)


def repeats_the_question(tracker: Tracker) -> bool:
    """Whether the message says no more than what was just asked: ``帮我解锁`` for 解锁吗."""
    said = DO_IT.fullmatch(str(tracker.latest_message.get("text") or "").strip(" 。！!"))
    texts = (event.get("text") for event in reversed(tracker.events) if event["event"] == "bot")
    asked = next(texts, None) or ""
    return said is not None and said.group(1) in asked


class ValidatePhoneForm(ValidateAccountForm):
    """Asks for the new phone number, and shows it before it is taken over."""

    def name(self) -> str:
        return "validate_phone_form"

    async def extract_new_phone(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        """Take another number that is given while the first one is being confirmed."""
        is_confirming = tracker.get_slot("requested_slot") == "account_confirm"
        phone = phone_in(str(tracker.latest_message.get("text") or ""))
        return {"new_phone": phone} if is_confirming and phone else {}

    async def validate_new_phone(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        if value is None:
            return {"new_phone": None}
        phone = phone_in(str(value))
        if phone is None:
            if not names_a_matter(str(value), tracker):
                dispatcher.utter_message(response="utter_bad_phone")
            return {"new_phone": None}
        if verified_phone(tracker) == phone:
            dispatcher.utter_message(response="utter_same_phone")
            return {"new_phone": None}
        return {"new_phone": phone}


class ActionPrepareChangePhone(Action):
    """The number in "change it to 139…" is the new one: it is not where the code goes."""

    def name(self) -> str:
        return "action_prepare_change_phone"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        given = next(tracker.get_latest_entity_values("phone"), None)
        new_phone = phone_in(str(given)) if given else None
        if new_phone is None:
            return [SlotSet("new_phone", None)]
        return [SlotSet("new_phone", new_phone), SlotSet("phone", earlier_value(tracker, "phone"))]


class AccountAction(ShopAction, ABC):
    """An action on the account of the customer who was verified."""

    is_sensitive = True

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        account = await account_of(tracker)
        if account is None:
            dispatcher.utter_message(response="utter_no_account")
            return []
        return await self.act_on(account, dispatcher, tracker)

    @abstractmethod
    async def act_on(
        self, account: str, dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> Events:
        """Do the work for the account with this number."""


class ActionResetPassword(AccountAction):
    def name(self) -> str:
        return "action_reset_password"

    async def act_on(
        self, account: str, dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> Events:
        sent = await ask_shop("POST", f"/api/customers/{account}/password-reset", tracker=tracker)
        dispatcher.utter_message(
            text=f"核实好了，重设密码的短信已发到 {sent['sent_to']}，30 分钟内有效。"
            "新密码别和其他网站用同一个，验证码、密码都不要告诉别人。"
        )
        return []


class ActionUnlockAccount(AccountAction):
    def name(self) -> str:
        return "action_unlock_account"

    async def act_on(
        self, account: str, dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> Events:
        unlocked = await ask_shop("POST", f"/api/customers/{account}/unlock", tracker=tracker)
        if unlocked["was_locked"]:
            text = "账号已经解锁，现在就可以登录了。记不清密码的话，跟我说“重置密码”。"
        else:
            text = (
                "核实过了，您的账号没有被锁。登不上的话，换个网络、更新一下 App 再试，"
                "或者改用短信验证码登录；还是不行，跟我说“转人工”。"
            )
        dispatcher.utter_message(text=text)
        return []


class ActionChangePhone(AccountAction):
    resets = ("new_phone",)

    def name(self) -> str:
        return "action_change_phone"

    async def act_on(
        self, account: str, dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> Events:
        wanted = {"phone": tracker.get_slot("new_phone")}
        try:
            changed = await ask_shop(
                "PUT", f"/api/customers/{account}/phone", body=wanted, tracker=tracker
            )
        except ShopRefusal as refusal:
            text = refusal.message
            if refusal.code == "phone_taken":
                text += "那个账户不用了的话，可以先注销它，7 天后再来换绑；要合并请跟我说“转人工”。"
            dispatcher.utter_message(text=text)
            return []
        dispatcher.utter_message(
            text=f"换好了，以后用 {changed['phone']} 登录，订单、积分、优惠券都还在。"
        )
        return [SlotSet("phone", None)]


class ActionDeleteAccount(AccountAction):
    def name(self) -> str:
        return "action_delete_account"

    async def act_on(
        self, account: str, dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> Events:
        deleted = await ask_shop("POST", f"/api/customers/{account}/deletion", tracker=tracker)
        dispatcher.utter_message(
            text=f"注销申请已提交，{day(deleted['deleted_by'])}生效。"
            "这之前登录一次就算撤销，不用再找我。"
        )
        return []


class ActionAccountUnchanged(ShopAction):
    """The customer did not confirm."""

    resets = ("new_phone",)

    def name(self) -> str:
        return "action_account_unchanged"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        dispatcher.utter_message(response="utter_account_unchanged")
        return []


class ActionRequestHistory(AccountAction):
    def name(self) -> str:
        return "action_request_history"

    async def act_on(
        self, account: str, dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> Events:
        history = await ask_shop("GET", f"/api/customers/{account}/history", tracker=tracker)
        dispatcher.utter_message(text=history_in_words(history))
        return []


def history_in_words(history: dict[str, Any]) -> str:
    """Return a customer's history at a glance: sums, and the latest orders."""
    counted = [
        f"{len(history[key])} {name}"
        for key, name in (("returns", "次售后"), ("invoices", "张发票"), ("complaints", "次投诉"))
        if history[key]
    ]
    text = (
        f"从 {day(history['customer']['joined_at'])}注册到现在，您一共下了 "
        f"{history['orders_total']} 个订单，实付 {history['spent_total']} 元"
    )
    text += "".join(f"，{count}" for count in counted) + "。"
    latest = [
        f"· {day(order['ordered_at'])}　{order['order_no']}　{order_title(order)}"
        f"　{order['amount']} 元"
        for order in history["orders"][:LATEST_ORDERS]
    ]
    if latest:
        text += f"\n最近的 {len(latest)} 个订单：\n" + "\n".join(latest)
    return text + "\n要完整明细的文件，在“我的 → 设置 → 隐私 → 导出个人数据”里申请。"
