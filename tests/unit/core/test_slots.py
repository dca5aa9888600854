"""What policies see of slots."""

import pytest

from kefu.core.slots import Slot


def feature(value, **declaration):
    return Slot(name="s", **declaration).feature(value)


@pytest.mark.parametrize(
    ("slot_type", "value", "expected"),
    [
        ("text", None, (0.0,)),
        ("text", "", (1.0,)),
        ("bool", None, (0.0, 0.0)),
        ("bool", True, (1.0, 1.0)),
        ("bool", False, (1.0, 0.0)),
        ("bool", "True", (1.0, 1.0)),
        ("bool", 1, (1.0, 1.0)),
        ("bool", "yes", (0.0, 0.0)),
        ("float", None, (0.0, 0.0)),
        ("float", 0.25, (1.0, 0.25)),
        ("float", 7, (1.0, 1.0)),
        ("float", "many", (0.0, 0.0)),
        ("list", [], (0.0,)),
        ("list", ["x"], (1.0,)),
        ("any", "x", ()),
    ],
)
def test_each_type_has_its_feature(slot_type, value, expected):
    assert feature(value, type=slot_type) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [("Red", (1.0, 0.0, 0.0)), ("green", (0.0, 0.0, 1.0)), (None, (0.0, 0.0, 0.0))],
)
def test_categories_are_compared_without_letter_case(value, expected):
    assert feature(value, type="categorical", values=("red", "blue", "__other__")) == expected


def test_a_slot_without_influence_is_not_seen():
    assert feature("x", type="text", influence_conversation=False) == ()


def test_a_float_is_scaled_into_its_range():
    assert feature(15, type="float", min_value=10.0, max_value=20.0) == (1.0, 0.5)
