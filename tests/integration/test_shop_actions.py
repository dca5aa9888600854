"""The assistant's actions on rasa-sdk's executor, against the real shop service."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import socket
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from rasa_sdk import Action
from rasa_sdk.executor import ActionExecutor

import actions
from actions import order_lists
from examples.shop.catalogue import ORDERS
from tests.integration.shop_server import NOON, running_shop

ROOT = Path(__file__).parents[2]
RETURNABLE = "602600001001"
PHONES = {order["order_no"]: order["phone"] for order in ORDERS}
"""What proves, together with its number, whose an order is."""
MODULES = [
    importlib.import_module(f"actions.{found.name}")
    for found in pkgutil.iter_modules(actions.__path__)
]
OWN_ACTIONS = [
    member
    for module in MODULES
    for member in vars(module).values()
    if inspect.isclass(member) and issubclass(member, Action) and not inspect.isabstract(member)
    if member.__module__ == module.__name__
]
"""Not ``register_package``: it takes every action that any test of the run has imported."""


class Talk:
    """Runs actions and remembers what they say and set."""

    def __init__(self) -> None:
        self.executor = ActionExecutor()
        for action in OWN_ACTIONS:
            self.executor.register_action(action)
        self.domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
        self.slots: dict[str, Any] = {}
        self.log: list[dict[str, Any]] = []

    def known_by(self, phone: str) -> None:
        """Let the customer have proven ``phone`` by a code."""
        self.slots |= {"verified_phone": phone, "verified_until": time.time() + 600}

    async def run(
        self, action: str, *, form: str | None = None, **message: Any
    ) -> tuple[list[str], list[dict[str, Any]]]:
        """Run ``action``; returns texts (or names of responses) and the events it gave."""
        call = {
            "next_action": action,
            "sender_id": "c1",
            "domain": self.domain,
            "tracker": {
                "sender_id": "c1",
                "slots": dict.fromkeys(self.domain["slots"]) | self.slots,
                "latest_message": {"entities": [], "intent": {"name": None}, "text": "", **message},
                "events": self.log,
                "active_loop": {"name": form} if form else {},
                "latest_action_name": "action_listen",
                "paused": False,
                "followup_action": None,
                "latest_input_channel": "rest",
            },
        }
        result = await self.executor.run(call)
        events = result.events if hasattr(result, "events") else result["events"]
        responses = result.responses if hasattr(result, "responses") else result["responses"]
        self.slots |= {e["name"]: e["value"] for e in events if e["event"] == "slot"}
        return [one.get("text") or one.get("response") for one in responses], events

    async def fill(self, form: str, slot: str, value: Any, **message: Any) -> list[str]:
        """Let the form's validation judge ``value`` for ``slot``."""
        self.slots |= {slot: value, "requested_slot": slot}
        self.log = [
            {"event": "action", "name": "action_listen"},
            {"event": "user", "text": str(value), "parse_data": {}},
            {"event": "slot", "name": slot, "value": value},
        ]
        texts, _ = await self.run(f"validate_{form}", form=form, **message)
        return texts


@pytest.fixture
async def talk(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Talk]:
    async with running_shop() as url:
        monkeypatch.setenv("SHOP_URL", url)
        yield Talk()


@pytest.fixture
def nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("SHOP_URL", f"http://127.0.0.1:{free.getsockname()[1]}")


def test_every_action_of_the_domain_exists_and_no_other() -> None:
    talk = Talk()
    assert sorted(talk.executor.actions) == sorted(talk.domain["actions"])


@pytest.mark.parametrize(
    ("action", "order_no", "expected"),
    [
        ("action_query_order", "602600001003", "运输中"),
        ("action_query_order", "602600001004", "已经超过 48 小时没有发出"),
        ("action_query_order", "602600001005", "30 分钟内付款"),
        ("action_track_logistics", "602600001010", "快递员正在派送"),
        ("action_track_logistics", "602600001014", "超过 72 小时没有更新"),
        ("action_track_logistics", "602600001002", "还没有物流信息"),
        ("action_refund_status", "602600001008", "仓库已收到退货"),
        ("action_refund_status", "602600001011", "已退款"),
        ("action_refund_status", RETURNABLE, "还没有退款或售后申请"),
        ("action_urge_delivery", "602600001004", "已经为您加急"),
        ("action_urge_delivery", RETURNABLE, "不需要催"),
        ("action_price_protection", "602600001003", "差价 30 元"),
        ("action_cancel_order", "602600001002", "已经取消"),
        ("action_cancel_order", "602600001003", "拒收"),
    ],
)
async def test_questions_about_an_order_are_answered(
    talk: Talk, action: str, order_no: str, expected: str
) -> None:
    talk.slots |= {"order_no": order_no, "phone": PHONES[order_no]}
    (text,), _ = await talk.run(action)
    assert expected in text


async def test_an_unknown_order_is_asked_for_again_and_given_up_the_third_time(talk: Talk) -> None:
    talk.known_by("13800000001")
    for attempt in (1, 2):
        assert await talk.fill("order_form", "order_no", "602699999999") == []
        assert talk.slots["failed_attempts"] == attempt
        texts, _ = await talk.run("action_ask_order_no", form="order_form")
        assert texts == ["utter_order_not_found"]
    await talk.fill("order_form", "order_no", "602699999999")
    assert (talk.slots["requested_slot"], talk.slots["form_stopped"]) == (None, "attempts")
    texts, _ = await talk.run("action_query_order")
    assert texts == ["utter_too_many_attempts"]


@pytest.mark.parametrize("number", ["602600001003", "602699999999"])
async def test_a_foreign_order_is_as_unknown_as_one_that_does_not_exist(
    talk: Talk, number: str
) -> None:
    await talk.fill("order_form", "order_no", number)
    assert (talk.slots["order_no"], talk.slots.get("phone")) == (number, None)
    await talk.fill("order_form", "phone", "13800000002")
    assert (talk.slots["order_no"], talk.slots["phone"]) == (None, None)
    assert (await talk.run("action_ask_order_no", form="order_form"))[0] == [
        "utter_order_and_phone_do_not_match"
    ]


async def test_number_and_phone_together_are_the_proof(talk: Talk) -> None:
    await talk.fill("order_form", "order_no", "602600001003")
    await talk.fill("order_form", "phone", "13800000001")
    assert (talk.slots["order_no"], talk.slots["phone"]) == ("602600001003", "13800000001")


async def test_the_right_phone_alone_is_enough_after_a_wrong_one(talk: Talk) -> None:
    await talk.fill("order_form", "order_no", "602600001003")
    await talk.fill("order_form", "phone", "13800000002")
    await talk.fill("order_form", "order_no", "写错了，是13800000001")
    assert (talk.slots["order_no"], talk.slots["phone"]) == ("602600001003", "13800000001")


async def test_a_phone_alone_shows_nothing_before_it_is_proven(talk: Talk) -> None:
    assert await talk.fill("cancel_form", "order_no", "13800000001") == ["utter_verify_to_list"]
    assert (talk.slots["requested_slot"], talk.slots["verification_for"]) == (None, "cancel_form")
    _, events = await talk.run("action_cancel_not_confirmed")
    assert "action_verify_customer" in [event.get("name") for event in events]
    texts, events = await talk.run("action_resume")
    assert texts == []
    assert "cancel_form" in [event.get("name") for event in events]


async def test_who_is_signed_in_is_asked_for_no_phone(talk: Talk) -> None:
    talk.slots["customer_id"] = "C10001"
    await talk.fill("order_form", "order_no", "602600001003")
    assert (talk.slots["order_no"], talk.slots["requested_slot"]) == ("602600001003", None)
    await talk.fill("order_form", "order_no", "602600001004")
    assert talk.slots["order_no"] is None


async def test_a_change_of_mind_is_not_taken_for_a_wrong_order_number(talk: Talk) -> None:
    intent = {"name": "exchange_goods", "confidence": 0.9}
    await talk.fill("return_form", "order_no", "我改主意了，换货吧", intent=intent)
    assert talk.slots.get("failed_attempts") is None
    assert (await talk.run("action_ask_order_no", form="return_form"))[0] == [
        "utter_which_order_to_return"
    ]


async def test_the_only_order_of_a_customer_is_taken(talk: Talk) -> None:
    talk.slots["failed_attempts"] = 0.0
    talk.known_by("13800000005")
    await talk.fill("order_form", "order_no", "我手机号13800000005")
    assert talk.slots["order_choices"] is not None
    await talk.fill("order_form", "order_no", "第一个")
    assert talk.slots["order_no"] in ("602600001010", "602600001008")


async def test_several_orders_are_offered_with_buttons(talk: Talk) -> None:
    talk.known_by("13800000001")
    (text,), _ = await talk.run("action_ask_order_no", form="order_form")
    assert "请问是哪一个" in text
    assert all(number in text for number in ("602600001001", "602600001003", "602600001005"))


async def test_a_form_lists_the_orders_that_it_is_for(talk: Talk) -> None:
    talk.known_by("13800000001")
    (text,), _ = await talk.run("action_ask_order_no", form="cancel_form")
    assert "602600001005" in text
    assert "602600001003" not in text


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("不对，是15号那单", "602600001001"),
        ("不对，是第二个", "602600001003"),
        ("不是这个，是耳机那单", "602600001003"),
        ("错了，是602600001005", "602600001005"),
        ("要待付款的那单", "602600001005"),
    ],
)
async def test_another_of_the_listed_orders_is_found_midway(
    talk: Talk, said: str, number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order_lists, "today", NOON.date)
    talk.known_by("13800000001")
    await talk.run("action_ask_order_no", form="order_form")
    await talk.fill("order_form", "order_no", "第三个")
    entities = [{"entity": "product", "value": "蓝牙耳机"}] if "耳机" in said else []
    await talk.run("action_forget_order", text=said, entities=entities)
    assert talk.slots["order_no"] is None
    talk.log = []
    talk.slots["requested_slot"] = "order_no"
    await talk.run("validate_order_form", form="order_form", text=said)
    assert talk.slots["order_no"] == number


async def test_a_delivery_is_appointed_for_a_day_of_the_next_week(talk: Talk) -> None:
    talk.known_by("13800000001")
    talk.slots |= {"order_no": "602600001003", "delivery_period": "下午"}
    talk.slots["delivery_date"] = "2026-11-22"
    assert "11月22日下午送" in (await talk.run("action_appoint_delivery"))[0][0]
    talk.slots |= {"delivery_date": "2026-12-22", "delivery_period": "下午"}
    assert "7 天以内" in (await talk.run("action_appoint_delivery"))[0][0]


async def test_the_order_named_in_the_message_that_begins_a_form_counts(talk: Talk) -> None:
    talk.known_by("13800000001")
    talk.slots |= {"order_no": "602600001001", "requested_slot": None}
    await talk.run("validate_order_form", form="order_form", text="那602600001003呢")
    assert talk.slots["order_no"] == "602600001003"


async def test_all_orders_are_listed_for_who_is_known(talk: Talk) -> None:
    texts, events = await talk.run("action_list_orders")
    assert texts == ["utter_verify_to_list"]
    assert events[-1]["name"] == "action_verify_customer"
    talk.slots["customer_id"] = "C10001"
    (text,), _ = await talk.run("action_list_orders")
    assert "602600001003" in text


@pytest.mark.parametrize(
    ("form", "response"),
    [
        ("order_form", "utter_which_order"),
        ("return_form", "utter_which_order_to_return"),
        ("invoice_form", "utter_which_order_to_invoice"),
    ],
)
async def test_each_form_asks_for_the_order_in_its_own_words(
    talk: Talk, form: str, response: str
) -> None:
    assert (await talk.run("action_ask_order_no", form=form))[0] == [response]


async def test_a_return_goes_from_the_first_question_to_the_shop(talk: Talk) -> None:
    talk.slots["service_type"] = "return"
    await talk.fill("return_form", "order_no", RETURNABLE)
    assert talk.slots["requested_slot"] == "phone"
    await talk.fill("return_form", "phone", "13800000001")
    assert talk.slots["requested_slot"] == "return_items"
    await talk.fill("return_form", "return_items", "卫衣")
    assert talk.slots["requested_slot"] == "return_reason"
    await talk.fill("return_form", "return_reason", "袖子开线了")
    assert (talk.slots["return_reason"], talk.slots["requested_slot"]) == (
        "质量问题",
        "problem_detail",
    )
    await talk.fill("return_form", "problem_detail", "袖口开线")
    assert talk.slots["requested_slot"] == "return_confirm"
    await talk.fill("return_form", "return_confirm", True)
    assert talk.slots["requested_slot"] is None
    (text,), _ = await talk.run("action_submit_return")
    assert "售后单号 TH" in text
    assert "运费我们承担" in text
    assert talk.slots["return_reason"] is None
    (text,), _ = await talk.run("action_refund_status")
    assert "待审核" in text


async def test_an_exchange_asks_for_the_new_specification(talk: Talk) -> None:
    talk.known_by("13800000001")
    talk.slots |= {"service_type": "exchange", "order_no": RETURNABLE}
    await talk.fill("return_form", "return_reason", "太小了")
    assert talk.slots["requested_slot"] == "exchange_spec"
    entities = [
        {"entity": "color", "value": "黑色", "role": "to"},
        {"entity": "size", "value": "L码", "role": "to"},
    ]
    await talk.fill("return_form", "exchange_spec", "换成黑色L码", entities=entities)
    assert talk.slots["exchange_spec"] == "黑色 L码"


@pytest.mark.parametrize(
    ("order_no", "phone", "expected"),
    [
        ("602600001003", "13800000001", "签收之后才能"),
        ("602600001009", "13800000002", "过了退换期"),
        ("602600001011", "13800000004", "已经退过款"),
        ("602600001013", "13800000006", "已经退过款"),
    ],
)
async def test_an_order_that_cannot_be_returned_ends_the_form(
    talk: Talk, order_no: str, phone: str, expected: str
) -> None:
    talk.known_by(phone)
    (text,) = await talk.fill("return_form", "order_no", order_no)
    assert expected in text
    assert (talk.slots["requested_slot"], talk.slots["order_no"]) == (None, None)
    assert (await talk.run("action_return_not_submitted"))[0] == []


@pytest.mark.parametrize(
    ("order_no", "phone", "expected"),
    [
        ("602600001011", "13800000004", "退款 269 元（商品 269 元），原路退回微信，已退出"),
        ("602600001005", "13800000001", "还没有付款，没有可以退的钱"),
        ("602600001006", "13800000004", "实付 98 元。整单退的话退 98 元"),
    ],
)
async def test_what_is_paid_back_is_told_with_what_it_consists_of(
    talk: Talk, order_no: str, phone: str, expected: str
) -> None:
    talk.known_by(phone)
    talk.slots["order_no"] = order_no
    (text,), _ = await talk.run("action_refund_amount")
    assert expected in text


async def test_an_order_that_is_being_returned_leads_to_its_progress(talk: Talk) -> None:
    talk.known_by("13800000005")
    assert await talk.fill("return_form", "order_no", "602600001008") == []
    slots = ("requested_slot", "order_no", "return_state", "return_no")
    assert [talk.slots[slot] for slot in slots] == [None, None, "open", "TH900001"]


@pytest.mark.parametrize("early", [True, False])
async def test_care_products_are_not_taken_back_without_a_fault(talk: Talk, early: bool) -> None:
    talk.known_by("13800000003")
    if early:
        talk.slots["return_reason"] = "不喜欢"
        (text,) = await talk.fill("return_form", "order_no", "602600001012")
    else:
        talk.slots["order_no"] = "602600001012"
        (text,) = await talk.fill("return_form", "return_reason", "不喜欢")
    assert "不能退换" in text
    assert talk.slots["form_stopped"] == "refused"


async def test_a_confirmation_left_from_an_earlier_return_does_not_count(talk: Talk) -> None:
    talk.slots |= {"return_confirm": True, "requested_slot": None}
    talk.log = [{"event": "slot", "name": "return_confirm", "value": True}]
    await talk.run("validate_return_form", form="return_form")
    assert talk.slots["return_confirm"] is None


async def test_a_number_mentioned_in_passing_does_not_replace_the_customers_own(
    talk: Talk,
) -> None:
    talk.slots |= {"order_no": "602600001002", "phone": "13900000009"}
    talk.slots["requested_slot"] = "cancel_confirm"
    talk.log = [
        {"event": "slot", "name": "phone", "value": "13800000002"},
        {"event": "action", "name": "action_listen"},
        {"event": "user", "text": "电话改成13900000009", "parse_data": {}},
        {"event": "slot", "name": "phone", "value": "13900000009"},
    ]
    texts, _ = await talk.run("validate_cancel_form", form="cancel_form")
    assert texts == []
    assert talk.slots["phone"] == "13800000002"


@pytest.mark.parametrize("slot", ["exchange_spec", "problem_detail"])
async def test_a_bare_number_is_no_description(talk: Talk, slot: str) -> None:
    talk.slots |= {"service_type": "exchange", "order_no": RETURNABLE, "return_reason": "质量问题"}
    await talk.fill("return_form", slot, "13800000001")
    assert talk.slots[slot] is None


@pytest.mark.parametrize(
    ("entities", "slots", "expected"),
    [
        (["order_no"], {"order_no": RETURNABLE, "task": "logistics"}, "order_form"),
        (["order_no"], {"order_no": RETURNABLE, "service_type": "return"}, "return_form"),
        (["order_no"], {"order_no": RETURNABLE}, "utter_what_about_order"),
        (["phone"], {"phone": "13800000001"}, "utter_what_about_phone"),
        (["height"], {"height": "170"}, "size_form"),
        (["product"], {"product": "卫衣", "product_task": "stock"}, "product_form"),
        (["product"], {"product": "卫衣"}, "utter_what_about_product"),
        (["reason", "order_no"], {"return_reason": "少发漏发"}, "utter_ask_service_type"),
        (["reason"], {"return_reason": "不喜欢"}, "utter_return_or_exchange"),
        ([], {}, "utter_whats_wrong"),
    ],
)
async def test_loose_information_leads_on(
    talk: Talk, entities: list[str], slots: dict[str, str], expected: str
) -> None:
    talk.slots |= slots
    given = [{"entity": name, "value": "x"} for name in entities]
    texts, events = await talk.run("action_continue", entities=given)
    followed = [event["name"] for event in events if event["event"] == "followup"]
    assert [*texts, *followed] == [expected]


async def test_stock_is_told_for_each_specification_asked_for(talk: Talk) -> None:
    talk.slots["product"] = "卫衣"
    entities = [
        {"entity": "color", "value": "黑色", "group": "1"},
        {"entity": "size", "value": "M码", "group": "1"},
        {"entity": "color", "value": "灰色", "group": "2"},
        {"entity": "size", "value": "L码", "group": "2"},
    ]
    (text,), _ = await talk.run("action_query_stock", entities=entities)
    assert text == "卫衣：黑色M码有现货；灰色L码暂时缺货，可以在商品页点“到货通知”。"


async def test_an_unknown_product_is_forgotten(talk: Talk) -> None:
    talk.slots["product"] = "宇宙飞船"
    (text,), _ = await talk.run("action_product_info")
    assert "没有找到“宇宙飞船”" in text
    assert talk.slots["product"] is None


async def test_not_understanding_twice_in_a_row_hands_over(talk: Talk) -> None:
    texts, events = await talk.run("action_default_fallback")
    assert texts == ["utter_default"]
    assert [event["event"] for event in events] == ["rewind"]
    talk.log = [
        {"event": "action", "name": "action_default_fallback"},
        {"event": "action", "name": "action_listen"},
        {"event": "user", "text": "咕噜", "parse_data": {}},
    ]
    _, events = await talk.run("action_default_fallback")
    assert events == [{"event": "followup", "timestamp": None, "name": "action_handoff"}]


async def test_likely_meanings_are_offered_in_the_words_of_customers(talk: Talk) -> None:
    ranking = [
        {"name": "nlu_fallback", "confidence": 0.4},
        {"name": "faq", "confidence": 0.35},
        {"name": "track_logistics", "confidence": 0.2},
        {"name": "greet", "confidence": 0.19},
        {"name": "return_goods", "confidence": 0.05},
    ]
    selector = {"faq": {"ranking": [{"intent_response_key": "faq/ask_home_delivery"}]}}
    (text,), _ = await talk.run(
        "action_default_ask_affirmation", intent_ranking=ranking, response_selector=selector
    )
    assert "“送货上门吗”、“查物流”吗" in text


@pytest.mark.usefixtures("nobody_listens")
@pytest.mark.parametrize(
    "action",
    ["action_query_order", "action_submit_return", "action_query_coupon", "action_cancel_order"],
)
async def test_a_shop_that_is_down_is_admitted_politely(action: str) -> None:
    talk = Talk()
    talk.slots["order_no"] = RETURNABLE
    assert (await talk.run(action))[0] == ["utter_shop_down"]


@pytest.mark.usefixtures("nobody_listens")
async def test_a_form_goes_on_while_the_shop_is_down() -> None:
    talk = Talk()
    assert await talk.fill("order_form", "order_no", "602600001003") == []
    assert talk.slots["order_no"] == "602600001003"


@pytest.mark.usefixtures("nobody_listens")
async def test_a_shop_that_is_down_is_not_taken_for_a_phone_without_orders() -> None:
    talk = Talk()
    talk.known_by("13800000001")
    await talk.fill("order_form", "order_no", "13800000001")
    assert (await talk.run("action_ask_order_no", form="order_form"))[0] == ["utter_shop_down"]


@pytest.mark.parametrize(
    "action",
    [
        "action_change_address",
        "action_reset_password",
        "action_unlock_account",
        "action_change_phone",
        "action_delete_account",
        "action_request_history",
    ],
)
async def test_nothing_sensitive_is_done_when_the_verification_is_over(
    talk: Talk, action: str
) -> None:
    """A verification may expire while a form is filled in; a told phone proves nothing then."""
    talk.known_by("13800000001")
    talk.slots |= {
        "verified_until": time.time() - 1,
        "verification": "passed",
        "phone": "13800000002",
        "order_no": "602600001002",
        "new_address": "浙江省杭州市西湖区文三路 1 号",
        "new_phone": "13900004321",
    }
    texts, events = await talk.run(action)
    assert texts == []
    assert [(event["event"], event.get("name")) for event in events] == [
        ("followup", "action_verify_customer")
    ]
