"""The example of docs/howto/write_a_connector.md, tested as the page says."""

import hmac
import json
from hashlib import sha256

import pytest

from connectors.app_chat import AppChat
from kefu.channels.base import Flow, FlowLimits
from kefu.clock import ManualClock
from kefu.core.events import BotUttered
from kefu.errors import ChannelError, TooMany, Unavailable, Untrusted
from tests.unit.channels.fakes import EchoDoor, FakeRequest, a_context

SECRET = "a secret of the app"
HELLO = {"id": "1", "customer": "ada", "text": "你好"}


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def door():
    return EchoDoor()


@pytest.fixture
def context(door, clock):
    return a_context(door, clock=clock)


@pytest.fixture
def chat(context):
    settings = {"secret": SECRET, "url": "https://app.example/kefu"}
    return AppChat.from_settings(settings, context)


def signed(clock, body, *, secret=SECRET, age=0):
    raw, stamp = json.dumps(body).encode(), str(int(clock.now()) - age)
    signature = hmac.new(secret.encode(), stamp.encode() + b"." + raw, sha256).hexdigest()
    return FakeRequest(body=raw, headers={"X-Timestamp": stamp, "X-Signature": signature})


async def test_a_message_is_handed_to_the_door_once(chat, door, clock):
    for is_repeat in (False, True):
        answer = await chat.message(signed(clock, HELLO))
        assert json.loads(answer.body)["is_repeat"] is is_repeat
    [message] = door.messages
    assert (message.conversation_id, message.sender) == ("app_chat-ada", "ada")
    assert message.message_id == "ada:1"


async def test_a_number_after_a_menu_is_the_choice(chat, door, clock):
    buttons = [{"title": "查物流", "payload": "/track"}]
    door.commit("app_chat-ada", BotUttered(text="要什么？", data={"buttons": buttons}))
    await chat.message(signed(clock, {**HELLO, "text": "1"}))
    assert door.messages[0].text == "/track"


@pytest.mark.parametrize(
    ("how", "what"),
    [({"secret": "another secret of 16"}, "bad_signature"), ({"age": 301}, "stale")],
)
async def test_what_is_not_the_apps_is_refused_and_counted(chat, door, context, clock, how, what):
    with pytest.raises(Untrusted):
        await chat.message(signed(clock, HELLO, **how))
    assert door.messages == []
    assert context.counters.counts == {("app_chat", what): 1}


async def test_a_door_that_is_shut_and_a_flood_reach_the_app_as_errors(door, clock):
    limits = FlowLimits(clock, sender=Flow(burst=1, per_second=1))
    settings = {"secret": SECRET, "url": "https://app.example/kefu"}
    chat = AppChat.from_settings(settings, a_context(door, clock=clock, limits=limits))
    door.is_down = True
    with pytest.raises(Unavailable):
        await chat.message(signed(clock, HELLO))
    assert limits.admits("sender", "app_chat-ada")
    with pytest.raises(TooMany):
        await chat.message(signed(clock, HELLO))


async def test_receipts_are_noted_by_the_id_of_what_was_sent(chat, door, clock):
    await chat.receipt(signed(clock, {"id": "7", "state": "read"}))
    assert door.reports == [("app_chat", "7", "read", None)]
    with pytest.raises(ChannelError, match="state"):
        await chat.receipt(signed(clock, {"id": "7", "state": "eaten"}))


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"url": "https://a.example"}, "secret"),
        ({"secret": SECRET, "url": "a.example"}, "url"),
        ({"secret": SECRET, "url": "https://a.example", "tokn": 1}, "tokn"),
    ],
)
def test_wrong_settings_are_named(context, settings, problem):
    with pytest.raises(ChannelError, match=problem):
        AppChat.from_settings(settings, context)
