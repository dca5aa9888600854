"""Days of the week and spans of time as people write them."""

from __future__ import annotations

import re
from typing import Any, Final

from kefu.project.problems import suggestion

__all__ = ["days_of", "span_of"]

_ENGLISH: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NUMBERS: Final = ("一", "二", "三", "四", "五", "六", "日")
_NAMES: Final = {
    **{name: at for at, name in enumerate(_ENGLISH)},
    **{name[:3]: at for at, name in enumerate(_ENGLISH)},
    **{f"周{name}": at for at, name in enumerate(_NUMBERS)},
    **{f"星期{name}": at for at, name in enumerate(_NUMBERS)},
    "周天": 6,
    "星期天": 6,
}
_DASHES: Final = r"\s*[-–—~～至到]\s*"
_TIME: Final = r"(\d{1,2})[:：](\d{2})"
_SPAN: Final = re.compile(f"{_TIME}{_DASHES}{_TIME}", re.ASCII)
_DAY_MINUTES: Final = 24 * 60


def days_of(text: str) -> tuple[int, ...]:
    """Return days, 0 being Monday: ``mon``, ``mon-fri``, ``sat,sun``, ``周一至周五``.

    Raises:
        ValueError: A name is none of a day; the text says which.
    """
    found: list[int] = []
    for part in re.split(r"[,，、]", text):
        first, *last = re.split(_DASHES, part.strip(), maxsplit=1)
        begin = _day(first)
        end = _day(last[0]) if last else begin
        found += [(begin + step) % 7 for step in range((end - begin) % 7 + 1)]
    return tuple(dict.fromkeys(found))


def _day(name: str) -> int:
    folded = name.strip().lower()
    if folded not in _NAMES:
        raise ValueError(suggestion(folded, _NAMES, "").strip() or f"there is no day {name!r}")
    return _NAMES[folded]


def span_of(value: Any) -> tuple[int, int]:
    """Return minutes since midnight of ``09:00-18:00``; past midnight, more than a day's.

    Raises:
        ValueError: It is no span; the text says why.
    """
    match = _SPAN.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f"{value!r} is no span of time"[:200])
    hour, minute, last_hour, last_minute = (int(part) for part in match.groups())
    begin, end = 60 * hour + minute, 60 * last_hour + last_minute
    if minute > 59 or last_minute > 59 or begin >= _DAY_MINUTES or end > _DAY_MINUTES:
        raise ValueError(f"{value!r} has a time that no day has")
    if begin == end:
        raise ValueError(f"{value!r} has no length, and a whole day is 00:00-24:00")
    return begin, end if end > begin else end + _DAY_MINUTES
