"""The panel beside the chat page, for those who edit the bot."""

import shutil

import pytest

from tests.e2e.conftest import KefuProcess
from tests.e2e.stage import AXE, violations

expect = pytest.importorskip("playwright.sync_api").expect

WIDE = {"viewport": {"width": 1280, "height": 800}}
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


@pytest.fixture(scope="module")
def watching(trained_project, tmp_path_factory):
    folder = tmp_path_factory.mktemp("watching") / "project"
    shutil.copytree(trained_project, folder, ignore=shutil.ignore_patterns("var", "run.log"))
    process = KefuProcess(folder, "--watch")
    process.start()
    yield process
    process.stop()


def say(page, text):
    page.fill("#k-text", text)
    page.click(".send")


def test_the_lines_that_decided_are_shown(visit, watching):
    page = visit(watching, **WIDE)
    page.get_by_role("button", name="查看对话细节").click()
    panel = page.get_by_role("complementary", name="对话细节")
    expect(panel).to_contain_text("发一条消息")
    say(page, "你好")
    turn = panel.locator(".turn").first
    expect(turn).to_contain_text("data/rules.yml:9-10")
    expect(turn).to_contain_text("规则 greet")
    expect(turn).to_contain_text("utter_greet")
    expect(turn.locator(".bar").first).to_contain_text("greet")
    say(page, "几点关门")
    expect(panel.locator(".turn")).to_have_count(2)
    expect(panel.locator("summary").first).to_have_text("几点关门")
    expect(panel.locator(".turn").first).to_contain_text("utter_hours")
    page.reload()
    expect(panel.locator(".turn")).to_have_count(2)
    panel.get_by_role("button", name="关闭").click()
    expect(panel).to_have_count(0)


def test_the_conversation_makes_room(visit, watching):
    page = visit(watching, **WIDE)
    page.wait_for_selector("#k-text")
    page.get_by_role("button", name="查看对话细节").click()
    panel = page.locator("kefu-details .panel").bounding_box()
    chat = page.locator("kefu-widget .panel").bounding_box()
    assert chat["x"] + chat["width"] <= panel["x"]
    assert chat["x"] >= 0


def test_on_a_phone_it_covers_the_conversation_and_goes_away(visit, watching):
    page = visit(watching, **PHONE, locale="en-US")
    page.wait_for_selector("#k-text")
    page.get_by_role("button", name="Show the details of the conversation").click()
    panel = page.get_by_role("complementary", name="Details")
    assert panel.bounding_box()["width"] == 390
    expect(panel.get_by_role("button", name="Close")).to_be_focused()
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    expect(page.locator("#k-text")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_read_it(visit, watching, require, scheme):
    if not AXE.is_file():
        require("axe-core (make web)")
    page = visit(watching, **WIDE, color_scheme=scheme)
    page.get_by_role("button", name="查看对话细节").click()
    say(page, "你好")
    expect(page.locator("kefu-details .turn")).to_have_count(1)
    assert violations(page) == []


def test_customers_are_not_shown_it(visit, kefu):
    page = visit(kefu, **WIDE)
    page.wait_for_selector("#k-text")
    assert page.locator("kefu-details").count() == 0


def test_frames_of_other_sites_do_not_have_it(visit, watching):
    page = visit(watching, path="/widget/frame", **WIDE)
    page.wait_for_selector("#k-text")
    assert page.locator("kefu-details").count() == 0
