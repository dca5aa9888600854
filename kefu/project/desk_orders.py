"""Reads ``orders`` of desk.yml: where the shop tells a customer's orders."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from kefu.project.desk_options import OrderOptions
from kefu.project.shape import Shape
from kefu.project.yaml import YamlMap

__all__ = ["HOLES", "read_orders"]

HOLES: Final = ("phone", "local_phone", "user", "customer_id", "conversation_id")
"""What can stand in braces in the address."""
KEYS: Final = ("url", "headers", "timeout_seconds")
_EXAMPLE: Final = "https://shop.example.com/api/orders?phone={local_phone}"
_HOLE: Final = re.compile(r"\{(\w*)\}")
_LONGEST: Final = 30.0


def read_orders(shape: Shape, root: YamlMap) -> OrderOptions | None:
    """Return what the file says; None: nothing, or it is wrong and reported."""
    node = shape.as_map(root.get("orders"), shape.document.value(root, "orders"), "'orders'")
    if node is None:
        return None
    shape.known_keys(node, KEYS, "'orders'")
    url = shape.text_at(node, "url", "'url' of 'orders'")
    wrong = "has no 'url'" if not url else _wrong_with(url)
    if url is None or wrong:
        place = shape.document.value(node, "url") if url else shape.document.key(root, "orders")
        names = ", ".join(f"{{{name}}}" for name in HOLES)
        advice = f"write an address such as {_EXAMPLE}; in it can stand {names}"
        shape.report.error("desk.bad-orders", place, f"'orders' {wrong or 'has no url'}", advice)
        return None
    at = shape.document.value(node, "headers")
    given = shape.as_map(node.get("headers"), at, "'headers' of 'orders'")
    headers = {} if given is None else _texts(shape, given)
    seconds = shape.number_at(node, "timeout_seconds", "'timeout_seconds'", most=_LONGEST)
    default = OrderOptions(url=url)
    return OrderOptions(
        url=url, headers=headers, timeout_seconds=seconds or default.timeout_seconds
    )


def _texts(shape: Shape, given: YamlMap) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in given:
        text = shape.text_at(given, name, f"the header {name!r}")
        if text is not None:
            found[str(name)] = text
    return found


def _wrong_with(url: str) -> str:
    """Return what is wrong with an address; empty: nothing."""
    try:
        parts = urlsplit(_HOLE.sub("x", url))
        has_host = bool(parts.hostname)
    except ValueError:
        return "has a 'url' that is none"
    if parts.scheme not in ("http", "https") or not has_host:
        return "has a 'url' that is none"
    if "{" in url.split("//", 1)[1].split("/", 1)[0]:
        return "lets the customer decide which server is asked"
    unknown = [name for name in _HOLE.findall(url) if name not in HOLES]
    return f"names {{{unknown[0]}}}, which is not known of customers" if unknown else ""
