"""Paying: what to do when it fails, instalments, deposits."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any, Literal

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.measures import order_no_in
from actions.order_number import OrderForm, stopped
from actions.shop_action import Events, ShopAction
from actions.shop_client import ShopDown, ShopRefusal, ask_shop
from actions.wording import day, moment

Trouble = Literal["twice", "charged", "failed"]

TWICE = r"重复|两次|两笔|两遍|两条|二次|双倍|多扣|多付|多刷|twice|double"
CHARGED = (
    r"扣.{0,3}(款|钱|费|了)|钱.{0,8}(扣|划|没了|冇)|划(走|掉)|付过|付(?!不).{0,2}了.{0,6}(没|还|待|未|不)"
    r"|已付|已经付|没有?订单|没显示|charged|paid"
)
FAILED = (
    r"付不|不了|失败|打不开|没反应|报错|异常|风险|限额|卡住|闪退|不成功|无法|繁忙|不足|被拒|不出|不上|过不去"
    r"|转圈|跳不|用不|不起|fail|can't|cannot|error"
)
TROUBLES: tuple[tuple[Trouble, str], ...] = (
    ("twice", TWICE),
    ("charged", CHARGED),
    ("failed", FAILED),
)
"""Kinds of trouble by what customers write; the first that fits counts."""
NO_ORDER = re.compile(r"没有?(订单|单号|生成)|找不到|不知道|没看到|查不到|冇|no order")
LEAST_FOR_INSTALMENTS = 300
FREE_PERIODS, PERIODS = 3, (3, 6, 12)
NUMBER = re.compile(r"\d+(?:\.\d{1,2})?")


def trouble_in(text: str) -> Trouble | None:
    """Return what went wrong with a payment, None when the message does not say."""
    return next((name for name, words in TROUBLES if re.search(words, text)), None)


class ValidatePaymentForm(OrderForm):
    """Asks what went wrong, and for the order where money was taken."""

    def name(self) -> str:
        return "validate_payment_form"

    async def required_slots(
        self,
        domain_slots: list[str],
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> list[str]:
        if tracker.get_slot("form_stopped"):
            return []
        if tracker.get_slot("payment_trouble") == "failed":
            return ["payment_trouble"]
        return await super().required_slots(domain_slots, dispatcher, tracker, domain)

    async def extract_payment_trouble(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        """Take it from the message that the form begins with, or that says more about it."""
        message = tracker.latest_message
        text = str(message.get("text") or "")
        is_about_it = (message.get("intent") or {}).get("name") == "payment_problem"
        trouble = trouble_in(text) if is_about_it else None
        return {"payment_trouble": trouble} if trouble else {}

    async def validate_payment_trouble(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        """Stop asking for an order when it is said at once that there is none."""
        trouble = value if value in ("twice", "charged", "failed") else trouble_in(str(value))
        text = str(tracker.latest_message.get("text") or "")
        if trouble in ("twice", "charged") and NO_ORDER.search(text) and not order_no_in(text):
            return stopped("no_order", payment_trouble=trouble)
        return {"payment_trouble": trouble}

    async def validate_order_no(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        if value is not None and NO_ORDER.search(str(value)):
            return stopped("no_order", order_no=None)
        return await super().validate_order_no(value, dispatcher, tracker, domain)


class ActionPaymentHelp(ShopAction):
    """What happens to the money, looked up for the order if there is one."""

    resets = ("payment_trouble", "form_stopped")

    def name(self) -> str:
        return "action_payment_help"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        trouble, order_no = tracker.get_slot("payment_trouble"), tracker.get_slot("order_no")
        if trouble == "failed":
            dispatcher.utter_message(response="utter_payment_failed")
        elif not order_no or tracker.get_slot("form_stopped"):
            is_twice = trouble == "twice"
            dispatcher.utter_message(
                response="utter_payment_twice" if is_twice else "utter_payment_charged"
            )
        else:
            order = await ask_shop("GET", f"/api/orders/{order_no}", tracker=tracker)
            dispatcher.utter_message(text=payment_in_words(order, trouble))
        return []


def payment_in_words(order: dict[str, Any], trouble: str) -> str:
    """Return how an order's payment stands, and what happens to money taken in excess."""
    order_no = order["order_no"]
    if order["status"] == "unpaid":
        text = (
            f"订单 {order_no} 现在还是待付款。已扣的款一般 10 分钟内会更新上来，请先别重复付；"
            "超过 30 分钟没更新，扣的钱原路退回。"
        )
    elif order["status"] == "cancelled":
        text = (
            f"订单 {order_no} 已经取消，付过的款原路退回：微信、支付宝 24 小时内，"
            "银行卡 1–5 个工作日。还想要的话需要重新下单。"
        )
    else:
        text = (
            f"订单 {order_no} 在 {moment(order['paid_at'])} 付款成功，实付 {order['amount']} 元，"
            f"目前{order['status_name']}。"
        )
    if trouble == "twice":
        text += "同一单多扣的那笔，24 小时内自动原路退回，您不用操作。"
    return text + "到时间还没到账，跟我说“转人工”，把扣款记录发来就能核实。"


class ActionInstalments(ShopAction):
    """The rules of instalments, worked out for an amount if one was named."""

    def name(self) -> str:
        return "action_instalments"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        named = next(tracker.get_latest_entity_values("amount"), None)
        found = NUMBER.search(str(named)) if named else None
        if found:
            dispatcher.utter_message(text=instalments_in_words(float(found.group())))
        dispatcher.utter_message(response="utter_instalments")
        return []


def instalments_in_words(amount: float) -> str:
    """Return what ``amount`` yuan come to a month."""
    if amount < LEAST_FOR_INSTALMENTS:
        return f"{amount:g} 元还不能分期，单笔实付要满 {LEAST_FOR_INSTALMENTS} 元。"
    monthly = "；".join(
        f"{periods} 期每期 {amount / periods:.2f} 元"
        + ("（免手续费）" if periods == FREE_PERIODS else "，另加手续费")
        for periods in PERIODS
    )
    return f"{amount:g} 元：{monthly}。"


class ActionDeposit(ShopAction):
    """The rules of deposits, and when the balance of what is on presale now can be paid."""

    def name(self) -> str:
        return "action_deposit"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        dispatcher.utter_message(response="utter_deposit")
        presales: list[dict[str, Any]] = []
        with suppress(ShopDown, ShopRefusal):  # the rules are said whatever becomes of the list
            presales = (await ask_shop("GET", "/api/presales", tracker=tracker))["presales"]
        if presales:
            dispatcher.utter_message(text="现在预售的：\n" + "\n".join(map(presale_line, presales)))
        return []


def presale_line(presale: dict[str, Any]) -> str:
    """Return one product on presale in a line."""
    return (
        f"· {presale['product']}：定金 {presale['deposit']} 元抵 {presale['worth']} 元，"
        f"尾款 {presale['balance']} 元，{moment(presale['balance_from'])} 至 "
        f"{moment(presale['balance_until'])} 付，{day(presale['ships_on'])}前发货"
    )
