"""Checks of what callers send; what does not fit is refused with 400."""

from __future__ import annotations

import re
from typing import Any

from examples.shop.errors import ShopError

__all__ = ["checked_email", "checked_order_no", "checked_phone", "checked_text"]

ORDER_NO = re.compile(r"60\d{10}")
PHONE = re.compile(r"1[3-9]\d{9}")
EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


def checked_order_no(value: Any) -> str:
    if not isinstance(value, str) or not ORDER_NO.fullmatch(value):
        raise ShopError(400, "bad_order_no", "订单号应是 60 开头的 12 位数字。")
    return value


def checked_phone(value: Any) -> str:
    if not isinstance(value, str) or not PHONE.fullmatch(value):
        raise ShopError(400, "bad_phone", "手机号应是 1 开头的 11 位数字。")
    return value


def checked_email(value: Any) -> str:
    if not isinstance(value, str) or not EMAIL.fullmatch(value):
        raise ShopError(400, "bad_email", "邮箱格式不对。")
    return value


def checked_text(body: dict[str, Any], key: str, *, least: int = 1, most: int = 200) -> str:
    value = body.get(key)
    if not isinstance(value, str) or not least <= len(value.strip()) <= most:
        raise ShopError(400, f"bad_{key}", f"{key} 应是 {least} 到 {most} 个字的文字。")
    return value.strip()
