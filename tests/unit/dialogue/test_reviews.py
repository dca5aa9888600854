"""``action_review`` and what follows from an agent's decision."""

import pytest

from kefu.core.codec import decode_event, encode_event
from kefu.core.events import (
    ActionExecuted,
    ActionReverted,
    AgentUttered,
    BotUttered,
    ConversationPaused,
    ReminderScheduled,
    SlotSet,
    UserUttered,
)
from kefu.core.handoff import concerns_review, handoff_of, open_review, review_of
from kefu.core.tracker import Tracker
from kefu.dialogue.ports import Prospects
from kefu.errors import Conflict
from tests.unit.dialogue.desk import Desk, DeskStage
from tests.unit.dialogue.stage import action_names, kinds, texts

AGENT = {"id": "a1", "name": "小李"}
DOUBTFUL = "运费多少|fees@0.8"


def asked(turn):
    began = [e for e in turn.events if concerns_review(e) and isinstance(e, ActionExecuted)]
    return review_of(began[0])


async def in_review(text=DOUBTFUL, *, before=(), **options):
    stage = DeskStage(Desk(), **options)
    for message in before:
        await stage.say(message)
    return stage, await stage.say(text)


# -- asking for it ---------------------------------------------------------------------------


async def test_nothing_is_said_and_the_event_holds_the_draft():
    stage, turn = await in_review()
    assert texts(turn) == []
    assert action_names(turn)[-2:] == ["action_review", "action_listen"]
    review = asked(turn)
    assert (review["action"], review["confidence"]) == ("utter_fees", 0.8)
    assert review["parts"] == {"intent": 0.8, "policy": 1.0}
    assert review["deadline"] == stage.clock.now() + 30
    assert review["draft"]["kind"] == "reply"
    assert review["draft"]["message"]["text"] in ("运费 None 8 元", "一共 8 元")
    assert stage.desk.asked[-1].is_review
    assert open_review(stage.tracker.applied) is not None
    assert not stage.tracker.state.is_paused


async def test_the_draft_of_an_action_that_is_no_response_is_its_name():
    stage, turn = await in_review("查订单|order@0.8")
    assert asked(turn)["draft"] == {"kind": "action", "name": "action_look_up"}
    assert stage.actions.calls == []


async def test_what_is_held_back_survives_the_log():
    _, turn = await in_review()
    for event in turn.events:
        again = decode_event(encode_event(event, for_log=True))
        assert (again, again.metadata) == (event, event.metadata)


@pytest.mark.parametrize("desk", [None, Desk(agents_on_duty=0), Desk(is_open=False)])
async def test_without_agents_the_bot_answers_by_itself(desk):
    turn = await DeskStage(desk).say(DOUBTFUL)
    assert action_names(turn)[-3:] == ["utter_fees", "utter_anything", "action_listen"]
    assert "action_review" not in action_names(turn)


async def test_without_agents_a_review_can_become_a_handover():
    turn = await DeskStage(Desk(agents_on_duty=0), when_nobody="handover").say(DOUBTFUL)
    assert handoff_of(turn.events[-1])["reason"] == "low_confidence"


async def test_a_desk_that_fails_counts_as_nobody():
    desk = Desk()
    desk.is_down = True
    assert texts(await DeskStage(desk).say(DOUBTFUL))[-1] == "还有别的吗"


async def test_run_by_hand_there_is_nothing_to_review():
    stage = DeskStage(Desk())
    turn = await stage.bot.execute_action(stage.tracker, "action_review")
    assert kinds(turn)[-1] == "ActionExecutionRejected"


# -- deciding --------------------------------------------------------------------------------


async def test_approved_exactly_the_draft_is_said_and_the_bot_goes_on():
    stage, turn = await in_review()
    draft = asked(turn)["draft"]["message"]
    done = await stage.decide("approve", agent=AGENT)
    assert texts(done) == [draft["text"], "还有别的吗"]
    assert action_names(done) == ["utter_fees", "utter_anything", "action_listen"]
    said = next(e for e in done.events if isinstance(e, ActionExecuted))
    assert (said.policy, said.confidence) == ("HandoffPolicy", 0.8)
    assert said.metadata["review"]["decision"] == "approve"
    assert said.metadata["review"]["agent"] == AGENT
    uttered = next(e for e in done.events if isinstance(e, BotUttered))
    assert uttered.metadata["utter_action"] == "utter_fees"


async def test_approved_an_action_runs_and_the_bot_goes_on():
    stage, _ = await in_review("查订单|order@0.8")
    done = await stage.decide("approve")
    assert texts(done) == ["查到了", "还有别的吗"]
    assert action_names(done) == ["action_look_up", "utter_anything", "action_listen"]
    assert stage.tracker.state.slots["name"] == "小王"


async def test_a_form_that_was_approved_begins():
    stage, turn = await in_review("我的订单|inform@0.8")
    assert asked(turn)["action"] == "order_form"
    done = await stage.decide("approve")
    assert texts(done) == ["订单号？"]
    assert stage.tracker.state.active_loop_name == "order_form"


async def test_edited_the_agents_words_are_said_as_the_bots():
    stage, turn = await in_review()
    draft = asked(turn)["draft"]["message"]
    done = await stage.decide("edit", text="运费 6 元", agent=AGENT)
    assert texts(done) == ["运费 6 元", "还有别的吗"]
    assert action_names(done) == ["utter_fees", "utter_anything", "action_listen"]
    uttered = next(e for e in done.events if isinstance(e, BotUttered))
    assert uttered.metadata["agent"] == AGENT
    assert uttered.metadata["original"] == draft["text"]
    assert list(uttered.data["buttons"] or ()) == draft.get("buttons", [])


async def test_edited_an_action_that_is_no_response_does_not_run():
    stage, _ = await in_review("查订单|order@0.8")
    done = await stage.decide("edit", text="您的订单今天发出", agent=AGENT)
    assert texts(done) == ["您的订单今天发出"]
    assert action_names(done) == ["action_listen"]
    assert stage.actions.calls == []


async def test_discarded_nothing_of_it_is_said_and_a_human_takes_over():
    stage, _ = await in_review()
    done = await stage.decide("discard", agent=AGENT)
    assert texts(done) == ["好的，正在为您转接人工客服，请稍候。"]
    handoff = handoff_of(done.events[-1])
    assert (handoff["reason"], handoff["by"]) == ("low_confidence", "a1")
    assert (handoff["action"], handoff["confidence"]) == ("utter_fees", 0.8)
    assert stage.tracker.state.is_paused


async def test_discarded_in_silence_the_bot_just_listens():
    stage, _ = await in_review()
    done = await stage.decide("discard", is_silent=True)
    assert texts(done) == []
    assert kinds(done) == ["ActionReverted", "ActionReverted", "ActionExecuted"]
    assert texts(await stage.say("/fees"))[-1] == "还有别的吗"


async def test_when_the_time_is_over_the_answer_is_sent():
    stage, turn = await in_review()
    done = await stage.decide("expire")
    assert texts(done)[0] == asked(turn)["draft"]["message"]["text"]
    (ended,) = [review_of(e) for e in done.events if isinstance(e, ActionReverted) and e.metadata]
    assert ended["decision"] == "expire"


async def test_when_the_time_is_over_a_human_can_take_over():
    stage, _ = await in_review(after_review_seconds="handover")
    stage.desk.prospects_now = Prospects(is_open=True, agents_on_duty=0)
    done = await stage.decide("expire")
    assert "没有客服在线" in texts(done)[0]
    assert stage.tracker.state.is_paused


async def test_every_decision_is_kept_with_what_was_asked_and_said():
    stage, turn = await in_review()
    done = await stage.decide("edit", text="6 元", agent=AGENT)
    ended = review_of(done.events[0])
    assert {**asked(turn), "decision": "edit", "text": "6 元", "agent": AGENT} == ended


@pytest.mark.parametrize("more", [{}, {"text": None}, {"text": "  "}])
async def test_editing_needs_a_text(more):
    stage, _ = await in_review()
    with pytest.raises(ValueError, match="needs a text"):
        await stage.decide("edit", **more)


async def test_there_are_four_decisions():
    stage, _ = await in_review()
    with pytest.raises(ValueError, match="'postpone'"):
        await stage.decide("postpone")


# -- twice, late, or too late ----------------------------------------------------------------


@pytest.mark.parametrize("decision", ["approve", "discard", "expire"])
async def test_deciding_twice_changes_nothing(decision):
    stage, turn = await in_review()
    await stage.decide("approve", review_id=asked(turn)["id"])
    before = list(stage.tracker.events)
    with pytest.raises(Conflict, match="decided on already"):
        await stage.decide(decision, review_id=asked(turn)["id"])
    assert stage.tracker.events == before


async def test_when_the_customer_writes_again_the_answer_is_dropped_and_the_new_one_given():
    stage, turn = await in_review(before=["/greet"])
    later = await stage.say("/thanks")
    assert review_of(later.events[0])["decision"] == "superseded"
    assert review_of(later.events[0])["id"] == asked(turn)["id"]
    with pytest.raises(Conflict, match="gone on"):
        await stage.decide("approve", review_id=asked(turn)["id"])


async def test_a_decision_on_an_earlier_review_does_not_touch_a_later_one():
    stage, first = await in_review()
    second = await stage.say("那运费呢|fees@0.75")
    assert asked(second)["id"] != asked(first)["id"]
    with pytest.raises(Conflict):
        await stage.decide("approve", review_id=asked(first)["id"])
    assert texts(await stage.decide("approve", review_id=asked(second)["id"]))[-1] == "还有别的吗"


async def test_without_a_review_there_is_nothing_to_decide():
    stage = DeskStage(Desk())
    await stage.say("/greet")
    with pytest.raises(Conflict):
        await stage.decide("approve")
    with pytest.raises(Conflict):
        await stage.bot.resume_review(Tracker("new", stage.domain), decision="approve")


@pytest.mark.parametrize(
    "event", [ConversationPaused(), AgentUttered(text="我来"), UserUttered(text="喂")]
)
async def test_what_came_between_ends_it(event):
    stage, _ = await in_review()
    await stage.bot.append_events(stage.tracker, [event])
    with pytest.raises(Conflict):
        await stage.decide("approve")


async def test_reminders_and_actions_from_outside_end_it():
    stage, _ = await in_review()
    turn = await stage.bot.trigger_intent(stage.tracker, "greet")
    assert review_of(turn.events[0])["decision"] == "superseded"
    stage, _ = await in_review()
    turn = await stage.bot.execute_action(stage.tracker, "utter_greet")
    assert review_of(turn.events[0])["decision"] == "superseded"
    stage, _ = await in_review()
    due = ReminderScheduled(intent="greet", trigger_at=1.0, name="later")
    stage.tracker.append(due)
    turn = await stage.bot.handle_reminder(stage.tracker, due)
    assert review_of(turn.events[0])["decision"] == "superseded"


async def test_what_was_learned_meanwhile_is_not_forgotten():
    stage, _ = await in_review()
    signed_in = SlotSet(key="name", value="王女士")
    await stage.bot.append_events(stage.tracker, [signed_in])
    await stage.decide("approve")
    assert stage.tracker.state.slots["name"] == "王女士"


async def test_a_model_that_lacks_the_held_action_hands_over():
    stage, turn = await in_review("查订单|order@0.8")
    smaller = DeskStage(Desk(), domain={**stage.domain.data, "actions": []}, rules=())
    smaller.tracker.extend(stage.tracker.events)
    done = await smaller.decide("approve", review_id=asked(turn)["id"])
    assert handoff_of(done.events[-1])["reason"] == "low_confidence"


# -- as if it had been predicted directly ----------------------------------------------------


def view(stage):
    """Return what policies see, and what they would do next."""
    reader = stage.ensemble.policies[0]._reader
    past = [s.json for s in reader.read(stage.tracker).past]
    state = stage.tracker.state
    return past, dict(state.slots), state.latest_action_name, state.active_loop


@pytest.mark.parametrize("before", [(), ("/greet",)])
@pytest.mark.parametrize("decision", ["approve", "edit", "expire"])
async def test_what_counts_afterwards_is_what_would_count_without_a_review(before, decision):
    stage, _ = await in_review(before=before)
    await stage.decide(decision, text="6 元")
    direct = DeskStage(None, answer_threshold=0.5, review_threshold=0.5)
    for message in (*before, DOUBTFUL):
        await direct.say(message)
    assert view(stage) == view(direct)
    assert [type(e) for e in stage.tracker.applied] == [type(e) for e in direct.tracker.applied]
    assert action_names(await stage.say("/thanks")) == action_names(await direct.say("/thanks"))


async def test_stories_go_on_after_a_review():
    stage, _ = await in_review(before=["/greet"])
    await stage.decide("approve")
    turn = await stage.say("/thanks")
    assert texts(turn) == ["不客气"]
    first = next(e for e in turn.events if isinstance(e, ActionExecuted))
    assert first.policy == "MemoizationPolicy"


async def test_a_superseded_review_leaves_no_trace_in_what_counts():
    stage, _ = await in_review(before=["/greet"])
    await stage.say("/thanks")
    names = [e.action_name for e in stage.tracker.applied if isinstance(e, ActionExecuted)]
    assert "action_review" not in names


async def test_folding_the_log_again_gives_the_same():
    stage, _ = await in_review(before=["/greet"])
    await stage.decide("approve")
    again = Tracker("c1", stage.domain)
    again.extend(decode_event(encode_event(event, for_log=True)) for event in stage.tracker.events)
    assert again.applied == stage.tracker.applied
    assert again.state.slots == stage.tracker.state.slots
