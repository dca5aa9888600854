"""The example connector sends to an app that is really there."""

import hmac
from hashlib import sha256

import pytest
from aiohttp import web

from connectors.app_chat import AppChat
from kefu.core.messages import Reply
from kefu.errors import ChannelError, Refused
from tests.unit.channels.fakes import a_context

SECRET = "a secret of the app"
MENU = Reply(recipient_id="c", text="要什么？", buttons=({"title": "查物流"}, {"title": "转人工"}))


@pytest.fixture
async def app():
    got, statuses = [], []

    async def take(request):
        body, stamp = await request.read(), request.headers["X-Timestamp"]
        signature = hmac.new(SECRET.encode(), f"{stamp}.".encode() + body, sha256).hexdigest()
        assert request.headers["X-Signature"] == signature
        got.append(await request.json())
        return web.Response(status=statuses.pop(0) if statuses else 200)

    application = web.Application()
    application.router.add_post("/kefu", take)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/kefu", got, statuses
    await runner.cleanup()


async def test_a_reply_is_posted_refused_or_tried_again(app):
    url, got, statuses = app
    chat = AppChat.from_settings({"secret": SECRET, "url": url}, a_context())
    assert await chat.send(MENU, delivery_id=7, recipient="ada") == "7"
    assert got == [{"id": "7", "customer": "ada", "lines": ["要什么？\n1. 查物流\n2. 转人工"]}]
    statuses += [409, 503, 404]
    assert await chat.send(MENU, delivery_id=7, recipient="ada") == "7"
    with pytest.raises(ChannelError, match="503") as again:
        await chat.send(MENU, delivery_id=8, recipient="ada")
    assert not isinstance(again.value, Refused)
    with pytest.raises(Refused, match="404"):
        await chat.send(MENU, delivery_id=8, recipient="ada")
    await chat.close()


async def test_an_app_that_is_away_is_tried_again():
    chat = AppChat.from_settings({"secret": SECRET, "url": "http://127.0.0.1:1/kefu"}, a_context())
    with pytest.raises(ChannelError, match="does not answer"):
        await chat.send(MENU, delivery_id=1, recipient="ada")
    await chat.close()
