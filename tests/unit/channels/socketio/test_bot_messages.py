"""What the bot said, as Rasa's Socket.IO channel puts it."""

import pytest

from kefu.channels.socketio.bot_messages import bot_messages
from kefu.core.events import ActionExecuted, AgentUttered, BotUttered

CARD = {"title": "鞋", "subtitle": "红", "buttons": []}


@pytest.mark.parametrize(
    ("text", "data", "messages"),
    [
        ("one\n\ntwo", {}, [{"text": "one"}, {"text": "two"}]),
        (
            "one\n\ntwo",
            {"buttons": [{"title": "A", "payload": "/a"}]},
            [
                {"text": "one"},
                {
                    "text": "two",
                    "quick_replies": [{"content_type": "text", "title": "A", "payload": "/a"}],
                },
            ],
        ),
        (
            None,
            {"quick_replies": [{"title": "A"}]},
            [
                {
                    "text": "",
                    "quick_replies": [{"content_type": "text", "title": "A", "payload": "A"}],
                }
            ],
        ),
        (
            "look",
            {"image": "https://a/b.png", "attachment": "https://a/b.png"},
            [
                {"text": "look"},
                {"attachment": {"type": "image", "payload": {"src": "https://a/b.png"}}},
            ],
        ),
        (None, {"attachment": {"type": "video"}}, [{"attachment": {"type": "video"}}]),
        (
            None,
            {"elements": [CARD]},
            [
                {
                    "attachment": {
                        "type": "template",
                        "payload": {"template_type": "generic", "elements": CARD},
                    }
                }
            ],
        ),
        (None, {"custom": {"answer": 42}}, [{"answer": 42}]),
        (None, {"custom": {"event": "x", "data": {"answer": 42}}}, [{"answer": 42}]),
        (
            None,
            {"custom": {"type": "location", "latitude": 1.0, "longitude": 2.0, "label": "店"}},
            "店",
        ),
        ("  ", {}, []),
        (None, {}, []),
    ],
)
def test_messages_have_rasas_form(text, data, messages):
    found = list(bot_messages(BotUttered(text=text, data=data)))
    if isinstance(messages, str):
        assert messages in found[0]["text"]
    else:
        assert found == messages


def test_a_button_that_opens_an_address_keeps_it():
    data = {"buttons": [{"title": "店", "type": "web_url", "url": "https://a"}]}
    (message,) = bot_messages(BotUttered(text="?", data=data))
    (shown,) = message["quick_replies"]
    assert (shown["type"], shown["url"], shown["title"]) == ("web_url", "https://a", "店")


def test_agents_are_heard_too():
    assert list(bot_messages(AgentUttered(text="hello"))) == [{"text": "hello"}]


def test_most_events_say_nothing():
    assert list(bot_messages(ActionExecuted(action_name="action_listen"))) == []
