"""Days and times are in the language of the desk, whatever the browser speaks."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.looks import LOOKS

TALK = "/desk/inbox/mine/web-c00003"
SPEAKS = {"zh-CN": "en-US", "en": "zh-CN"}
MONTHS = {"zh-CN": re.compile(r"\d{4} ?年.*月"), "en": re.compile(r"\d{4} +[A-Z][a-z]+")}
WEEKS = {"zh-CN": ["一", "二", "三", "四", "五", "六", "日"],
         "en": ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]}  # fmt: skip
BOTH = pytest.mark.parametrize("language", ["zh-CN", "en"])


def panel(page):
    return page.locator(".el-picker-panel:visible")


def is_in(page, language):
    """See that the calendar that is open is in a language."""
    expect(panel(page).locator(".el-date-picker__header-label").first).to_be_visible()
    header = " ".join(panel(page).locator(".el-date-picker__header-label").all_inner_texts())
    assert MONTHS[language].search(header), header
    expect(panel(page).locator(".el-date-table th")).to_have_text(WEEKS[language])


@BOTH
def test_the_days_of_a_search(enter, violations, language):
    page = enter("/desk/customers?q=退款", login="lin", language=language, locale=SPEAKS[language])
    page.locator(".hit").first.wait_for()
    field = page.locator(".el-date-editor input").first
    field.click()
    is_in(page, language)
    page.wait_for_function("document.getAnimations().every(one => one.playState != 'running')")
    assert violations(page) == []
    with page.expect_response(lambda one: "/search?" in one.url and "after" in one.url) as asked:
        field.fill("2026-11-20")
        field.press("Enter")
    assert "after%3A2026-11-20" in asked.value.url
    expect(page).to_have_url(re.compile("after=2026-11-20"))
    page.reload()
    expect(field).to_have_value("2026-11-20")


@LOOKS
def test_the_time_of_putting_aside(enter, violations, language, theme):
    page = enter(TALK, login="lin", language=language, theme=theme, locale=SPEAKS[language])
    page.locator(".thread > .head .acts").wait_for()  # keys need the row, not what was said
    page.keyboard.press("Alt+m")
    dialog = page.locator(".el-dialog")
    field = dialog.locator(".el-date-editor input")
    field.click()
    expect(dialog.get_by_role("radio").last).to_be_checked()
    is_in(page, language)
    page.wait_for_function("document.getAnimations().every(one => one.playState != 'running')")
    assert violations(page) == []
    expect(field).to_have_value(re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d$"))
    field.fill("2031-03-09 14:05")
    field.press("Enter")
    with page.expect_request("**/snooze") as asked:
        dialog.get_by_role("button", name=re.compile("^(搁置|Snooze)$")).click()
    at = page.evaluate("new Date('2031-03-09T14:05').toISOString()")
    assert asked.value.post_data_json == {"until": at}


@BOTH
def test_holidays_and_hours(enter, violations, language):
    page = enter("/desk/settings/hours", language=language, locale=SPEAKS[language])
    page.locator(".holiday .el-date-editor input").first.wait_for()
    page.locator(".holiday .el-date-editor input").first.click()
    is_in(page, language)
    page.wait_for_function("document.getAnimations().every(one => one.playState != 'running')")
    assert violations(page) == []
    page.keyboard.press("Escape")
    time = page.locator(".week .span input").first
    time.fill("8：30")
    time.press("Tab")
    expect(time).to_have_value("08:30")
    time.fill("half past eight")
    time.press("Tab")
    expect(time).to_have_value("08:30")


def test_until_the_calendar_comes_a_day_can_be_typed(enter):
    page = enter("/desk/icon.svg", login="lin")
    page.context.route("**/assets/DatePicker-*.js", lambda route: route.abort())
    page.goto(page.url.partition("/desk")[0] + "/desk/customers?q=退款")
    page.locator(".hit").first.wait_for()
    field = page.get_by_role("textbox", name="从").first
    field.fill("yesterday")
    field.press("Tab")
    assert "after" not in page.url
    with page.expect_response(lambda one: "after%3A2026-11-20" in one.url):
        field.fill("2026-11-20")
        field.press("Tab")


def test_on_a_phone_the_calendar_fits(enter):
    page = enter("/desk/customers?q=退款", login="lin", viewport={"width": 390, "height": 800})
    page.locator(".hit").first.wait_for()
    page.locator(".el-date-editor").nth(1).wait_for()
    for field in page.locator(".el-date-editor input").all():
        field.click()
        box = panel(page).bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        page.keyboard.press("Escape")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
