"""Numbers that customers write."""

from __future__ import annotations

import pytest

from actions.measures import (
    body_in,
    centimetres_from_text,
    email_in,
    kilograms_from_text,
    order_no_in,
    phone_in,
    size_for,
)
from actions.reasons import reason_from_text


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("602600001003", "602600001003"),
        ("订单号602600001003谢谢", "602600001003"),
        ("6026 0000 1003", "602600001003"),
        ("60260000100", None),
        ("6026000010034", None),
        ("13800000001", None),
        ("不知道", None),
    ],
)
def test_an_order_number_is_found_anywhere_in_the_text(text: str, number: str | None) -> None:
    assert order_no_in(text) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("电话13800000001", "13800000001"),
        ("138-0000-0001", "13800000001"),
        ("12800000001", None),
        ("602600001003", None),
        ("1380000000", None),
    ],
)
def test_a_mobile_number_is_told_from_other_numbers(text: str, number: str | None) -> None:
    assert phone_in(text) == number


@pytest.mark.parametrize(
    ("text", "height"),
    [("168", 168), ("168cm", 168), ("1米7", 170), ("1米68", 168), ("1.75m", 175), ("68", None)],
)
def test_heights_are_read_as_customers_write_them(text: str, height: int | None) -> None:
    assert centimetres_from_text(text) == height


@pytest.mark.parametrize(
    ("text", "kilograms"),
    [
        ("110斤", 55),
        ("55公斤", 55),
        ("55kg", 55),
        ("110", 55),
        ("55", 55),
        ("5", None),
        ("胖", None),
    ],
)
def test_weights_are_read_in_jin_and_kilograms(text: str, kilograms: float | None) -> None:
    assert kilograms_from_text(text) == kilograms


def test_an_email_address_is_found_in_a_sentence() -> None:
    assert email_in("发到wang@mail.example，谢谢") == "wang@mail.example"
    assert email_in("没有邮箱") is None


@pytest.mark.parametrize(
    ("height", "kilograms", "size"),
    [(155, 45, "S"), (165, 55, "M"), (170, 65, "L"), (180, 75, "XL"), (170, 100, None)],
)
def test_sizes_grow_with_the_body(height: int, kilograms: float, size: str | None) -> None:
    assert size_for(height, kilograms) == size


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("质量问题", "质量问题"),
        ("穿着太大了", "尺码不合适"),
        ("你们发错颜色了", "发错货"),
        ("袖子破了个洞", "破损"),
        ("和图片不一样", "与描述不符"),
        ("就是不想要了", "不喜欢"),
        ("家里人已经买了", "家里人已经买了"),
        ("嗯", None),
    ],
)
def test_reasons_are_put_into_the_shops_words(text: str, reason: str | None) -> None:
    assert reason_from_text(text) == reason


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("165 120斤穿多大", ("165", "120斤")),
        ("身高170cm，体重65kg", ("170", "65kg")),
        ("1米7，60公斤", ("1米7", "60公斤")),
        ("165的穿多大", None),
        ("120斤", None),
        ("订单602600001001", None),
    ],
)
def test_height_and_weight_in_one_go(text: str, body: tuple[str, str] | None) -> None:
    assert body_in(text) == body
