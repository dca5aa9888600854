"""Which of the orders that were listed a customer means: by number, place, day, goods or state."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from actions.days import NoSuchDay, day_in
from actions.measures import order_no_in
from actions.wording import order_title

__all__ = ["Choice", "as_choice", "meant_orders"]

Choice = dict[str, Any]
"""``order_no``, ``title``, ``on`` (the day it was made, ISO), ``products``, ``status_name``."""

PLACE = re.compile(r"第\s*([一二三四五两\d])|(?<!\d)([1-5])\s*号")
BARE_PLACE = re.compile(r"\s*([一二三四五\d])\s*[.、。]?\s*")
TAIL = re.compile(r"(?:尾号|末尾|最后四位|后四位|结尾)\D{0,3}(\d{3,6})")
LAST = ("最后一个", "最后一单", "最下面", "最早", "最老", "最底下", "the last one")
FIRST = ("最近", "最新", "最上面", "刚买", "刚下", "头一个", "latest", "the first")
ENGLISH_PLACES = ("first", "second", "third", "fourth", "fifth")
STATES = {
    "待付款": ("没付", "未付", "待付", "没给钱"),
    "待发货": ("没发货", "未发货", "待发货", "还没发"),
    "运输中": ("路上", "运输", "在途", "没到", "没收到"),
    "已签收": ("签收", "收到的", "到了的", "已收"),
    "已取消": ("取消了的", "已取消"),
}


def as_choice(order: dict[str, Any]) -> Choice:
    """Return of an order what it takes to list it and to recognise it."""
    return {
        "order_no": order["order_no"],
        "title": order_title(order),
        "on": datetime.fromisoformat(order["ordered_at"]).date().isoformat(),
        "products": [item["product"] for item in order["items"]],
        "status_name": order["status_name"],
    }


def meant_orders(
    text: str, choices: Sequence[Choice], today: date, product: str | None = None
) -> list[Choice]:
    """Return those of ``choices`` that ``text`` can mean, none if it points at none of them.

    The clearest sign decides: a number, then the place in the list, the day, the goods, the state.
    ``product`` is the product named in the message under the shop's name for it.
    """
    signs: tuple[Callable[[], list[Choice]], ...] = (
        lambda: _by_number(text, choices),
        lambda: _by_day(text, choices, today),
        lambda: _by_place(text, choices),
        lambda: _by_goods(text, choices, product),
        lambda: _by_state(text, choices),
    )
    return next((found for sign in signs if (found := sign())), [])


def _by_number(text: str, choices: Sequence[Choice]) -> list[Choice]:
    number, tail = order_no_in(text), TAIL.search(text)
    if number:
        return [choice for choice in choices if choice["order_no"] == number]
    if not tail:
        return []
    return [choice for choice in choices if choice["order_no"].endswith(tail[1])]


def _by_place(text: str, choices: Sequence[Choice]) -> list[Choice]:
    lowered = text.lower()
    if any(word in lowered for word in LAST):
        return [choices[-1]] if choices else []
    found = PLACE.search(text) or BARE_PLACE.fullmatch(text)
    if found:
        said = next(filter(None, found.groups()))
        index = (
            int(said) if said.isdigit() else max("一二三四五".find(said) + 1, 2 * (said == "两"))
        )
        return [choices[index - 1]] if 1 <= index <= len(choices) else []
    for index, word in enumerate(ENGLISH_PLACES[: len(choices)]):
        if f"{word} one" in lowered or lowered.strip() == word:
            return [choices[index]]
    if any(word in lowered for word in FIRST):
        return [choices[0]] if choices else []
    return []


def _by_day(text: str, choices: Sequence[Choice], today: date) -> list[Choice]:
    try:
        day = day_in(text, today, ahead=False)
    except NoSuchDay:
        return []
    return [choice for choice in choices if day and choice["on"] == day.isoformat()]


def _by_goods(text: str, choices: Sequence[Choice], product: str | None) -> list[Choice]:
    return [
        choice
        for choice in choices
        if any(name in text or name == product for name in choice["products"])
    ]


def _by_state(text: str, choices: Sequence[Choice]) -> list[Choice]:
    wanted = [name for name, words in STATES.items() if any(word in text for word in words)]
    return [choice for choice in choices if choice["status_name"] in wanted]
