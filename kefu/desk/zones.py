"""Time zones by name."""

from __future__ import annotations

import re
from datetime import timedelta, timezone, tzinfo
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kefu.errors import DeskError

__all__ = ["CHINA", "zone_of"]

CHINA: Final = "Asia/Shanghai"
"""The time zone where none is named; known also on machines without a table of them."""

_OFFSET: Final = re.compile(r"([+-])([01]\d|2[0-3]):?([0-5]\d)")


def zone_of(name: str) -> tzinfo:
    """Return a time zone, given as ``Europe/Berlin`` or as ``+08:00``.

    Raises:
        DeskError: There is none of that name (400).
    """
    offset = _OFFSET.fullmatch(name)
    if offset:
        ahead = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
        return timezone(-ahead if offset[1] == "-" else ahead)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        if name == CHINA:
            return timezone(timedelta(hours=8), CHINA)
        wrong = f"there is no time zone {name[:40]!r}: give one such as {CHINA}, UTC or +08:00"
        raise DeskError("bad-request", wrong, status=400) from error
