"""Forms: asking, checking, rejecting, ending."""

import pytest

from kefu.core.events import ActionExecutionRejected, ActiveLoop, SlotSet
from kefu.errors import ActionFailed, ActionRejected
from tests.unit.dialogue.stage import Actions, Stage, action_names, answer, texts


def entity_slot(name):
    return {
        "type": "text",
        "influence_conversation": False,
        "mappings": [{"type": "from_entity", "entity": name}],
    }


DOMAIN = {
    "intents": ["start", "inform", "chat"],
    "entities": ["x", "y"],
    "slots": {"x": entity_slot("x"), "y": entity_slot("y")},
    "forms": {"f": {"required_slots": ["x", "y"]}},
    "responses": {
        "utter_ask_x": [{"text": "x？"}],
        "utter_ask_f_y": [{"text": "y？"}],
        "utter_ask_y": [{"text": "不用这句"}],
        "utter_chat": [{"text": "闲聊"}],
    },
}
WITH_VALIDATION = {**DOMAIN, "actions": ["validate_f"]}


def form_first(tracker):
    """Run the form after every message, as RulePolicy does on the happy path."""
    state = tracker.state
    if state.latest_action_name == "action_listen" and not _was_rejected(tracker):
        starts = state.latest_message and state.latest_message.intent_name == "start"
        return "f" if state.active_loop_name == "f" or starts else "action_listen"
    return "action_listen"


def _was_rejected(tracker):
    return isinstance(tracker.events[-1], ActionExecutionRejected)


async def test_a_form_asks_for_one_slot_after_the_other_and_ends():
    stage = Stage(DOMAIN, form_first)
    assert texts(await stage.say("/start")) == ["x？"]
    assert texts(await stage.say('/inform{"x": "1"}')) == ["y？"]
    last = await stage.say('/inform{"y": "2"}')
    assert texts(last) == []
    assert stage.tracker.state.active_loop is None
    assert stage.slots["requested_slot"] is None


async def test_slots_in_the_first_message_are_not_asked_for():
    stage = Stage(DOMAIN, form_first)
    assert texts(await stage.say('/start{"x": "1"}')) == ["y？"]


async def test_a_form_with_everything_known_ends_at_once():
    stage = Stage(DOMAIN, form_first)
    turn = await stage.say('/start{"x": "1", "y": "2"}')
    assert texts(turn) == []
    assert [e.name for e in turn.events if isinstance(e, ActiveLoop)] == ["f", None]


async def test_an_answer_that_fills_nothing_is_rejected():
    stage = Stage(DOMAIN, form_first)
    await stage.say("/start")
    turn = await stage.say("/chat")
    assert any(isinstance(event, ActionExecutionRejected) for event in turn.events)
    assert stage.tracker.state.active_loop.rejected


async def test_after_another_topic_the_form_asks_again_without_rejecting():
    stage = Stage(DOMAIN, ["f", "action_listen", "utter_chat", "f", "action_listen"])
    await stage.say("/start")
    turn = await stage.say("/chat")
    assert texts(turn) == ["闲聊", "x？"]
    assert stage.slots["requested_slot"] == "x"


async def test_the_validation_may_refuse_a_value():
    def validate(call):
        values = call.tracker["slots"]
        if values["x"] == "坏":
            return answer({"event": "slot", "name": "x", "value": None}, text="不行")
        return answer(*({"event": "slot", "name": k, "value": values[k]} for k in ("x", "y")))

    stage = Stage(WITH_VALIDATION, form_first, Actions(validate_f=validate))
    await stage.say("/start")
    assert texts(await stage.say('/inform{"x": "坏"}')) == ["不行", "x？"]
    assert texts(await stage.say('/inform{"x": "好"}')) == ["y？"]


async def test_the_validation_may_choose_the_next_slot_or_end_the_form():
    outcomes = [
        answer(),
        answer(),
        answer({"event": "slot", "name": "requested_slot", "value": "y"}),
        answer({"event": "slot", "name": "requested_slot", "value": None}),
    ]
    stage = Stage(WITH_VALIDATION, form_first, Actions(validate_f=lambda _call: outcomes.pop(0)))
    await stage.say("/start")
    assert texts(await stage.say('/inform{"x": "1"}')) == ["y？"]
    await stage.say('/inform{"x": "2"}')
    assert stage.tracker.state.active_loop is None


async def test_a_rejection_returned_by_the_validation_keeps_its_slots():
    outcomes = [
        answer(),
        answer(),
        answer(
            {"event": "slot", "name": "x", "value": "记下"},
            {"event": "action_execution_rejected", "name": "f"},
        ),
    ]
    stage = Stage(WITH_VALIDATION, form_first, Actions(validate_f=lambda _call: outcomes.pop(0)))
    await stage.say("/start")
    turn = await stage.say('/inform{"x": "1"}')
    assert "f" not in action_names(turn)
    assert stage.slots["x"] == "记下"


@pytest.mark.parametrize("apology", [None, "抱歉"])
async def test_an_unreachable_validation_keeps_the_form_and_asks_again(apology):
    failing = Actions(validate_f=ActionFailed("validate_f", "down"))
    stage = Stage(WITH_VALIDATION, form_first, failing, apology=apology)
    said = [apology] if apology else []
    assert texts(await stage.say("/start")) == [*said, "x？"]
    assert len(failing.calls) == 1
    assert texts(await stage.say('/inform{"x": "未查"}')) == [*said, "x？"]
    assert stage.slots["x"] is None
    assert stage.tracker.state.active_loop_name == "f"


async def test_an_unreachable_validation_does_not_forget_what_was_known_before():
    failing = Actions(validate_f=ActionFailed("validate_f", "down"))
    stage = Stage(WITH_VALIDATION, form_first, failing)
    await stage.say('/inform{"x": "旧"}')
    turn = await stage.say("/start")
    assert texts(turn) == ["y？"]
    assert stage.slots["x"] == "旧"


async def test_a_declining_validation_rejects_the_form():
    declining = Actions(validate_f=ActionRejected("validate_f", "no"))
    stage = Stage(WITH_VALIDATION, form_first, declining)
    turn = await stage.say("/start")
    rejected = [e for e in turn.events if isinstance(e, ActionExecutionRejected)]
    assert [event.action_name for event in rejected] == ["f"]
    assert stage.tracker.state.active_loop is None


async def test_a_failing_question_keeps_what_the_form_learned():
    domain = {**DOMAIN, "actions": ["action_ask_y"]}
    domain["responses"] = {"utter_ask_x": [{"text": "x？"}]}
    failing = Actions(action_ask_y=ActionFailed("action_ask_y", "boom"))
    stage = Stage(domain, form_first, failing, apology="抱歉")
    await stage.say("/start")
    assert texts(await stage.say('/inform{"x": "1"}')) == ["抱歉"]
    assert (stage.slots["x"], stage.slots["requested_slot"]) == ("1", "y")


async def test_the_request_of_another_form_does_not_count():
    domain = {**DOMAIN, "forms": {"f": {"required_slots": ["x"]}, "g": {"required_slots": ["y"]}}}
    stage = Stage(domain, ["f", "action_listen", "g", "action_listen"])
    await stage.say("/start")
    turn = await stage.say("/inform")
    assert action_names(turn)[0] == "g"
    assert stage.tracker.state.active_loop_name == "g"
    assert SlotSet(key="requested_slot", value="y") in turn.events


async def test_one_turn_has_one_apology_whatever_fails_in_it():
    domain = {**WITH_VALIDATION, "actions": ["validate_f", "action_ask_x"]}
    failing = Actions(
        validate_f=ActionFailed("validate_f", "down"),
        action_ask_x=ActionFailed("action_ask_x", "down"),
    )
    stage = Stage(domain, form_first, failing, apology="抱歉")
    assert texts(await stage.say("/start")) == ["抱歉"]
    assert texts(await stage.say('/inform{"x": "1"}')) == ["抱歉"]
