"""Numbers that customers write: order and phone numbers, heights, weights, sizes."""

from __future__ import annotations

import re

__all__ = [
    "body_in",
    "centimetres_from_text",
    "email_in",
    "kilograms_from_text",
    "order_no_in",
    "phone_in",
    "return_no_in",
    "size_for",
]

ORDER_NO = re.compile(r"(?<!\d)60\d{10}(?!\d)")
RETURN_NO = re.compile(r"(?<![A-Za-z])TH\s*\d{6}(?!\d)", re.IGNORECASE)
PHONE = re.compile(r"(?:(?<!\d)|(?<=\+86)|(?<=0086))1[3-9]\d{9}(?!\d)")
EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
METRES = re.compile(r"1\s*(?:米|m|\.)\s*(\d{1,2})", re.IGNORECASE)
NUMBER = re.compile(r"\d+(?:\.\d+)?")
BODY = re.compile(
    r"(1\s*(?:米|m|\.)\s*\d{1,2}|1[3-9]\d)\s*(?:cm|厘米|公分)?\s*[，,、/ ]*\s*(?:体重)?\s*"
    r"(\d{2,3}(?:\.\d)?\s*(?:斤|公斤|千克|kg))",
    re.IGNORECASE,
)
SIZES = ("S", "M", "L", "XL")


def order_no_in(text: str) -> str | None:
    """Return the order number in ``text``; blanks and hyphens between the digits do not matter."""
    found = ORDER_NO.search(re.sub(r"(?<=\d)[\s-]+(?=\d)", "", text))
    return found.group() if found else None


def return_no_in(text: str) -> str | None:
    """Return the number of a return in ``text``, as the shop writes it: ``TH900001``."""
    found = RETURN_NO.search(text)
    return re.sub(r"\s", "", found.group()).upper() if found else None


def phone_in(text: str) -> str | None:
    """Return the mobile number in ``text``; blanks and hyphens between the digits do not matter."""
    found = PHONE.search(re.sub(r"(?<=\d)[\s-]+(?=\d)", "", text))
    return found.group() if found else None


def email_in(text: str) -> str | None:
    """Return the e-mail address in ``text``."""
    found = EMAIL.search(text)
    return found.group() if found else None


def centimetres_from_text(text: str) -> int | None:
    """Return a body height: ``168``, ``168cm``, ``1米7``, ``1.68``."""
    metres = METRES.search(text)
    if metres:
        digits = metres.group(1)
        height = 100 + int(digits) * (10 if len(digits) == 1 else 1)
    else:
        number = NUMBER.search(text)
        height = round(float(number.group())) if number else 0
    return height if 100 <= height <= 230 else None


def kilograms_from_text(text: str) -> float | None:
    """Return a body weight in kilograms; a bare number from 80 on is taken for 斤 (half kilos)."""
    number = NUMBER.search(text)
    if not number:
        return None
    value = float(number.group())
    is_kilograms = re.search(r"公斤|千克|kg", text, re.IGNORECASE) or (
        "斤" not in text and value < 80
    )
    kilograms = value if is_kilograms else value / 2
    return kilograms if 25 <= kilograms <= 200 else None


def body_in(text: str) -> tuple[str, str] | None:
    """Return height and weight where a text gives both in a row: ``165 120斤``, ``1米7，60kg``."""
    found = BODY.search(text)
    return (found[1], found[2]) if found else None


def size_for(height: int, kilograms: float) -> str | None:
    """Return the size of a top for a body, None when none of the sizes fits."""
    by_weight = sum(kilograms >= limit for limit in (50, 60, 70, 85))
    by_height = sum(height >= limit for limit in (160, 170, 178))
    index = max(by_weight, min(by_height, by_weight + 1) if by_weight < 3 else by_weight)
    return SIZES[index] if index < len(SIZES) else None
