"""What the client sends to the shop, and how it takes failures."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web

from actions import shop_client
from actions.circuit import Circuit
from actions.shop_client import ShopDown, ShopRefusal, ask_shop
from tests.unit.actions.conversations import tracker_with


@dataclass
class FakeShop:
    """Answers what it is told to, the last answer again and again."""

    answers: list[tuple[int, str]] = field(default_factory=lambda: [(200, '{"fine": true}')])
    asked: list[web.Request] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)

    async def respond(self, request: web.Request) -> web.Response:
        self.asked.append(request)
        self.bodies.append(await request.text())
        status, text = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if status == 0:
            assert request.transport is not None
            request.transport.close()
        return web.Response(status=status or 500, text=text, content_type="application/json")


@pytest.fixture
async def shop(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[FakeShop]:
    fake, app = FakeShop(), web.Application()
    app.router.add_route("*", "/{path:.*}", fake.respond)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0]
    monkeypatch.setenv("SHOP_URL", f"http://{host}:{port}")
    monkeypatch.setenv("SHOP_API_KEY", "k1")
    monkeypatch.setattr(shop_client, "PAUSES", (0.0, 0.0))
    monkeypatch.setattr(shop_client, "_circuits", {})
    monkeypatch.setattr(shop_client, "KEY_FILE", tmp_path / "shop.key")
    yield fake
    await runner.cleanup()


async def test_key_and_identity_go_along(shop: FakeShop) -> None:
    tracker = tracker_with({"customer_id": "C10001"})
    assert await ask_shop("GET", "/api/orders/602600001003", tracker=tracker) == {"fine": True}
    headers = shop.asked[0].headers
    assert (headers["Authorization"], headers["X-Customer"]) == ("Bearer k1", "C10001")
    assert "Idempotency-Key" not in headers


async def test_the_key_that_the_shop_has_made_is_found(
    shop: FakeShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SHOP_API_KEY")
    shop_client.KEY_FILE.write_text("k2\n", "utf-8")
    await ask_shop("GET", "/api/products")
    assert shop.asked[0].headers["Authorization"] == "Bearer k2"


async def test_query_and_body_arrive(shop: FakeShop) -> None:
    await ask_shop("GET", "/api/products", params={"q": "卫衣"})
    await ask_shop("PUT", "/api/orders/1/address", body={"address": "示例路 1 号"})
    assert shop.asked[0].query["q"] == "卫衣"
    assert json.loads(shop.bodies[1]) == {"address": "示例路 1 号"}


@pytest.mark.parametrize("failure", [(500, "{}"), (503, "{}"), (200, "no json"), (0, "")])
async def test_a_read_is_tried_again(shop: FakeShop, failure: tuple[int, str]) -> None:
    shop.answers = [failure, failure, (200, '{"fine": true}')]
    assert await ask_shop("GET", "/api/products") == {"fine": True}
    assert len(shop.asked) == 3


async def test_a_read_is_given_up_after_the_third_try(shop: FakeShop) -> None:
    shop.answers = [(500, "{}")]
    with pytest.raises(ShopDown, match="status 500"):
        await ask_shop("GET", "/api/products")
    assert len(shop.asked) == 3


async def test_a_read_is_not_tried_again_when_the_customer_has_waited_long(
    shop: FakeShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shop_client, "PATIENCE", -1.0)
    shop.answers = [(500, "{}")]
    with pytest.raises(ShopDown):
        await ask_shop("GET", "/api/products")
    assert len(shop.asked) == 1


@pytest.mark.parametrize("failure", [(500, "{}"), (0, "")])
async def test_a_write_is_sent_once_and_can_be_recognised(
    shop: FakeShop, failure: tuple[int, str]
) -> None:
    shop.answers = [failure]
    for _ in range(2):
        with pytest.raises(ShopDown):
            await ask_shop("POST", "/api/orders/1/cancel", tracker=tracker_with())
    keys = [request.headers["Idempotency-Key"] for request in shop.asked]
    assert len(keys) == 2
    assert len(set(keys)) == 1


async def test_a_refusal_is_neither_tried_again_nor_a_failure(shop: FakeShop) -> None:
    error = {"code": "order_not_found", "message": "没有找到订单。", "status": "paid"}
    shop.answers = [(404, json.dumps({"error": error}))]
    for _ in range(6):
        with pytest.raises(ShopRefusal) as caught:
            await ask_shop("GET", "/api/orders/1")
    assert (caught.value.code, caught.value.message) == ("order_not_found", "没有找到订单。")
    assert caught.value.details["status"] == "paid"
    assert len(shop.asked) == 6


async def test_a_key_that_the_shop_does_not_take_is_no_word_for_customers(shop: FakeShop) -> None:
    shop.answers = [(401, '{"error": {"code": "bad_key", "message": "缺少 API key"}}')]
    with pytest.raises(ShopDown, match="status 401"):
        await ask_shop("GET", "/api/products")


async def test_a_shop_that_keeps_failing_is_left_alone_and_probed_later(
    shop: FakeShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    url = f"http://{shop_url()}"
    circuit = Circuit(failures=5, pause=10.0, clock=lambda: now[0])
    monkeypatch.setattr(shop_client, "_circuits", {url: circuit})
    shop.answers = [(500, "{}")]
    for _ in range(4):
        with pytest.raises(ShopDown):
            await ask_shop("GET", "/api/products")
    assert len(shop.asked) == 5
    shop.answers = [(200, '{"fine": true}')]
    with pytest.raises(ShopDown, match="not asked"):
        await ask_shop("GET", "/api/products")
    now[0] = 10.0
    assert await ask_shop("GET", "/api/products") == {"fine": True}


def shop_url() -> str:
    return shop_client.os.environ["SHOP_URL"].removeprefix("http://")


async def test_nobody_listening_is_a_shop_that_is_down(
    shop: FakeShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    monkeypatch.setenv("SHOP_URL", f"http://127.0.0.1:{port}")
    with pytest.raises(ShopDown):
        await ask_shop("GET", "/api/products")
    assert shop.asked == []
