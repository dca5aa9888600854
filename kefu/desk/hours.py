"""Business hours: whether somebody is there, when that changes, and how to say it.

Hours are what a clock on the wall says. Where clocks are put forward, a time that the wall never
shows is the moment of the change; where they are put back, a time that it shows twice is the first.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from kefu.desk.hours_words import describe_week
from kefu.errors import DeskError
from kefu.project.hours_form import Holiday, OpeningHours, Span, read_hours

__all__ = ["Hours", "HoursInJson"]

_DAY: Final = timedelta(days=1)
_MINUTE: Final = timedelta(minutes=1)
_BEFORE, _BEHIND = 2, 9
"""So many days around a date at which hours change are looked at: a week, and a night beside it."""


class Hours:
    """Business hours at work. Times are seconds since the epoch."""

    def __init__(self, form: OpeningHours) -> None:
        self.form = form
        self._zone = ZoneInfo(form.timezone)
        self._firsts = [holiday.first for holiday in form.holidays]

    @classmethod
    def from_json(cls, value: Any) -> Hours:
        """Read the form of :mod:`kefu.project.hours_form`, given as plain JSON.

        Raises:
            DeskError: Something is wrong with it (400); the text says all of it, with places.
        """
        form, problems = read_hours(value)
        if problems:
            text = "; ".join(str(problem) for problem in problems)
            raise DeskError("bad-hours", text, status=400)
        return cls(form)

    def as_json(self) -> dict[str, Any]:
        """Return what :meth:`from_json` reads."""
        return self.form.as_json()

    def is_open(self, at: float) -> bool:
        """Whether somebody is there; at the second of closing nobody is."""
        day = self._local(at).date()
        spans = (span for n in (-1, 0) for span in self._moments(day + n * _DAY))
        return any(begin <= at < end for begin, end in spans)

    def next_change(self, at: float) -> float | None:
        """Return when, after ``at``, it opens or closes; None: it never does."""
        is_open = self.is_open(at)
        for day in self._telling_days(self._local(at).date()):
            edges = sorted({edge for span in self._moments(day) for edge in span if edge > at})
            for edge in edges:
                if self.is_open(edge) is not is_open:
                    return edge
        return None

    def next_opening(self, at: float) -> float | None:
        """Return ``at`` where it is open, else when it opens; None: it never does."""
        return at if self.is_open(at) else self.next_change(at)

    def midnight(self, at: float) -> float:
        """Return when the day of a moment began."""
        day = datetime.combine(self._local(at).date(), datetime.min.time())
        return _moment(self._zone, day)

    def describe(self, language: str = "zh-CN") -> str:
        """Return the usual week in words: 周一至周五 9:00–18:00; without holidays and time zone."""
        return describe_week(self.form.weekly, language)

    def holiday(self, at: float) -> Holiday | None:
        """Return the holiday that the day of a moment belongs to."""
        return self._holiday_on(self._local(at).date())

    def _local(self, at: float) -> datetime:
        return datetime.fromtimestamp(at, self._zone)

    def _holiday_on(self, day: date) -> Holiday | None:
        at = bisect_right(self._firsts, day) - 1
        found = self.form.holidays[at] if at >= 0 else None
        return found if found is not None and day <= found.last else None

    def _moments(self, day: date) -> Iterable[tuple[float, float]]:
        """Return when the spans of a day begin and end."""
        holiday = self._holiday_on(day)
        spans = self.form.weekly[day.weekday()] if holiday is None else holiday.spans
        return [_moments(self._zone, day, span) for span in spans]

    def _telling_days(self, today: date) -> Iterator[date]:
        """Return days, in order, among which the next change is.

        Where nothing changes for a week, nothing does before a holiday begins or ends.
        """
        holidays = [each for each in self.form.holidays if each.last >= today]
        dates = {today, *(d for each in holidays for d in (each.first, each.last))}
        before: date | None = None
        for around in sorted(dates):
            for day in (around + n * _DAY for n in range(-_BEFORE, _BEHIND)):
                if day >= today - _DAY and (before is None or day > before):
                    before = day
                    yield day


class HoursInJson:
    """Hours that are kept as JSON, for who only keeps them."""

    def checked(self, hours: Any) -> dict[str, Any]:
        """Return hours, given as JSON, in the form that is kept.

        Raises:
            DeskError: They are none (400).
        """
        return Hours.from_json(hours).as_json()

    def state(self, hours: Mapping[str, Any], now: float) -> tuple[bool, float | None]:
        """Return whether it is open, and when that changes next; None: never.

        Raises:
            DeskError: They are none (400).
        """
        read = Hours.from_json(hours)
        return read.is_open(now), read.next_change(now)


@lru_cache(maxsize=4096)
def _moments(zone: ZoneInfo, day: date, span: Span) -> tuple[float, float]:
    midnight = datetime.combine(day, datetime.min.time())
    begin, end = (_moment(zone, midnight + minutes * _MINUTE) for minutes in span)
    return begin, end


def _moment(zone: ZoneInfo, wall: datetime) -> float:
    """Return when the wall shows a time first; the moment of the change where it never does."""
    first, second = (wall.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    early, late = (moment.timestamp() for moment in (second, first))
    if early >= late:  # shown once, or twice and `first` comes first
        return late
    offset = _offset(zone, early)
    whole_early, whole_late = int(early), int(late)
    while whole_late - whole_early > 1:
        middle = (whole_early + whole_late) // 2
        if _offset(zone, middle) == offset:
            whole_early = middle
        else:
            whole_late = middle
    return float(whole_late)


def _offset(zone: ZoneInfo, at: float) -> timedelta | None:
    return datetime.fromtimestamp(at, UTC).astimezone(zone).utcoffset()
