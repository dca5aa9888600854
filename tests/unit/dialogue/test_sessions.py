"""When a session begins and what it keeps."""

import pytest

from kefu.core.events import SessionStarted, SlotSet
from kefu.errors import ActionFailed
from tests.unit.dialogue.stage import Actions, Stage, kinds, texts


def domain(**session):
    return {
        "intents": ["give"],
        "entities": ["name"],
        "slots": {
            "name": {"type": "text", "mappings": [{"type": "from_entity", "entity": "name"}]},
        },
        "session_config": session,
    }


async def test_silence_beyond_the_limit_starts_a_session_with_the_slots_carried_over():
    stage = Stage(domain(session_expiration_time=10, carry_over_slots_to_new_session=True))
    await stage.say('/give{"name": "小王"}')
    stage.clock.advance(601)
    turn = await stage.say("/give")
    assert kinds(turn)[:4] == ["ActionExecuted", "SessionStarted", "SlotSet", "ActionExecuted"]
    assert stage.slots["name"] == "小王"


async def test_silence_up_to_the_limit_keeps_the_session():
    stage = Stage(domain(session_expiration_time=10))
    await stage.say("/give")
    stage.clock.advance(600)
    assert "SessionStarted" not in kinds(await stage.say("/give"))


async def test_slots_are_forgotten_when_the_domain_wants_that():
    stage = Stage(domain(session_expiration_time=10, carry_over_slots_to_new_session=False))
    await stage.say('/give{"name": "小王"}')
    stage.clock.advance(6000)
    await stage.say("/give")
    assert stage.slots["name"] is None


async def test_sessions_never_expire_when_they_are_switched_off():
    stage = Stage(domain(session_expiration_time=0))
    await stage.say("/give")
    stage.clock.advance(10**7)
    assert "SessionStarted" not in kinds(await stage.say("/give"))


async def test_the_metadata_of_the_first_message_is_kept_in_a_slot():
    stage = Stage(domain())
    turn = await stage.say("/give", metadata={"source": "app"})
    assert turn.events[0] == SlotSet(key="session_started_metadata", value={"source": "app"})
    assert stage.slots["session_started_metadata"] == {"source": "app"}


async def test_a_session_can_be_started_without_a_message_and_only_once():
    stage = Stage(domain())
    first = await stage.bot.start_session(stage.tracker)
    second = await stage.bot.start_session(stage.tracker)
    assert any(isinstance(event, SessionStarted) for event in first.events)
    assert second.events == ()


async def test_slots_of_long_conversations_are_carried_over_once_each():
    stage = Stage(domain(session_expiration_time=10, carry_over_slots_to_new_session=True))
    for number in range(100):
        await stage.say(f'/give{{"name": "{number}"}}')
    stage.clock.advance(601)
    turn = await stage.say("/give")
    carried = [event for event in turn.events if isinstance(event, SlotSet)]
    assert carried == [SlotSet(key="name", value="99")]


@pytest.mark.parametrize("text", ["", "   "])
async def test_an_empty_message_is_a_turn_as_well(text):
    stage = Stage(domain())
    turn = await stage.say(text)
    assert stage.tracker.state.latest_message.text == ""
    assert "UserUttered" in kinds(turn)


async def test_a_failing_session_start_of_ones_own_does_not_cost_the_first_message():
    own = {
        **domain(),
        "actions": ["action_session_start"],
        "responses": {"utter_a": [{"text": "a"}]},
    }
    failing = Actions(action_session_start=ActionFailed("action_session_start", "boom"))
    stage = Stage(own, ["utter_a"], failing, apology="抱歉")
    turn = await stage.say('/give{"name": "小王"}')
    assert texts(turn) == ["a"]
    assert any(isinstance(event, SessionStarted) for event in turn.events)
    assert stage.slots["name"] == "小王"
