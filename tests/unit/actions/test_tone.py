"""How the bot speaks: names, apologies, dangers, budgets, subjects of complaints."""

from __future__ import annotations

from typing import Any

import pytest

from actions.complaints import about_in, correction_in
from actions.recommending import budget_in, viewed_in
from actions.sensitive import kind_of_danger, speaks_of_suicide
from actions.tone import called, has_apologized
from tests.unit.actions.conversations import tracker_with


def said(*texts: str) -> list[dict[str, Any]]:
    return [{"event": "bot", "text": text} for text in texts]


def test_one_apology_in_a_session_is_noticed() -> None:
    tracker = tracker_with()
    tracker.events = said("您好")
    assert not has_apologized(tracker)
    tracker.events = said("您好", "非常抱歉给您带来了不好的体验")
    assert has_apologized(tracker)
    tracker.events = [*tracker.events, {"event": "session_started"}, *said("您好")]
    assert not has_apologized(tracker)


def test_customers_are_addressed_by_name_where_it_is_known() -> None:
    assert called(tracker_with({"customer_honorific": "张先生"}), "办好了") == "张先生，办好了"
    assert called(tracker_with(), "办好了") == "办好了"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("我真的不想活了", "life"),
        ("活不下去了，充电宝还着火了", "life"),
        ("我想去死", "life"),
        ("你去死吧", "other"),
        ("充电宝着火了", "danger"),
        ("孩子手被划伤了", "danger"),
        ("我儿子拿手机买的", "minor"),
        ("快递员威胁我", "police"),
        ("我的律师会找你们", "legal"),
        ("这事很严重", "other"),
        ("急死我了，快点", "other"),
        ("笑死了哈哈", "other"),
    ],
)
def test_the_words_that_come_first_fit_what_happened(text: str, kind: str) -> None:
    assert kind_of_danger(text) == kind
    assert speaks_of_suicide(text) == (kind == "life")


@pytest.mark.parametrize(
    ("text", "budget"),
    [
        ("100元以内的推荐", 100),
        ("预算300推荐一下", 300),
        ("一百块以内有什么", 100),
        ("200左右的礼物", 220),
        ("推荐一下", None),
        ("买2件", None),
    ],
)
def test_a_budget_is_read_as_customers_write_it(text: str, budget: int | None) -> None:
    assert budget_in(text) == budget


@pytest.mark.parametrize(
    ("metadata", "viewed"),
    [
        ({}, []),
        ({"page": "https://shop.example/product/P012?from=home"}, ["P012"]),
        ({"viewed": ["P001", "P002", "P001"]}, ["P001", "P002"]),
        ({"viewed": "P001"}, []),
        ({"viewed": [{"x": 1}], "url": 3}, []),
    ],
)
def test_the_page_tells_what_was_viewed(metadata: dict[str, Any], viewed: list[str]) -> None:
    assert viewed_in(metadata) == viewed


@pytest.mark.parametrize(
    ("text", "about"),
    [("快递员乱扔包裹", "快递配送"), ("客服不理人", "客服态度"), ("天气不好", None)],
)
def test_the_subject_of_a_complaint_is_found(text: str, about: str | None) -> None:
    assert about_in(text) == about


@pytest.mark.parametrize(
    ("text", "slot"),
    [
        ("诉求写错了", "complaint_wish"),
        ("改订单", "order_no"),
        ("经过再补充一下", "complaint_detail"),
        ("哈哈", None),
    ],
)
def test_a_correction_names_what_to_ask_again(text: str, slot: str | None) -> None:
    assert correction_in(text) == slot
