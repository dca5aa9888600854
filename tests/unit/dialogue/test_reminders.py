"""Reminders: which still count when their time has come."""

from kefu.core.events import Restarted
from tests.unit.dialogue.stage import Actions, Stage, answer, texts

DOMAIN = {
    "intents": ["go", "hello", "EXTERNAL_pay"],
    "entities": ["item"],
    "slots": {"item": {"type": "text", "mappings": [{"type": "from_entity", "entity": "item"}]}},
    "actions": ["action_remind"],
    "responses": {"utter_pay": [{"text": "请付款 {item}"}]},
}


def scheduling(**more):
    event = {
        "event": "reminder",
        "intent": "EXTERNAL_pay",
        "date_time": "2030-01-01T00:00:00+00:00",
        "name": "r",
        "entities": {"item": "订单"},
        **more,
    }
    return Actions(action_remind=answer(event))


def policy(tracker):
    state = tracker.state
    if state.latest_action_name != "action_listen" or state.latest_message is None:
        return "action_listen"
    by_intent = {"go": "action_remind", "EXTERNAL_pay": "utter_pay"}
    return by_intent.get(state.latest_message.intent_name, "action_listen")


async def fired(stage, turn):
    (due,) = turn.reminders
    return await stage.bot.handle_reminder(stage.tracker, due)


async def test_a_due_reminder_triggers_its_intent():
    stage = Stage(DOMAIN, policy, scheduling())
    turn = await stage.say("/go")
    assert texts(await fired(stage, turn)) == ["请付款 订单"]


async def test_a_message_ends_a_reminder_that_wants_that():
    stage = Stage(DOMAIN, policy, scheduling(kill_on_user_msg=True))
    turn = await stage.say("/go")
    await stage.say("/hello")
    assert texts(await fired(stage, turn)) == []


async def test_a_message_does_not_end_other_reminders():
    stage = Stage(DOMAIN, policy, scheduling(kill_on_user_msg=False))
    turn = await stage.say("/go")
    await stage.say("/hello")
    assert texts(await fired(stage, turn)) == ["请付款 订单"]


async def test_a_restart_ends_reminders():
    stage = Stage(DOMAIN, policy, scheduling(kill_on_user_msg=False))
    turn = await stage.say("/go")
    await stage.bot.append_events(stage.tracker, [Restarted()])
    assert texts(await fired(stage, turn)) == []


async def test_a_reminder_outlives_the_tail_that_the_tracker_keeps():
    stage = Stage(DOMAIN, policy, scheduling(kill_on_user_msg=False))
    turn = await stage.say("/go")
    for _ in range(200):
        await stage.say("/hello")
    assert texts(await fired(stage, turn)) == ["请付款 订单"]


async def test_a_reminder_without_a_name_gets_one_of_its_own():
    actions = scheduling(name=None)
    stage = Stage(DOMAIN, policy, actions)
    names = {(await stage.say("/go")).reminders[0].name for _ in range(2)}
    assert len(names) == 2
