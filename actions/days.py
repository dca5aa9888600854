"""Days as customers write them: 后天, 周六, 12月5号, and days that do not exist."""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta

__all__ = ["NoSuchDay", "day_in", "period_in"]

DISTANCES = (
    ("大前天", -3),
    ("大后天", 3),
    ("前天", -2),
    ("昨天|昨晚|昨日|yesterday", -1),
    ("后天|后日|day after tomorrow", 2),
    ("明天|明儿|明早|明晚|明日|tomorrow", 1),
    ("今天|今儿|今晚|今日|当天|today|tonight", 0),
)
WEEKDAYS = "一二三四五六日"
ENGLISH = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
WEEKDAY = re.compile(r"(下下|下个?|上个?|这个?|本)?(?:周|星期|礼拜)([一二三四五六日天末])")
LATER = re.compile(r"([一二两三四五六七八九十]|\d{1,2})\s*天(?:之?后|以后)")
NUMBER = r"\d{1,2}|[一二三四五六七八九十]{1,3}"
MONTH_AND_DAY = re.compile(
    rf"(?<![\d.])({NUMBER})\s*(?:月|[/.-](?=\d))\s*({NUMBER})(?:\s*[日号])?(?![\d./-])"
)
YEAR = re.compile(r"(20\d\d)\s*[年/.-]\s*")
DAY = re.compile(rf"(?<![\d月])({NUMBER})\s*[号日](?!柜|楼|线|店|码)")
HALF_A_YEAR = timedelta(days=183)
PERIODS = (
    ("晚上", r"晚|傍晚|下班|夜|evening|night|(?:18|19|20|21)\s*[点:：时]"),
    ("下午", r"下午|中午|午后|afternoon|(?:12|13|14|15|16|17)\s*[点:：时]|(?<!\d)[1-5]\s*点"),
    ("上午", r"上午|早|morning|(?:^|\D)(?:8|9|10|11)\s*[点:：时]|[八九十]点"),
)


class NoSuchDay(ValueError):
    """Raised for a day that no calendar has, such as 2月30日; its text names the day."""


def day_in(text: str, today: date, *, ahead: bool = True) -> date | None:
    """Return the day that ``text`` names, None if it names none.

    Args:
        text: What the customer wrote.
        today: The day on which it was written.
        ahead: Whether a day without year or month lies ahead, as for a delivery, or back, as for
            an order.

    Raises:
        NoSuchDay: The calendar has no such day.
    """
    finders = (_by_distance, _by_weekday, _by_month, _by_number)
    return next((day for find in finders if (day := find(text, today, ahead=ahead))), None)


def period_in(text: str) -> str | None:
    """Return 上午, 下午 or 晚上 for a time of the day in ``text``."""
    lowered = text.lower()
    return next((name for name, words in PERIODS if re.search(words, lowered)), None)


def _by_distance(text: str, today: date, *, ahead: bool) -> date | None:
    del ahead
    lowered = text.lower()
    for words, distance in DISTANCES:
        if re.search(words, lowered):
            return today + timedelta(days=distance)
    later = LATER.search(text)
    return today + timedelta(days=_number(later[1])) if later else None


def _by_weekday(text: str, today: date, *, ahead: bool) -> date | None:
    found = WEEKDAY.search(text)
    english = [index for index, name in enumerate(ENGLISH) if name in text.lower()]
    if not found and not english:
        return None
    which, name = (found[1] or "", found[2]) if found else ("", WEEKDAYS[english[0]])
    index = 5 if name == "末" else WEEKDAYS.index(name.replace("天", "日"))
    monday = today - timedelta(days=today.weekday())
    weeks = {"下": 7, "下个": 7, "下下": 14, "上": -7, "上个": -7}.get(which, 0)
    day = monday + timedelta(days=index + weeks)
    if not which and ahead and day < today:
        return day + timedelta(days=7)
    if not which and not ahead and day > today:
        return day - timedelta(days=7)
    return day


def _by_month(text: str, today: date, *, ahead: bool) -> date | None:
    del ahead
    if "月底" in text:
        return today.replace(day=calendar.monthrange(today.year, today.month)[1])
    found, year = MONTH_AND_DAY.search(text), YEAR.search(text)
    if not found:
        return None
    return _in_year(_number(found[1]), _number(found[2]), today, year and int(year[1]))


def _by_number(text: str, today: date, *, ahead: bool) -> date | None:
    """Return the next, or the latest, day with the number that stands alone in ``text``."""
    said = DAY.search(text)
    if not said:
        return None
    number, found = _number(said[1]), today
    if not 1 <= number <= 31:
        raise NoSuchDay(f"{number}号")
    while found.day != number:
        found += timedelta(days=1 if ahead else -1)
    return found


def _in_year(month: int, day: int, today: date, year: int | None) -> date:
    if year is not None:
        return _day(year, month, day)
    if (month, day) == (2, 29):
        years = [today.year + step for step in (0, 1, -1) if calendar.isleap(today.year + step)]
        return _day(years[0] if years else today.year, month, day)
    found = _day(today.year, month, day)
    if found < today - HALF_A_YEAR:
        return found.replace(year=today.year + 1)
    if found > today + HALF_A_YEAR:
        return found.replace(year=today.year - 1)
    return found


def _day(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise NoSuchDay(f"{month}月{day}日") from None


def _number(text: str) -> int:
    """Return a number below 100 in digits or in Chinese."""
    if text.isdigit():
        return int(text)
    digits = {"两": 2} | {name: value for value, name in enumerate("一二三四五六七八九", start=1)}
    tens, ten, ones = text.rpartition("十")
    return (digits.get(tens, 1) * 10 if ten else 0) + digits.get(ones, 0)
