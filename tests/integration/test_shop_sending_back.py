"""Parcels with what goes back, and complaints: told in the chat, kept by the shop."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.integration.shop_customer import Customer
from tests.integration.shop_server import KEY, running_shop
from tests.integration.test_shop_aftersales import PHONE, SIGNED, returns_of

NUMBER = "SF7788990011223"
EXCHANGED, OF_EXCHANGED = "602600001017", "13800000008"
SUN = {"X-Phone": "13800000005"}


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


async def test_the_parcel_is_booked_and_then_shown(customer: Customer) -> None:
    await customer.says("我要退货", SIGNED, PHONE, "T恤", "不喜欢", "确认")
    read_back = await customer.says(NUMBER)
    assert f"顺丰速运 {NUMBER}" in read_back
    assert "登记好了" in await customer.says("好的")
    (made,) = await returns_of(SIGNED, PHONE)
    assert (made["status"], made["courier"], made["tracking_no"]) == ("sent", "顺丰速运", NUMBER)
    assert NUMBER in await customer.says("退货到哪了")


async def test_nothing_is_booked_that_is_not_confirmed(customer: Customer) -> None:
    await customer.says("我要退货", SIGNED, PHONE, "T恤", "不喜欢", "确认", "我已经寄回去了")
    assert "哪家快递" in await customer.says("773012345678901")
    assert "哪家快递" in await customer.says("就是小区门口那家"), "asked again"
    assert "申通快递 773012345678901" in await customer.says("申通")
    assert "先不登记" in await customer.says("不对")
    (made,) = await returns_of(SIGNED, PHONE)
    assert (made["status"], made["tracking_no"]) == ("submitted", None)


async def test_a_number_that_is_none_is_asked_for_again(customer: Customer) -> None:
    await customer.says("退货寄出了，登记单号", EXCHANGED, OF_EXCHANGED)
    assert "不像快递单号" in await customer.says("单号是12345")


@pytest.mark.parametrize(
    ("number", "code"),
    [("YT000000001003", "own_parcel"), ("SF0000000010172", "used_elsewhere")],
)
async def test_numbers_of_other_parcels_are_refused(
    shop: aiohttp.ClientSession, number: str, code: str
) -> None:
    body = {"order_no": SIGNED, "service": "return", "reason": "不喜欢"}
    headers = {"X-Phone": PHONE}
    _, made = await ask(shop, "POST", "/api/returns", json=body, headers=headers)
    parcel = {"courier": "顺丰速运", "tracking_no": number}
    path = f"/api/returns/{made['return_no']}/parcel"
    status, answer = await ask(shop, "POST", path, json=parcel, headers=headers)
    assert (status, answer["error"]["code"]) == (409, code)


async def test_a_complaint_is_told_to_its_owner_only(customer: Customer) -> None:
    await customer.says("查投诉进度", "TS900002")
    told = await customer.says("13800000005")
    assert "TS900002" in told
    assert "处理中" in told


async def test_somebody_elses_complaint_is_not_found(customer: Customer) -> None:
    told = await customer.says("TS900002处理得怎么样了", "13800000001")
    assert "没有查到这个投诉" in told


async def test_whoever_is_signed_in_sees_their_complaints(customer: Customer) -> None:
    await customer.signs_in("C10003")
    told = await customer.says("我的投诉有结果了吗")
    assert "TS900003" in told
    assert "转人工" in told


async def test_complaints_of_a_phone_need_that_phone(shop: aiohttp.ClientSession) -> None:
    path = "/api/complaints?phone=13800000005"
    status, found = await ask(shop, "GET", path, headers=SUN)
    assert (status, [one["complaint_no"] for one in found["complaints"]]) == (200, ["TS900002"])
    status, answer = await ask(shop, "GET", path, headers={"X-Phone": PHONE})
    assert (status, answer["error"]["code"]) == (403, "identity_needed")
    status, answer = await ask(
        shop, "GET", "/api/customers/C10005/complaints", headers={"X-Customer": "C10001"}
    )
    assert (status, answer["error"]["code"]) == (404, "customer_not_found")
