"""The shop's orders, from servers that behave and such that do not."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from kefu.errors import Unavailable
from kefu.project.desk_options import OrderOptions
from kefu.remote.shop_orders import ShopOrders, order_of

WANG = {
    "customer_id": "c_1",
    "conversation_id": "web-a",
    "phone": "+8613800138000",
    "identities": [
        {"kind": "user", "value": "u?x=1&y/../z", "is_verified": True},
        {"kind": "user", "value": "claimed", "is_verified": False},
    ],
}


@asynccontextmanager
async def shop(answer, *, path="/orders?phone={local_phone}", seconds=5.0, **options):
    """Give the orders of a shop that answers so, and the requests that it was sent."""
    seen = []

    async def respond(request):
        seen.append(request)
        found = answer(request) if callable(answer) else answer
        return await found if asyncio.iscoroutine(found) else found

    app = web.Application()
    app.router.add_get("/{tail:.*}", respond)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    url = f"http://127.0.0.1:{port}{path}"
    orders = ShopOrders(OrderOptions(url=url, timeout_seconds=seconds, **options))
    try:
        yield orders, seen
    finally:
        await orders.close()
        await runner.cleanup()


async def test_orders_are_told_in_our_words():
    raw = {
        "order_no": "A1",
        "status": "paid",
        "status_name": "已付款",
        "amount": 99.5,
        "items": [{"product": "水杯", "quantity": 2, "price": 1}, {"product": "茶", "quantity": 1}],
        "ordered_at": "2026-11-01T08:00:00+08:00",
        "url": "javascript:alert(1)",
    }
    headers = {"Authorization": "Bearer key"}
    async with shop(web.json_response({"orders": [raw]}), headers=headers) as (orders, seen):
        assert await orders.of(WANG) == [
            {
                "order_id": "A1",
                "title": "水杯 × 2、茶",
                "status": "已付款",
                "amount": "99.5",
                "url": None,
                "placed_at": "2026-11-01T08:00:00+08:00",
                "items": ["水杯 × 2", "茶"],
            }
        ]
    assert seen[0].query["phone"] == "13800138000"
    assert seen[0].headers["Authorization"] == "Bearer key"


async def test_what_is_filled_in_leads_nowhere_else():
    async with shop(web.json_response([]), path="/of/{user}") as (orders, seen):
        assert list(await orders.of(WANG)) == []
    assert seen[0].raw_path == "/of/u%3Fx%3D1%26y%2F..%2Fz"


async def test_of_whom_the_shop_cannot_know_nothing_is_asked():
    async with shop(web.json_response([])) as (orders, seen):
        assert list(await orders.of({"customer_id": "c_1", "phone": None})) == []
    assert seen == []


async def test_redirects_lead_nowhere():
    def answer(request):
        raise web.HTTPFound("http://169.254.169.254/latest/meta-data")

    async with shop(answer) as (orders, seen):
        with pytest.raises(Unavailable, match="302"):
            await orders.of(WANG)
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (web.Response(status=500), "answered 500"),
        (web.Response(text="<html>"), "not answer with JSON"),
        (web.Response(body=b"\xff\xfe"), "not answer with JSON"),
        (web.json_response({"result": 1}), "no list"),
        (web.json_response("x"), "no list"),
        (web.Response(text="[" + "1," * 600_000 + "1]"), "too long"),
    ],
)
async def test_answers_that_are_none_are_named(answer, why):
    async with shop(lambda _: answer) as (orders, _):
        with pytest.raises(Unavailable, match=why):
            await orders.of(WANG)


async def test_nobody_there():
    orders = ShopOrders(OrderOptions(url="http://127.0.0.1:9/?phone={phone}"))
    with pytest.raises(Unavailable, match="cannot be reached"):
        await orders.of(WANG)
    await orders.close()


async def test_a_shop_that_is_slow_is_not_waited_for():
    released = asyncio.Event()

    async def answer():
        await released.wait()
        return web.json_response([])

    async with shop(lambda _: answer(), seconds=0.05) as (orders, _):
        with pytest.raises(Unavailable, match="within"):
            await orders.of(WANG)
        released.set()


async def test_an_unknown_customer_has_no_orders():
    async with shop(web.Response(status=404)) as (orders, _):
        assert list(await orders.of(WANG)) == []


@pytest.mark.parametrize("raw", [{}, {"items": 5}, {"items": [None, 1, {}]}, {"order_id": True}])
def test_odd_orders_are_shown_as_far_as_they_go(raw):
    order = order_of(raw)
    assert set(order) == {"order_id", "title", "status", "amount", "url", "placed_at", "items"}
