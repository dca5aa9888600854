"""Polls and WebSockets that reach another process than the one that has their session."""

import asyncio
import json

import pytest

from kefu.channels.socketio import SocketIOConnector
from kefu.channels.socketio.line import Line
from tests.unit.channels.fakes import EchoDoor, FakeRequest, FakeSocket, a_context


class Crowd:
    """Processes that hear each other a moment later."""

    def __init__(self):
        self.hears = {}

    def join(self, number):
        return _Member(self, number)

    def leave(self, number):
        del self.hears[number]
        for hear in self.hears.values():
            hear(number, None)

    def tell(self, of, number, text):
        hear = self.hears.get(number)
        if hear is None:
            self.hears[of](number, None)
        else:
            hear(of, text)


class _Member:
    def __init__(self, crowd, number):
        self.number, self._crowd = number, crowd

    def listen(self, name, hear):
        self._crowd.hears[self.number] = hear

    def tell(self, number, name, text):
        asyncio.get_running_loop().call_soon(self._crowd.tell, self.number, number, text)


@pytest.fixture
def crowd():
    return Crowd()


@pytest.fixture
async def processes(crowd):
    """The channel in two processes on one log."""
    door, made = EchoDoor(), []
    for number in (1, 2):
        context = a_context(door, siblings=crowd.join(number))
        made.append(SocketIOConnector.from_settings({}, context))
    yield made
    for channel in made:
        await channel.close()


def polled(sid=None, **more):
    return FakeRequest(method="GET", query={"EIO": "4"} | ({"sid": sid} if sid else {}), **more)


def posted(sid, *packets):
    return FakeRequest(query={"EIO": "4", "sid": sid}, body="\x1e".join(packets).encode())


async def opened(channel):
    """Open a session by a poll, and return its name."""
    answer = await channel.poll(polled())
    return json.loads(answer.body[1:])["sid"]


def said(text):
    return f"42{json.dumps(['user_uttered', {'message': text}])}"


async def test_polls_may_reach_any_process(processes):
    first, second = processes
    sid = await opened(first)
    assert sid.startswith("1.")
    assert (await second.post(posted(sid, "40"))).body == b"ok"
    assert (await second.poll(polled(sid))).body.startswith(b'40{"sid"')
    polling = asyncio.create_task(second.poll(polled(sid)))
    await second.post(posted(sid, said("hello")))
    assert b"bot_uttered" in (await polling).body
    assert (first.count, second.count) == (1, 0)


async def test_a_websocket_may_take_the_place_of_polls_in_another_process(processes):
    first, second = processes
    sid = await opened(first)
    await first.post(posted(sid, "40"))
    await first.poll(polled(sid))
    polling = asyncio.create_task(first.poll(polled(sid)))
    socket = FakeSocket()
    serving = asyncio.create_task(second.socket(polled(sid), socket))
    socket.client_sends("2probe")
    assert await socket.sent.get() == "3probe"
    assert (await polling).body == b"6"
    socket.client_sends("5")
    for text in ("one", "two"):
        socket.client_sends(said(text))
        assert text in await socket.sent.get()
    socket.client_leaves()
    await serving
    while first.count:  # noqa: ASYNC110 - there is no event
        await asyncio.sleep(0)


async def test_a_client_that_leaves_its_poll_may_poll_again(processes):
    first, second = processes
    sid = await opened(first)
    left = asyncio.create_task(second.poll(polled(sid)))
    while not first._connections[sid].line._is_polled:  # noqa: ASYNC110 - there is no event
        await asyncio.sleep(0)
    left.cancel()
    await asyncio.wait([left])
    await second.post(posted(sid, "40"))
    assert (await second.poll(polled(sid))).body.startswith(b"40")


async def test_a_process_that_ends_takes_its_sessions_with_it(processes, crowd):
    first, second = processes
    sid, other = await opened(first), await opened(first)
    socket = FakeSocket()
    serving = asyncio.create_task(second.socket(polled(other), socket))
    polling = asyncio.create_task(second.poll(polled(sid)))
    await asyncio.sleep(0)
    crowd.leave(1)
    assert json.loads((await polling).body)["message"] == "Session ID unknown"
    await serving
    assert socket.closed == (1013, "come back in a moment")
    assert (await second.post(posted(sid, "40"))).status == 400


@pytest.mark.parametrize("sid", ["2.x", "9.x", "x", "9999999.x", "-1.x"])
async def test_a_session_that_nobody_has_is_unknown(processes, sid):
    answer = await processes[1].poll(polled(sid))
    assert json.loads(answer.body)["message"] == "Session ID unknown"


async def test_a_frame_that_is_no_packet_ends_the_line_wherever_it_comes(processes):
    first, second = processes
    sid = await opened(first)
    socket = FakeSocket()
    serving = asyncio.create_task(second.socket(polled(sid), socket))
    for frame in ("2probe", "5", "x"):
        socket.client_sends(frame)
    await serving
    assert socket.closed == (1008, "no packet")
    while first.count:  # noqa: ASYNC110 - there is no event
        await asyncio.sleep(0)


async def test_a_poll_is_answered_with_no_more_than_its_share():
    line = Line("x", 4, lambda: 0.0)
    await line.send(*("4" + "x" * 600_000 for _ in range(3)), "4y")
    assert [len((await line.fetch()).split("\x1e")) for _ in range(3)] == [1, 1, 2]
