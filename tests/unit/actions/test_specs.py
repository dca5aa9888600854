"""Which colour, size or number of pieces is meant."""

from __future__ import annotations

import pytest

from actions.specs import meant_specs, quantity_in

SPECS = ["黑色/M码", "黑色/L码", "黑色/XL码", "灰色/M码", "灰色/L码"]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("换成灰色", ["灰色/M码"]),
        ("改成XL码", ["黑色/XL码"]),
        ("改成l码", ["黑色/L码"]),
        ("灰色L码", ["灰色/L码"]),
        ("把黑色换成灰色，要L", ["黑色/L码"]),
        ("我拍的是黑色M码，想要灰的", ["灰色/M码"]),
        ("换成灰色XL码", []),
        ("换成紫色", []),
        ("换个颜色", []),
        ("黑色", ["黑色/L码", "黑色/XL码"]),
    ],
)
def test_what_is_left_open_stays_as_it_is(text: str, meant: list[str]) -> None:
    assert meant_specs(text, SPECS, "黑色/M码") == meant


@pytest.mark.parametrize(
    ("text", "number"),
    [("改成两件", 2), ("数量改成3个", 3), ("拍了两件，改成一件", 1), ("改颜色", None)],
)
def test_a_number_of_pieces_is_read(text: str, number: int | None) -> None:
    assert quantity_in(text) == number
