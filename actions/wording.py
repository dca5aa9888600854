"""How facts from the shop are put into words."""

from __future__ import annotations

from datetime import datetime
from typing import Any

__all__ = ["day", "items_in_words", "moment", "order_title"]


def moment(at: str | None) -> str:
    """Return an ISO time as customers read it: ``11月19日 06:17``."""
    if not at:
        return ""
    time = datetime.fromisoformat(at)
    return f"{time.month}月{time.day}日 {time:%H:%M}"


def day(at: str) -> str:
    """Return an ISO date or time as the day that customers read; with its year if not this one."""
    date = datetime.fromisoformat(at)
    year = "" if date.year == datetime.now(date.tzinfo).year else f"{date.year}年"
    return f"{year}{date.month}月{date.day}日"


def items_in_words(items: list[dict[str, Any]]) -> str:
    """Return the items of an order as a list in one line."""
    return "、".join(f"{item['product']}（{item['spec']}）×{item['quantity']}" for item in items)


def order_title(order: dict[str, Any]) -> str:
    """Return an order as the title of a button."""
    return f"{order['items'][0]['product']} · {order['status_name']}"
