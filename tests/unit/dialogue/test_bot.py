"""The course of a turn."""

import pytest

from kefu.core.codec import decode_events
from kefu.core.contents import Rating
from kefu.core.events import (
    ActionExecuted,
    ActionReverted,
    ActiveLoop,
    ConversationPaused,
    FollowupAction,
    SlotSet,
    UserUttered,
)
from kefu.errors import ActionFailed, ActionRejected, ActionUnreachable, UnknownAction
from tests.unit.dialogue.stage import Actions, Stage, action_names, answer, kinds, texts

DOMAIN = {
    "intents": ["greet", "go"],
    "entities": ["name"],
    "slots": {"name": {"type": "text", "mappings": [{"type": "from_entity", "entity": "name"}]}},
    "responses": {"utter_greet": [{"text": "您好 {name}"}], "utter_sorry": [{"text": "对不起"}]},
    "actions": ["action_go"],
}
OPENING = ["action_session_start", "action_listen"]


async def test_the_first_message_starts_a_session_and_is_answered():
    stage = Stage(DOMAIN, ["utter_greet"])
    turn = await stage.say('/greet{"name": "小王"}')
    assert texts(turn) == ["您好 小王"]
    assert action_names(turn) == [*OPENING, "utter_greet", "action_listen"]
    assert turn.events == tuple(stage.tracker.events)
    assert all(event.timestamp == stage.clock.now() for event in turn.events)


async def test_blanks_around_a_message_are_no_part_of_it():
    stage = Stage(DOMAIN)
    await stage.say("  你好  ")
    assert stage.tracker.state.latest_message.text == "你好"


async def test_given_parse_data_is_used_instead_of_understanding():
    stage = Stage(DOMAIN)
    parsed = {"intent": {"name": "go", "confidence": 0.4}, "entities": [], "text": "x"}
    await stage.say("/greet", parse_data=parsed)
    assert stage.tracker.state.latest_message.intent_name == "go"


async def test_a_bot_that_never_listens_is_stopped_and_answers_the_next_message():
    stage = Stage(DOMAIN, lambda _tracker: "utter_greet", max_actions=3)
    first = await stage.say("/greet")
    second = await stage.say("/greet")
    assert texts(first) == texts(second) == ["您好 None"] * 3
    assert action_names(second)[-1] == "action_listen"


async def test_an_action_that_undoes_itself_does_not_loop_for_ever():
    actions = Actions(action_go=answer({"event": "undo"}))
    stage = Stage(DOMAIN, lambda _tracker: "action_go", actions, max_actions=4)
    turn = await stage.say("/go")
    assert action_names(turn).count("action_go") == 4
    assert any(isinstance(event, ActionReverted) for event in turn.events)
    assert texts(await stage.say("/go")) == []


async def test_a_paused_conversation_is_logged_but_not_answered():
    stage = Stage(DOMAIN, lambda _tracker: "utter_greet")
    await stage.bot.append_events(stage.tracker, [ConversationPaused()])
    turn = await stage.say("/greet")
    assert turn.replies == ()
    assert kinds(turn) == ["UserUttered"]


async def test_a_followup_action_runs_before_any_prediction():
    actions = Actions(action_go=answer({"event": "followup", "name": "utter_greet"}))
    stage = Stage(DOMAIN, ["action_go"], actions)
    turn = await stage.say("/go")
    assert action_names(turn)[2:] == ["action_go", "utter_greet", "action_listen"]
    assert [e.policy for e in turn.events if isinstance(e, ActionExecuted)][3] == "followup_action"


async def test_an_unknown_followup_action_is_ignored():
    actions = Actions(action_go=answer({"event": "followup", "name": "action_nowhere"}))
    stage = Stage(DOMAIN, ["action_go"], actions)
    assert action_names(await stage.say("/go"))[2:] == ["action_go", "action_listen"]


@pytest.mark.parametrize(
    "error",
    [ActionFailed("action_go", "boom"), ActionUnreachable("action_go", "down")],
)
async def test_a_failing_action_is_apologised_for_once_and_the_conversation_goes_on(error, caplog):
    script = ["action_go", "action_go", "utter_greet"]
    stage = Stage(DOMAIN, script, Actions(action_go=error), apology="抱歉")
    turn = await stage.say("/go")
    assert texts(turn) == ["抱歉", "您好 None"]
    lines = [r for r in caplog.records if r.getMessage() == "an action failed"]
    assert [line.fields["conversation_id"] for line in lines] == ["c1", "c1"]


async def test_the_apology_can_be_a_response_of_the_domain():
    failing = Actions(action_go=ActionFailed("action_go", "boom"))
    stage = Stage(DOMAIN, ["action_go"], failing, apology="utter_sorry")
    assert texts(await stage.say("/go")) == ["对不起"]


async def test_without_an_endpoint_custom_actions_fail_and_nothing_is_said_by_default():
    stage = Stage(DOMAIN, ["action_go", "utter_greet"])
    assert texts(await stage.say("/go")) == ["您好 None"]


async def test_an_action_that_declines_leaves_room_for_another():
    declining = Actions(action_go=ActionRejected("action_go", "no"))
    stage = Stage(DOMAIN, ["action_go", "utter_greet"], declining)
    turn = await stage.say("/go")
    assert "ActionExecutionRejected" in kinds(turn)
    assert action_names(turn)[2:] == ["utter_greet", "action_listen"]


async def test_a_bad_event_in_an_answer_makes_the_action_fail():
    stage = Stage(DOMAIN, ["action_go"], Actions(action_go=answer({"event": "nonsense"}, text="x")))
    assert texts(await stage.say("/go")) == []
    assert action_names(await stage.say("/go")) == ["action_listen"]


async def test_every_call_of_a_turn_has_its_own_key_and_a_repeat_of_the_turn_the_same():
    keys = []
    for _ in range(2):
        stage = Stage(DOMAIN, ["action_go", "action_go"], Actions(action_go=answer()))
        await stage.say("/go")
        keys.append([call.idempotency_key for call in stage.actions.calls])
    assert keys[0] == keys[1] == ["c1:m1:0", "c1:m1:1"]


async def test_events_sent_to_an_action_are_bounded():
    stage = Stage(
        DOMAIN,
        lambda t: "action_go" if t.state.latest_action_name == "action_listen" else "action_listen",
        Actions(action_go=answer()),
    )
    for _ in range(150):
        await stage.say("/go")
    sizes = [len(call.tracker["events"]) for call in stage.actions.calls]
    assert max(sizes) == sizes[-1] == 200


async def test_a_message_injected_by_an_action_fills_slots():
    user = {
        "event": "user",
        "text": "插话",
        "parse_data": {
            "intent": {"name": "greet"},
            "entities": [{"entity": "name", "value": "甲"}],
        },
    }
    stage = Stage(DOMAIN, ["action_go"], Actions(action_go=answer(user)))
    await stage.say("/go")
    assert stage.slots["name"] == "甲"


async def test_a_loop_that_the_domain_lost_is_left():
    stage = Stage(DOMAIN, ["utter_greet"])
    await stage.bot.append_events(stage.tracker, [ActiveLoop(name="old_form")])
    turn = await stage.say("/greet")
    assert texts(turn) == ["您好 None"]
    assert stage.tracker.state.active_loop is None


async def test_trigger_intent_reacts_without_a_message():
    stage = Stage(DOMAIN, ["utter_greet"])
    turn = await stage.bot.trigger_intent(stage.tracker, "greet", {"name": "乙"})
    assert texts(turn) == ["您好 乙"]
    message = stage.tracker.state.latest_message
    assert message.text == "EXTERNAL: greet"
    assert message.metadata == {"is_external": True}


async def test_execute_action_runs_one_action_and_predicts_nothing():
    stage = Stage(DOMAIN, lambda _tracker: "utter_greet")
    turn = await stage.bot.execute_action(stage.tracker, "utter_sorry", policy="P", confidence=0.3)
    assert texts(turn) == ["对不起"]
    assert stage.policy.asked == 0
    last = [e for e in turn.events if isinstance(e, ActionExecuted)][-1]
    assert (last.policy, last.confidence) == ("P", 0.3)


async def test_execute_action_refuses_unknown_names():
    stage = Stage(DOMAIN)
    with pytest.raises(UnknownAction, match="action_nowhere"):
        await stage.bot.execute_action(stage.tracker, "action_nowhere")
    assert stage.tracker.events == []


async def test_predicting_changes_nothing():
    stage = Stage(DOMAIN)
    await stage.say("/greet")
    await stage.bot.append_events(stage.tracker, [FollowupAction(action_name="utter_greet")])
    before = list(stage.tracker.events)
    first = await stage.bot.predict_next(stage.tracker)
    second = await stage.bot.predict_next(stage.tracker)
    assert first.action_name == second.action_name == "utter_greet"
    assert stage.tracker.events == before


async def test_appended_utterances_are_sent_only_with_side_effects():
    stage = Stage(DOMAIN)
    events = decode_events(
        [{"event": "bot", "text": "代答"}, {"event": "slot", "name": "name", "value": "x"}]
    )
    silent = await stage.bot.append_events(stage.tracker, events)
    spoken = await stage.bot.append_events(stage.tracker, events, execute_side_effects=True)
    assert (texts(silent), texts(spoken)) == ([], ["代答"])
    assert stage.slots["name"] == "x"


async def test_appended_events_keep_their_times():
    stage = Stage(DOMAIN)
    await stage.bot.append_events(stage.tracker, [SlotSet(key="name", value="x", timestamp=5.0)])
    assert stage.tracker.events[-1].timestamp == 5.0


async def test_log_message_understands_but_does_not_answer():
    stage = Stage(DOMAIN, lambda _tracker: "utter_greet")
    from kefu.core.messages import UserMessage

    turn = await stage.bot.log_message(
        stage.tracker, UserMessage(conversation_id="c1", text="/greet")
    )
    assert turn.replies == ()
    assert isinstance(turn.events[-1], UserUttered)


async def test_the_cost_of_a_turn_does_not_grow_with_the_conversation():
    stage = Stage(
        DOMAIN,
        lambda t: (
            "utter_greet" if t.state.latest_action_name == "action_listen" else "action_listen"
        ),
    )
    for _ in range(400):
        await stage.say("/greet")
    assert len(stage.tracker.events) <= 400
    assert len(stage.tracker.applied) <= 400


async def test_what_is_left_for_a_person_is_no_part_of_the_dialogue():
    stage = Stage(DOMAIN, ["utter_greet"])
    left = {"leave_message": {"name": None, "contact": "13800000001"}}
    turn = await stage.say('/greet{"name": "小王"}', metadata=left)
    assert texts(turn) == []
    assert any(isinstance(event, UserUttered) for event in turn.events)
    assert stage.tracker.state.slots["name"] is None
    assert texts(await stage.say("/greet")) == ["您好 None"]


async def test_what_is_left_while_the_bot_is_paused_does_not_wake_it():
    stage = Stage(DOMAIN, lambda _tracker: "utter_greet")
    await stage.bot.append_events(stage.tracker, [ConversationPaused()])
    await stage.say("请回电", metadata={"leave_message": {"contact": "13800000001"}})
    assert stage.tracker.state.is_paused
    assert texts(await stage.say("/greet")) == []


async def test_a_rating_is_answered_where_the_domain_knows_ratings():
    rating = Rating(score=5)
    silent = Stage(DOMAIN, ["utter_greet"])
    turn = await silent.say("[评分：5]", content=rating)
    assert texts(turn) == []
    assert texts(await silent.say("/greet")) == ["您好 None"]
    known = Stage({**DOMAIN, "intents": ["rate"]}, ["utter_greet"])
    assert texts(await known.say("[评分：5]", content=rating)) == ["您好 None"]
