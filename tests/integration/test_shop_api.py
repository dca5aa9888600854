"""The shop's API as a whole: keys, owners, writes done once, its description, and its new parts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from kefu.project.load import load_desk
from kefu.remote.shop_orders import ShopOrders
from tests.integration.shop_server import KEY, running_shop

ROOT = Path(__file__).parents[2]
CHEN, LI = {"X-Customer": "C10001"}, {"X-Phone": "13800000002"}
ZHENG = {"X-Customer": "C10331"}


@pytest.fixture
async def shop() -> AsyncIterator[aiohttp.ClientSession]:
    headers = {"Authorization": f"Bearer {KEY}"}
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


async def refused(
    shop: aiohttp.ClientSession, method: str, path: str, **options: Any
) -> tuple[int, str]:
    status, body = await ask(shop, method, path, **options)
    return status, body["error"]["code"]


@pytest.mark.parametrize("given", ["", "Bearer wrong", "Basic " + KEY, KEY])
async def test_the_api_asks_for_its_key(shop: aiohttp.ClientSession, given: str) -> None:
    headers = {"Authorization": given}
    assert await refused(shop, "GET", "/api/products", headers=headers) == (401, "bad_key")


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/api/orders/602600001002", "order_not_found"),
        ("/api/orders/602699999999", "order_not_found"),
        ("/api/returns/TH900001", "return_not_found"),
        ("/api/returns/TH000000", "return_not_found"),
        ("/api/parcels/SF000000001010", "parcel_not_found"),
        ("/api/customers/C10002", "customer_not_found"),
    ],
)
async def test_what_is_somebody_elses_looks_like_what_is_not(
    shop: aiohttp.ClientSession, path: str, code: str
) -> None:
    assert await refused(shop, "GET", path, headers=CHEN) == (404, code)
    assert await refused(shop, "GET", path, headers={"X-Phone": "13800000001"}) == (404, code)


@pytest.mark.parametrize("number", ["602600001002", "602699999999"])
async def test_nobody_asks_on_nobodys_behalf(shop: aiohttp.ClientSession, number: str) -> None:
    _, described = await ask(shop, "GET", "/api/openapi.json")
    paths = [path for path in described["paths"] if path.startswith("/api/orders/{order_no}")]
    assert len(paths) >= 15
    for path in paths:
        if "get" in described["paths"][path]:
            refusal = await refused(shop, "GET", path.format(order_no=number))
            assert refusal == (403, "identity_needed"), path


async def test_the_owner_is_known_by_account_or_phone(shop: aiohttp.ClientSession) -> None:
    for headers in (LI, {"X-Customer": "C10002"}):
        status, order = await ask(shop, "GET", "/api/orders/602600001002", headers=headers)
        assert (status, order["receiver"]) == (200, "李*")


async def test_a_write_with_the_same_key_is_done_once(shop: aiohttp.ClientSession) -> None:
    headers = {**LI, "Idempotency-Key": "k1"}
    path = "/api/orders/602600001002/urge"
    first, again = [await ask(shop, "POST", path, headers=headers) for _ in range(2)]
    assert first == again
    assert again[1]["was_urged"] is False
    other = "/api/orders/602600001002/cancel"
    assert await refused(shop, "POST", other, headers=headers) == (422, "key_reused")


async def test_a_refused_write_changes_nothing(shop: aiohttp.ClientSession) -> None:
    body = {"customer": "C10001", "kind": "coupon", "value": 5, "reason": "慢", "order_no": "1"}
    assert await refused(shop, "POST", "/api/compensations", json=body) == (400, "bad_order_no")
    path = "/api/compensations?customer=C10001"
    assert (await ask(shop, "GET", path))[1]["compensations"] == []


async def test_a_compensation_is_booked(shop: aiohttp.ClientSession) -> None:
    body = {"customer": "C10002", "kind": "points", "value": 300, "reason": "发货慢"}
    status, booked = await ask(shop, "POST", "/api/compensations", json=body)
    assert (status, booked["value"]) == (201, 300)
    assert (await ask(shop, "GET", "/api/customers/C10002/points"))[1]["balance"] == 715
    path = "/api/compensations?phone=13800000002&days=30"
    (entry,) = (await ask(shop, "GET", path))[1]["compensations"]
    assert entry["compensation_no"] == booked["compensation_no"]


async def test_a_complaint_is_followed_by_whoever_made_it(shop: aiohttp.ClientSession) -> None:
    body = {"customer": "C10001", "order_no": "602600001003", "about": "物流太慢", "detail": "三天"}
    status, made = await ask(shop, "POST", "/api/complaints", json=body)
    path = f"/api/complaints/{made['complaint_no']}"
    assert (status, (await ask(shop, "GET", path, headers=CHEN))[1]["status"]) == (201, "open")
    assert await refused(shop, "GET", path, headers=LI) == (404, "complaint_not_found")
    body["order_no"] = "602600001002"
    refusal = await refused(shop, "POST", "/api/complaints", json=body)
    assert refusal == (404, "order_not_found")


async def test_presales_take_the_deposit_off_the_price_and_are_paid_in_time(
    shop: aiohttp.ClientSession,
) -> None:
    _, found = await ask(shop, "GET", "/api/presales")
    first, second = found["presales"]
    assert (first["product"], first["deposit"], first["worth"]) == ("羽绒服", 50, 100)
    assert first["balance"] == 599 - 100
    assert first["balance_from"] < first["balance_until"] < first["ships_on"]
    assert first["balance_from"] == "2026-11-22T20:00:00+08:00" < second["balance_from"]


async def test_why_a_coupon_cannot_be_used(shop: aiohttp.ClientSession) -> None:
    path = "/api/customers/C10001/coupons/{}/check"
    _, expired = await ask(shop, "GET", path.format("JD25"))
    assert (expired["usable"], expired["reason_codes"]) == (False, ["expired"])
    _, category = await ask(shop, "GET", path.format("FS40"), params={"sku": "P001"})
    assert category["reason_codes"] == ["wrong_category"]
    _, little = await ask(shop, "GET", path.format("FS40"), params={"sku": "P013"})
    assert "还差 141 元" in little["reasons"][0]
    _, usable = await ask(shop, "GET", path.format("服饰券"), params={"sku": "P012"})
    assert (usable["usable"], usable["reasons"]) == (True, [])


async def test_a_return_is_followed_from_application_to_parcel(
    shop: aiohttp.ClientSession,
) -> None:
    wanted = {"order_no": "602600001001", "service": "return", "reason": "不喜欢"}
    _, made = await ask(shop, "POST", "/api/returns", json=wanted, headers=CHEN)
    path = f"/api/returns/{made['return_no']}"
    parcel = {"courier": "顺丰速运", "tracking_no": "SF1234567890123"}
    assert (await ask(shop, "POST", f"{path}/parcel", json=parcel, headers=CHEN))[0] == 200
    _, seen = await ask(shop, "GET", path, headers=CHEN)
    assert [stage["is_done"] for stage in seen["progress"]] == [True, True, True, False, False]
    assert len(seen["steps"]) == 1
    refusal = await refused(shop, "POST", f"{path}/cancel", headers=CHEN)
    assert refusal == (409, "too_late_to_cancel")
    _, back = await ask(shop, "GET", "/api/parcels/SF1234567890123", headers=CHEN)
    assert back["return_no"] == made["return_no"]


async def test_the_refund_is_made_up(shop: aiohttp.ClientSession) -> None:
    headers = {"X-Phone": "13800000005"}
    _, refund = await ask(shop, "GET", "/api/orders/602600001008/refund", headers=headers)
    assert (refund["total"], refund["status"]) == (499, "pending")
    refusal = await refused(shop, "GET", "/api/orders/602600001001/refund", headers=CHEN)
    assert refusal == (409, "no_refund")


async def test_an_account_with_open_orders_is_not_deleted(shop: aiohttp.ClientSession) -> None:
    path = "/api/customers/{}/deletion"
    status, body = await ask(shop, "POST", path.format("C10001"))
    assert (status, body["error"]["code"]) == (409, "open_orders")
    assert "602600001003" in body["error"]["open"]


async def test_a_colour_is_changed_before_dispatch(shop: aiohttp.ClientSession) -> None:
    path = "/api/orders/602600001002/spec"
    body = {"item": "保温杯", "spec": "黑色"}
    assert (await ask(shop, "PUT", path, json=body, headers=LI))[1]["spec"] == "黑色"
    body = {"item": "保温杯", "spec": "绿色"}
    assert await refused(shop, "PUT", path, json=body, headers=LI) == (409, "no_such_spec")


async def test_products_are_compared(shop: aiohttp.ClientSession) -> None:
    path = "/api/products/compare"
    _, found = await ask(shop, "GET", path, params={"skus": "P001,充电宝"})
    assert found["rows"][0] == {"name": "价格", "values": [199, 129], "differs": True}
    assert await refused(shop, "GET", path, params={"skus": "P001"}) == (400, "bad_skus")


async def test_the_description_has_every_row(shop: aiohttp.ClientSession) -> None:
    _, described = await ask(shop, "GET", "/api/openapi.json")
    order = described["paths"]["/api/orders/{order_no}"]["get"]
    assert [one["name"] for one in order["parameters"]] == ["order_no", "X-Customer", "X-Phone"]
    made = described["paths"]["/api/returns"]["post"]["requestBody"]
    assert made["content"]["application/json"]["schema"]["required"] == [
        "order_no",
        "service",
        "reason",
    ]
    async with shop.get("/api/docs") as page:
        shown = await page.text()
    assert all(path in shown for path in described["paths"])


async def test_an_order_in_two_parcels_tells_of_both(shop: aiohttp.ClientSession) -> None:
    _, order = await ask(shop, "GET", "/api/orders/602600001015", headers=ZHENG)
    assert [(one["status"], one["items"][0]["product"]) for one in order["parcels"]] == [
        ("in_transit", "保温杯"),
        ("packing", "双肩包"),
    ]


async def test_a_parcel_at_its_pickup_point_has_a_code(shop: aiohttp.ClientSession) -> None:
    _, pickup = await ask(shop, "GET", "/api/orders/602600001016/pickup", headers=ZHENG)
    assert (pickup["point"], pickup["code"]) == ("丰巢柜", "8-2-6031")
    refusal = await refused(shop, "GET", "/api/orders/602600001015/pickup", headers=ZHENG)
    assert refusal == (409, "no_pickup")


async def test_what_is_under_warranty_can_be_repaired(shop: aiohttp.ClientSession) -> None:
    wanted = {"service": "repair", "reason": "不加热"}
    headers = {"X-Phone": "13800000008"}
    body = {**wanted, "order_no": "602600001018"}
    status, made = await ask(shop, "POST", "/api/returns", json=body, headers=headers)
    assert (status, made["freight_by"]) == (201, "shop")
    body = {**wanted, "order_no": "602600001001"}
    headers = {"X-Phone": "13800000001"}
    refusal = await refused(shop, "POST", "/api/returns", json=body, headers=headers)
    assert refusal == (409, "no_warranty")


async def test_agents_see_the_orders_of_a_customer_whose_phone_is_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with running_shop() as url:
        monkeypatch.setenv("SHOP_URL", url)
        options, problems = load_desk(ROOT / "desk.yml")
        assert problems == ()
        assert options.orders is not None
        orders = ShopOrders(options.orders)
        found = await orders.of({"phone": "+8613800000001", "identities": []})
        await orders.close()
    assert [(one["order_id"], one["status"]) for one in found] == [
        ("602600001005", "待付款"),
        ("602600001003", "运输中"),
        ("602600001001", "已签收"),
    ]
