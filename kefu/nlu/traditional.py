"""Traditional Chinese characters and their simplified forms.

Customers in Taiwan and Hong Kong write 退貨 to a bot whose examples say 退货. The table,
``traditional.txt``, has the characters in its first line and what stands for each in its second.
It is made from ``TSCharacters.txt`` of OpenCC (https://github.com/BYVoid/OpenCC), which is licensed
under the Apache License 2.0; changed: the first of several simplified forms is taken; characters
outside the Basic Multilingual Plane are left out, and those of GB 2312, which simplified texts
use, too (著名, 乾坤).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

__all__ = ["simplified"]


def simplified(text: str) -> str:
    """Return the text in simplified characters; nothing moves."""
    return text if text.isascii() else text.translate(_table())


@cache
def _table() -> dict[int, int]:
    file = Path(__file__).with_name("traditional.txt")
    traditional, simple = file.read_text("utf-8").splitlines()
    return dict(zip(map(ord, traditional), map(ord, simple), strict=True))
