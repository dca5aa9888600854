"""What callers send: how it is checked, and how OpenAPI describes it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from examples.shop.errors import ShopError

__all__ = [
    "CHOSEN",
    "CUSTOMER_ID",
    "DATE",
    "EMAIL",
    "ITEMS",
    "ORDER_NO",
    "PHONE",
    "PHOTOS",
    "TAX_NO",
    "Field",
    "Kind",
    "choice",
    "integer",
    "text",
]

Schema = Mapping[str, Any]
MOST_PHOTOS = 9
MOST_ITEMS = 50


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value: ``check`` returns it cleaned, or None; ``wrong`` says what it should be."""

    check: Callable[[Any], Any]
    wrong: str
    schema: Schema


@dataclass(frozen=True, slots=True)
class Field:
    """One value of a query or a JSON body."""

    name: str
    kind: Kind
    is_required: bool = True

    def read(self, given: Mapping[str, Any]) -> Any:
        """Return the checked value; None: it is not there and need not be.

        Raises:
            ShopError: It is missing, or does not fit; 400 ``bad_<name>``.
        """
        value = given.get(self.name)
        if value in (None, "") and not self.is_required:
            return None
        checked = self.kind.check(value)
        if checked is None:
            message = self.kind.wrong.format(name=self.name)
            raise ShopError(400, f"bad_{self.name}", message)
        return checked


def _matching(pattern: str, wrong: str) -> Kind:
    fits = re.compile(pattern)

    def check(value: Any) -> str | None:
        return value if isinstance(value, str) and fits.fullmatch(value) else None

    return Kind(check, wrong, {"type": "string", "pattern": f"^{pattern}$"})


ORDER_NO = _matching(r"60\d{10}", "订单号应是 60 开头的 12 位数字。")
PHONE = _matching(r"1[3-9]\d{9}", "手机号应是 1 开头的 11 位数字。")
EMAIL = _matching(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", "邮箱格式不对。")
CUSTOMER_ID = _matching(r"C\d{5}", "客户号应是 C 加 5 位数字。")
TAX_NO = _matching(
    r"[0-9A-Z]{15}|[0-9A-Z]{17,18}|[0-9A-Z]{20}", "税号应是 15 到 20 位数字或大写字母。"
)


def text(least: int = 1, most: int = 200) -> Kind:
    """Return the kind of texts with so many characters, without spaces around them."""

    def check(value: Any) -> str | None:
        fits = isinstance(value, str) and least <= len(value.strip()) <= most
        return value.strip() if fits else None

    schema = {"type": "string", "minLength": least, "maxLength": most}
    return Kind(check, f"{{name}} 应是 {least} 到 {most} 个字的文字。", schema)


def choice(*names: str) -> Kind:
    """Return the kind that is one of ``names``."""

    def check(value: Any) -> str | None:
        return value if value in names else None

    return Kind(check, f"{{name}} 应是 {'、'.join(names)} 之一。", {"enum": list(names)})


def integer(least: int, most: int) -> Kind:
    """Return the kind of whole numbers from ``least`` to ``most``, as number or digits."""

    def check(value: Any) -> int | None:
        if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}", value):
            value = int(value)
        fits = isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
        return value if fits else None

    schema = {"type": "integer", "minimum": least, "maximum": most}
    return Kind(check, f"{{name}} 应是 {least} 到 {most} 的整数。", schema)


def _date(value: Any) -> str | None:
    try:
        return date.fromisoformat(value).isoformat() if isinstance(value, str) else None
    except ValueError:
        return None


def _photos(value: Any) -> list[str] | None:
    fits = isinstance(value, list) and len(value) <= MOST_PHOTOS
    fits = fits and all(isinstance(one, str) and 0 < len(one) <= 2000 for one in value)
    return value if fits else None


def _items(value: Any) -> list[dict[str, int]] | None:
    if not isinstance(value, list) or not 0 < len(value) <= MOST_ITEMS:
        return None
    chosen = []
    for one in value:
        known = isinstance(one, dict) and {key: _COUNT.check(one.get(key)) for key in _OF_ITEM}
        if not known or None in known.values():
            return None
        chosen.append(known)
    numbers = [one["item_no"] for one in chosen]
    return chosen if len(set(numbers)) == len(numbers) else None


_OF_ITEM = ("item_no", "quantity")
_COUNT = integer(1, 999_999_999)
ITEMS = Kind(
    _items,
    "{name} 应是 {{item_no, quantity}} 的列表，同一件商品只写一次。",
    {
        "type": "array",
        "maxItems": MOST_ITEMS,
        "items": {
            "type": "object",
            "properties": dict.fromkeys(_OF_ITEM, _COUNT.schema),
            "required": list(_OF_ITEM),
        },
    },
)


def _chosen(value: Any) -> list[dict[str, int]] | None:
    if not isinstance(value, str) or not re.fullmatch(r"\d{1,9}:\d{1,9}(,\d{1,9}:\d{1,9})*", value):
        return None
    pairs = (one.split(":") for one in value.split(","))
    return _items([{"item_no": number, "quantity": quantity} for number, quantity in pairs])


CHOSEN = Kind(_chosen, "{name} 应是 1:1,2:3 这样的商品和件数。", {"type": "string"})
DATE = Kind(_date, "{name} 应是 2026-11-29 这样的日期。", {"type": "string", "format": "date"})
PHOTOS = Kind(
    _photos,
    f"{{name}} 应是最多 {MOST_PHOTOS} 个地址的列表。",
    {"type": "array", "items": {"type": "string"}, "maxItems": MOST_PHOTOS},
)
