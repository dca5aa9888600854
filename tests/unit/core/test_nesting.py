"""How deep JSON from outside may be."""

import pytest

from kefu.core.intent_message import parse_intent_message
from kefu.core.nesting import DEEPEST, TooDeep, check_depth


@pytest.mark.parametrize("both", ["[]", "{}"])
def test_the_limit_is_the_limit(both):
    opening, closing = both
    check_depth(opening * DEEPEST + closing * DEEPEST)
    with pytest.raises(TooDeep, match="within one another"):
        check_depth(opening * (DEEPEST + 1))


@pytest.mark.parametrize(
    "text",
    [
        "[]" * 1000,
        '"' + "[" * 1000 + '"',
        '"' + "[" * 1000,
        '"' + '\\"[' * 1000 + '"',
        b"\xff" + b"[]" * 1000,
        "\ud800" + "[]" * 1000,
    ],
)
def test_brackets_that_nest_nothing_do_not_count(text):
    check_depth(text)


def test_quotes_that_are_never_closed_take_no_time():
    check_depth('"' + '\\"' * 500_000 + "[]" * 200)


def test_entities_of_an_intent_message_that_nest_too_deep_are_none():
    for depth in (DEEPEST, 5000):
        text = '/greet{"name": ' + "[" * depth + "]" * depth + "}"
        assert parse_intent_message(text)["entities"] == []
