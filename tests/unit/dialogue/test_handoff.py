"""``action_handoff``: what the customer is told, what the log says, and why."""

import pytest

from kefu.core.codec import decode_event, encode_event
from kefu.core.events import (
    ActionExecuted,
    ActiveLoop,
    BotUttered,
    ConversationPaused,
    SlotSet,
    UserUttered,
)
from kefu.core.handoff import REASON_NAMES, REASONS, handoff_of, reason_name
from kefu.dialogue.actions.custom import CustomAction
from kefu.dialogue.catalog import DomainCatalog
from kefu.errors import ActionFailed
from tests.unit.dialogue.desk import DOMAIN, Desk, DeskStage
from tests.unit.dialogue.stage import Stage, action_names, kinds, texts

CLOSED = (
    "已经为您登记转人工。现在不在人工客服的服务时间（每天 9:00–22:00），"
    "客服上线后会尽快回复您，您也可以先在这里留言。"
)


def handed(turn):
    return next(filter(None, map(handoff_of, turn.events)), None)


def slot_of(turn):
    return [event.value for event in turn.events if isinstance(event, SlotSet)][-1]


def with_responses(**texts):
    said = {name: [{"text": text}] for name, text in texts.items()}
    return {**DOMAIN, "responses": {**DOMAIN["responses"], **said}}


# -- what happens ----------------------------------------------------------------------------


async def test_the_customer_is_told_the_reason_is_recorded_and_the_bot_falls_silent():
    stage = DeskStage()
    turn = await stage.say("转人工|ask_human")
    assert texts(turn) == ["好的，正在为您转接人工客服，请稍候。"]
    assert kinds(turn)[-5:] == [
        "ActionExecuted",
        "BotUttered",
        "SlotSet",
        "ActionExecuted",
        "ConversationPaused",
    ]
    assert action_names(turn)[-2:] == ["action_handoff", "action_listen"]
    assert slot_of(turn) == "客户要求转人工；“转人工|ask_human”"
    assert handed(turn) == {
        "reason": "asked",
        "detail": "“转人工|ask_human”",
        "by": "customer",
        "intent": "ask_human",
        "confidence": 1.0,
    }
    assert stage.tracker.state.is_paused
    assert texts(await stage.say("/greet")) == []


async def test_resumed_the_bot_answers_the_next_message():
    stage = DeskStage()
    await stage.say("/ask_human")
    await stage.bot.append_events(stage.tracker, [decode_event({"event": "resume"})])
    assert texts(await stage.say("/fees"))[-1] == "还有别的吗"


async def test_what_the_pause_says_survives_the_log():
    turn = await DeskStage(Desk(waiting_before=2, wait_seconds=100.0)).say("/ask_human")
    pause = turn.events[-1]
    assert decode_event(encode_event(pause, for_log=True)).metadata == pause.metadata
    assert handoff_of(pause)["told"] == {
        "is_open": True,
        "agents_on_duty": 1,
        "waiting_before": 2,
        "wait_seconds": 100.0,
    }


async def test_a_domain_without_the_slot_gets_none():
    slots = {name: slot for name, slot in DOMAIN["slots"].items() if name != "handoff_reason"}
    turn = await DeskStage(domain={**DOMAIN, "slots": slots}).say("/ask_human")
    assert "SlotSet" not in kinds(turn)
    assert handed(turn)["reason"] == "asked"


async def test_the_customers_name_is_told_again_next_to_the_pause():
    slots = {**DOMAIN["slots"], "customer_name": {"type": "text", "mappings": []}}
    stage = DeskStage(domain={**DOMAIN, "slots": slots})
    known = SlotSet(key="customer_name", value="王女士")
    await stage.bot.append_events(stage.tracker, [known])
    turn = await stage.bot.execute_action(stage.tracker, "action_handoff")
    assert known in turn.events


async def test_an_active_form_is_left():
    stage = DeskStage()
    await stage.say("/inform")
    assert stage.tracker.state.active_loop_name == "order_form"
    turn = await stage.bot.execute_action(stage.tracker, "action_handoff")
    assert ActiveLoop(name=None) in turn.events
    assert stage.tracker.state.active_loop_name is None
    assert stage.tracker.state.slots["requested_slot"] is None


async def test_it_is_known_without_being_declared_and_stands_in_no_list():
    domain = DeskStage().domain
    assert domain.is_known_action("action_handoff")
    assert "action_handoff" not in domain.action_names
    assert not isinstance(DomainCatalog(domain).find("action_handoff"), CustomAction)


async def test_a_projects_own_action_of_the_name_replaces_it():
    stage = Stage({"intents": ["go"], "actions": ["action_handoff"]}, ["action_handoff"])
    assert isinstance(DomainCatalog(stage.domain).find("action_handoff"), CustomAction)


# -- what the customer is told ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("prospects", "expected"),
    [
        ({}, "好的，正在为您转接人工客服，请稍候。"),
        (
            {"waiting_before": 2, "wait_seconds": 170.0},
            "好的，正在为您转接人工客服。您前面还有 2 位，预计等待约 3 分钟。",
        ),
        (
            {"waiting_before": 1},
            "好的，正在为您转接人工客服。您前面还有 1 位，预计等待时间暂时无法估计。",
        ),
        (
            {"waiting_before": 1, "wait_seconds": 5.0},
            "好的，正在为您转接人工客服。您前面还有 1 位，预计等待不到 1 分钟。",
        ),
        (
            {"waiting_before": 70, "wait_seconds": 6000.0},
            "好的，正在为您转接人工客服。您前面还有 70 位，预计等待约 2 小时。",
        ),
        (
            {"is_open": False, "hours": "每天 9:00–22:00"},
            CLOSED,
        ),
        (
            {"agents_on_duty": 0},
            "已经为您登记转人工。现在没有客服在线，客服上线后会尽快回复您，您也可以先在这里留言。",
        ),
    ],
)
async def test_without_responses_the_bot_has_words_of_its_own(prospects, expected):
    assert texts(await DeskStage(Desk(**prospects)).say("/ask_human")) == [expected]


async def test_to_others_it_speaks_english():
    desk = Desk(waiting_before=2, wait_seconds=120.0)
    stage = DeskStage(desk, settings={"language": "en"})
    turn = await stage.say("a human please|ask_human")
    (text,) = texts(turn)
    assert text.endswith("There are 2 customers before you; the wait is about 2 min.")
    assert slot_of(turn).startswith("asked for a human; “a human please")


@pytest.mark.parametrize(
    ("prospects", "expected"),
    [
        ({}, "转接 {name}"),
        ({"waiting_before": 3, "wait_seconds": 240.0}, "第 4 位，前面 3 位，约 4 分钟"),
        ({"is_open": False, "hours": "9–22 点"}, "服务时间 9–22 点"),
        ({"is_open": False}, "服务时间 以公告为准"),
        ({"agents_on_duty": 0}, "没有人"),
    ],
)
async def test_responses_of_the_domain_come_first_and_have_variables(prospects, expected):
    domain = with_responses(
        utter_handoff="转接 {{name}}",
        utter_handoff_waiting="第 {position} 位，前面 {waiting} 位，{wait}",
        utter_handoff_closed="服务时间 {hours}",
        utter_handoff_nobody="没有人",
    )
    turn = await DeskStage(Desk(**prospects), domain).say("/ask_human")
    assert texts(turn) == [expected]


async def test_one_response_for_everybody_who_waits_is_enough():
    domain = with_responses(utter_handoff="您是第 {position} 位")
    stage = DeskStage(Desk(waiting_before=4), domain)
    assert texts(await stage.say("/ask_human")) == ["您是第 5 位"]


async def test_without_a_desk_nothing_is_invented():
    domain = with_responses(utter_handoff="您是第 {position} 位，{wait}，{hours}")
    turn = await DeskStage(None, domain).say("/ask_human")
    assert texts(turn) == ["您是第 未知 位，时间暂时无法估计，以公告为准"]


async def test_a_desk_that_fails_does_not_keep_the_customer_from_a_human():
    desk = Desk()
    desk.is_down = True
    stage = DeskStage(desk)
    turn = await stage.say("/ask_human")
    assert texts(turn) == ["好的，正在为您转接人工客服，请稍候。"]
    assert stage.tracker.state.is_paused


async def test_a_response_without_a_fitting_variation_is_replaced():
    domain = with_responses()
    domain["responses"]["utter_handoff"] = [{"text": "只给网页", "channel": "web"}]
    turn = await DeskStage(Desk(), domain).say("/ask_human", output_channel="rest")
    assert texts(turn) == ["好的，正在为您转接人工客服，请稍候。"]


async def test_the_desk_learns_whom_it_would_get():
    desk = Desk()
    await DeskStage(desk).say("转人工|ask_human", input_channel="web")
    (wish,) = desk.asked
    assert (wish.conversation_id, wish.channel) == ("c1", "web")
    assert (wish.reason, wish.intent, wish.is_review) == ("asked", "ask_human", False)


# -- nobody on duty --------------------------------------------------------------------------


@pytest.mark.parametrize("desk", [None, Desk(agents_on_duty=0), Desk(is_open=False)])
async def test_with_nobody_on_duty_an_unsure_bot_answers_as_before(desk):
    turn = await DeskStage(desk).say("运费|fees@0.3")
    assert texts(turn)[-1] == "还有别的吗"
    assert action_names(turn)[-3:] == ["utter_fees", "utter_anything", "action_listen"]
    assert handed(turn) is None


async def test_with_nobody_on_duty_an_unsure_bot_can_hand_over_all_the_same():
    turn = await DeskStage(Desk(agents_on_duty=0), when_nobody="handover").say("运费|fees@0.3")
    assert texts(turn) == [
        "已经为您登记转人工。现在没有客服在线，客服上线后会尽快回复您，您也可以先在这里留言。"
    ]
    assert handed(turn)["reason"] == "low_confidence"


async def test_with_nobody_on_duty_a_response_of_ones_own_can_be_said():
    domain = with_responses(utter_later="稍后回复您", utter_handoff="转接")
    stage = DeskStage(Desk(agents_on_duty=0), domain, when_nobody="utter_later")
    turn = await stage.say("运费|fees@0.8")
    assert texts(turn) == ["稍后回复您"]
    assert stage.tracker.state.is_paused
    assert texts(await DeskStage(Desk(), domain, when_nobody="utter_later").say("x|fees@0.1")) == [
        "转接"
    ]


async def test_whoever_asks_for_a_human_waits_even_if_nobody_is_on_duty():
    stage = DeskStage(Desk(agents_on_duty=0), intents={"ask_human": "asked"})
    assert handed(await stage.say("转人工|ask_human"))["reason"] == "asked"


async def test_an_action_can_come_first():
    stage = DeskStage(Desk(), first={"negative": "action_look_up"}, skills={"negative": ["安抚"]})
    turn = await stage.say("你们是骗子|fees")
    assert texts(turn) == ["查到了", "好的，正在为您转接人工客服，请稍候。"]
    assert handed(turn)["skills"] == ["安抚"]
    assert stage.desk.asked[0].skills == ("安抚",)
    assert stage.tracker.state.slots["name"] == "小王"
    assert stage.tracker.state.is_paused


async def test_with_nobody_on_duty_nothing_comes_first():
    stage = DeskStage(Desk(agents_on_duty=0), first={"negative": "action_look_up"})
    assert "查到了" not in texts(await stage.say("你们是骗子|fees"))


async def test_what_fails_first_keeps_nobody_from_a_human(caplog):
    stage = DeskStage(Desk(), first={"negative": "action_look_up"})
    stage.actions.functions["action_look_up"] = ActionFailed("action_look_up", "out of time")
    assert texts(await stage.say("你们是骗子|fees")) == ["好的，正在为您转接人工客服，请稍候。"]
    assert "action_look_up did not run before the handover" in caplog.text


# -- why -------------------------------------------------------------------------------------


async def test_an_unsure_bot_hands_over_with_what_it_would_have_said():
    stage = DeskStage(Desk())
    turn = await stage.say("运费|fees@0.3")
    assert texts(turn) == ["好的，正在为您转接人工客服，请稍候。"]
    handoff = handed(turn)
    assert (handoff["reason"], handoff["by"], handoff["action"]) == (
        "low_confidence",
        "bot",
        "utter_fees",
    )
    assert (handoff["confidence"], handoff["parts"]["intent"]) == (0.3, 0.3)
    assert handoff["draft"]["kind"] == "reply"
    assert handoff["draft"]["message"]["utter_action"] == "utter_fees"


def said(text, intent=None, confidence=1.0):
    return UserUttered(text=text, intent={"name": intent, "confidence": confidence})


def did(name):
    return ActionExecuted(action_name=name)


GIBBERISH = [said("咕", "nlu_fallback"), did("utter_default"), did("action_listen")]
IN_VAIN = [
    event
    for _ in range(3)
    for event in (
        said("嗯", "inform"),
        did("order_form"),
        SlotSet(key="requested_slot", value="order_no"),
        did("action_listen"),
    )
]


@pytest.mark.parametrize(
    ("events", "reason"),
    [
        ([], "other"),
        ([said("转人工", "ask_human")], "asked"),
        ([said("好", "affirm")], "asked"),
        ([said("我要投诉", "complain"), did("utter_greet"), said("好", "affirm")], "sensitive"),
        ([said("投诉", "complain"), said("转人工", "ask_human")], "sensitive"),
        ([*GIBBERISH, *GIBBERISH], "failed_twice"),
        ([*GIBBERISH, said("转人工", "ask_human")], "asked"),
        ([*GIBBERISH], "low_confidence"),
        ([said("你们这群骗子", "greet")], "negative"),
        ([ActiveLoop(name="order_form"), *IN_VAIN], "form_given_up"),
        ([ActiveLoop(name="order_form"), *IN_VAIN, said("人工", "ask_human")], "asked"),
        ([said("运费", "fees")], "other"),
    ],
)
async def test_the_conversation_tells_the_reason_that_nobody_gave(events, reason):
    stage = DeskStage()
    await stage.bot.start_session(stage.tracker)
    stage.tracker.extend(events)
    turn = await stage.bot.execute_action(stage.tracker, "action_handoff")
    assert handed(turn)["reason"] == reason
    assert slot_of(turn).startswith(REASON_NAMES["zh"][reason])


async def test_the_detail_has_the_order_and_the_last_words():
    stage = DeskStage()
    await stage.bot.append_events(stage.tracker, [SlotSet(key="order_no", value="6026")])
    await stage.say("衣服破了|fees")
    turn = await stage.say("转人工|ask_human")
    assert handed(turn)["detail"] == "订单 6026；“衣服破了|fees / 转人工|ask_human”"


async def test_a_long_reason_is_cut():
    turn = await DeskStage().say("转" * 500 + "|ask_human")
    assert len(slot_of(turn)) == 120
    assert slot_of(turn).endswith("…")


def test_every_reason_has_a_name_in_both_languages():
    for names in REASON_NAMES.values():
        assert set(names) == set(REASONS)
    assert reason_name("asked", "zh-CN") == "客户要求转人工"
    assert reason_name("asked", "fr") == "asked for a human"
    assert reason_name("whatever", "zh") == "whatever"


async def test_running_twice_hands_over_twice_and_harms_nothing():
    stage = DeskStage(Desk())
    await stage.say("/ask_human")
    turn = await stage.bot.execute_action(stage.tracker, "action_handoff")
    assert isinstance(turn.events[-1], ConversationPaused)
    assert stage.tracker.state.is_paused
    assert [e.text for e in turn.events if isinstance(e, BotUttered)]
