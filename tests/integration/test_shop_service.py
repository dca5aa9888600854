"""The shop service over real HTTP: what it gives, what it refuses, and that its data stay fresh."""

from __future__ import annotations

import asyncio
import socket
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from examples.shop.catalogue import ORDERS
from examples.shop.database import SHANGHAI, open_database
from examples.shop.shop import Shop
from tests.integration.shop_server import KEY, NOON, running_shop

ROOT = Path(__file__).parents[2]
SHOWN = {"Authorization": f"Bearer {KEY}"}
OWNERS = {order["order_no"]: order["phone"] for order in ORDERS}
RETURN = {"order_no": "602600001001", "phone": "13800000001", "service": "return"}


@pytest.fixture
async def shop() -> AsyncIterator[aiohttp.ClientSession]:
    async with (
        running_shop() as url,
        aiohttp.ClientSession(base_url=url, headers=SHOWN) as session,
    ):
        yield session


async def answer(
    shop: aiohttp.ClientSession, method: str, path: str, **options: Any
) -> tuple[int, Any]:
    """Ask on behalf of the owner of the order that the request is about."""
    told = path + str(options.get("json"))
    phones = [phone for number, phone in OWNERS.items() if number in told]
    headers = {"X-Phone": phones[0] if phones else "13800000001"} if "phone=" not in path else {}
    async with shop.request(method, path, headers=headers, **options) as response:
        return response.status, await response.json()


async def refusal(
    shop: aiohttp.ClientSession, method: str, path: str, **options: Any
) -> tuple[int, str]:
    status, body = await answer(shop, method, path, **options)
    assert body["error"]["message"]
    return status, body["error"]["code"]


async def test_an_order_is_shown_without_personal_data(shop: aiohttp.ClientSession) -> None:
    status, order = await answer(shop, "GET", "/api/orders/602600001001")
    assert status == 200
    assert (order["status_name"], order["amount"]) == ("已签收", 228)
    assert order["phone"] == "138****0001"
    assert "示例路" not in order["address"]


async def test_orders_are_found_by_phone_latest_first(shop: aiohttp.ClientSession) -> None:
    _, body = await answer(shop, "GET", "/api/orders", params={"phone": "13800000001"})
    numbers = [order["order_no"] for order in body["orders"]]
    assert numbers == ["602600001005", "602600001003", "602600001001"]


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("GET", "/api/orders/123", None, (400, "bad_order_no")),
        ("GET", "/api/orders/602699999999", None, (404, "order_not_found")),
        ("GET", "/api/orders?phone=12", None, (400, "bad_phone")),
        ("GET", "/api/orders/602600001002/logistics", None, (409, "not_shipped")),
        ("GET", "/api/products/P999", None, (404, "product_not_found")),
        ("GET", "/api/delivery", None, (400, "bad_city")),
        ("GET", "/api/members/13800000099", None, (404, "member_not_found")),
        ("GET", "/api/nothing", None, (404, "not_found")),
        ("DELETE", "/api/orders/602600001002", None, (405, "method_not_allowed")),
        ("POST", "/api/orders/602600001003/cancel", None, (409, "too_late_to_cancel")),
        ("POST", "/api/orders/602600001011/cancel", None, (409, "already_cancelled")),
        ("POST", "/api/orders/602600001001/urge", None, (409, "nothing_to_urge")),
        ("POST", "/api/orders/602600001009/price-protection", None, (409, "too_late")),
        ("POST", "/api/returns", {**RETURN, "reason": ""}, (400, "bad_reason")),
        ("POST", "/api/returns", {**RETURN, "service": "x", "reason": "y"}, (400, "bad_service")),
        ("POST", "/api/returns", [1], (400, "bad_body")),
    ],
)
async def test_what_is_wrong_is_refused_with_a_code(
    shop: aiohttp.ClientSession, method: str, path: str, body: Any, expected: tuple[int, str]
) -> None:
    assert await refusal(shop, method, path, json=body) == expected


async def test_malformed_json_is_the_callers_fault(shop: aiohttp.ClientSession) -> None:
    assert await refusal(shop, "POST", "/api/returns", data="{nonsense") == (400, "bad_request")


async def test_a_return_is_opened_once(shop: aiohttp.ClientSession) -> None:
    wanted = {**RETURN, "reason": "尺码不合适"}
    status, made = await answer(shop, "POST", "/api/returns", json=wanted)
    assert (status, made["freight_by"]) == (201, "customer")
    status, body = await answer(shop, "POST", "/api/returns", json=wanted)
    assert (status, body["error"]["code"]) == (409, "already_returning")
    assert body["error"]["return_no"] == made["return_no"]
    _, found = await answer(shop, "GET", "/api/orders/602600001001/returns")
    assert [entry["status"] for entry in found["returns"]] == ["submitted"]


@pytest.mark.parametrize(
    ("order_no", "phone", "reason", "expected"),
    [
        ("602600001001", "13800000002", "质量问题", (403, "phone_mismatch")),
        ("602600001003", "13800000001", "质量问题", (409, "not_signed")),
        ("602600001009", "13800000002", "质量问题", (409, "too_late")),
        ("602600001012", "13800000003", "不喜欢", (409, "faults_only")),
        ("602600001013", "13800000006", "质量问题", (409, "already_refunded")),
    ],
)
async def test_a_return_against_the_rules_is_refused(
    shop: aiohttp.ClientSession,
    order_no: str,
    phone: str,
    reason: str,
    expected: tuple[int, str],
) -> None:
    wanted = {"order_no": order_no, "phone": phone, "service": "return", "reason": reason}
    assert await refusal(shop, "POST", "/api/returns", json=wanted) == expected


async def test_faults_of_food_and_care_products_can_be_returned(
    shop: aiohttp.ClientSession,
) -> None:
    wanted = {
        "order_no": "602600001012",
        "phone": "13800000003",
        "service": "return",
        "reason": "质量问题",
    }
    status, made = await answer(shop, "POST", "/api/returns", json=wanted)
    assert (status, made["freight_by"]) == (201, "shop")


async def test_an_order_that_is_not_packed_can_be_cancelled(shop: aiohttp.ClientSession) -> None:
    status, cancelled = await answer(shop, "POST", "/api/orders/602600001002/cancel")
    assert (status, cancelled["refund"]) == (200, True)
    _, order = await answer(shop, "GET", "/api/orders/602600001002")
    assert order["status"] == "cancelled"


async def test_an_address_is_changed_once_and_by_the_owner(shop: aiohttp.ClientSession) -> None:
    path = "/api/orders/602600001002/address"
    wanted = {"phone": "13800000002", "address": "江苏省南京市鼓楼区示例路 9 号"}
    stranger = {**wanted, "phone": "13800000003"}
    assert await refusal(shop, "PUT", path, json=stranger) == (403, "phone_mismatch")
    status, _ = await answer(shop, "PUT", path, json=wanted)
    assert status == 200
    assert await refusal(shop, "PUT", path, json=wanted) == (409, "already_changed")


async def test_price_protection_pays_the_difference_once(shop: aiohttp.ClientSession) -> None:
    path = "/api/orders/602600001003/price-protection"
    assert (await answer(shop, "POST", path))[1]["difference"] == 30
    assert await refusal(shop, "POST", path) == (409, "already_protected")


async def test_urging_again_is_told(shop: aiohttp.ClientSession) -> None:
    path = "/api/orders/602600001004/urge"
    first, again = await answer(shop, "POST", path), await answer(shop, "POST", path)
    assert (first[1]["asked"], first[1]["is_late"], first[1]["was_urged"]) == (
        "warehouse",
        True,
        False,
    )
    assert again[1]["was_urged"] is True


async def test_a_parcel_without_news_is_stuck(shop: aiohttp.ClientSession) -> None:
    _, moving = await answer(shop, "GET", "/api/orders/602600001003/logistics")
    _, stuck = await answer(shop, "GET", "/api/orders/602600001014/logistics")
    assert (moving["is_stuck"], stuck["is_stuck"]) == (False, True)
    assert [step["at"] for step in moving["steps"]] == sorted(
        (step["at"] for step in moving["steps"]), reverse=True
    )


async def test_products_are_found_by_other_names(shop: aiohttp.ClientSession) -> None:
    for query in ("蓝牙耳机", "耳机", "想买个无线耳机"):
        _, body = await answer(shop, "GET", "/api/products", params={"q": query})
        assert [product["name"] for product in body["products"]] == ["蓝牙耳机"]


@pytest.mark.parametrize(
    ("city", "days"), [("杭州", "1–2"), ("成都", "2–4"), ("乌鲁木齐", "5–7"), ("香港", None)]
)
async def test_delivery_depends_on_the_city(
    shop: aiohttp.ClientSession, city: str, days: str | None
) -> None:
    _, body = await answer(shop, "GET", "/api/delivery", params={"city": city})
    assert body.get("days") == days


async def test_agents_are_at_work_at_noon(shop: aiohttp.ClientSession) -> None:
    _, body = await answer(shop, "GET", "/api/service-hours")
    assert body == {"is_open": True, "hours": "9:00–22:00"}


def test_two_databases_made_at_the_same_time_are_equal() -> None:
    dumps = []
    for _ in range(2):
        with closing(open_database(":memory:", lambda: NOON)) as database:
            dumps.append(list(database.iterdump()))
    assert dumps[0] == dumps[1]


def test_the_data_stay_fresh_and_changes_are_kept(tmp_path: Any) -> None:
    file = tmp_path / "shop.db"
    first = open_database(file, lambda: NOON)
    Shop(first, lambda: NOON).orders.cancel("602600001002")
    before = Shop(first, lambda: NOON).orders.order("602600001001")["signed_at"]
    first.close()
    later = NOON + timedelta(days=30)
    second = open_database(file, lambda: later)
    shop = Shop(second, lambda: later)
    after = shop.orders.order("602600001001")["signed_at"]
    assert datetime.fromisoformat(after) - datetime.fromisoformat(before) == timedelta(days=30)
    assert shop.after_sales.conditions("602600001001")["faults_only"] is False
    assert shop.orders.order("602600001002")["status"] == "cancelled"
    second.close()


def test_the_shop_keeps_shanghai_time() -> None:
    assert NOON.tzinfo is SHANGHAI


async def test_the_command_serves_until_it_is_told_to_stop(tmp_path: Any) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = [sys.executable, "-m", "examples.shop", "--port", port]
    command += ["--database", str(tmp_path / "new" / "shop.db")]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=PIPE, stderr=PIPE)
    assert process.stdout is not None
    assert f":{port}/" in (await process.stdout.readline()).decode()
    async with aiohttp.ClientSession(base_url=f"http://127.0.0.1:{port}", headers=SHOWN) as session:
        status, order = await answer(session, "GET", "/api/orders/602600001001")
    assert (status, order["status"]) == (200, "signed")
    process.terminate()
    await process.communicate()
    assert process.returncode == 0


async def test_a_port_in_use_is_told_in_one_line(tmp_path: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "examples.shop", "--port", port]
        command += ["--database", str(tmp_path / "shop.db")]
        process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stderr=PIPE)
        _, complaint = await process.communicate()
    assert process.returncode == 1
    assert complaint.decode().startswith(f"The shop cannot listen on 127.0.0.1:{port}")
    assert "Traceback" not in complaint.decode()


def test_the_shop_is_as_large_as_promised() -> None:
    with closing(open_database(":memory:", lambda: NOON)) as database:

        def count(what: str) -> int:
            number: int = database.execute(f"SELECT COUNT({what}").fetchone()[0]
            return number

        assert count("*) FROM products") >= 200
        assert count("DISTINCT category) FROM products") >= 12
        assert count("*) FROM customers") >= 300
        assert count("*) FROM orders") >= 2000
        assert count("DISTINCT status) FROM orders") == 6
        assert count("DISTINCT status) FROM parcels") == 5
        assert count("DISTINCT service) FROM returns") == 3
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        ahead = NOON.isoformat(timespec="seconds")
        assert count("*) FROM traces WHERE at > '" + ahead + "'") == 0
        assert count("*) FROM orders WHERE signed_at < shipped_at OR shipped_at < paid_at") == 0
