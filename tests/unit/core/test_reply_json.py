"""Replies as the messages of Rasa's REST channel."""

import pytest

from kefu.core.messages import Reply
from kefu.core.reply_json import replies_as_messages

BUTTON = {"title": "a", "payload": "/a"}


def messages(**reply):
    return replies_as_messages([Reply(recipient_id="c", **reply)])


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ({"text": "hi"}, [{"text": "hi"}]),
        ({"text": " one\n\ntwo\nlines\n\n"}, [{"text": "one"}, {"text": "two\nlines"}]),
        ({"text": "a\n\nb", "buttons": (BUTTON,)}, [{"text": "a\n\nb", "buttons": [BUTTON]}]),
        ({"text": "a", "quick_replies": (BUTTON,)}, [{"text": "a", "buttons": [BUTTON]}]),
        ({"text": "a", "image": "i"}, [{"text": "a"}, {"image": "i"}]),
        ({"custom": {"x": 1}, "attachment": "f"}, [{"custom": {"x": 1}}, {"attachment": "f"}]),
        (
            {"elements": ({"title": "T", "subtitle": "S", "buttons": [BUTTON]},)},
            [{"text": "T : S", "buttons": [BUTTON]}],
        ),
        ({}, []),
    ],
)
def test_a_reply_becomes_one_message_or_several(reply, expected):
    assert messages(**reply) == [{"recipient_id": "c", **message} for message in expected]
