"""Single items of an order go back: what can be applied for, and what is paid back for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.integration.shop_server import KEY, running_shop

ORDER, PHONE = "602600001001", "13800000001"


@pytest.fixture
async def shop() -> AsyncIterator[aiohttp.ClientSession]:
    headers = {"Authorization": f"Bearer {KEY}", "X-Phone": PHONE}
    async with (
        running_shop() as url,
        aiohttp.ClientSession(base_url=url, headers=headers) as session,
    ):
        yield session


async def ask(
    shop: aiohttp.ClientSession, method: str, path: str, **options: Any
) -> tuple[int, Any]:
    async with shop.request(method, path, **options) as response:
        return response.status, await response.json()


async def conditions(shop: aiohttp.ClientSession) -> dict[str, Any]:
    status, found = await ask(shop, "GET", f"/api/orders/{ORDER}/return-conditions")
    assert status == 200, found
    answer: dict[str, Any] = found
    return answer


async def apply(
    shop: aiohttp.ClientSession, items: Any = None, reason: str = "尺码不合适"
) -> tuple[int, Any]:
    body = {"order_no": ORDER, "service": "return", "reason": reason}
    return await ask(shop, "POST", "/api/returns", json=body | ({"items": items} if items else {}))


async def test_one_item_goes_back_and_the_other_later(shop: aiohttp.ClientSession) -> None:
    first, second = (await conditions(shop))["items"]
    assert (first["product"], second["product"]) == ("卫衣", "T恤")
    one = [{"item_no": second["item_no"], "quantity": 1}]
    status, made = await apply(shop, one)
    assert (status, [item["product"] for item in made["items"]]) == (201, ["T恤"])
    left = await conditions(shop)
    assert [item["product"] for item in left["items"]] == ["卫衣"]
    assert [entry["return_no"] for entry in left["open_returns"]] == [made["return_no"]]
    _, refund = await ask(shop, "GET", f"/api/orders/{ORDER}/refund")
    assert (refund["total"], refund["is_whole"]) == (69, False)
    status, body = await apply(shop, one)
    assert (status, body["error"]["code"]) == (409, "no_such_item")
    status, rest = await apply(shop)
    assert (status, [item["product"] for item in rest["items"]]) == (201, ["卫衣"])
    status, body = await apply(shop)
    assert (status, body["error"]["code"]) == (409, "already_returning")


async def test_what_is_taken_back_can_be_applied_for_again(shop: aiohttp.ClientSession) -> None:
    _, made = await apply(shop)
    await ask(shop, "POST", f"/api/returns/{made['return_no']}/cancel")
    assert len((await conditions(shop))["items"]) == 2


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([{"item_no": 999_999, "quantity": 1}], (409, "no_such_item")),
        ([{"item_no": 1}], (400, "bad_items")),
        ([{"item_no": 1, "quantity": 0}], (400, "bad_items")),
        ([{"item_no": 1, "quantity": 1}] * 2, (400, "bad_items")),
        (["1"], (400, "bad_items")),
        ("1:1", (400, "bad_items")),
    ],
)
async def test_items_that_make_no_sense_are_refused(
    shop: aiohttp.ClientSession, items: Any, expected: tuple[int, str]
) -> None:
    status, body = await apply(shop, items)
    assert (status, body["error"]["code"]) == expected


async def test_no_more_than_was_bought(shop: aiohttp.ClientSession) -> None:
    (first, _) = (await conditions(shop))["items"]
    status, body = await apply(shop, [{"item_no": first["item_no"], "quantity": 9}])
    assert (status, body["error"]["code"], body["error"]["most"]) == (409, "too_many", 1)


async def test_the_refund_is_told_beforehand(shop: aiohttp.ClientSession) -> None:
    (first, second) = (await conditions(shop))["items"]
    path = f"/api/orders/{ORDER}/refund-estimate"
    _, part = await ask(shop, "GET", path, params={"items": f"{second['item_no']}:1"})
    _, rest = await ask(shop, "GET", path, params={"items": f"{first['item_no']}:1"})
    _, whole = await ask(shop, "GET", path)
    assert part["total"] + rest["total"] == whole["total"] == 228
    assert (part["pieces"][0]["product"], whole["is_whole"]) == ("T恤", True)
    status, body = await ask(shop, "GET", path, params={"items": "1:x"})
    assert (status, body["error"]["code"]) == (400, "bad_items")
