"""Channel callback: replies are posted to the configured address."""

import asyncio

import pytest
from aiohttp import web

from kefu.channels.callback import CallbackConnector
from kefu.core.messages import Reply
from kefu.errors import ChannelError
from tests.unit.channels.fakes import EchoDoor, FakeRequest, a_context


class Receiver:
    """Takes callbacks and answers them as it is told to."""

    def __init__(self):
        self.requests = []
        self.status = 200

    async def take(self, request):
        self.requests.append((await request.json(), request.headers, request.query))
        return web.Response(status=self.status)


@pytest.fixture
async def receiver():
    taken = Receiver()
    app = web.Application()
    app.router.add_post("/in", taken.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    taken.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}/in"
    yield taken
    await runner.cleanup()


@pytest.fixture
async def connector(receiver):
    settings = {
        "url": receiver.url,
        "token": "t",
        "headers": {"X-A": "b"},
        "basic_auth": {"username": "u", "password": "p"},
    }
    made = CallbackConnector.from_settings(settings, a_context(EchoDoor()))
    yield made
    await made.close()


async def test_a_message_is_received_and_acknowledged(receiver):
    door = EchoDoor()
    made = CallbackConnector.from_settings({"url": receiver.url}, a_context(door))
    response = await made.webhook(FakeRequest(body=b'{"sender":"a","message":"hi"}'))
    assert response.body == b"success"
    assert door.messages[0].input_channel == "callback"


async def test_each_message_of_a_reply_is_posted_with_its_own_key(connector, receiver):
    await connector.send(Reply(recipient_id="a", text="one\n\ntwo"), delivery_id=7, recipient="a")
    bodies = [body for body, _, _ in receiver.requests]
    assert bodies == [{"recipient_id": "a", "text": "one"}, {"recipient_id": "a", "text": "two"}]
    keys = [headers["Idempotency-Key"] for _, headers, _ in receiver.requests]
    assert keys == ["7-0", "7-1"]


async def test_the_configured_credentials_are_shown(connector, receiver):
    await connector.send(Reply(recipient_id="a", text="x"), delivery_id=1, recipient="a")
    ((_, headers, query),) = receiver.requests
    assert headers["X-A"] == "b"
    assert headers["Authorization"].startswith("Basic ")
    assert query["token"] == "t"


async def test_a_refused_callback_is_tried_again_by_the_gateway(connector, receiver):
    receiver.status = 500
    with pytest.raises(ChannelError, match="status 500"):
        await connector.send(Reply(recipient_id="a", text="x"), delivery_id=1, recipient="a")


async def test_a_callback_that_nobody_takes_is_an_error():
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    settings = {"url": f"http://127.0.0.1:{port}/"}
    connector = CallbackConnector.from_settings(settings, a_context())
    with pytest.raises(ChannelError, match="did not take"):
        await connector.send(Reply(recipient_id="a", text="x"), delivery_id=1, recipient="a")
    await connector.close()


@pytest.mark.parametrize(
    ("settings", "wrong"),
    [({}, "'url' must be"), ({"url": "ftp://x"}, "'url' must be"), ({"urk": 1}, "unknown setting")],
)
def test_wrong_settings_are_refused(settings, wrong):
    with pytest.raises(ChannelError, match=wrong):
        CallbackConnector.from_settings(settings, a_context())
