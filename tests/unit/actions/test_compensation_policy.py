"""The policy of compensation: what it grants and refuses, and what can be wrong with the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from actions.compensation_policy import FILE, Gift, Policy, PolicyError, policy, read_policy

LATE = {
    "order_no": "602600001004",
    "paid_at": "2026-11-18T08:00:00+08:00",
    "shipped_at": "2026-11-20T09:00:00+08:00",
    "status": "shipped",
}
IN_TIME = {**LATE, "shipped_at": "2026-11-19T09:00:00+08:00"}
GOOD = """
compensation:
  period_days: 30
  most_in_period: 2
  reasons:
    late:
      title: 发货晚了
      words: 没发货
      fact: dispatched_late
      gives:
      - {levels: [金卡], kind: coupon, value: 15}
      - {kind: points, value: 300}
"""


@pytest.fixture
def rules(tmp_path: Path) -> Policy:
    return read_policy(written(tmp_path, GOOD))


def written(folder: Path, text: str) -> Path:
    path = folder / "compensation.yml"
    path.write_text(text, encoding="utf-8")
    return path


def decided(rules: Policy, **situation: Any) -> Any:
    usual = {"level": "普通", "order": LATE, "given": []}
    return rules.decide(rules.reasons["late"], **{**usual, **situation})


def test_the_first_gift_for_the_level_is_given(rules: Policy) -> None:
    assert decided(rules, level="金卡") == Gift("coupon", 15, ("金卡",))
    assert decided(rules).words == "300 积分（可抵 3 元）"


@pytest.mark.parametrize(
    ("situation", "refusal"),
    [
        ({"order": IN_TIME}, "not_so"),
        ({"order": None}, "not_so"),
        ({"given": [{"order_no": "602600001004"}]}, "same_order"),
        ({"given": [{"order_no": None}, {"order_no": "602600001001"}]}, "often"),
    ],
)
def test_what_the_policy_does_not_allow_is_refused_with_the_reason(
    rules: Policy, situation: dict[str, Any], refusal: str
) -> None:
    assert decided(rules, **situation) == refusal


def test_one_gift_for_another_order_leaves_room(rules: Policy) -> None:
    assert isinstance(decided(rules, given=[{"order_no": "602600001001"}]), Gift)


def test_an_order_that_was_not_sent_is_late_if_the_shop_says_so(rules: Policy) -> None:
    waiting = {**LATE, "shipped_at": None}
    assert decided(rules, order={**waiting, "is_late": False}) == "not_so"
    assert isinstance(decided(rules, order={**waiting, "is_late": True}), Gift)


def test_nothing_for_a_level_is_told_apart(tmp_path: Path) -> None:
    only_gold = GOOD.replace("      - {kind: points, value: 300}\n", "")
    assert decided(read_policy(written(tmp_path, only_gold))) == "nothing"


def test_reasons_are_found_in_what_customers_write(rules: Policy) -> None:
    assert rules.reason_in("颜色不好看") is None
    found = rules.reason_in("一直没发货，赔我")
    assert found is not None
    assert found.name == "late"


@pytest.mark.parametrize(
    ("was", "becomes", "words"),
    [
        ("compensation:", "compensations:", "unknown key 'compensations'"),
        ("period_days: 30", "period_days: soon", "'period_days' is 'soon'"),
        ("most_in_period: 2", "most_in_period: 0", "'most_in_period' is 0"),
        ("most_in_period: 2", "at_most: 2", "unknown key 'at_most'"),
        ("      title: 发货晚了\n", "", "needs a 'title'"),
        ("fact: dispatched_late", "fact: late", "the fact 'late' is unknown"),
        ("kind: points", "kind: money", "gift 2: 'kind' is 'money'; write coupon or points"),
        ("value: 15", "value: 1500", "gift 1: 'value' is 1500; write a whole number from 1 to 200"),
        ("value: 15", "value: yes", "'value' is True"),
        ("levels: [金卡]", "levels: [钻石]", "'levels' has ['钻石']"),
        ("levels: [金卡]", "levels: 金卡", "levels are 普通"),
        ("words: 没发货", "words: [没发货]", "write 'words' in one line"),
        ("  period_days: 30", " period_days: 30", "cannot be read"),
    ],
)
def test_a_wrong_file_says_where_and_what_to_write(
    tmp_path: Path, was: str, becomes: str, words: str
) -> None:
    assert was in GOOD
    with pytest.raises(PolicyError) as raised:
        read_policy(written(tmp_path, GOOD.replace(was, becomes)))
    assert words in str(raised.value)
    assert str(raised.value).startswith("compensation.yml")


@pytest.mark.parametrize("text", ["", "compensation:", "compensation: {reasons: {}}", "- 1"])
def test_an_empty_file_is_no_policy(tmp_path: Path, text: str) -> None:
    with pytest.raises(PolicyError):
        read_policy(written(tmp_path, text))


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="cannot be read"):
        read_policy(tmp_path / "compensation.yml")


def test_the_shipped_policy_is_right_and_small() -> None:
    assert FILE.name == "compensation.yml"
    rules = policy()
    assert any(reason.is_automatic for reason in rules.reasons.values())
    assert [reason.title for reason in rules.asked_for()]
    gifts = [gift for reason in rules.reasons.values() for gift in reason.gives]
    assert max(gift.value for gift in gifts if gift.kind == "coupon") <= 20
