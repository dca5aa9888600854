"""A tracker as custom actions see it."""

from kefu.core.codec import decode_event
from kefu.core.domain import Domain
from kefu.core.tracker import Tracker
from kefu.core.tracker_json import tracker_as_json

DOMAIN = Domain.from_dict({"intents": ["share_image"]})


def test_the_latest_message_is_told_with_its_id_and_what_the_channel_said_of_it():
    picture = {"type": "image", "attachment": "a1"}
    said = {
        "event": "user",
        "text": "[图片]",
        "message_id": "m1",
        "metadata": {"content": picture},
        "parse_data": {"text": "[图片]", "intent": {"name": "share_image"}, "entities": []},
    }
    tracker = Tracker.from_events("c", DOMAIN, [decode_event(said)])
    told = tracker_as_json(tracker, None)["latest_message"]
    assert told["message_id"] == "m1"
    assert told["metadata"] == {"content": picture}
    assert (told["text"], told["intent"]) == ("[图片]", {"name": "share_image"})
