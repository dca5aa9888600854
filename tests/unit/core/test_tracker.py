"""Folding a log: what counts, what is undone, what a long log costs."""

import pytest

from kefu.core.codec import decode_event, decode_events
from kefu.core.domain import Domain
from kefu.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActionReverted,
    ActiveLoop,
    AllSlotsReset,
    ConversationPaused,
    EntitiesAdded,
    FollowupAction,
    LoopInterrupted,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
)
from kefu.core.tracker import Tracker

DOMAIN = Domain.from_dict(
    {
        "intents": ["a"],
        "slots": {
            "s": {"type": "text", "mappings": []},
            "l": {"type": "list", "mappings": []},
            "i": {"type": "float", "initial_value": 0.5, "mappings": []},
        },
        "forms": {"f": {"required_slots": ["s"]}},
        "responses": {"utter_a": [{"text": "a"}]},
    }
)
LISTEN = ActionExecuted(action_name="action_listen")
UTTER = ActionExecuted(action_name="utter_a")
FORM = ActionExecuted(action_name="f")


def said(text="x"):
    parse_data = {"intent": {"name": "a"}, "entities": []}
    return decode_event({"event": "user", "text": text, "parse_data": parse_data})


def slot(key, value=None):
    return SlotSet(key=key, value=value)


def fold(*events):
    return Tracker.from_events("c", DOMAIN, events)


def test_an_empty_log_has_initial_slots_and_wants_to_listen():
    tracker = fold()
    assert tracker.state.slots["i"] == 0.5
    assert tracker.state.followup_action == "action_listen"
    assert tracker.state.latest_message is None


def test_list_slots_wrap_single_values():
    assert fold(slot("l", "one")).state.slots["l"] == ["one"]


def test_a_slot_that_the_domain_lacks_is_ignored(caplog):
    tracker = fold(slot("nowhere", 1))
    assert "nowhere" not in tracker.state.slots
    assert len(caplog.records) == 1


def test_resetting_slots_restores_initial_values():
    tracker = fold(slot("i", 3), slot("s", "x"), AllSlotsReset())
    assert (tracker.state.slots["i"], tracker.state.slots["s"]) == (0.5, None)
    assert tracker.state.slots_ever_set == set()


@pytest.mark.parametrize("event", [Restarted(), SessionStarted()])
def test_a_new_beginning_forgets_what_was_before(event):
    tracker = fold(LISTEN, said(), slot("s", "x"), ConversationPaused(), event)
    assert tracker.applied == []
    assert tracker.state.slots["s"] is None
    assert not tracker.state.is_paused
    assert len(tracker.events) == 5


def test_a_restart_asks_for_a_session_in_the_same_turn():
    tracker = Tracker("c", DOMAIN)
    tracker.append(Restarted())
    assert tracker.state.followup_action == "action_session_start"
    tracker.settle()
    assert tracker.state.followup_action == "action_listen"


def test_a_reverted_action_takes_along_what_followed_it():
    tracker = fold(LISTEN, said(), UTTER, slot("s", "x"), ActionReverted())
    assert tracker.state.slots["s"] is None
    assert tracker.state.latest_action_name == "action_listen"


def test_a_reverted_message_takes_along_the_listening_before_it():
    tracker = fold(
        LISTEN, said("1"), UTTER, LISTEN, said("2"), slot("s", "x"), UserUtteranceReverted()
    )
    assert tracker.state.latest_message.text == "1"
    assert tracker.state.latest_action_name == "utter_a"
    assert tracker.state.slots["s"] is None


def test_turns_between_two_runs_of_a_form_do_not_count():
    tracker = fold(
        LISTEN,
        said("start"),
        FORM,
        ActiveLoop(name="f"),
        LISTEN,
        said("answer"),
        slot("s", "x"),
        FORM,
    )
    kinds = [
        e.action_name if isinstance(e, ActionExecuted) else type(e).__name__
        for e in tracker.applied
    ]
    assert kinds == ["action_listen", "UserUttered", "f", "ActiveLoop", "SlotSet"]
    assert tracker.state.slots["s"] == "x"


def test_the_message_inside_a_form_stands_until_the_turn_ends():
    tracker = Tracker("c", DOMAIN)
    tracker.extend(
        [LISTEN, said("start"), FORM, ActiveLoop(name="f"), LISTEN, said("answer"), FORM]
    )
    assert tracker.state.latest_message.text == "answer"
    tracker.settle()
    assert tracker.state.latest_message.text == "start"


def test_an_unhappy_path_of_a_form_counts():
    rejected = ActionExecutionRejected(action_name="f")
    tracker = fold(
        LISTEN, said(), FORM, ActiveLoop(name="f"), LISTEN, said(), rejected, UTTER, FORM
    )
    assert tracker.applied.count(FORM) == 2


def test_loop_flags_follow_rejections_and_interruptions():
    tracker = fold(ActiveLoop(name="f"), LISTEN, said(), ActionExecutionRejected(action_name="f"))
    assert tracker.state.active_loop.rejected
    tracker.append(LoopInterrupted(is_interrupted=True))
    assert tracker.state.active_loop.is_interrupted
    tracker.append(FORM)
    assert not tracker.state.active_loop.rejected
    assert not tracker.state.active_loop.is_interrupted


def test_entities_are_added_to_the_message_that_waits_for_an_action():
    new = ({"entity": "e", "value": 1},)
    tracker = fold(LISTEN, said(), EntitiesAdded(entities=new))
    assert tracker.state.latest_message.entities == new
    late = fold(LISTEN, said(), UTTER, EntitiesAdded(entities=new))
    assert late.state.latest_message.entities == ()


def test_a_followup_is_taken_once():
    tracker = fold(LISTEN, FollowupAction(action_name="utter_a"))
    assert tracker.take_followup() == "utter_a"
    assert tracker.take_followup() is None


def long_log(turns):
    for number in range(turns):
        yield LISTEN
        yield said(str(number))
        yield slot("s", str(number))
        yield UTTER


def test_trimming_changes_neither_the_state_nor_what_comes_later():
    whole, trimmed = fold(), fold()
    for event in long_log(400):
        whole.append(event)
        trimmed.append(event)
        trimmed.trim()
    assert len(trimmed.events) < 400 < len(whole.events)
    for event in (LISTEN, said("last"), UserUtteranceReverted(), UserUtteranceReverted()):
        whole.append(event)
        trimmed.append(event)
    assert trimmed.state == whole.state
    assert not trimmed.is_whole


def test_a_copy_is_independent():
    tracker = fold(LISTEN, said())
    twin = tracker.copy()
    twin.append(slot("s", "x"))
    assert tracker.state.slots["s"] is None
    assert len(twin.events) == len(tracker.events) + 1


def test_events_from_json_fold_like_events():
    raw = [
        {"event": "action", "name": "action_listen"},
        {"event": "user", "text": "x", "parse_data": {"intent": {"name": "a"}, "entities": []}},
        {"event": "slot", "name": "s", "value": "v"},
    ]
    assert fold(*decode_events(raw)).state == fold(LISTEN, *decode_events(raw[1:])).state
