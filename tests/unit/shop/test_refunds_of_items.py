"""What parts of an order are worth: coupons and points are spread, and nothing is lost in cents."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import datetime

import pytest

from examples.shop.aftersales import AfterSales
from examples.shop.database import SCHEMA, SHANGHAI
from examples.shop.money import Money
from examples.shop.return_items import yuan

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=SHANGHAI)
ORDER = "602600000001"


@pytest.fixture
def shop() -> Iterator[sqlite3.Connection]:
    """A shop with one order: a hoodie for 159 and a shirt for 69, less 20 by coupon."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.row_factory = sqlite3.Row
    for statement in SCHEMA.read_text("utf-8").split(";"):
        connection.execute(statement)
    connection.execute(
        "INSERT INTO orders (order_no, customer_id, phone, receiver, status, address, ordered_at,"
        " paid_at, signed_at, freight, discount, points_used) VALUES (?1, 'C1', '13800000001',"
        " 'A', 'signed', 'B', ?2, ?2, ?2, 8, 20, 0)",
        (ORDER, NOON.isoformat()),
    )
    connection.executemany(
        "INSERT INTO items (item_no, order_no, product, spec, quantity, price)"
        " VALUES (?, ?, ?, '', ?, ?)",
        [(1, ORDER, "卫衣", 1, 159), (2, ORDER, "T恤", 1, 69)],
    )
    yield connection
    connection.close()


def test_the_coupon_is_spread_as_the_article_tells(shop: sqlite3.Connection) -> None:
    """``data/knowledge/articles/refund_calc.md``: 62.95 for the shirt alone, 208 for both."""
    money = Money(shop, lambda: NOON)
    shirt = money.estimate(ORDER, [{"item_no": 2, "quantity": 1}], "不喜欢")
    assert (shirt["total"], shirt["freight"], shirt["is_whole"]) == (62.95, 0, False)
    assert money.estimate(ORDER, None, "不喜欢")["total"] == 208
    assert money.estimate(ORDER, None, "质量问题")["total"] == 216, "freight comes back, too"


def test_the_parts_together_come_to_the_whole(shop: sqlite3.Connection) -> None:
    after_sales, money = AfterSales(shop, lambda: NOON), Money(shop, lambda: NOON)
    paid = []
    for number in (2, 1):
        wanted = {"reason": "不喜欢", "items": [{"item_no": number, "quantity": 1}]}
        after_sales.create(ORDER, "return", wanted)
        paid.append(money.refund(ORDER)["total"])
    assert paid == [62.95, 145.05]
    assert sum(paid) == pytest.approx(208)


def test_points_go_back_in_parts(shop: sqlite3.Connection) -> None:
    shop.execute("UPDATE orders SET discount = 0, points_used = 1000")
    estimate = Money(shop, lambda: NOON).estimate(ORDER, [{"item_no": 2, "quantity": 1}], "")
    assert (estimate["points"], estimate["total"]) == (303, 65.97)


@pytest.mark.parametrize(("cents", "amount"), [(100, 1), (150, 1.5), (0, 0), (6295, 62.95)])
def test_amounts_are_whole_where_they_can_be(cents: int, amount: float) -> None:
    assert yuan(cents) == amount
