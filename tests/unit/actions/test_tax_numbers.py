"""Tax numbers: found in what customers write, and judged by their check character."""

from __future__ import annotations

import pytest

from actions.tax_numbers import tax_fault, tax_no_in

RIGHT = "91330100MA0000001F"


@pytest.mark.parametrize(
    "text",
    [
        RIGHT,
        f"税号{RIGHT}",
        f"示例公司，税号：{RIGHT}，谢谢",
        "9133 0100 MA00 0000 1F",
        "91330100-MA0000001-F",
        RIGHT.lower(),
        "９１３３０１００ＭＡ００００００１Ｆ",
        f"订单602600001007 电话13800000001 税号{RIGHT}",
    ],
)
def test_the_number_is_found_however_it_is_written(text: str) -> None:
    assert tax_no_in(text) == RIGHT


@pytest.mark.parametrize(
    "text", ["", "602600001007", "13800000001", "a123456@mail.example", "没有税号", "ABCDEFGH"]
)
def test_other_numbers_are_none(text: str) -> None:
    assert tax_no_in(text) is None


@pytest.mark.parametrize(
    "tax_no",
    [
        RIGHT,
        "91110000MA0000003T",
        "52330100MA00000060",
        "330100123456789",
        "33010012345678X",
    ],
)
def test_right_numbers_pass(tax_no: str) -> None:
    assert tax_fault(tax_no) is None


def test_every_single_slip_of_a_digit_is_noticed() -> None:
    digits = "0123456789"
    for place, character in enumerate(RIGHT):
        for other in digits:
            if other != character:
                assert tax_fault(RIGHT[:place] + other + RIGHT[place + 1 :]) == "check"


def test_neighbours_that_changed_places_are_noticed() -> None:
    assert tax_fault("19330100MA0000001F") == "check"


@pytest.mark.parametrize(
    ("tax_no", "fault"),
    [
        ("9133", "length"),
        (RIGHT + "0", "length"),
        ("91330100MAO000001F", "letters"),
        ("91330100MI0000001F", "letters"),
        ("A30100123456789", "letters"),
    ],
)
def test_what_is_wrong_is_told_apart(tax_no: str, fault: str) -> None:
    assert tax_fault(tax_no) == fault
