"""What follows generated orders: returns, invoices, claims, complaints, points, coupons, cards."""

from __future__ import annotations

import json
from collections.abc import Sequence
from random import Random

from examples.shop.customers import LEVELS
from examples.shop.seed.people import Person
from examples.shop.seed.purchases import Purchase
from examples.shop.seed.rows import Rows

__all__ = ["write_aftermath"]

_YEAR = 365 * 24
_REASONS = ("不喜欢", "尺码不合适", "质量问题", "发错货", "与描述不符", "买多了")
_RETURN_STATES = ("submitted", "approved", "sent", "received", "received", "finished", "finished")
_FINISHED = {"return": "refunded", "exchange": "resent", "repair": "resent"}
_COUPONS = (
    ("FS40", "服饰券", 300, 40, "服饰"),
    ("JD25", "小家电券", 200, 25, "小家电"),
    ("QC10", "全场券", 99, 10, ""),
    ("SR15", "生日券", 0, 15, ""),
)
_CLAIMS = (("missing", "少了一件"), ("wrong", "颜色发错了"), ("damaged", "外包装压坏了"))
_COMPLAINTS = (
    ("物流太慢", "包裹停了好几天没有动静"),
    ("客服态度", "问了两遍都没有得到答复"),
    ("商品质量", "用了一周就坏了"),
)


def write_aftermath(rows: Rows, people: Sequence[Person], made: Sequence[Purchase]) -> None:
    """Add what follows the orders, and the customers as the orders have made them."""
    random = Random("aftermath")
    of_person: dict[str, list[Purchase]] = {person.customer_id: [] for person in people}
    for number, purchase in enumerate(made):
        of_person[purchase.person.customer_id].append(purchase)
        if purchase.state == "returned":
            _return(rows, purchase, number, random)
        elif purchase.paid is not None and purchase.state != "cancelled" and random.random() < 0.15:
            _invoice(rows, purchase, number, random)
        if purchase.signed is not None and random.random() < 0.02:
            _claim(rows, purchase, number, random)
        if purchase.signed is not None and random.random() < 0.02:
            _complaint(rows, purchase, number, random)
    for number, person in enumerate(people):
        _customer(rows, person, of_person[person.customer_id], random)
        _coupons(rows, person, random)
        if number % 8 == 0:
            _card(rows, person, number, random)


def _return(rows: Rows, made: Purchase, number: int, random: Random) -> None:
    end = made.signed or 0
    services = ["return", "return", "return", "exchange"]
    if any(product["warranty_months"] for product, _, _ in made.items):
        services.append("repair")
    service = random.choice(services)
    state = random.choice(_RETURN_STATES)
    status = _FINISHED[service] if state == "finished" else state
    age = end - 10
    created = age if state == "finished" else min(age, random.uniform(30, 150))
    is_sent = state in ("sent", "received", "finished")
    tracking_no = f"SF{8_000_000_000_000 + number}" if is_sent else None
    rows.add(
        "returns",
        return_no=f"TH{100_000 + number}",
        order_no=made.order_no,
        service=service,
        reason=random.choice(_REASONS),
        status=status,
        created_at=rows.ago(created),
        updated_at=rows.ago(created / 3),
        courier="顺丰速运" if is_sent else None,
        tracking_no=tracking_no,
    )
    if tracking_no is not None:
        texts = ["快递员已取件", f"到达{made.person.city}转运中心", "到达杭州仓"]
        kept = texts if state != "sent" else texts[:2]
        for step, text in enumerate(kept):
            at = rows.ago(created * (0.8 - step * 0.2))
            rows.add("traces", tracking_no=tracking_no, at=at, text=text)


def _invoice(rows: Rows, made: Purchase, number: int, random: Random) -> None:
    is_company = random.random() < 0.3
    is_paper = is_company and random.random() < 0.4
    is_issued = made.signed is not None
    rows.add(
        "invoices",
        order_no=made.order_no,
        kind="paper" if is_paper else "electronic",
        title=f"{made.person.name[0]}氏样例商贸有限公司" if is_company else made.person.name,
        tax_no=f"91330100MA{number:08}" if is_company else "",
        email="" if is_paper else f"user{made.person.customer_id[1:]}@example.com",
        address=made.person.address if is_paper else "",
        status=("mailed" if is_paper else "issued") if is_issued else "requested",
        invoice_no=f"{2_600_000_000 + number}" if is_issued else None,
        created_at=rows.ago(made.ordered - 0.1),
        issued_at=rows.ago(made.signed - 1 if made.signed is not None else None),
    )


def _claim(rows: Rows, made: Purchase, number: int, random: Random) -> None:
    kind, detail = random.choice(_CLAIMS)
    at = (made.signed or 0) - 2
    rows.add(
        "claims",
        claim_no=f"HS{100_000 + number}",
        order_no=made.order_no,
        kind=kind,
        detail=detail,
        status="open" if at < 24 else "closed",
        created_at=rows.ago(at),
        due_at=rows.ago(at - 24),
    )


def _complaint(rows: Rows, made: Purchase, number: int, random: Random) -> None:
    about, detail = random.choice(_COMPLAINTS)
    at = (made.signed or 0) - 1
    is_open = at < 24
    person = made.person
    rows.add(
        "complaints",
        complaint_no=f"TS{100_000 + number}",
        customer_id=person.customer_id,
        phone=person.phone,
        order_no=made.order_no,
        about=about,
        detail=detail,
        status="open" if is_open else "closed",
        answer="" if is_open else "已致歉并处理，客户表示满意。",
        created_at=rows.ago(at),
        due_at=rows.ago(at - 24),
    )
    if is_open or random.random() < 0.5:
        return
    rows.add(
        "compensations",
        compensation_no=f"BC{100_000 + number}",
        customer_id=person.customer_id,
        phone=person.phone,
        kind="points",
        value=500,
        reason=about,
        order_no=made.order_no,
        created_at=rows.ago(at - 20),
    )
    rows.add(
        "point_entries",
        customer_id=person.customer_id,
        at=rows.ago(at - 20),
        points=500,
        why=f"补偿：{about}",
        order_no=made.order_no,
    )


def _customer(rows: Rows, person: Person, bought: list[Purchase], random: Random) -> None:
    kept = [one for one in bought if one.signed is not None and one.state != "returned"]
    growth = sum(one.amount for one in kept)
    lately = sum(one.amount for one in kept if one.ordered < _YEAR)
    level = [name for name, least in LEVELS if growth >= least][-1]
    tags = [*person.tags, "老客户" if len(kept) > 5 else "新客户"]
    if growth > LEVELS[2][1]:
        tags.append("高价值")
    for one in kept[-40:]:
        rows.add(
            "point_entries",
            customer_id=person.customer_id,
            at=rows.ago(one.signed),
            points=one.amount,
            why="购物",
            order_no=one.order_no,
        )
    rows.add(
        "customers",
        customer_id=person.customer_id,
        phone=person.phone,
        name=person.name,
        gender=person.gender,
        email=f"user{person.customer_id[1:]}@example.com",
        level=level,
        growth=growth,
        points=sum(one.amount for one in kept[-40:]),
        spent_year=lately,
        tags=json.dumps(tags, ensure_ascii=False),
        is_locked=int(random.random() < 0.02),
        joined_at=rows.ago(person.joined),
    )
    for one in bought[:6]:
        at = rows.ago(one.ordered + random.uniform(0.5, 40))
        rows.add("views", customer_id=person.customer_id, sku=one.items[0][0]["sku"], at=at)


def _coupons(rows: Rows, person: Person, random: Random) -> None:
    for code, name, least, off, category in random.sample(_COUPONS, random.randrange(3)):
        got = random.uniform(10, 900)
        is_used = random.random() < 0.2
        rows.add(
            "customer_coupons",
            customer_id=person.customer_id,
            code=code,
            name=name,
            least=least,
            off=off,
            category=category,
            got_at=rows.ago(got),
            expires_at=rows.ago(got - 720),
            used_at=rows.ago(got / 2) if is_used else None,
        )


def _card(rows: Rows, person: Person, number: int, random: Random) -> None:
    value = random.choice((100, 200, 500, 1000))
    rows.add(
        "gift_cards",
        code=f"OC{20_000_000 + number}",
        value=value,
        balance=random.choice((value, value // 2, 0)),
        customer_id=person.customer_id,
        bound_at=rows.ago(random.uniform(24, 4_000)),
        expires_at=rows.ago(-random.uniform(1_000, 9_000)),
    )
