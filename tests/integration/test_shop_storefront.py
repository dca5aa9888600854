"""The storefront's data over real HTTP: sessions, buying, messages, and what nobody gets to see."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from examples.shop.checkout import Checkout
from examples.shop.database import open_database
from tests.integration.shop_server import NOON, SECRET, running_shop

CHEN = {"phone": "13800000001", "password": "chengyi"}
LI = {"phone": "13800000002", "password": "chengyi"}
CUP = {"sku": "P011", "spec": "黑色", "quantity": 1}


@pytest.fixture
async def store() -> AsyncIterator[aiohttp.ClientSession]:
    jar = aiohttp.CookieJar(unsafe=True)
    async with (
        running_shop() as url,
        aiohttp.ClientSession(base_url=url, cookie_jar=jar) as session,
    ):
        yield session


async def ask(
    store: aiohttp.ClientSession, method: str, path: str, **options: Any
) -> tuple[int, Any]:
    async with store.request(method, f"/store/{path}", **options) as response:
        return response.status, await response.json()


async def test_who_signs_in_gets_a_token_for_the_chat(store: aiohttp.ClientSession) -> None:
    _, signed_in = await ask(store, "POST", "session", json=CHEN)
    claims = jwt.decode(signed_in["token"], OctKey.import_key(SECRET)).claims
    assert (claims["sub"], claims["phone"], claims["phone_verified"]) == (
        "C10001",
        "13800000001",
        True,
    )
    assert claims["attributes"] == {"level": "银卡"}
    _, body = await ask(store, "GET", "orders")
    assert {order["customer_id"] for order in body["orders"]} == {"C10001"}
    await ask(store, "DELETE", "session")
    status, body = await ask(store, "GET", "orders")
    assert (status, body["error"]["code"]) == (403, "identity_needed")


@pytest.mark.parametrize(
    "cookie",
    ["C10001", "C10001.99999999999.", "C10001.99999999999.0f", "C10001.x.y", "....", "C10001.²."],
)
async def test_a_forged_cookie_is_nobody(store: aiohttp.ClientSession, cookie: str) -> None:
    async with store.get("/store/start", headers={"Cookie": f"shop_session={cookie}"}) as answer:
        assert (await answer.json())["customer"] is None


async def test_the_sixth_wrong_password_finds_the_account_locked(
    store: aiohttp.ClientSession,
) -> None:
    codes = []
    for _ in range(6):
        _, body = await ask(store, "POST", "session", json={**LI, "password": "wrong"})
        codes.append(body["error"]["code"])
    assert codes == ["wrong_password"] * 5 + ["account_locked"]
    assert (await ask(store, "POST", "session", json=LI))[0] == 409


async def test_a_locked_account_opens_by_itself_after_half_an_hour() -> None:
    hands = {"now": NOON}
    async with (
        running_shop(lambda: hands["now"]) as url,
        aiohttp.ClientSession(base_url=url) as store,
    ):
        for _ in range(5):
            await ask(store, "POST", "session", json={**LI, "password": "wrong"})
        hands["now"] = NOON + timedelta(minutes=29)
        assert (await ask(store, "POST", "session", json=LI))[0] == 409
        hands["now"] = NOON + timedelta(minutes=30)
        assert (await ask(store, "POST", "session", json=LI))[0] == 200


async def test_what_is_bought_leaves_the_shelf(store: aiohttp.ClientSession) -> None:
    await ask(store, "POST", "session", json=CHEN)
    status, placed = await ask(store, "POST", "orders", json={"items": [CUP]})
    assert (status, placed["order_no"]) == (201, "602800000001")
    _, body = await ask(store, "GET", "products/P011")
    assert {"spec": "黑色", "quantity": 139} in body["product"]["stock"]
    _, body = await ask(store, "GET", "orders")
    assert (body["orders"][0]["order_no"], body["orders"][0]["amount"]) == ("602800000001", 99)


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([], (400, "bad_items")),
        ("all of it", (400, "bad_items")),
        ([{"sku": "P011", "spec": "绿色", "quantity": 1}], (400, "bad_items")),
        ([{**CUP, "quantity": -1}], (400, "bad_items")),
        ([{**CUP, "quantity": "1"}], (400, "bad_items")),
        ([CUP, {"sku": "P005", "spec": "奶白色", "quantity": 1}], (409, "out_of_stock")),
    ],
)
async def test_what_cannot_be_bought_is_refused_whole(
    store: aiohttp.ClientSession, items: Any, expected: tuple[int, str]
) -> None:
    await ask(store, "POST", "session", json=CHEN)
    status, body = await ask(store, "POST", "orders", json={"items": items})
    assert (status, body["error"]["code"]) == expected
    _, body = await ask(store, "GET", "products/P011")
    assert {"spec": "黑色", "quantity": 140} in body["product"]["stock"]


async def test_a_form_of_another_site_does_nothing(store: aiohttp.ClientSession) -> None:
    status, _ = await ask(store, "POST", "session", data='{"phone": "1"}')
    assert status == 400


@pytest.mark.parametrize("name", ["..%2Fpages.py", "%2e%2e%2fsessions.py", "nothing.js", "%00"])
async def test_only_the_pages_own_files_are_handed_out(
    store: aiohttp.ClientSession, name: str
) -> None:
    async with store.get(f"/static/{name}") as answer:
        assert answer.status in (400, 404)


async def test_the_page_lets_in_itself_and_the_chat(store: aiohttp.ClientSession) -> None:
    async with store.get("/product/P001") as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert "script-src 'self' http://127.0.0.1:5005;" in policy
        assert 'data-kefu="http://127.0.0.1:5005"' in await answer.text()


async def test_the_cart_tells_the_freight(store: aiohttp.ClientSession) -> None:
    _, guest = await ask(store, "GET", "freight?total=98")
    assert (guest["freight"], guest["to"], guest["remote"]) == (
        8,
        None,
        {"free_from": 199, "fee": 15},
    )
    await ask(store, "POST", "session", json=CHEN)
    _, told = await ask(store, "GET", "freight?total=99")
    assert told["freight"] == 0
    assert told["to"].endswith(("省", "市", "自治区"))
    status, body = await ask(store, "GET", "freight?total=x")
    assert (status, body["error"]["code"]) == (400, "bad_total")


def test_remote_regions_cost_more_as_the_policy_says() -> None:
    connection = open_database(":memory:", lambda: NOON)
    address = "新疆维吾尔自治区乌鲁木齐市天山区示例路 1 号"
    connection.execute("UPDATE orders SET address = ? WHERE customer_id = 'C10001'", (address,))
    checkout = Checkout(connection, lambda: NOON)
    told = [checkout.freight("C10001", total) for total in (99, 198, 199)]
    assert [one["freight"] for one in told] == [15, 15, 0]
    assert {one["to"] for one in told} == {"新疆维吾尔自治区"}
    connection.close()
