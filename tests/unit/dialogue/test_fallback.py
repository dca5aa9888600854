"""The built-in fallback actions, and going back."""

from tests.unit.dialogue.stage import Stage, action_names, texts

DOMAIN = {
    "intents": ["greet", "bye"],
    "responses": {
        "utter_greet": [{"text": "您好"}],
        "utter_default": [{"text": "不懂"}],
        "utter_ask_rephrase": [{"text": "换个说法"}],
    },
}
UNCLEAR = {
    "intent": {"name": "nlu_fallback", "confidence": 0.3},
    "entities": [],
    "intent_ranking": [{"name": "nlu_fallback"}, {"name": "greet"}, {"name": "bye"}],
}
FALLBACK = "action_two_stage_fallback"


def policy(tracker):
    state = tracker.state
    if state.latest_action_name != "action_listen":
        return "action_listen"
    intent = state.latest_message.intent_name if state.latest_message else None
    if state.active_loop_name == FALLBACK or intent == "nlu_fallback":
        return FALLBACK
    return "utter_greet" if intent == "greet" else "action_listen"


async def test_an_unclear_message_is_offered_its_likeliest_intent():
    stage = Stage(DOMAIN, policy)
    turn = await stage.say("嗯", parse_data=UNCLEAR)
    assert texts(turn) == ["Did you mean 'greet'?"]
    assert [b["payload"] for b in turn.replies[0].buttons] == ["/greet", "/out_of_scope"]


async def test_an_affirmed_intent_replaces_the_unclear_turn():
    stage = Stage(DOMAIN, policy)
    await stage.say("嗯", parse_data=UNCLEAR)
    turn = await stage.say("/greet")
    assert texts(turn) == ["您好"]
    assert stage.tracker.state.active_loop is None
    assert stage.tracker.state.latest_message.intent["confidence"] == 1.0
    applied = [e.action_name for e in stage.tracker.applied if hasattr(e, "action_name")]
    assert FALLBACK not in applied[2:]


async def test_a_denied_intent_is_asked_for_in_other_words():
    stage = Stage(DOMAIN, policy)
    await stage.say("嗯", parse_data=UNCLEAR)
    assert texts(await stage.say("/out_of_scope")) == ["换个说法"]
    assert texts(await stage.say("嗯啊", parse_data=UNCLEAR)) == ["Did you mean 'greet'?"]
    assert texts(await stage.say("/out_of_scope")) == ["不懂"]


async def test_two_unclear_messages_in_a_row_end_in_the_default_fallback():
    stage = Stage(DOMAIN, policy)
    await stage.say("嗯", parse_data=UNCLEAR)
    assert texts(await stage.say("嗯", parse_data=UNCLEAR)) == ["不懂"]
    assert stage.tracker.state.active_loop is None


async def test_the_default_fallback_forgets_the_turn():
    stage = Stage(DOMAIN, ["utter_greet", "action_listen", "action_default_fallback"])
    await stage.say("/greet")
    turn = await stage.say("呃")
    assert texts(turn) == ["不懂"]
    assert stage.tracker.state.latest_message.intent_name == "greet"
    assert action_names(turn) == ["action_default_fallback", "action_listen"]


async def test_back_forgets_this_turn_and_the_one_before():
    stage = Stage(DOMAIN, ["action_listen", "action_listen", "action_back"])
    await stage.say("/greet")
    await stage.say("/bye")
    await stage.say("/back")
    assert stage.tracker.state.latest_message.intent_name == "greet"


async def test_restart_starts_a_new_session_in_the_same_turn():
    stage = Stage(DOMAIN, ["action_listen", "action_restart"])
    await stage.say("/greet")
    turn = await stage.say("/restart")
    assert action_names(turn)[:2] == ["action_restart", "action_session_start"]
    assert stage.tracker.state.latest_message is None
