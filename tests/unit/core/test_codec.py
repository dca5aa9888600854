"""Events and their JSON form."""

import pytest

from kefu.core.codec import decode_event, decode_events, encode_event
from kefu.core.events import ActiveLoop, LoopInterrupted, ReminderCancelled
from kefu.errors import EventError

EVENTS = [
    {
        "event": "action",
        "name": "a",
        "policy": "P",
        "confidence": 0.5,
        "action_text": None,
        "hide_rule_turn": True,
    },
    {
        "event": "action",
        "name": None,
        "policy": None,
        "confidence": None,
        "action_text": "t",
        "hide_rule_turn": False,
    },
    {"event": "bot", "text": "x", "data": {"image": "u"}, "metadata": {"m": 1}},
    {"event": "slot", "name": "s", "value": [1]},
    {"event": "user_featurization", "use_text_for_featurization": False},
    {"event": "entities", "entities": [{"entity": "e", "value": 1}]},
    {"event": "active_loop", "name": None},
    {"event": "loop_interrupted", "is_interrupted": True},
    {"event": "action_execution_rejected", "name": "f", "policy": None, "confidence": 0.1},
    {"event": "followup", "name": "a"},
    {
        "event": "reminder",
        "intent": "i",
        "date_time": "2030-01-01T00:00:00+00:00",
        "entities": None,
        "name": "n",
        "kill_on_user_msg": False,
    },
    {"event": "cancel_reminder"},
    {"event": "agent", "text": "x", "data": None},
    *({"event": kind} for kind in ("export", "session_started", "restart", "rewind", "undo")),
    *({"event": kind} for kind in ("reset_slots", "pause", "resume")),
]


@pytest.mark.parametrize("raw", EVENTS, ids=lambda raw: raw["event"])
def test_an_event_survives_the_way_there_and_back(raw):
    stamped = {**raw, "timestamp": 3.5}
    assert encode_event(decode_event(stamped)) == stamped


def test_a_message_carries_all_that_was_understood():
    raw = {
        "event": "user",
        "timestamp": 1.0,
        "metadata": {"k": "v"},
        "text": "x",
        "parse_data": {
            "intent": {"name": "a"},
            "entities": [{"entity": "e", "value": 1}],
            "more": 1,
        },
        "input_channel": "rest",
        "message_id": "m",
    }
    event = decode_event(raw)
    assert event.intent_name == "a"
    parse_data = {"text": "x", "message_id": "m", "metadata": {"k": "v"}, **raw["parse_data"]}
    assert encode_event(event) == {**raw, "parse_data": parse_data}


def test_names_of_older_versions_are_understood():
    assert decode_event({"event": "form", "name": "f"}) == ActiveLoop(name="f")
    old = decode_event({"event": "form_validation", "validate": False})
    assert old == LoopInterrupted(is_interrupted=True)


def test_the_log_keeps_which_reminder_was_cancelled():
    event = ReminderCancelled(name="n")
    assert "name" not in encode_event(event)
    assert decode_event(encode_event(event, for_log=True)) == event


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ({"event": "nonsense"}, "unknown event type 'nonsense'"),
        ({}, "unknown event type None"),
        ({"event": "slot"}, "name"),
        ({"event": "action"}, "either 'name' or 'action_text'"),
        ({"event": "reminder", "intent": "i", "date_time": "soon"}, "soon"),
        ("text", "must be a JSON object"),
        ({"event": ["list"]}, "unknown event type"),
        ({"event": "restart", "timestamp": -(10**30)}, "'timestamp' is too large"),
    ],
)
def test_a_bad_event_is_refused_with_the_reason(raw, words):
    with pytest.raises(EventError, match=words):
        decode_event(raw)


def test_the_position_of_a_bad_event_is_named():
    with pytest.raises(EventError, match="event 1:"):
        decode_events([{"event": "pause"}, {"event": "x"}])
