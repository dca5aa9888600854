"""However many ask for compensation at once, it is booked as often as the policy allows."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from examples.shop.care import Care
from examples.shop.database import open_database
from examples.shop.errors import ShopError
from tests.integration.shop_server import KEY, NOON, running_shop

LIMITS = {"period_days": 90, "most_in_period": 2}
WANTED = {"kind": "points", "value": 500, "reason": "服务没做好", "conversation": "c"}
BY_PHONE, BY_NUMBER = {"phone": "13800000002"}, {"customer": "C10002"}


async def booked(url: str, bodies: list[dict[str, Any]]) -> list[tuple[int, str]]:
    """Ask for all at the same time, as from several windows; returns statuses and codes."""
    headers = {"Authorization": f"Bearer {KEY}"}
    async with aiohttp.ClientSession(base_url=url, headers=headers) as session:

        async def one(number: int, body: dict[str, Any]) -> tuple[int, str]:
            key = {"Idempotency-Key": f"window-{number}"}
            async with session.post("/api/compensations", json=body, headers=key) as response:
                answer = await response.json()
                return response.status, answer.get("error", {}).get("code", "")

        return await asyncio.gather(*(one(number, body) for number, body in enumerate(bodies)))


async def test_an_order_is_compensated_once() -> None:
    body = {**BY_PHONE, **WANTED, **LIMITS, "order_no": "602600001002"}
    async with running_shop() as url:
        found = await booked(url, [body] * 5)
    assert sorted(found) == [(201, ""), *[(409, "same_order")] * 4]


async def test_a_customer_is_one_by_phone_and_by_number() -> None:
    bodies = [{**who, **WANTED, **LIMITS} for who in (BY_PHONE, BY_NUMBER) * 3]
    async with running_shop() as url:
        found = await booked(url, bodies)
    assert sorted(found) == [*[(201, "")] * 2, *[(409, "often")] * 4]


async def test_without_limits_it_is_the_callers_business() -> None:
    async with running_shop() as url:
        assert await booked(url, [{**BY_PHONE, **WANTED}] * 3) == [(201, "")] * 3


@pytest.mark.parametrize("limits", [{"period_days": 0}, {"period_days": "x"}])
async def test_limits_that_make_no_sense_are_refused(limits: dict[str, Any]) -> None:
    async with running_shop() as url:
        found = await booked(url, [{**BY_PHONE, **WANTED, **limits}])
    assert found == [(400, "bad_period_days")]


def test_two_processes_book_one(tmp_path: Path) -> None:
    """Each with its own connection, in the transaction in which the API answers writes."""
    path = tmp_path / "shop.db"
    open_database(path, lambda: NOON).close()
    outcomes, begin = [], threading.Barrier(4)

    def book() -> None:
        connection = sqlite3.connect(path, isolation_level=None, timeout=30)
        connection.row_factory = sqlite3.Row
        begin.wait()
        connection.execute("BEGIN IMMEDIATE")
        try:
            wanted = {**WANTED, **LIMITS, "order_no": "602600001002"}
            Care(connection, lambda: NOON).compensate({"phone": "13800000002"}, wanted)
            outcomes.append("booked")
        except ShopError as refusal:
            outcomes.append(refusal.code)
        connection.execute("COMMIT")
        connection.close()

    threads = [threading.Thread(target=book) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["booked", *["same_order"] * 3]
