"""A week of business hours in words, in Chinese and English."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from kefu.project.hours_form import Span

__all__ = ["describe_week"]

_DAY_MINUTES: Final = 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    days: tuple[str, ...]
    to: str
    """Between the first and the last of several days."""
    between_days: str
    between_spans: str
    between_parts: str
    daily: str
    all_day: str
    closed: str
    next_day: str
    """How an end on the next day is written."""


_CHINESE: Final = _Words(
    days=("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
    to="至",
    between_days="、",
    between_spans="、",
    between_parts="，",
    daily="每天",
    all_day="全天",
    closed="休息",
    next_day="次日{}",
)
_ENGLISH: Final = _Words(
    days=("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    to="–",
    between_days=", ",
    between_spans=", ",
    between_parts="; ",
    daily="daily",
    all_day="all day",
    closed="closed",
    next_day="{} (next day)",
)


def describe_week(weekly: Sequence[tuple[Span, ...]], language: str) -> str:
    """Return a week's hours, days with the same hours together, in the order of the week.

    Args:
        weekly: Spans from Monday to Sunday.
        language: A tag; Chinese for ``zh``, English for any other.
    """
    words = _CHINESE if language.lower().startswith("zh") else _ENGLISH
    together: dict[tuple[Span, ...], list[int]] = {}
    for day, spans in enumerate(weekly):
        if spans:
            together.setdefault(spans, []).append(day)
    if not together:
        return words.closed
    return words.between_parts.join(
        f"{_days(days, words)} {_spans(spans, words)}" for spans, days in together.items()
    )


def _days(days: list[int], words: _Words) -> str:
    if len(days) == len(words.days):
        return words.daily
    runs: list[list[int]] = []
    for day in days:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    named: list[str] = []
    for run in runs:
        if len(run) > 2:
            named.append(f"{words.days[run[0]]}{words.to}{words.days[run[-1]]}")
        else:
            named += [words.days[day] for day in run]
    return words.between_days.join(named)


def _spans(spans: tuple[Span, ...], words: _Words) -> str:
    if spans == (Span(0, _DAY_MINUTES),):
        return words.all_day
    return words.between_spans.join(f"{_time(b)}–{_end(e, words)}" for b, e in spans)


def _end(minutes: int, words: _Words) -> str:
    if minutes <= _DAY_MINUTES:
        return _time(minutes)
    return words.next_day.format(_time(minutes - _DAY_MINUTES))


def _time(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02}"
