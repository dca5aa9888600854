"""The second question of a message: answered beside the first, without a trace but its words."""

from typing import Any

import pytest

from tests.unit.dialogue.stage import Stage, texts

DOMAIN: dict[str, Any] = {
    "intents": ["return", "freight"],
    "slots": {"kind": {"type": "text", "mappings": [{"type": "custom"}]}},
    "forms": {"return_form": {"required_slots": ["kind"]}},
    "responses": {
        "utter_freight": [{"text": "我们出"}],
        "utter_return": [{"text": "哪一单？"}],
        "utter_ask_kind": [{"text": "哪一种？"}],
    },
}
TEXT = "怎么退货，运费谁出"
HALVES = {"main": ("怎么退货", "return"), "beside": ("运费谁出", "freight")}
QUESTIONS = {
    name: {"text": text, "intent": {"name": intent, "confidence": 0.9}, "entities": []}
    for name, (text, intent) in HALVES.items()
}
PARSED: dict[str, Any] = {
    "text": TEXT,
    "intent": {"name": "nlu_fallback", "confidence": 0.3},
    "entities": [{"entity": "order_no", "value": "1"}],
    "questions": QUESTIONS,
}
ANSWERS = {"freight": "utter_freight", "return": "utter_return"}


def answering(answers: dict[str, str]) -> Any:
    """Return a script that answers each intent once."""

    def script(tracker: Any) -> str:
        if tracker.state.latest_action_name != "action_listen":
            return "action_listen"
        return answers[tracker.state.latest_message.intent_name]

    return script


async def asked(answers: dict[str, str]) -> tuple[Any, list[Any]]:
    stage = Stage(DOMAIN, answering(answers))
    turn = await stage.say(TEXT, parse_data=PARSED)
    return turn, list(turn.events)


async def test_both_are_answered_the_short_one_first() -> None:
    turn, events = await asked(ANSWERS)
    assert texts(turn) == ["我们出", "哪一单？"]
    (heard,) = [event for event in events if type(event).__name__ == "UserUttered"]
    assert (heard.text, heard.intent["name"]) == (TEXT, "return")
    assert [entity["value"] for entity in heard.entities] == ["1"]
    actions = [e.action_name for e in events if type(e).__name__ == "ActionExecuted"]
    assert "utter_freight" not in actions, "it is said, not done: rules see one meaning"


@pytest.mark.parametrize("action", ["return_form", "action_listen", "action_handoff"])
async def test_what_is_no_plain_answer_is_left_out(action: str) -> None:
    turn, _ = await asked({**ANSWERS, "freight": action})
    assert texts(turn) == ["哪一单？"]


async def test_in_a_form_nothing_is_split() -> None:
    stage = Stage(DOMAIN, ["return_form", "action_listen", "action_listen"])
    await stage.say("/return")
    turn = await stage.say(TEXT, parse_data=PARSED)
    (heard,) = [event for event in turn.events if type(event).__name__ == "UserUttered"]
    assert heard.intent["name"] == "nlu_fallback"
    assert "我们出" not in texts(turn)
