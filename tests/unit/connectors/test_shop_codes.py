"""The sender of codes that posts them to the shop."""

import pytest
from aiohttp import web

from connectors.shop_codes import ShopCodes
from kefu.core.verification import CodeMessage
from kefu.errors import ChannelError, ProjectError

MESSAGE = CodeMessage(phone="+8613800000001", code="123456", minutes=5)


@pytest.fixture
async def shop(monkeypatch):
    """A shop that keeps what it is sent and answers with ``shop.status``."""

    class Shop:
        status = 201
        heard = ()

    async def messages(request):
        Shop.heard = (*Shop.heard, (await request.json(), request.headers.get("Authorization")))
        return web.json_response({}, status=Shop.status)

    app = web.Application()
    app.router.add_post("/api/messages", messages)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    Shop.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    monkeypatch.setenv("SHOP_URL", Shop.url)
    monkeypatch.setenv("SHOP_API_KEY", "key")
    yield Shop
    await runner.cleanup()


async def test_the_shop_gets_phone_and_text_with_its_key(shop):
    await ShopCodes.from_settings({}).send(MESSAGE)
    ((body, key),) = shop.heard
    assert body["phone"] == "13800000001"
    assert "123456" in body["text"]
    assert "5 分钟" in body["text"]
    assert key == "Bearer key"


async def test_the_text_is_in_the_language_of_the_bot(shop):
    message = CodeMessage(phone="+447700900123", code="123456", minutes=5, language="en")
    await ShopCodes.from_settings({"url": f"{shop.url}/"}).send(message)
    ((body, _),) = shop.heard
    assert body == {
        "phone": "+447700900123",
        "text": "Your code is 123456, valid for 5 minutes. "
        "Nobody of the shop will ever call you to ask for it.",
    }


@pytest.mark.parametrize("status", [401, 404, 422, 500])
async def test_a_shop_that_says_no_did_not_send(shop, status):
    shop.status = status
    with pytest.raises(ChannelError, match=str(status)) as told:
        await ShopCodes.from_settings({}).send(MESSAGE)
    assert "123456" not in str(told.value)


async def test_a_shop_that_is_away_did_not_send(monkeypatch):
    sender = ShopCodes.from_settings({"url": "http://127.0.0.1:9"})
    with pytest.raises(ChannelError, match="cannot be reached") as told:
        await sender.send(MESSAGE)
    assert "123456" not in str(told.value)
    assert "1380000" not in str(told.value)


def test_a_setting_that_it_does_not_have_is_named():
    with pytest.raises(ProjectError, match="'token'"):
        ShopCodes.from_settings({"token": "x"})
