"""Telephone numbers in one form, E.164, and a form in which they can be found but not read."""

from __future__ import annotations

import hashlib
import hmac
import re

from kefu.errors import CustomerError

__all__ = ["masked", "national", "normalised", "sealed"]

_PUNCTUATION = re.compile(r"[\s\-().·/\u2010-\u2015]+")
_E164 = re.compile(r"\+[1-9][0-9]{7,14}")
_FULL_WIDTH = {0xFF10 + digit: str(digit) for digit in range(10)} | {0xFF0B: "+"}


def normalised(number: str, *, country: str) -> str:
    """Return a number in E.164: ``+`` and 8 to 15 digits, country first.

    Args:
        number: As people write it.
        country: Calling code of numbers that are written without one, such as ``86``.

    Raises:
        CustomerError: It is no telephone number. The text does not repeat it.
    """
    digits = _PUNCTUATION.sub("", number.translate(_FULL_WIDTH))
    if digits.startswith("00"):
        digits = f"+{digits[2:]}"
    elif not digits.startswith("+"):
        is_mobile_with_code = country == "86" and digits.startswith("861") and len(digits) == 13
        digits = f"+{digits}" if is_mobile_with_code else f"+{country}{digits.lstrip('0')}"
    if not _E164.fullmatch(digits):
        raise CustomerError("that is no telephone number: write it like +8613800138000")
    return digits


def national(number: str, *, country: str) -> str:
    """Return a number in E.164 as it is written at home; of another country, as it is."""
    return number.removeprefix(f"+{country}")


def sealed(number: str, key: bytes) -> str:
    """Return what a number in E.164 is stored and looked up by (HMAC-SHA-256, RFC 2104)."""
    return hmac.new(key, number.encode(), hashlib.sha256).hexdigest()


def masked(number: str) -> str:
    """Return a number as it may be shown to those who need not know it."""
    return f"{number[:-8]}****{number[-4:]}" if len(number) > 9 else "****"
