"""Asks the shop for a customer's orders, for the agent beside the thread.

The address stands in the project's own file; what is filled in is encoded, so that a customer's
name cannot lead the question elsewhere, and no answer does: redirects are not followed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

import aiohttp
import msgspec
from yarl import URL

from kefu.errors import Unavailable
from kefu.project.desk_options import OrderOptions
from kefu.remote.http_endpoint import reason_of

__all__ = ["ShopOrders", "order_of"]

MAX_BYTES: Final = 1024 * 1024
MOST: Final = 50
LONGEST: Final = 500
CHINA: Final = "+86"
_HOLE: Final = re.compile(r"\{(\w+)\}")
_LINKS: Final = ("https://", "http://")
_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "order_id": ("order_id", "order_no", "id", "number"),
    "title": ("title", "name", "subject"),
    "status": ("status_name", "status_text", "status"),
    "amount": ("amount_text", "amount", "total", "price"),
    "url": ("url", "link"),
    "placed_at": ("placed_at", "ordered_at", "created_at"),
}
"""Field of an order -> what shops call it."""
_ITEM_NAMES: Final = ("title", "product", "name", "sku")


class ShopOrders:
    """The shop's orders; see :class:`kefu.server.desk_ports.Orders`."""

    def __init__(self, options: OrderOptions) -> None:
        """Prepare; nothing is connected yet."""
        self._options = options
        self._session: aiohttp.ClientSession | None = None

    async def of(self, customer: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        """Return a customer's orders as the shop tells them; none of one whom it cannot know.

        Raises:
            Unavailable: The shop cannot be asked; the text says why, without the address.
        """
        url = self._address(customer)
        if url is None:
            return ()
        try:
            async with self._opened().get(URL(url, encoded=True), allow_redirects=False) as answer:
                if answer.status == 404:
                    return ()
                if answer.status != 200:
                    raise Unavailable(f"the shop answered {answer.status}")
                body = await _read(answer.content)
        except TimeoutError as error:
            seconds = self._options.timeout_seconds
            raise Unavailable(f"the shop did not answer within {seconds:g} s") from error
        except aiohttp.ClientError as error:
            raise Unavailable(f"the shop cannot be reached: {reason_of(error)}") from error
        return _orders_in(body)

    async def close(self) -> None:
        """Close open connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                headers=dict(self._options.headers),
                timeout=aiohttp.ClientTimeout(total=self._options.timeout_seconds),
            )
        return self._session

    def _address(self, customer: Mapping[str, Any]) -> str | None:
        """Return the address for a customer; None when something that it needs is not known."""
        known = _known(customer)
        missing = [name for name in _HOLE.findall(self._options.url) if not known.get(name)]
        if missing:
            return None
        return _HOLE.sub(lambda hole: quote(known[hole.group(1)], safe=""), self._options.url)


async def _read(content: aiohttp.StreamReader) -> bytes:
    body = b""
    async for piece in content.iter_any():
        body += piece
        if len(body) > MAX_BYTES:
            raise Unavailable("the shop's answer is too long")
    return body


def _known(customer: Mapping[str, Any]) -> dict[str, str]:
    """Return what can be filled in of a customer."""
    phone = str(customer.get("phone") or "")
    identities = customer.get("identities") or ()
    users = [
        str(one["value"])
        for one in identities
        if one.get("kind") == "user" and one.get("is_verified") and one.get("value")
    ]
    return {
        "phone": phone,
        "local_phone": phone.removeprefix(CHINA),
        "user": users[0] if users else "",
        "customer_id": str(customer.get("customer_id") or ""),
        "conversation_id": str(customer.get("conversation_id") or ""),
    }


def _orders_in(body: bytes) -> list[dict[str, Any]]:
    try:
        answer = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unavailable("the shop did not answer with JSON") from error
    listed = answer.get("orders", answer.get("items")) if isinstance(answer, dict) else answer
    if not isinstance(listed, list):
        raise Unavailable("the shop's answer has no list of 'orders'")
    return [order_of(one) for one in listed[:MOST] if isinstance(one, dict)]


def order_of(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return an order as agents are shown it, whatever the shop calls its fields."""
    order: dict[str, Any] = {
        name: next((text for one in names if (text := _text(raw.get(one)))), None)
        for name, names in _NAMES.items()
    }
    if order["url"] is not None and not order["url"].startswith(_LINKS):
        order["url"] = None  # it becomes a link on the agent's page
    items = raw.get("items")
    order["items"] = [
        text for one in (items if isinstance(items, list) else ())[:MOST] if (text := _item(one))
    ]
    order["title"] = order["title"] or "、".join(order["items"][:3]) or None
    return order


def _item(raw: Any) -> str:
    if not isinstance(raw, dict):
        return _text(raw)
    name = next((text for one in _ITEM_NAMES if (text := _text(raw.get(one)))), "")
    count = raw.get("quantity", raw.get("count"))
    return f"{name} × {count}" if name and isinstance(count, int) and count != 1 else name


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text.strip()[:LONGEST]
