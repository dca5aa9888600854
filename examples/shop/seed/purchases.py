"""Orders that are generated: in every state there is, with parcels, returns and what follows."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from examples.shop.goods import freight_to
from examples.shop.seed.people import Person
from examples.shop.seed.rows import Rows

__all__ = ["Purchase", "purchases", "write_purchase"]

MANY = 2_240
_STATES = {
    "unpaid": 3, "paid": 6, "late": 2, "packing": 4, "on the way": 7, "delivering": 3,
    "at pickup": 4, "stuck": 2, "signed lately": 18, "signed": 36, "cancelled": 5, "returned": 10,
}  # fmt: skip
_AGES = {
    "unpaid": (0.1, 0.4), "paid": (1, 40), "late": (50, 90), "packing": (8, 40),
    "on the way": (40, 70), "delivering": (60, 100), "at pickup": (70, 120),
    "stuck": (160, 260), "signed lately": (90, 400), "signed": (420, 9_400),
    "cancelled": (30, 4_000), "returned": (200, 2_600),
}  # fmt: skip
"""How many hours ago the order was made, at least and at most."""
_COURIERS = {
    "顺丰速运": "SF", "中通快递": "ZTO", "圆通速递": "YT", "韵达快递": "YD", "京东物流": "JD",
}  # fmt: skip
_WAREHOUSES = ("杭州仓", "武汉仓", "广州仓")
_POINTS = ("丰巢柜", "菜鸟驿站", "妈妈驿站", "小区物业代收点")
_PAYMENTS = ("wechat", "wechat", "alipay", "alipay", "card", "huabei")
_SPLIT = 1 / 3
_DISCOUNTED_FROM = 198
_STATUS = {
    "late": "paid", "on the way": "shipped", "delivering": "shipped", "at pickup": "shipped",
    "stuck": "shipped", "signed lately": "signed", "returned": "signed",
}  # fmt: skip


@dataclass(slots=True)
class Purchase:
    """One order before the database has it; times are hours ago."""

    order_no: str
    person: Person
    state: str
    ordered: float
    items: list[tuple[dict[str, Any], str, int]]
    freight: int
    discount: int
    payment: str
    parcels: list[list[int]] = field(default_factory=list)
    """Which items each parcel holds."""
    signed: float | None = None

    @property
    def status(self) -> str:
        """Return the order's state as the shop calls it."""
        return _STATUS.get(self.state, self.state)

    @property
    def shipped(self) -> float | None:
        """Return when the first parcel left."""
        is_out = self.status in ("shipped", "signed")
        return self.ordered - min(30.0, self.ordered / 3) if is_out else None

    @property
    def paid(self) -> float | None:
        """Return when it was paid."""
        return None if self.state == "unpaid" else self.ordered

    @property
    def amount(self) -> int:
        """Return what it cost."""
        goods: int = sum(product["price"] * quantity for product, _, quantity in self.items)
        return goods + self.freight - self.discount


def purchases(people: list[Person], products: list[dict[str, Any]]) -> list[Purchase]:
    """Return the orders; the same ones each time."""
    random = Random("purchases")
    states = random.choices(list(_STATES), list(_STATES.values()), k=MANY)
    keen = [6.0, *(1 / (1 + number % 17) for number in range(1, len(people)))]
    buyers = random.choices(people, keen, k=MANY)
    return [
        _purchase(f"6027{number:08}", buyer, state, products, random)
        for number, (buyer, state) in enumerate(zip(buyers, states, strict=True), start=1)
    ]


def _purchase(
    order_no: str,
    person: Person,
    state: str,
    products: list[dict[str, Any]],
    random: Random,
) -> Purchase:
    chosen = random.sample(products, random.choice((1, 1, 1, 2, 2, 3)))
    items = [
        (product, random.choice(list(product["stock"])), random.choice((1, 1, 1, 2)))
        for product in chosen
    ]
    goods = sum(product["price"] * quantity for product, _, quantity in items)
    made = Purchase(
        order_no=order_no,
        person=person,
        state=state,
        ordered=min(random.uniform(*_AGES[state]), person.joined),
        items=items,
        freight=freight_to(person.city, goods),
        discount=random.choice((0, 0, 0, 10, 20, 25)) if goods >= _DISCOUNTED_FROM else 0,
        payment=random.choice(_PAYMENTS),
    )
    numbers = list(range(len(items)))
    is_split = len(items) > 1 and random.random() < _SPLIT
    made.parcels = [[n] for n in numbers] if is_split else [numbers]
    if made.status == "signed" and made.shipped is not None:
        made.signed = made.shipped - min(random.uniform(30, 70), made.shipped * 0.7)
    return made


def write_purchase(rows: Rows, made: Purchase, random: Random) -> None:
    """Add the rows of an order, its items and parcels."""
    person = made.person
    rows.add(
        "orders",
        order_no=made.order_no,
        customer_id=person.customer_id,
        phone=person.phone,
        receiver=person.name,
        status=made.status,
        address=person.address,
        ordered_at=rows.ago(made.ordered),
        paid_at=rows.ago(made.paid),
        shipped_at=rows.ago(made.shipped),
        signed_at=rows.ago(made.signed),
        cancelled_at=rows.ago(made.ordered - 5 if made.state == "cancelled" else None),
        freight=made.freight,
        discount=made.discount,
        coupon=f"减 {made.discount} 元券" if made.discount else None,
        payment=made.payment,
    )
    is_sent = made.shipped is not None
    of_item = {item: number for number, held in enumerate(made.parcels, 1) for item in held}
    for number, (product, spec, quantity) in enumerate(made.items):
        rows.add(
            "items",
            order_no=made.order_no,
            product=product["name"],
            spec=spec,
            quantity=quantity,
            price=product["price"] + (random.choice((0, 0, 0, 10)) if is_sent else 0),
            parcel_no=f"{made.order_no}-{of_item[number]}" if is_sent else None,
        )
    for number in range(1, len(made.parcels) + 1) if is_sent else ():
        _write_parcel(rows, made, number, random)


def _write_parcel(rows: Rows, made: Purchase, number: int, random: Random) -> None:
    """Add a parcel; of an order on its way in several the last is still in the warehouse."""
    is_packing = made.status == "shipped" and 1 < len(made.parcels) == number
    courier = random.choice(list(_COURIERS))
    digits = f"{int(made.order_no[4:]) * 10 + number:013}"
    tracking_no = None if is_packing else f"{_COURIERS[courier]}{digits}"
    states = {"delivering": "delivering", "at pickup": "at_pickup"}
    status = "signed" if made.signed is not None else states.get(made.state, "in_transit")
    is_waiting = status == "at_pickup" and not is_packing
    point = random.choice(_POINTS)
    rows.add(
        "parcels",
        parcel_no=f"{made.order_no}-{number}",
        order_no=made.order_no,
        courier=None if is_packing else courier,
        tracking_no=tracking_no,
        status="packing" if is_packing else status,
        shipped_at=None if is_packing else rows.ago(made.shipped),
        signed_at=None if is_packing else rows.ago(made.signed),
        pickup_point=point if is_waiting else None,
        pickup_address=f"{made.person.address.split(' ')[0]}{point}" if is_waiting else None,
        pickup_code=_code(random) if is_waiting else None,
    )
    if tracking_no is not None:
        for hours, text in _steps(made, point, random):
            rows.add("traces", tracking_no=tracking_no, at=rows.ago(hours), text=text)


def _code(random: Random) -> str:
    return f"{random.randrange(1, 20)}-{random.randrange(1, 9)}-{random.randrange(1000, 9999)}"


def _steps(made: Purchase, point: str, random: Random) -> list[tuple[float, str]]:
    start = made.shipped or 0
    city = made.person.city
    texts = [f"商品已从{random.choice(_WAREHOUSES)}发出"]
    if made.state != "stuck":
        texts.append(f"到达{city}转运中心")
    if made.state in ("delivering", "at pickup") or made.signed is not None:
        texts += [f"到达{city}营业部", "快递员正在派送，请保持电话畅通"]
    if made.state == "at pickup":
        texts.append(f"已放入{point}，请凭取件码领取")
    if made.signed is not None:
        texts.append(f"已签收，签收人：{random.choice(('本人', '家人', '前台', '驿站代收'))}")
    end = made.signed if made.signed is not None else max(1.0, start / 6)
    if made.state == "stuck":
        return [(start, texts[0])]
    gap = (start - end) / max(1, len(texts) - 1)
    return [(start - gap * number, text) for number, text in enumerate(texts)]
