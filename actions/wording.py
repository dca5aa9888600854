"""How facts from the shop are put into words."""

from __future__ import annotations

from datetime import datetime
from typing import Any

__all__ = ["items_in_words", "moment", "order_title"]


def moment(at: str | None) -> str:
    """Return an ISO time as customers read it: ``11月19日 06:17``."""
    if not at:
        return ""
    time = datetime.fromisoformat(at)
    return f"{time.month}月{time.day}日 {time:%H:%M}"


def items_in_words(items: list[dict[str, Any]]) -> str:
    """Return the items of an order as a list in one line."""
    return "、".join(f"{item['product']}（{item['spec']}）×{item['quantity']}" for item in items)


def order_title(order: dict[str, Any]) -> str:
    """Return an order as the title of a button."""
    return f"{order['items'][0]['product']} · {order['status_name']}"
