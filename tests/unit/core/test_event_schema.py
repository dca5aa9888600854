"""Events from outside have the types that the inside relies on."""

import pytest

from kefu.core import codec
from kefu.core.codec import decode_event
from kefu.core.event_schema import FIELDS, check_event
from kefu.errors import EventError


@pytest.mark.parametrize(
    "raw",
    [
        {"event": "slot", "name": "x", "value": {"any": ["thing"]}},
        {
            "event": "user",
            "text": "hi",
            "parse_data": {"intent": {"name": "greet"}, "entities": []},
        },
        {"event": "user", "parse_data": None, "intent": {"name": None, "confidence": 0}},
        {"event": "action", "name": "action_listen", "confidence": 1, "timestamp": 5},
        {"event": "entities", "entities": [{"entity": "city", "value": 1}]},
        {"event": "active_loop", "name": None},
        {"event": "reminder", "intent": "i", "date_time": "2030-01-01T00:00:00", "entities": {}},
        {"event": "restart", "metadata": {"k": "v"}, "anything": "else"},
    ],
)
def test_what_is_right_is_accepted(raw):
    check_event(raw)
    decode_event(raw)


@pytest.mark.parametrize(
    ("raw", "wrong"),
    [
        ("slot", "must be a JSON object, not a string"),
        ({"event": "slot", "name": 5}, "'name' must be a string, not a number"),
        ({"event": "slot", "name": True}, "'name' must be a string, not true or false"),
        ({"event": "restart", "timestamp": "now"}, "'timestamp' must be a number or null"),
        ({"event": "restart", "timestamp": True}, "'timestamp' must be a number or null"),
        ({"event": "restart", "metadata": []}, "'metadata' must be an object or null"),
        ({"event": "user", "intent": "greet"}, "'intent' must be an object or null"),
        ({"event": "user", "parse_data": {"intent": {"name": 5}}}, "parse_data: intent: 'name'"),
        ({"event": "user", "parse_data": {"entities": {}}}, "'entities' must be a list"),
        ({"event": "user", "entities": ["city"]}, "an entity must be an object"),
        ({"event": "entities", "entities": [{"value": 1}]}, "an entity must be an object"),
        ({"event": "form", "name": ["f"]}, "'name' must be a string or null, not a list"),
        ({"event": "bot", "data": "x"}, "'data' must be an object or null"),
    ],
)
def test_what_is_wrong_is_named(raw, wrong):
    with pytest.raises(EventError, match=wrong):
        check_event(raw)


def test_what_is_unknown_is_left_to_decoding():
    check_event({"event": "nothing"})
    check_event({"event": ["nothing"]})
    check_event({})


def test_the_table_has_no_kind_that_cannot_be_decoded():
    assert set(FIELDS) <= set(codec._DECODERS)
