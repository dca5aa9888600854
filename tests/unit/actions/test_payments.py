"""Payment trouble and instalments."""

from __future__ import annotations

from typing import Any

import pytest

from actions.payments import instalments_in_words, payment_in_words, trouble_in


@pytest.mark.parametrize(
    ("text", "trouble"),
    [
        ("付不了款", "failed"),
        ("支付失败怎么办", "failed"),
        ("点支付没反应", "failed"),
        ("can't pay", "failed"),
        ("钱扣了订单还显示待付款", "charged"),
        ("扣了89块钱，订单列表里啥都没有", "charged"),
        ("付了钱怎么没显示", "charged"),
        ("付款失败，钱扣了", "charged"),
        ("重复扣款了", "twice"),
        ("扣了我两次钱", "twice"),
        ("I was charged twice", "twice"),
        ("支付有问题", None),
    ],
)
def test_kinds_of_trouble(text: str, trouble: str | None) -> None:
    assert trouble_in(text) == trouble


def order(status: str) -> dict[str, Any]:
    return {
        "order_no": "602600001005",
        "status": status,
        "status_name": "状态",
        "paid_at": "2026-11-20T10:00:00+08:00",
        "amount": 269,
    }


def test_the_order_decides_what_is_said_of_the_money() -> None:
    assert "还是待付款" in payment_in_words(order("unpaid"), "charged")
    assert "已经取消" in payment_in_words(order("cancelled"), "charged")
    paid = payment_in_words(order("paid"), "charged")
    assert "付款成功，实付 269 元" in paid
    assert "多扣的那笔" not in paid
    assert "多扣的那笔" in payment_in_words(order("paid"), "twice")


def test_instalments_are_worked_out_from_300_yuan_on() -> None:
    assert "还不能分期" in instalments_in_words(299.99)
    assert "3 期每期 100.00 元（免手续费）" in instalments_in_words(300)
    assert "12 期每期 83.33 元，另加手续费" in instalments_in_words(1000)
