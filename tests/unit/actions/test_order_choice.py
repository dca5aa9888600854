"""Which of the listed orders is meant."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from actions.order_choice import as_choice, meant_orders

TODAY = date(2026, 11, 25)


def order(number: str, on: str, products: list[str], status: str) -> dict[str, Any]:
    return {
        "order_no": number,
        "ordered_at": f"{on}T10:00:00+08:00",
        "items": [{"product": name} for name in products],
        "status_name": status,
    }


CHOICES = [
    as_choice(one)
    for one in (
        order("602600001005", "2026-11-24", ["加湿器"], "待付款"),
        order("602600001003", "2026-11-20", ["蓝牙耳机"], "运输中"),
        order("602600001001", "2026-11-05", ["卫衣", "T恤"], "已签收"),
        order("602600001099", "2026-10-02", ["卫衣"], "已签收"),
    )
]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("602600001003", ["602600001003"]),
        ("尾号1003那单", ["602600001003"]),
        ("第二个", ["602600001003"]),
        ("第3单", ["602600001001"]),
        ("2", ["602600001003"]),
        ("最后一个", ["602600001099"]),
        ("最近那单", ["602600001005"]),
        ("the second one", ["602600001003"]),
        ("不对，是5号那单", ["602600001001"]),
        ("5号那单", ["602600001001"]),
        ("4号那个", ["602600001099"]),
        ("11月20号的", ["602600001003"]),
        ("昨天那单", ["602600001005"]),
        ("买T恤的那个", ["602600001001"]),
        ("卫衣那单", ["602600001001", "602600001099"]),
        ("没付款的那个", ["602600001005"]),
        ("还在路上的", ["602600001003"]),
        ("602600009999", []),
        ("第九个", []),
        ("2月30日那单", []),
        ("不知道", []),
    ],
)
def test_the_clearest_sign_decides(text: str, numbers: list[str]) -> None:
    assert [one["order_no"] for one in meant_orders(text, CHOICES, TODAY)] == numbers


def test_a_product_under_another_name_is_found() -> None:
    found = meant_orders("耳机那单", CHOICES, TODAY, product="蓝牙耳机")
    assert [one["order_no"] for one in found] == ["602600001003"]


def test_nothing_is_meant_where_nothing_was_listed() -> None:
    assert meant_orders("最后一个", [], TODAY) == []
