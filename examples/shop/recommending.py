"""What else customers may like, from what they looked at and bought; and the year's promotions."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from examples.shop.catalogue import BEST_SELLERS
from examples.shop.goods import Goods
from examples.shop.ledger import Ledger

__all__ = ["Recommending", "promotions"]

MOST = 6
LOOKED_AT = 10
_YEAR = (
    ("年货节", (1, 10), (1, 20), ["食品、家居满 199 减 30", "全场包邮"]),
    ("女神节", (3, 5), (3, 8), ["个护、美妆满 199 减 50", "服饰第二件 8 折"]),
    ("618 年中大促", (6, 1), (6, 20), ["跨品类满 300 减 50", "部分商品可先付定金，定金 1 抵 2"]),
    ("开学季", (8, 20), (9, 5), ["文具、箱包、数码满 200 减 25"]),
    ("双11 狂欢节", (11, 1), (11, 11),
     ["跨品类满 300 减 50", "定金预售 10 月 24 日开始，11 月 1 日付尾款"]),
    ("双12 年终好价", (12, 10), (12, 12), ["全场满 199 减 25", "会员积分双倍"]),
)  # fmt: skip


class Recommending(Ledger):
    """Recommendations."""

    def view(self, customer_id: str, sku: str) -> dict[str, Any]:
        """Remember that a customer looked at a product."""
        self._customer_row(customer_id)
        self._goods.product(sku)
        self._insert("views", customer_id=customer_id, sku=sku, at=self._stamp())
        return {"sku": sku}

    def for_customer(self, customer_id: str) -> list[dict[str, Any]]:
        """Return products like those a customer looked at, or bought, lately."""
        self._customer_row(customer_id)
        viewed = self._rows(
            "SELECT sku FROM views WHERE customer_id = ? GROUP BY sku ORDER BY MAX(at) DESC"
            f" LIMIT {LOOKED_AT}",
            customer_id,
        )
        bought = self._rows(
            "SELECT sku FROM orders JOIN items USING (order_no) JOIN products ON name = product"
            f" WHERE customer_id = ? GROUP BY sku ORDER BY MAX(ordered_at) DESC LIMIT {LOOKED_AT}",
            customer_id,
        )
        return self._like([row["sku"] for row in viewed], [row["sku"] for row in bought])

    def for_viewed(self, skus: str) -> list[dict[str, Any]]:
        """Return products like those with the numbers in ``skus``, parted by commas."""
        viewed = [one.strip() for one in skus.split(",") if one.strip()]
        return self._like(viewed[:LOOKED_AT], [])

    @property
    def _goods(self) -> Goods:
        return Goods(self._db, self._now)

    def _like(self, viewed: list[str], bought: list[str]) -> list[dict[str, Any]]:
        known = {*viewed, *bought}
        found: dict[str, dict[str, Any]] = {}
        for skus, why in ((viewed, "看过“{}”的客户也在看"), (bought, "和您买过的“{}”很搭")):
            for sku in skus:
                source = self._row("SELECT name, category, price FROM products WHERE sku = ?", sku)
                if source is None:
                    continue
                near = self._rows(
                    "SELECT sku FROM products WHERE category = ? AND sku IN (SELECT sku FROM stock"
                    " WHERE quantity > 0) ORDER BY ABS(price - ?), sku LIMIT 8",
                    source["category"],
                    source["price"],
                )
                fresh = [row["sku"] for row in near if row["sku"] not in {*known, *found}]
                for other in fresh[:2]:
                    found[other] = {"why": why.format(source["name"])}
        for sku in BEST_SELLERS:
            if sku not in {*known, *found}:
                found[sku] = {"why": "店里卖得最好的之一"}
        chosen = list(found.items())[:MOST]
        return [{**self._goods.product(sku), **why} for sku, why in chosen]


def promotions(today: date) -> list[dict[str, Any]]:
    """Return the promotions of the next twelve months, the next first."""
    listed = []
    for name, start, end, rules in _YEAR:
        year = today.year if date(today.year, *end) >= today else today.year + 1
        starts, ends = date(year, *start), date(year, *end)
        listed.append(
            {
                "name": name,
                "starts": starts.isoformat(),
                "ends": ends.isoformat(),
                "rules": rules,
                "is_on": starts <= today < ends + timedelta(days=1),
            }
        )
    return sorted(listed, key=lambda promotion: str(promotion["starts"]))
