"""Coupons, points and membership: what the customer has, and why something does not work."""

from __future__ import annotations

from typing import Any

from rasa_sdk import FormValidationAction, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.account_of import account_of
from actions.measures import phone_in
from actions.order_number import names_a_matter
from actions.shop_action import Events, ShopAction
from actions.shop_client import ShopRefusal, ask_shop
from actions.wording import day

MOST_COUPONS = 6
MOST_ENTRIES = 3


class ActionQueryCoupon(ShopAction):
    """The customer's own coupons if they are signed in, and those that can be collected."""

    def name(self) -> str:
        return "action_query_coupon"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        account = await account_of(tracker)
        offered = (await ask_shop("GET", "/api/coupons", tracker=tracker))["coupons"]
        own: list[dict[str, Any]] = []
        if account:
            own = (await ask_shop("GET", f"/api/customers/{account}/coupons", tracker=tracker))[
                "coupons"
            ]
        usable = [one for one in own if one["status"] == "usable"]
        parts = []
        if usable:
            parts.append("您账户里能用的券：\n" + _listed(usable))
        elif account:
            parts.append("您账户里现在没有能用的券。")
        owned = {one["code"] for one in own}
        free = [one for one in offered if one["code"] not in owned]
        if free:
            lines = "\n".join(f"· {one['name']}：{one['rule']}（{one['scope']}）" for one in free)
            parts.append(f"现在可以领的优惠券：\n{lines}\n在“首页 → 领券中心”领取。")
        parts.append("一笔订单限用一张，秒杀商品不能用券。")
        dispatcher.utter_message(text="\n".join(parts))
        return []


def _listed(coupons: list[dict[str, Any]]) -> str:
    lines = [
        f"· {one['name']}：{one['rule']}"
        + (f"，限{one['category']}类" if one["category"] else "")
        + f"，{day(one['expires_at'])}到期"
        for one in coupons[:MOST_COUPONS]
    ]
    more = len(coupons) - len(lines)
    return "\n".join(lines) + (f"\n……还有 {more} 张" if more else "")


class ActionCouponProblem(ShopAction):
    """Why a coupon cannot be used: the shop's reasons, or the usual ones."""

    def name(self) -> str:
        return "action_coupon_problem"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        account = await account_of(tracker)
        if account is None:
            dispatcher.utter_message(response="utter_coupon_problem")
            return []
        own = (await ask_shop("GET", f"/api/customers/{account}/coupons", tracker=tracker))[
            "coupons"
        ]
        named = next(tracker.get_latest_entity_values("coupon"), None)
        text = str(tracker.latest_message.get("text") or "").replace(" ", "")
        if named:
            meant = [one for one in own if is_meant(one, named)]
        else:
            meant = [one for one in own if one["name"] in text] or own
        if not meant:
            dispatcher.utter_message(response="utter_coupon_problem")
            return []
        goods = await self._goods(tracker)
        lines = []
        for one in meant[:MOST_COUPONS]:
            path = f"/api/customers/{account}/coupons/{one['code']}/check"
            checked = await ask_shop("GET", path, params=goods, tracker=tracker)
            why = "".join(checked["reasons"]) or usable_in_words(one)
            lines.append(f"· {one['name']}（{one['rule']}）：{why}")
        text = "帮您查了账户里的券：\n" + "\n".join(lines)
        dispatcher.utter_message(text=f"{text}\n秒杀商品、标了“不可用券”的商品都不能用券。")
        return []

    async def _goods(self, tracker: Tracker) -> dict[str, str]:
        """Return what the coupon was to be used for, as far as this message says so."""
        order_no = next(tracker.get_latest_entity_values("order_no"), None)
        if order_no:
            return {"order_no": order_no}
        name = next(tracker.get_latest_entity_values("product"), None)
        if name is None:
            return {}
        found = (await ask_shop("GET", "/api/products", params={"q": name}, tracker=tracker))[
            "products"
        ]
        return {"sku": found[0]["sku"]} if found else {}


def is_meant(coupon: dict[str, Any], named: str) -> bool:
    """Whether a customer who writes ``满300减40`` or ``新人券`` means ``coupon``."""
    wanted = named.replace(" ", "").removesuffix("券")
    texts = (coupon["name"], coupon["rule"], coupon["code"], coupon["category"])
    return any(wanted and wanted in text.replace(" ", "") for text in texts)


def usable_in_words(coupon: dict[str, Any]) -> str:
    """Return where a coupon can be used that nothing speaks against."""
    if not coupon["least"]:
        return f"可以用，没有门槛，{day(coupon['expires_at'])}到期。"
    scope = f"限{coupon['category']}类商品，" if coupon["category"] else ""
    return (
        f"可以用，{scope}商品金额满 {coupon['least']} 元时选得上，{day(coupon['expires_at'])}到期。"
    )


class ValidatePointsForm(FormValidationAction):
    """Asks whose points: only those who are not signed in."""

    def name(self) -> str:
        return "validate_points_form"

    async def required_slots(
        self,
        domain_slots: list[str],
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> list[str]:
        return [] if tracker.get_slot("customer_id") else domain_slots

    async def validate_phone(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        phone = phone_in(str(value))
        if phone is None and not names_a_matter(str(value), tracker):
            dispatcher.utter_message(response="utter_bad_phone")
        return {"phone": phone}


class ActionQueryPoints(ShopAction):
    resets = ("form_stopped",)

    def name(self) -> str:
        return "action_query_points"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        account, phone = await account_of(tracker), tracker.get_slot("phone")
        if account:
            points = await ask_shop("GET", f"/api/customers/{account}/points", tracker=tracker)
            dispatcher.utter_message(text=points_in_words(points))
            return []
        if not phone:
            dispatcher.utter_message(text="没关系，积分也可以在“我的 → 会员中心”里查看。")
            return []
        try:
            member = await ask_shop("GET", f"/api/members/{phone}", tracker=tracker)
        except ShopRefusal as refusal:
            dispatcher.utter_message(text=f"{refusal.message}换个手机号再试试？")
            return [SlotSet("phone", None)]
        points = member["points"]
        dispatcher.utter_message(
            text=f"{member['name']}您好，您是{member['level']}会员，现有 {points} 积分，"
            f"可抵 {points // 100} 元（100 积分抵 1 元，单笔最多抵订单金额的 10%）。"
        )
        return [SlotSet("customer_name", member["name"])]


def points_in_words(points: dict[str, Any]) -> str:
    """Return balance, what expires, and the latest entries."""
    text = f"您现有 {points['balance']} 积分，可抵 {points['balance'] // 100} 元。"
    expiring = points["expiring"]
    if expiring["points"]:
        text += f"其中 {expiring['points']} 积分 {day(expiring['on'])}到期，记得用掉。"
    entries = [
        f"· {day(entry['at'])}　{entry['points']:+d}　{entry['why']}"
        for entry in points["entries"][:MOST_ENTRIES]
    ]
    if entries:
        text += "\n最近的记录：\n" + "\n".join(entries)
    return text + "\n买东西的积分在确认收货后到账。"


class ActionMembershipLevel(ShopAction):
    """The customer's own level and what is missing to the next, and what the levels are."""

    def name(self) -> str:
        return "action_membership_level"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        account = await account_of(tracker)
        phone = phone_in(str(tracker.get_slot("phone") or ""))
        try:
            if account:
                member = await ask_shop("GET", f"/api/customers/{account}", tracker=tracker)
            elif phone:
                member = await ask_shop("GET", f"/api/members/{phone}", tracker=tracker)
            else:
                member = None
        except ShopRefusal as refusal:
            dispatcher.utter_message(text=refusal.message)
            member = None
        if member:
            dispatcher.utter_message(text=level_in_words(member))
        dispatcher.utter_message(response="utter_membership_level")
        if not account and not phone:
            dispatcher.utter_message(response="utter_whose_level")
        return []


def level_in_words(member: dict[str, Any]) -> str:
    """Return a member's level, and what is missing to the next."""
    text = f"您现在是{member['level']}会员，成长值 {member['growth']}"
    following = member["next_level"]
    if following is None:
        return text + "，已经是最高等级了。"
    return text + f"，再有 {following['missing']} 点就升{following['level']}。"
