"""Which items of an order a customer means, and how many pieces of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from actions.specs import quantity_in

__all__ = ["Item", "Meant", "items_meant", "pieces_of", "with_quantities"]

Item = dict[str, Any]
"""``item_no``, ``product``, ``spec``, ``quantity`` (pieces that can go back), ``price``."""
Meant = dict[int, int | None]
"""Item numbers with the pieces that are meant; None: the customer has not said how many."""

ALL = re.compile(r"都|全|所有|整单|一起|统统|通通|everything|\ball\b|\bboth\b", re.IGNORECASE)
EXCEPT = re.compile(r"除了?(.+?)(?:以外|之外|外|，|,|都|全|$)|(.+?)(?:不退|不换|不修|留着|留下)")
PLACES = re.compile(
    r"第\s*([一二三四五六七八九两\d])|(?<![\dA-Za-z])([1-9])(?![\d件个双条套台盒份元块码寸])"
)
LAST = ("最后一", "最下面", "the last")
DIGITS = "一二三四五六七八九"


def items_meant(text: str, items: Sequence[Item], product: str | None = None) -> Meant:
    """Return the items that ``text`` means; none if it points at none of them.

    A name counts first, then a place in the list, then ``all``. ``product`` is the product named
    in the message under the shop's name for it.
    """
    left_out = EXCEPT.search(text)
    if left_out and ALL.search(text):
        kept = _named(left_out[1] or left_out[2] or "", items, product)
        if kept and len(kept) < len(items):
            return {item["item_no"]: item["quantity"] for item in items if item not in kept}
    found = _named(text, items, product) or _placed(text, items)
    is_all = bool(ALL.search(text))
    if not found and is_all:
        found = list(items)
    said = quantity_in(text)
    return {item["item_no"]: _pieces(item, said, is_all=is_all) for item in found}


def pieces_of(text: str, most: int) -> int | None:
    """Return how many pieces an answer to ``how many`` means, None if it means none of ``most``."""
    if ALL.search(text):
        return most
    bare = re.fullmatch(r"\s*([一二三四五六七八九两]|\d{1,2})\s*[件个双条套台盒份]?\s*", text)
    said = _digit(bare[1]) if bare else quantity_in(text)
    return said if said and 1 <= said <= most else None


def with_quantities(meant: Meant, items: Sequence[Item]) -> list[Item]:
    """Return the items that are meant, each with the pieces that go back."""
    return [
        {**item, "quantity": meant[item["item_no"]]} for item in items if meant.get(item["item_no"])
    ]


def _pieces(item: Item, said: int | None, *, is_all: bool) -> int | None:
    if item["quantity"] == 1 or is_all:
        return int(item["quantity"])
    return said if said and said <= item["quantity"] else None


def _named(text: str, items: Sequence[Item], product: str | None) -> list[Item]:
    """Return the items whose name, or what tells them from others of the name, is in the text."""
    lowered = text.lower()
    named = [
        item
        for item in items
        if item["product"].lower() in lowered or (product and item["product"] == product)
    ]
    if not named:
        found = [item for item in items if _has_spec(item, text)]
        return found if len(found) < len(items) else []
    return [item for item in named if _is_the_one(item, named, text)]


def _is_the_one(item: Item, named: Sequence[Item], text: str) -> bool:
    """Whether, of items with one name, this one is meant: told by colour or size, if at all."""
    alike = [one for one in named if one["product"] == item["product"]]
    told = [one for one in alike if _has_spec(one, text)]
    return not told or item in told


def _has_spec(item: Item, text: str) -> bool:
    return any(_is_in(part, text) for part in str(item["spec"]).split("/") if part)


def _is_in(part: str, text: str) -> bool:
    bare = re.sub(r"[色码]$", "", part)
    if bare.isascii():
        return re.search(rf"(?<![A-Za-z0-9]){re.escape(bare)}码?(?![A-Za-z0-9])", text) is not None
    return part in text or f"{bare}的" in text or (len(bare) > 1 and bare in text)


def _placed(text: str, items: Sequence[Item]) -> list[Item]:
    if any(word in text.lower() for word in LAST):
        return list(items[-1:])
    places = [_digit(one or two) for one, two in PLACES.findall(text)]
    return [items[place - 1] for place in dict.fromkeys(places) if 1 <= place <= len(items)]


def _digit(said: str) -> int:
    return int(said) if said.isdigit() else 2 if said == "两" else DIGITS.index(said) + 1
