"""The demonstration data: the rows of catalogue.json, and those generated beside them."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime
from random import Random
from typing import Any

from examples.shop.care import ANSWER_DAYS
from examples.shop.catalogue import (
    COMPLAINTS,
    CUSTOMERS,
    GIFT_CARDS,
    ORDERS,
    PRODUCTS,
    RETURN_TRACES,
    RETURNS,
)
from examples.shop.seed.aftermath import write_aftermath
from examples.shop.seed.assortment import assortment
from examples.shop.seed.people import people
from examples.shop.seed.purchases import purchases, write_purchase
from examples.shop.seed.rows import Rows

__all__ = ["seed"]

PARCEL_STATES = {"shipped": "in_transit", "signed": "signed"}
DELIVERING = "派送"


def seed(connection: sqlite3.Connection, now: datetime) -> None:
    """Fill an empty database."""
    rows = Rows(now)
    rows.add("shop", seeded_on=now.date().isoformat())
    for product in PRODUCTS:
        _product(rows, product)
    for customer in CUSTOMERS:
        _customer(rows, customer)
    for order in ORDERS:
        _order(rows, order)
    for entry in RETURNS:
        times = {"created_at": rows.ago(entry["created"]), "updated_at": rows.ago(entry["updated"])}
        kept = {key: value for key, value in entry.items() if key not in ("created", "updated")}
        rows.add("returns", **kept, **times)
    for tracking_no, hours, text in RETURN_TRACES:
        rows.add("traces", tracking_no=tracking_no, at=rows.ago(hours), text=text)
    for card in GIFT_CARDS:
        bound = rows.ago(card.get("bound"))
        rows.add(
            "gift_cards",
            **{key: card.get(key) for key in ("code", "value", "balance", "customer_id")},
            bound_at=bound,
            expires_at=rows.ago(-card["left"]),
        )
    for complaint in COMPLAINTS:
        _complaint(rows, complaint)
    _generate(rows)
    connection.execute("PRAGMA defer_foreign_keys = ON")
    rows.insert(connection)
    # Whoever has applied in the demonstration data has applied for everything.
    connection.execute(
        "INSERT INTO return_items (return_no, item_no, quantity)"
        " SELECT return_no, item_no, quantity FROM returns JOIN items USING (order_no)"
    )


def _complaint(rows: Rows, complaint: dict[str, Any]) -> None:
    created = complaint["created"]
    owner = next(one for one in CUSTOMERS if one["phone"] == complaint["phone"])
    rows.add(
        "complaints",
        customer_id=owner["customer_id"],
        **{key: value for key, value in complaint.items() if key != "created"},
        created_at=rows.ago(created),
        due_at=rows.ago(created - ANSWER_DAYS * 24),
    )


def _generate(rows: Rows) -> None:
    """Add the rows of generated products, customers and orders."""
    made = assortment()
    for product in made:
        _product(rows, product)
    buyers = people()
    bought = purchases(buyers, [*PRODUCTS, *made])
    random = Random("parcels")
    for purchase in bought:
        write_purchase(rows, purchase, random)
    write_aftermath(rows, buyers, bought)


def _product(rows: Rows, product: dict[str, Any]) -> None:
    kept = {key: value for key, value in product.items() if key not in ("stock", "specs")}
    rows.add("products", **kept, specs=json.dumps(product["specs"], ensure_ascii=False))
    for spec, quantity in product["stock"].items():
        rows.add("stock", sku=product["sku"], spec=spec, quantity=quantity)


def _customer(rows: Rows, customer: dict[str, Any]) -> None:
    number = customer["customer_id"]
    keys = ("customer_id", "phone", "name", "gender", "email", "level", "points", "spent_year")
    rows.add(
        "customers",
        **{key: customer[key] for key in keys},
        growth=customer["spent_year"],
        tags=json.dumps(customer["tags"], ensure_ascii=False),
        is_locked=customer.get("is_locked", 0),
        joined_at=rows.ago(customer["joined"]),
    )
    for hours, points, why, order_no in customer.get("point_entries", ()):
        rows.add(
            "point_entries",
            customer_id=number,
            at=rows.ago(hours),
            points=points,
            why=why,
            order_no=order_no,
        )
    for coupon in customer.get("coupons", ()):
        times = ("got", "expires", "used")
        rows.add(
            "customer_coupons",
            customer_id=number,
            **{key: value for key, value in coupon.items() if key not in times},
            **{f"{key}_at": rows.ago(coupon.get(key)) for key in times},
        )


def _order(rows: Rows, order: dict[str, Any]) -> None:
    number, paid = order["order_no"], order.get("paid", 0)
    owner = next(one for one in CUSTOMERS if one["phone"] == order["phone"])
    rows.add(
        "orders",
        order_no=number,
        customer_id=owner["customer_id"],
        receiver=owner["name"],
        **{key: order[key] for key in ("phone", "status", "address")},
        ordered_at=rows.ago(paid),
        **{f"{key}_at": rows.ago(order.get(key)) for key in ("paid", "shipped", "signed")},
        cancelled_at=rows.ago(order.get("cancelled")),
    )
    parcels = order.get("parcels") or [order] * ("courier" in order)
    for count, (product, spec, quantity, price) in enumerate(order["items"]):
        rows.add(
            "items",
            order_no=number,
            product=product,
            spec=spec,
            quantity=quantity,
            price=price,
            parcel_no=f"{number}-{min(count, len(parcels) - 1) + 1}" if parcels else None,
        )
    for count, parcel in enumerate(parcels, start=1):
        _parcel(rows, number, count, {"status": order["status"], **parcel})


def _parcel(rows: Rows, order_no: str, count: int, parcel: dict[str, Any]) -> None:
    """Add the parcel with one item of an order, or with all of them."""
    courier, tracking_no = parcel.get("courier", (None, None))
    trace = parcel.get("trace", [])
    status = PARCEL_STATES.get(parcel["status"], parcel["status"])
    if status == "in_transit" and DELIVERING in trace[-1][1]:
        status = "delivering"
    point, address, code = parcel.get("pickup", (None, None, None))
    rows.add(
        "parcels",
        parcel_no=f"{order_no}-{count}",
        order_no=order_no,
        courier=courier,
        tracking_no=tracking_no,
        status=status,
        shipped_at=rows.ago(parcel.get("shipped")),
        signed_at=rows.ago(parcel.get("signed")),
        pickup_point=point,
        pickup_address=address,
        pickup_code=code,
    )
    for hours, text in trace:
        rows.add("traces", tracking_no=tracking_no, at=rows.ago(hours), text=text)
