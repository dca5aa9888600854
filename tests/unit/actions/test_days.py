"""Days and times of the day as customers write them."""

from __future__ import annotations

from datetime import date

import pytest

from actions.days import NoSuchDay, day_in, period_in

TODAY = date(2026, 11, 25)  # a Wednesday


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("明天送", date(2026, 11, 26)),
        ("后天吧", date(2026, 11, 27)),
        ("大后天再送", date(2026, 11, 28)),
        ("今晚能送吗", TODAY),
        ("3天后", date(2026, 11, 28)),
        ("两天以后送", date(2026, 11, 27)),
        ("周六送", date(2026, 11, 28)),
        ("周末", date(2026, 11, 28)),
        ("周二", date(2026, 12, 1)),
        ("下周一再送", date(2026, 11, 30)),
        ("礼拜天", date(2026, 11, 29)),
        ("12月5号", date(2026, 12, 5)),
        ("12月5", date(2026, 12, 5)),
        ("十二月五号下午", date(2026, 12, 5)),
        ("12/5", date(2026, 12, 5)),
        ("2026-12-05", date(2026, 12, 5)),
        ("1月2日", date(2027, 1, 2)),
        ("28号", date(2026, 11, 28)),
        ("5号送", date(2026, 12, 5)),
        ("二十八号", date(2026, 11, 28)),
        ("月底", date(2026, 11, 30)),
        ("tomorrow please", date(2026, 11, 26)),
        ("next saturday works", date(2026, 11, 28)),
        ("随便", None),
        ("放3号柜", None),
        ("602600001003", None),
    ],
)
def test_a_day_ahead_is_found(text: str, day: date | None) -> None:
    assert day_in(text, TODAY) == day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("5号那单", date(2026, 11, 5)),
        ("28号买的", date(2026, 10, 28)),
        ("昨天那单", date(2026, 11, 24)),
        ("前天下的", date(2026, 11, 23)),
        ("周一买的", date(2026, 11, 23)),
        ("周五买的", date(2026, 11, 20)),
        ("上周三", date(2026, 11, 18)),
        ("11月20日", date(2026, 11, 20)),
    ],
)
def test_a_day_of_an_order_lies_back(text: str, day: date) -> None:
    assert day_in(text, TODAY, ahead=False) == day


@pytest.mark.parametrize(
    ("text", "named"),
    [("2月30日送", "2月30日"), ("13月1号", "13月1日"), ("11月31号", "11月31日"), ("40号", "40号")],
)
def test_a_day_that_does_not_exist_is_told(text: str, named: str) -> None:
    with pytest.raises(NoSuchDay, match=named):
        day_in(text, TODAY)


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("上午", "上午"),
        ("明早送", "上午"),
        ("9点左右", "上午"),
        ("中午", "下午"),
        ("下午3点", "下午"),
        ("14:00以后", "下午"),
        ("晚上7点", "晚上"),
        ("下班以后", "晚上"),
        ("19点", "晚上"),
        ("都行", None),
    ],
)
def test_a_time_of_the_day_is_one_of_three(text: str, period: str | None) -> None:
    assert period_in(text) == period
