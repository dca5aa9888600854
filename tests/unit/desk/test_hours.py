"""Business hours: open or not, when that changes, in every time zone."""

import json
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kefu.desk.hours import Hours, HoursInJson
from kefu.errors import DeskError
from kefu.project.hours_form import DAYS, Holiday, OpeningHours, Span

SHOP = {
    "timezone": "Asia/Shanghai",
    "weekly": {"mon-fri": "09:00-18:00", "sat": ["10:00-12:00", "13:00-17:00"]},
    "holidays": [
        {"date": "2026-10-01", "to": "2026-10-07", "name": "国庆节", "closed": True},
        {"date": "2026-10-10", "name": "调休", "open": "09:00-18:00"},
    ],
}


def hours(weekly=None, zone="Asia/Shanghai", holidays=()):
    form = {"timezone": zone, "weekly": weekly or {}, "holidays": list(holidays)}
    return Hours.from_json(form)


def at(text, zone="Asia/Shanghai", *, fold=0):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp()


def shown(moment, zone="Asia/Shanghai"):
    if moment is None:
        return None
    return datetime.fromtimestamp(moment, ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("moment", "is_open", "change"),
    [
        ("2026-09-28 08:59:59", False, "2026-09-28 09:00"),
        ("2026-09-28 09:00", True, "2026-09-28 18:00"),
        ("2026-09-28 18:00", False, "2026-09-29 09:00"),
        ("2026-09-26 11:00", True, "2026-09-26 12:00"),
        ("2026-09-26 12:30", False, "2026-09-26 13:00"),
        ("2026-09-27 12:00", False, "2026-09-28 09:00"),
        ("2026-09-30 18:00", False, "2026-10-08 09:00"),
        ("2026-10-03 12:00", False, "2026-10-08 09:00"),
        ("2026-10-10 12:30", True, "2026-10-10 18:00"),
        ("2026-10-17 12:30", False, "2026-10-17 13:00"),
        ("2026-12-31 18:30", False, "2027-01-01 09:00"),
    ],
)
def test_a_shop_is_open_when_it_says(moment, is_open, change):
    shop = Hours.from_json(SHOP)
    assert shop.is_open(at(moment)) is is_open
    assert shown(shop.next_change(at(moment))) == change
    opening = shop.next_opening(at(moment))
    assert opening == (at(moment) if is_open else at(change))


def test_a_working_day_takes_the_place_of_a_weekend():
    shop = Hours.from_json(SHOP)
    assert shop.holiday(at("2026-10-10 00:00")).name == "调休"
    assert shop.holiday(at("2026-10-08 00:00")) is None
    assert not shop.is_open(at("2026-10-01 12:00"))
    assert shop.is_open(at("2026-10-10 12:30")) is True


@pytest.mark.parametrize(
    ("moment", "change"),
    [
        ("2026-03-06 23:00", "2026-03-07 06:00"),
        ("2026-03-07 05:59", "2026-03-07 06:00"),
        ("2026-12-31 23:30", "2027-01-01 06:00"),
    ],
)
def test_hours_past_midnight_belong_to_the_day_they_begin_on(moment, change):
    night = hours({"thu,fri": "22:00-06:00"}, holidays=[{"date": "2027-01-01", "closed": True}])
    assert night.is_open(at(moment))
    assert shown(night.next_change(at(moment))) == change


def test_days_that_touch_are_one():
    shop = hours({"mon": "08:00-24:00", "tue": "00:00-10:00"})
    assert shown(shop.next_change(at("2026-03-02 09:00"))) == "2026-03-03 10:00"


@pytest.mark.parametrize(("weekly", "is_open"), [({"mon-sun": "00:00-24:00"}, True), ({}, False)])
def test_what_never_changes_has_no_next_change(weekly, is_open):
    moment = at("2026-03-01 00:00")
    shop = hours(weekly, holidays=[{"date": "2020-01-01", "closed": True}])
    assert shop.is_open(moment) is is_open
    assert shop.next_change(moment) is None
    assert shop.next_opening(moment) == (moment if is_open else None)


def test_a_holiday_far_away_is_found():
    away = {"date": "2031-05-01", "to": "2031-05-03", "closed": True}
    always = hours({"mon-sun": "00:00-24:00"}, holidays=[away])
    assert shown(always.next_change(at("2026-03-01 00:00"))) == "2031-05-01 00:00"
    assert shown(always.next_change(at("2031-05-02 00:00"))) == "2031-05-04 00:00"
    never = hours({}, holidays=[{"date": "2031-05-01", "open": "10:00-11:00"}])
    assert shown(never.next_opening(at("2026-03-01 00:00"))) == "2031-05-01 10:00"


@pytest.mark.parametrize(
    ("zone", "weekly", "opens", "closes"),
    [
        # Clocks are put forward from 2:00 to 3:00: 2:30 is the moment of the change.
        ("Europe/Berlin", {"sun": "02:30-10:00"}, "2026-03-29T01:00Z", "2026-03-29T08:00Z"),
        ("Europe/Berlin", {"sat": "22:00-02:30"}, "2026-03-28T21:00Z", "2026-03-29T01:00Z"),
        # ... and back from 3:00 to 2:00: 2:30 is the first of two.
        ("Europe/Berlin", {"sun": "02:30-10:00"}, "2026-10-25T00:30Z", "2026-10-25T09:00Z"),
        ("Europe/Berlin", {"sat": "22:00-02:30"}, "2026-10-24T20:00Z", "2026-10-25T00:30Z"),
        # A day has 23 or 25 hours; what is open all day stays open.
        ("America/New_York", {"sun": "00:00-24:00"}, "2026-03-08T05:00Z", "2026-03-09T04:00Z"),
        ("America/New_York", {"sun": "00:00-24:00"}, "2026-11-01T04:00Z", "2026-11-02T05:00Z"),
        # Half an hour, in the south.
        ("Australia/Lord_Howe", {"sun": "01:00-09:00"}, "2026-04-04T14:00Z", "2026-04-04T22:30Z"),
    ],
)
def test_clocks_that_are_changed_are_no_trouble(zone, weekly, opens, closes):
    shop = hours(weekly, zone)
    begin, end = (datetime.fromisoformat(text).timestamp() for text in (opens, closes))
    assert shop.next_change(begin - 3600.0) == begin
    assert shop.next_change(begin) == end
    assert (shop.is_open(begin - 1), shop.is_open(begin)) == (False, True)
    assert (shop.is_open(end - 1), shop.is_open(end)) == (True, False)


def test_hours_that_the_wall_never_shows_are_none():
    shop = hours({"sun": "02:00-02:45"}, "Europe/Berlin")
    before = at("2026-03-29 01:00", "Europe/Berlin")
    assert shown(shop.next_change(before), "Europe/Berlin") == "2026-04-05 02:00"


_spans = st.lists(st.integers(0, 47), max_size=4, unique=True).map(
    lambda halves: tuple(
        Span(30 * begin, 30 * end)
        for begin, end in zip(sorted(halves)[::2], sorted(halves)[1::2], strict=False)
    )
)
_nights = st.integers(36, 47).map(lambda half: (Span(30 * half, 30 * half + 600),))
_day = st.one_of(st.just(()), _spans, _nights)
_forms = st.builds(
    OpeningHours,
    timezone=st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York", "UTC"]),
    weekly=st.tuples(*[_day] * 7),
    holidays=st.builds(
        Holiday,
        first=st.just(date(2026, 3, 27)),
        last=st.integers(0, 4).map(lambda n: date(2026, 3, 27) + timedelta(days=n)),
        spans=_day,
    ).map(lambda holiday: (holiday,)),
)


def wall_says(form, moment):
    """Whether it is open by the clock on the wall, where no clock is changed."""
    wall = datetime.fromtimestamp(moment, ZoneInfo(form.timezone))
    for back in (0, 1):
        day = wall.date() - timedelta(days=back)
        minutes = wall.hour * 60 + wall.minute + back * 1440
        held = [each for each in form.holidays if each.first <= day <= each.last]
        spans = held[0].spans if held else form.weekly[day.weekday()]
        if any(span.begin <= minutes < span.end for span in spans):
            return True
    return False


@settings(max_examples=150, deadline=None)
@given(_forms, st.integers(0, 47 * 14))
def test_the_wall_and_the_hours_agree(form, half):
    begin = datetime(2026, 3, 22, tzinfo=UTC).timestamp()
    moment = begin + 1800.0 * half
    near = datetime(2026, 3, 29, tzinfo=UTC).timestamp()
    if abs(moment - near) > 86_400 or form.timezone in {"UTC", "Asia/Shanghai"}:
        assert Hours(form).is_open(moment) == wall_says(form, moment)


@settings(max_examples=100, deadline=None)
@given(_forms, st.integers(0, 47 * 10))
def test_the_next_change_is_the_first(form, half):
    shop = Hours(form)
    moment = datetime(2026, 3, 22, 0, 10, tzinfo=UTC).timestamp() + 1800.0 * half
    change = shop.next_change(moment)
    last = moment + 14 * 86_400 if change is None else change
    before = shop.is_open(moment)
    probes = range(int(moment), int(last), 600)
    assert all(shop.is_open(float(probe)) is before for probe in probes)
    if change is not None:
        assert change > moment
        assert shop.is_open(change) is not before


@settings(max_examples=100, deadline=None)
@given(_forms)
def test_hours_survive_their_json(form):
    written = json.loads(json.dumps(Hours(form).as_json()))
    again = Hours.from_json(written)
    assert again.as_json() == written
    assert again.form.timezone == form.timezone
    assert [again.is_open(1.77e9 + 3600.0 * n) for n in range(200)] == [
        Hours(form).is_open(1.77e9 + 3600.0 * n) for n in range(200)
    ]


@pytest.mark.parametrize(
    ("weekly", "chinese", "english"),
    [
        ({"mon-fri": "09:00-18:00"}, "周一至周五 9:00–18:00", "Mon–Fri 9:00–18:00"),
        (
            {"mon-fri": "9:00-18:00", "sat": ["10:00-12:00", "13:00-17:30"]},
            "周一至周五 9:00–18:00，周六 10:00–12:00、13:00–17:30",
            "Mon–Fri 9:00–18:00; Sat 10:00–12:00, 13:00–17:30",
        ),
        ({"mon,wed,sat,sun": "22:00-06:00"}, "周一、周三、周六、周日 22:00–次日6:00",
         "Mon, Wed, Sat, Sun 22:00–6:00 (next day)"),
        ({"mon-sun": "00:00-24:00"}, "每天 全天", "daily all day"),
        ({"周一至周三": "08:00至12:00"}, "周一至周三 8:00–12:00", "Mon–Wed 8:00–12:00"),
        ({}, "休息", "closed"),
    ],
)  # fmt: skip
def test_hours_are_told_in_words(weekly, chinese, english):
    assert hours(weekly).describe() == chinese
    assert hours(weekly).describe("zh-TW") == chinese
    assert hours(weekly).describe("en-GB") == english


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ([], "the hours: [] is no mapping — possible: timezone, weekly, holidays"),
        ({"weekley": {}}, "weekley: hours have no key 'weekley' — did you mean 'weekly'?"),
        ({"timezone": "Asia/Shangha"}, "timezone: 'Asia/Shangha' is no time zone — did you mean"),
        ({"timezone": "../etc/passwd"}, "timezone: '../etc/passwd' is no time zone"),
        ({"timezone": 8}, "timezone: 8 is no time zone — write for example"),
        ({"weekly": []}, "weekly: [] is no mapping"),
        ({"weekly": {"mon-fry": "9:00-18:00"}}, "weekly.mon-fry: 'mon-fry' is no day of the week"),
        ({"weekly": {"mon-wed": "9:00-18:00", "tue": "9:00-18:00"}}, "the hours of tue are given"),
        ({"weekly": {"sat": ["9:00-12:00", "25:00-26:00"]}}, "weekly.sat.1: '25:00-26:00' has a"),
        ({"weekly": {"sat": "9-12"}}, "weekly.sat: '9-12' is no span of time — write for example"),
        ({"weekly": {"sat": {"a": 1}}}, "weekly.sat: {'a': 1} is no span of time"),
        ({"weekly": {"sat": "09:00-09:00"}}, "a whole day is 00:00-24:00"),
        ({"weekly": {"sat": "09:60-10:00"}}, "has a time that no day has"),
        ({"weekly": {"sat": ["9:00-12:00", "11:00-13:00"]}}, "weekly.sat.1: 09:00-12:00 and 11:00"),
        ({"weekly": {"sat": ["9:00-10:00"] * 25}}, "weekly.sat: 25 spans are too many"),
        ({"holidays": {}}, "holidays: {} is no list"),
        ({"holidays": ["2026-10-01"]}, "holidays.0: '2026-10-01' is no mapping"),
        ({"holidays": [{"closed": True}]}, "holidays.0: a holiday needs its date"),
        ({"holidays": [{"date": "2026-13-01", "closed": True}]}, "'2026-13-01' is no date"),
        ({"holidays": [{"date": 20261001, "closed": True}]}, "20261001 is no date"),
        ({"holidays": [{"date": "2026-10-01", "to": "2026-09-01", "closed": True}]}, "cannot be"),
        ({"holidays": [{"date": "2026-10-01", "to": "2028-09-01", "closed": True}]}, "366 days"),
        ({"holidays": [{"date": "2026-10-01"}]}, "holidays.0: nothing says what holds then"),
        ({"holidays": [{"date": "2026-10-01", "closed": False}]}, "nothing says what holds then"),
        ({"holidays": [{"date": "2026-10-01", "closed": []}]}, "[] is neither true nor false"),
        ({"holidays": [{"date": "2026-10-01", "open": []}]}, "[] is no span of time — write"),
        (
            {"holidays": [{"date": "2026-10-01", "closed": True, "open": "9:00-10:00"}]},
            "holidays.0: a holiday is both closed and open",
        ),
        ({"holidays": [{"date": "2026-10-01", "name": 5, "closed": True}]}, "5 is no name"),
        ({"holidays": [{"date": "2026-10-01", "closd": True}]}, "did you mean 'closed'?"),
        (
            {"holidays": [{"date": "2026-10-01", "to": "2026-10-03", "closed": True},
                          {"date": "2026-10-03", "closed": True}]},
            "holidays.1: 2026-10-03 is in two holidays",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(form, told):
    with pytest.raises(DeskError) as caught:
        Hours.from_json(form)
    assert told in str(caught.value)
    assert (caught.value.problem, caught.value.status) == ("bad-hours", 400)


def test_everything_that_is_wrong_is_told_at_once():
    with pytest.raises(DeskError) as caught:
        Hours.from_json({"timezone": "X", "weekly": {"mon": "x", "xyz": "9:00-10:00"}})
    assert str(caught.value).count("; ") >= 2


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["timezone", "weekly", "holidays", "date", "to", "open", "closed", *DAYS]),
        inner, max_size=3,
    ),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(_json)
def test_no_strange_value_makes_reading_fail(value):
    try:
        found = HoursInJson().checked(value)
    except DeskError:
        return
    assert HoursInJson().checked(found) == found
    assert HoursInJson().state(found, 1.77e9)[0] in {True, False}
