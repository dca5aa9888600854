"""Numbers of parcels in what customers write, and the couriers they belong to."""

from __future__ import annotations

import pytest

from actions.complaint_progress import complaint_no_in
from actions.return_parcels import courier_in, tracking_no_in


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("单号SF1234567890123寄了", "SF1234567890123"),
        ("sf 1234567890123", "SF1234567890123"),
        ("7730 1234 5678 901", "773012345678901"),
        ("EA123456789CN", "EA123456789CN"),
        ("订单602600001001", None),
        ("13800000001", None),
        ("TH900001", None),
        ("12345", None),
        ("", None),
    ],
)
def test_a_tracking_number_is_none_of_the_other_numbers(text: str, number: str | None) -> None:
    assert tracking_no_in(text) == number


@pytest.mark.parametrize(
    ("text", "courier"),
    [
        ("顺丰的", "顺丰速运"),
        ("YT8800112233445", "圆通速递"),
        ("京东快递", "京东物流"),
        ("中国邮政", "邮政EMS"),
        ("EMS1029384756", "邮政EMS"),
        ("773012345678901", None),
        ("小区门口那家", None),
    ],
)
def test_couriers(text: str, courier: str | None) -> None:
    assert courier_in(text) == courier


@pytest.mark.parametrize(
    ("text", "number"),
    [("投诉TS900001呢", "TS900001"), ("ts 900001", "TS900001"), ("TS90000", None), ("", None)],
)
def test_numbers_of_complaints(text: str, number: str | None) -> None:
    assert complaint_no_in(text) == number
