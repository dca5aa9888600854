"""Gift cards, coupons and levels: what customers mean, and what they are told."""

from __future__ import annotations

import pytest

from actions.benefits import is_meant, level_in_words
from actions.gift_cards import card_no_in


@pytest.mark.parametrize(
    ("text", "card_no"),
    [
        ("OC10000001", "OC10000001"),
        ("卡号oc1000 0001，查一下", "OC10000001"),
        ("OC1000000", None),
        ("OC100000011", None),
        ("10000001", None),
    ],
)
def test_numbers_of_gift_cards(text: str, card_no: str | None) -> None:
    assert card_no_in(text) == card_no


@pytest.mark.parametrize("named", ["服饰券", "服饰", "满300减40", "满 300 减 40", "FS40"])
def test_a_coupon_is_meant_by_name_rule_or_code(named: str) -> None:
    coupon = {"name": "服饰券", "rule": "满 300 减 40", "code": "FS40", "category": "服饰"}
    assert is_meant(coupon, named)
    assert not is_meant({**coupon, "name": "家电券", "rule": "满 200 减 25"}, "新人券")


def test_levels() -> None:
    member = {"level": "银卡", "growth": 2180, "next_level": {"level": "金卡", "missing": 2820}}
    assert "再有 2820 点就升金卡" in level_in_words(member)
    assert "最高等级" in level_in_words({**member, "level": "黑卡", "next_level": None})
