"""The form in which business hours are written, in desk.yml and as JSON.

.. code-block:: yaml

    timezone: Asia/Shanghai
    weekly: {mon-fri: "09:00-18:00", sat: ["10:00-12:00", "13:00-17:00"]}
    holidays:
    - {date: 2026-10-01, to: 2026-10-07, name: 国庆节, closed: true}
    - {date: 2026-10-10, name: 调休, open: "09:00-18:00"}

Days that ``weekly`` does not name are closed. A holiday takes the place of its days of the week,
whether it closes them or gives them other hours. Hours may go past midnight (``22:00-06:00``); they
belong to the day on which they begin.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from kefu.project.hours_texts import days_of, span_of
from kefu.project.problems import suggestion

__all__ = ["DAYS", "Holiday", "HoursProblem", "OpeningHours", "Path", "Span", "read_hours"]

Path = tuple[str | int, ...]
"""Keys and positions that lead to a value."""
DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DEFAULT_ZONE: Final = "Asia/Shanghai"
KEYS: Final = ("timezone", "weekly", "holidays")
HOLIDAY_KEYS: Final = ("date", "to", "name", "closed", "open")
_LONGEST_HOLIDAY: Final = 366
_MOST_HOLIDAYS: Final = 1_000
_MOST_SPANS: Final = 24
_LONGEST_NAME: Final = 64
_YEARS: Final = range(1970, 2200)
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_EXAMPLE: Final = 'write for example "09:00-18:00"'


class Span(NamedTuple):
    """From when to when, in minutes since the beginning of its day; up to two days' worth."""

    begin: int
    end: int


Spans = tuple[Span, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Holiday:
    """Days on which other hours hold than usual."""

    first: date
    last: date
    name: str = ""
    spans: Spans = ()
    """Empty: closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningHours:
    """When somebody is there."""

    timezone: str = DEFAULT_ZONE
    """IANA name."""
    weekly: tuple[Spans, ...] = ((),) * 7
    """From Monday to Sunday."""
    holidays: tuple[Holiday, ...] = ()
    """By date; no day is in two of them."""

    def as_json(self) -> dict[str, Any]:
        """Return the form that :func:`read_hours` reads, always the same for the same hours."""
        return {
            "timezone": self.timezone,
            "weekly": {
                day: [_text(span) for span in spans]
                for day, spans in zip(DAYS, self.weekly, strict=True)
                if spans
            },
            "holidays": [_holiday_json(holiday) for holiday in self.holidays],
        }


def _text(span: Span) -> str:
    begin, end = span
    shown = end if end <= _MIDNIGHT else end - _MIDNIGHT
    return f"{begin // 60:02}:{begin % 60:02}-{shown // 60:02}:{shown % 60:02}"


def _holiday_json(holiday: Holiday) -> dict[str, Any]:
    found: dict[str, Any] = {"date": holiday.first.isoformat()}
    if holiday.last != holiday.first:
        found["to"] = holiday.last.isoformat()
    if holiday.name:
        found["name"] = holiday.name
    if holiday.spans:
        found["open"] = [_text(span) for span in holiday.spans]
    else:
        found["closed"] = True
    return found


_MIDNIGHT: Final = 24 * 60


class HoursProblem(NamedTuple):
    """What is wrong with hours, and where."""

    path: Path
    message: str
    advice: str
    is_key: bool = False
    """Whether it is the last key of the path itself that is wrong, not its value."""

    def __str__(self) -> str:
        place = ".".join(str(part) for part in self.path) or "the hours"
        return f"{place}: {self.message} — {self.advice}"


def read_hours(value: Any) -> tuple[OpeningHours, list[HoursProblem]]:
    """Return hours as written, and everything that is wrong with them.

    Hours with problems are not to be used: what is wrong is left out of them.
    """
    problems: list[HoursProblem] = []
    reader = _Reader(problems.append)
    return reader.hours(value), problems


@dataclass(frozen=True, slots=True)
class _Reader:
    tell: Callable[[HoursProblem], None]

    def hours(self, value: Any) -> OpeningHours:
        if not self._is_map(value, (), KEYS, "hours"):
            return OpeningHours()
        return OpeningHours(
            timezone=self._zone(value.get("timezone")),
            weekly=self._weekly(value.get("weekly")),
            holidays=self._holidays(value.get("holidays")),
        )

    def _wrong(self, path: Path, message: str, advice: str) -> None:
        self.tell(HoursProblem(path, message, advice))

    def _is_map(self, value: Any, path: Path, known: Collection[str], what: str) -> bool:
        if not isinstance(value, Mapping):
            self._wrong(path, f"{_shown(value)} is no mapping", f"possible: {', '.join(known)}")
            return False
        for key in value:
            if key not in known:
                advice = suggestion(str(key), known, f"possible: {', '.join(known)}")
                message = f"{what} have no key {_shown(key)}"
                self.tell(HoursProblem((*path, str(key)), message, advice, is_key=True))
        return True

    def _zone(self, value: Any) -> str:
        if value is None:
            return DEFAULT_ZONE
        if isinstance(value, str) and _is_zone(value):
            return value
        known = sorted(available_timezones())
        advice = suggestion(str(value), known, "write for example Asia/Shanghai or Europe/Berlin")
        self._wrong(("timezone",), f"{_shown(value)} is no time zone", advice)
        return DEFAULT_ZONE

    def _weekly(self, value: Any) -> tuple[Spans, ...]:
        weekly: list[Spans | None] = [None] * len(DAYS)
        if value is not None and not isinstance(value, Mapping):
            self._wrong(("weekly",), f"{_shown(value)} is no mapping", 'write {mon-fri: "09:00-…"}')
            value = None
        for key, given in (value or {}).items():
            path: Path = ("weekly", str(key))
            try:
                days = days_of(str(key))
            except ValueError as error:
                advice = f"{error}; write {', '.join(DAYS)} or a range such as mon-fri"
                message = f"{_shown(key)} is no day of the week"
                self.tell(HoursProblem(path, message, advice, is_key=True))
                continue
            spans = self._spans(given, path)
            for day in days:
                if weekly[day] is not None:
                    twice = f"the hours of {DAYS[day]} are given twice"
                    self.tell(HoursProblem(path, twice, "name each day once", is_key=True))
                weekly[day] = spans
        return tuple(spans or () for spans in weekly)

    def _spans(self, value: Any, path: Path) -> Spans:
        """Return the spans of a day: a text or a list of texts; nothing, or ``closed``: none."""
        if value is None or value is False or value == "closed":
            return ()
        is_list = isinstance(value, Sequence) and not isinstance(value, str)
        given = list(value) if is_list else [value]
        if len(given) > _MOST_SPANS:
            self._wrong(path, f"{len(given)} spans are too many", f"give at most {_MOST_SPANS}")
            return ()
        found: list[tuple[Span, Path]] = []
        for index, text in enumerate(given):
            at: Path = (*path, index) if is_list else path
            try:
                found.append((Span(*span_of(text)), at))
            except ValueError as error:
                self._wrong(at, str(error), _EXAMPLE)
        found.sort(key=lambda each: each[0])
        for (before, _), (span, at) in pairwise(found):
            if span.begin < before.end:
                self._wrong(at, f"{_text(before)} and {_text(span)} overlap", "join them")
        return tuple(span for span, _ in found)

    def _holidays(self, value: Any) -> tuple[Holiday, ...]:
        if value is None:
            return ()
        if not isinstance(value, Sequence) or isinstance(value, str):
            self._wrong(("holidays",), f"{_shown(value)} is no list", "write [{date: …, …}]")
            return ()
        if len(value) > _MOST_HOLIDAYS:
            advice = f"keep at most {_MOST_HOLIDAYS}, delete those that are over"
            self._wrong(("holidays",), f"{len(value)} holidays are too many", advice)
            return ()
        read = ((self._holiday(item, ("holidays", at)), at) for at, item in enumerate(value))
        found = sorted(
            ((holiday, at) for holiday, at in read if holiday is not None),
            key=lambda each: each[0].first,
        )
        for (before, _), (holiday, at) in pairwise(found):
            if holiday.first <= before.last:
                day = f"{holiday.first} is in two holidays"
                self._wrong(("holidays", at), day, "give each day once: divide the longer one")
        return tuple(holiday for holiday, _ in found)

    def _holiday(self, value: Any, path: Path) -> Holiday | None:
        if not self._is_map(value, path, HOLIDAY_KEYS, "holidays"):
            return None
        first = self._date(value.get("date"), (*path, "date"))
        last = first if value.get("to") is None else self._date(value["to"], (*path, "to"))
        name = self._name(value.get("name"), (*path, "name"))
        spans = self._holiday_spans(value, path)
        if first is None or last is None:
            return None
        if not timedelta() <= last - first < timedelta(days=_LONGEST_HOLIDAY):
            advice = f"write a date from {first} on, at most {_LONGEST_HOLIDAY} days in all"
            self._wrong((*path, "to"), f"{last} cannot be the last day from {first}", advice)
            return None
        return Holiday(first=first, last=last, name=name, spans=spans)

    def _holiday_spans(self, value: Mapping[Any, Any], path: Path) -> Spans:
        closed, given = value.get("closed"), value.get("open")
        if closed is not None and not isinstance(closed, bool):
            neither = f"{_shown(closed)} is neither true nor false"
            self._wrong((*path, "closed"), neither, "write true, or the hours as 'open'")
            return ()
        if bool(closed) is (given is not None):
            both = "a holiday is both closed and open" if closed else "nothing says what holds then"
            self._wrong(path, both, 'write either closed: true, or open: "09:00-18:00"')
            return ()
        if given is False or given in ("closed", []):
            none = f"{_shown(given)} is no span of time"
            self._wrong((*path, "open"), none, "write closed: true")
        return self._spans(given, (*path, "open"))

    def _date(self, value: Any, path: Path) -> date | None:
        text = str(value)
        try:
            found = date.fromisoformat(text) if _DATE.fullmatch(text) else None
        except ValueError:
            found = None
        if found is not None and found.year in _YEARS:
            return found
        advice = "write year, month and day as 2026-10-01"
        if value is None:
            self._wrong(path[:-1], "a holiday needs its date", advice)
        else:
            self._wrong(path, f"{_shown(value)} is no date", advice)
        return None

    def _name(self, value: Any, path: Path) -> str:
        if value is None:
            return ""
        if isinstance(value, str) and len(value) <= _LONGEST_NAME:
            return value.strip()
        advice = f"write a text of at most {_LONGEST_NAME} characters"
        self._wrong(path, f"{_shown(value)} is no name", advice)
        return ""


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST_NAME else f"{text[: _LONGEST_NAME - 1]}…"
