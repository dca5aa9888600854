"""A visitor's WebSocket: what was missed, what happens, what is refused."""

import asyncio
import contextlib
import json

import pytest

from kefu.channels.web.connector import WebConnector
from kefu.core.events import BotUttered
from tests.unit.channels.fakes import EchoDoor, FakeRequest, FakeSocket, a_context

SETTINGS = {"secret": "0123456789abcdef", "burst": 3, "messages_per_second": 1}


class Client:
    """A page, seen from its side of the socket."""

    def __init__(self, socket, task):
        self.socket, self.task = socket, task

    def send(self, **frame):
        self.socket.client_sends(json.dumps(frame))

    async def next(self):
        async with asyncio.timeout(5):
            return json.loads(await self.socket.sent.get())

    async def until(self, kind, **content):
        """Return the frames up to one of ``kind``."""
        seen = []
        while True:
            frame = await self.next()
            seen.append(frame)
            if frame["type"] == kind and content.items() <= frame.items():
                return seen


@contextlib.asynccontextmanager
async def a_client(door, *, hello=None, settings=SETTINGS):
    connector = WebConnector.from_settings(settings, a_context(door))
    socket = FakeSocket()
    task = asyncio.create_task(connector.socket(FakeRequest(), socket))
    client = Client(socket, task)
    if hello is not False:
        client.send(type="hello", **(hello or {}))
    try:
        yield client
    finally:
        socket.client_leaves()
        await task


async def a_visitor(door):
    """Return the token of a visitor with two messages behind them, and the position reached."""
    async with a_client(door) as client:
        token = (await client.until("synced"))[0]["token"]
        for number in (1, 2):
            client.send(type="message", id=f"m{number}", text=f"text {number}")
            await client.until("message", **{"from": "bot"})
            seq = (await client.until("synced"))[-1]["seq"]
        return token, seq


async def test_a_new_visitor_gets_a_token_and_nothing_else():
    async with a_client(EchoDoor()) as client:
        frames = await client.until("synced")
    assert [frame["type"] for frame in frames] == ["welcome", "synced"]
    assert frames[0]["token"].startswith("v1.")


async def test_a_message_is_accepted_shown_and_answered_in_this_order():
    door = EchoDoor()
    async with a_client(door) as client:
        await client.until("synced")
        client.send(type="message", id="m1", text="你好")
        frames = await client.until("synced")
    kinds = [(frame["type"], frame.get("from")) for frame in frames]
    assert kinds.index(("accepted", None)) >= 0
    shown = [frame for frame in frames if frame["type"] == "message"]
    assert [(f["from"], f["text"], f["seq"]) for f in shown] == [
        ("customer", "你好", 1),
        ("bot", "你好", 2),
    ]
    assert shown[0]["id"] == "m1"


async def test_the_bot_types_until_the_turn_is_in_the_log(monkeypatch):
    monkeypatch.setattr("kefu.channels.web.session.TYPING_AFTER", 0)
    door = EchoDoor()
    door.answers_at_once = False
    async with a_client(door) as client:
        await client.until("synced")
        client.send(type="message", id="m1", text="x")
        await client.until("typing", on=True)
        door.answer(door.messages[0])
        frames = await client.until("typing", on=False)
    assert [frame.get("from") for frame in frames] == ["customer", "bot", "bot"]


async def test_an_answer_that_is_there_soon_is_not_announced():
    door = EchoDoor()
    async with a_client(door) as client:
        await client.until("synced")
        client.send(type="message", id="m1", text="x")
        frames = await client.until("message", **{"from": "bot"})
        frames += await client.until("synced")
    assert "typing" not in [frame["type"] for frame in frames]


async def test_a_client_that_knows_the_conversation_from_before_a_merge_begins_anew():
    door = EchoDoor()
    async with a_client(door) as client:
        welcome = (await client.until("synced"))[0]
        client.send(type="message", id="m1", text="on the page")
        await client.until("message", **{"from": "bot"})
        seq = (await client.until("synced"))[-1]["seq"]
    door.aliases[door.messages[0].conversation_id] = "wechat-1"
    door.commit("wechat-1", *(BotUttered(text=str(number)) for number in range(5)))
    hello = {"token": welcome["token"], "last_seq": seq, "conversation": welcome["conversation"]}
    async with a_client(door, hello=hello) as client:
        frames = await client.until("synced")
    assert frames[0]["type"] == "reset"
    assert frames[1]["conversation"] != welcome["conversation"]
    assert [frame["text"] for frame in frames if frame["type"] == "message"] == list("01234")


async def test_a_client_that_comes_back_gets_exactly_what_it_missed():
    door = EchoDoor()
    token, seq = await a_visitor(door)
    conversation_id = door.messages[0].conversation_id
    door.commit(conversation_id, BotUttered(text="missed 1"), BotUttered(text="missed 2"))
    async with a_client(door, hello={"token": token, "last_seq": seq}) as client:
        frames = await client.until("synced")
    assert [frame.get("text") for frame in frames[1:-1]] == ["missed 1", "missed 2"]
    assert frames[-1]["seq"] == seq + 2


async def test_a_client_that_has_seen_nothing_gets_the_history():
    door = EchoDoor()
    token, _ = await a_visitor(door)
    async with a_client(door, hello={"token": token}) as client:
        frames = await client.until("synced")
    texts = [frame["text"] for frame in frames if frame["type"] == "message"]
    assert texts == ["text 1", "text 1", "text 2", "text 2"]


async def test_a_long_history_is_not_sent_whole_to_a_fresh_client():
    door = EchoDoor()
    token, _ = await a_visitor(door)
    conversation_id = door.messages[0].conversation_id
    door.commit(conversation_id, *(BotUttered(text=str(n)) for n in range(1000)))
    async with a_client(door, hello={"token": token}) as client:
        frames = await client.until("synced")
    texts = [frame["text"] for frame in frames if frame["type"] == "message"]
    assert texts == [str(n) for n in range(600, 1000)]


async def test_a_client_that_missed_much_gets_all_of_it():
    door = EchoDoor()
    token, seq = await a_visitor(door)
    conversation_id = door.messages[0].conversation_id
    door.commit(conversation_id, *(BotUttered(text=str(n)) for n in range(1200)))
    async with a_client(door, hello={"token": token, "last_seq": seq}) as client:
        frames = await client.until("synced")
    assert [frame["text"] for frame in frames[1:-1]] == [str(n) for n in range(1200)]


async def test_a_client_that_knows_a_lost_log_is_told_to_begin_anew():
    door = EchoDoor()
    token, _ = await a_visitor(door)
    async with a_client(door, hello={"token": token, "last_seq": 9999}) as client:
        frames = await client.until("synced")
    assert [frame["type"] for frame in frames[:2]] == ["reset", "welcome"]
    assert sum(frame["type"] == "message" for frame in frames) == 4


async def test_a_forged_token_is_replaced():
    async with a_client(EchoDoor(), hello={"token": "v1.a.b", "last_seq": 7}) as client:
        frames = await client.until("synced")
    assert frames[0]["token"] != "v1.a.b"


async def test_a_repeated_message_is_accepted_again_and_taken_once():
    door = EchoDoor()
    async with a_client(door) as client:
        await client.until("synced")
        for _ in range(2):
            client.send(type="message", id="m1", text="x")
            await client.until("accepted", id="m1")
    assert len(door.messages) == 1


async def test_two_tabs_see_the_same_conversation():
    door = EchoDoor()
    token, seq = await a_visitor(door)
    hello = {"token": token, "last_seq": seq}
    async with a_client(door, hello=hello) as one, a_client(door, hello=hello) as other:
        await one.until("synced")
        await other.until("synced")
        one.send(type="message", id="m9", text="from one")
        frames = await other.until("message", **{"from": "bot"})
    assert frames[0]["text"] == "from one"


async def test_a_ping_is_answered():
    async with a_client(EchoDoor()) as client:
        await client.until("synced")
        client.send(type="ping")
        assert (await client.next())["type"] == "pong"


async def test_a_bad_frame_is_answered_and_forgiven():
    async with a_client(EchoDoor()) as client:
        await client.until("synced")
        client.socket.client_sends("no json")
        assert (await client.next())["code"] == "bad_frame"
        client.send(type="ping")
        assert (await client.next())["type"] == "pong"


async def test_who_sends_nothing_but_bad_frames_is_cut_off():
    async with a_client(EchoDoor()) as client:
        await client.until("synced")
        for _ in range(10):
            client.socket.client_sends("no json")
        await client.task
        assert client.socket.closed[0] == 1008


async def test_who_writes_too_fast_is_told_so():
    door = EchoDoor()
    async with a_client(door) as client:
        await client.until("synced")
        for number in range(4):
            client.send(type="message", id=f"m{number}", text="x")
        error = (await client.until("error"))[-1]
    assert error["code"] == "too_many"
    assert error["id"] == "m3"
    assert len(door.messages) == 3


async def test_a_message_that_cannot_be_taken_is_reported_with_its_id():
    door = EchoDoor()
    async with a_client(door) as client:
        await client.until("synced")
        door.is_down = True
        client.send(type="message", id="m1", text="x")
        error = (await client.until("error"))[-1]
    assert (error["code"], error["id"]) == ("unavailable", "m1")


async def test_while_the_log_cannot_be_read_clients_are_asked_to_come_back():
    door = EchoDoor()
    door.is_down = True
    async with a_client(door) as client:
        assert (await client.next())["code"] == "unavailable"
        await client.task
        assert client.socket.closed[0] == 1013
    assert door.watchers == 0


async def test_what_is_missed_while_the_log_cannot_be_read_comes_later(monkeypatch):
    monkeypatch.setattr("kefu.channels.web.session.RETRY_SECONDS", 0)
    door = EchoDoor()
    async with a_client(door) as client:
        await client.until("synced")
        client.send(type="message", id="m1", text="x")
        await client.until("message", **{"from": "bot"})
        await client.until("synced")
        door.is_down = True
        door.commit(door.messages[0].conversation_id, BotUttered(text="later"))
        client.send(type="ping")
        await client.until("pong")
        door.is_down = False
        frames = await client.until("synced")
    assert frames[0]["text"] == "later"


@pytest.mark.parametrize("first", ['{"type":"ping"}', "no json", '{"type":"hello","last_seq":-1}'])
async def test_a_socket_that_does_not_begin_with_hello_is_closed(first):
    async with a_client(EchoDoor(), hello=False) as client:
        client.socket.client_sends(first)
        assert (await client.next())["code"] == "bad_frame"
        await client.task
        assert client.socket.closed[0] == 1008


async def test_nobody_is_watched_for_after_a_client_left():
    door = EchoDoor()
    async with a_client(door) as client:
        await client.until("synced")
        assert door.watchers == 1
    assert door.watchers == 0
