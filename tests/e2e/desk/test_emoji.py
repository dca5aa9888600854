"""Emoji in the composer: found by name, by group, by key, and those chosen lately."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.looks import LOOKS

PLAIN = "/desk/inbox/mine/web-c00003"
OPEN = re.compile("^(表情|Emoji)$")
FILE = "**/assets/emoji-*.json"


@pytest.fixture
def picker(enter):
    """Return a function that opens the emoji beside a conversation's composer."""

    def picker(*, page=None, **options):
        page = page or enter(PLAIN, login="lin", **options)
        page.locator(".message").first.wait_for()
        page.locator(".composer").get_by_role("button", name=OPEN).click()
        expect(page.locator(".emoji input")).to_be_focused()
        return page

    return picker


def text_of(page):
    return page.locator(".composer textarea").input_value()


def test_an_emoji_is_found_by_its_name_in_either_language(picker):
    page = picker()
    page.locator(".emoji input").fill("花")
    expect(page.get_by_role("button", name="玫瑰", exact=True)).to_be_visible()
    page.locator(".emoji input").fill("rose")
    page.keyboard.press("Enter")
    expect(page.locator(".emoji")).to_have_count(0)
    assert text_of(page) == "🌹"
    expect(page.locator(".composer textarea")).to_be_focused()


def test_names_are_in_the_language_of_the_desk(picker):
    page = picker(language="en")
    page.locator(".emoji input").fill("玫瑰")
    page.get_by_role("button", name="rose", exact=True).click()
    assert text_of(page) == "🌹"


def test_what_is_not_found_is_said(picker):
    page = picker()
    page.locator(".emoji input").fill("没有这种表情")
    expect(page.get_by_text("没有找到这样的表情")).to_be_visible()


def test_keys_lead_through_groups_and_emoji(picker):
    page = picker()
    page.keyboard.press("Tab")
    expect(page.get_by_role("tab", name="笑脸与情绪")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="人物与手势", selected=True)).to_be_focused()
    page.keyboard.press("Tab")
    faces = page.locator(".emoji .face")
    expect(faces.nth(0)).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    expect(faces.nth(10)).to_be_focused()
    wanted = faces.nth(10).inner_text()
    page.keyboard.press("Enter")
    expect(page.locator(".emoji")).to_have_count(0)
    assert text_of(page) == wanted


def test_escape_leads_back_to_where_one_was(picker):
    page = picker()
    page.keyboard.press("Escape")
    expect(page.locator(".emoji")).to_have_count(0)
    expect(page.get_by_role("button", name="表情", exact=True)).to_be_focused()


def test_those_chosen_lately_come_first_on_every_machine(picker, mock):
    page = picker()
    with page.expect_response("**/api/v1/me/settings"):
        page.get_by_role("tab", name="食物与饮料").click()
        chosen = page.locator(".emoji .face").nth(3)
        face = chosen.inner_text()
        chosen.click()
    picker(page=page)
    expect(page.get_by_role("tab", name="最近使用", selected=True)).to_be_visible()
    expect(page.locator(".emoji .face")).to_have_text([face])
    page.evaluate("localStorage.clear()")
    page.reload()
    picker(page=page)
    expect(page.locator(".emoji .face")).to_have_text([face])


def test_they_are_fetched_when_they_are_first_needed_and_again_when_that_failed(picker, enter):
    page = enter(PLAIN, login="lin")
    fetched = []
    page.on("request", lambda one: "emoji" in one.url and fetched.append(one.url))
    page.locator(".message").first.wait_for()
    assert fetched == []
    page.context.route(FILE, lambda route: route.abort())
    picker(page=page)
    fault = page.locator(".emoji [role=alert]")
    expect(fault).to_contain_text("连不上服务器")
    page.context.unroute(FILE)
    fault.get_by_role("button", name="重试").click()
    page.locator(".emoji .face").first.wait_for()


@LOOKS
def test_axe_finds_nothing_in_them(picker, violations, language, theme):
    page = picker(language=language, theme=theme)
    page.locator(".emoji .face").first.wait_for()
    assert violations(page) == []
    page.locator(".emoji input").fill("xxxxx")
    page.locator(".emoji .none").wait_for()
    assert violations(page) == []


def test_on_a_phone_they_come_from_below(picker):
    page = picker(viewport={"width": 390, "height": 844}, has_touch=True)
    page.locator(".emoji .face").first.wait_for()
    box = page.locator(".popup").bounding_box()
    assert (box["x"], box["width"]) == (0, 390)
    assert box["y"] + box["height"] == 844
    assert page.locator(".emoji .grid").evaluate("one => one.scrollWidth <= one.clientWidth")
