"""Which items of an order customers mean by names, colours, places and “all but”."""

from __future__ import annotations

from typing import Any

import pytest

from actions.order_items import items_meant, pieces_of, with_quantities

ITEMS: list[dict[str, Any]] = [
    {"item_no": 1, "product": "卫衣", "spec": "灰色/M码", "quantity": 1, "price": 159},
    {"item_no": 2, "product": "T恤", "spec": "白色/M码", "quantity": 3, "price": 69},
    {"item_no": 3, "product": "T恤", "spec": "黑色/L码", "quantity": 1, "price": 69},
]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("卫衣", {1: 1}),
        ("就退卫衣吧", {1: 1}),
        ("T恤", {2: None, 3: 1}),
        ("白色的T恤退两件", {2: 2}),
        ("白色T恤都退", {2: 3}),
        ("黑色那件", {3: 1}),
        ("黑的", {3: 1}),
        ("L码的", {3: 1}),
        ("卫衣和黑色T恤", {1: 1, 3: 1}),
        ("第三件", {3: 1}),
        ("1", {1: 1}),
        ("1和3", {1: 1, 3: 1}),
        ("最后一件", {3: 1}),
        ("全部", {1: 1, 2: 3, 3: 1}),
        ("都退", {1: 1, 2: 3, 3: 1}),
        ("除了卫衣都退", {2: 3, 3: 1}),
        ("卫衣留着，其他都退", {2: 3, 3: 1}),
        ("第九件", {}),
        ("不知道", {}),
        ("", {}),
    ],
)
def test_what_is_meant(text: str, meant: dict[int, int | None]) -> None:
    found = items_meant(text, ITEMS)
    assert {number: found[number] for number in sorted(found)} == meant


def test_a_product_has_other_names_too() -> None:
    assert items_meant("帽衫", ITEMS, "卫衣") == {1: 1}


@pytest.mark.parametrize(
    ("text", "pieces"),
    [("2件", 2), ("两件", 2), ("2", 2), ("三", 3), ("都退", 3), ("退一件", 1), ("9件", None),
     ("0", None), ("随便", None)],
)  # fmt: skip
def test_how_many_pieces(text: str, pieces: int | None) -> None:
    assert pieces_of(text, 3) == pieces


def test_items_are_returned_with_the_pieces_that_go_back() -> None:
    (item,) = with_quantities({2: 2, 1: None}, ITEMS)
    assert (item["product"], item["quantity"]) == ("T恤", 2)
