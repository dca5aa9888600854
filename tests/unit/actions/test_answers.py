"""What counts as an answer to a question of a form."""

from typing import Any

import pytest
from rasa_sdk import Tracker

from actions.forms import answer_to_question


def tracker(text: str, intent: str, asked: str = "cancel_confirm") -> Tracker:
    message: dict[str, Any] = {"text": text, "intent": {"name": intent}, "entities": []}
    slots = {"requested_slot": asked}
    return Tracker("c1", slots, message, [], False, None, {"name": "cancel_form"}, None)


@pytest.mark.parametrize(
    ("text", "intent", "value", "expected"),
    [
        ("好的", "affirm", True, True),
        ("不错，就这样", "affirm", True, True),
        ("取消吧", "cancel_order", True, True),
        ("先别取消", "cancel_order", True, False),
        ("我不想取消了", "cancel_order", True, False),
        ("等等", "deny", False, False),
        ("/affirm", "affirm", True, True),
    ],
)
def test_who_names_the_matter_agrees_unless_it_is_negated(
    text: str, intent: str, value: bool, expected: bool
) -> None:
    said = tracker(text, intent)
    assert answer_to_question("cancel_confirm", value, said) == {"cancel_confirm": expected}


def test_what_is_left_from_earlier_is_no_answer() -> None:
    said = tracker("好的", "affirm", asked="order_no")
    assert answer_to_question("cancel_confirm", True, said) == {"cancel_confirm": None}
