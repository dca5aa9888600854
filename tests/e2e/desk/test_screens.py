"""Every screen: nothing for axe to find, no names that run, nothing wider than a phone."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.looks import LOOKS

DARK = re.compile(r"\bdark\b")

SCREENS = {
    "/desk/board": ".agents li",
    "/desk/me": ".logins li",
    "/desk/settings": ".sections",
    "/desk/settings/agents": "tbody tr",
    "/desk/settings/groups": "tbody tr",
    "/desk/settings/skills": "tbody tr",
    "/desk/settings/canned": ".text",
    "/desk/settings/words": "tbody tr",
    "/desk/settings/labels": ".label",
    "/desk/settings/codes": ".name",
    "/desk/settings/hours": ".week",
    "/desk/settings/desk": ".line",
    "/desk/settings/audit": "tbody tr",
    "/desk/settings/training": "article.group",
    "/desk/no/such/page": ".state",
}
ADDED = ("agents", "groups", "canned", "words", "labels", "codes")


@LOOKS
def test_axe_finds_nothing_on_any_screen(enter, violations, language, theme):
    page = enter("/desk/board", language=language, theme=theme)
    for path, there in SCREENS.items():
        page.goto(page.url.partition("/desk")[0] + path)
        page.locator(there).first.wait_for()
        assert violations(page) == [], path


@LOOKS
def test_axe_finds_nothing_in_forms_menus_and_the_command_bar(enter, violations, language, theme):
    page = enter("/desk/board", language=language, theme=theme)
    for name in ADDED:
        page.goto(page.url.partition("/desk")[0] + f"/desk/settings/{name}")
        page.locator("main .el-button--primary").first.click()
        page.locator(".el-drawer input, .el-drawer textarea").first.wait_for()
        page.wait_for_function("document.activeElement.closest('.el-drawer form')")
        assert violations(page) == [], name
    page.goto(page.url.partition("/desk")[0] + "/desk/me")
    page.locator("nav .own button, button.own").click()
    page.locator(".avatar-menu .status").first.wait_for()
    assert violations(page) == []
    page.keyboard.press("Control+k")
    page.locator(".command").first.wait_for()
    assert violations(page) == []


@LOOKS
def test_axe_finds_nothing_before_one_is_signed_in(enter, violations, language, theme):
    page = enter("/desk/login", login="", language=language, theme=theme)
    page.locator("#password").wait_for()
    assert violations(page) == []
    page.goto(page.url.partition("/desk")[0] + "/desk/setup#token=invite")
    page.locator("#again").wait_for()
    assert violations(page) == []
    page.goto(page.url.partition("/desk")[0] + "/desk/setup#token=dead")
    page.reload()
    page.get_by_role("heading", name=re.compile("链接不可用|The link does not work")).wait_for()
    assert violations(page) == []


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_on_a_phone_nothing_is_wider_than_the_screen(enter, language):
    page = enter("/desk/board", language=language, viewport={"width": 390, "height": 800})
    for path, there in SCREENS.items():
        page.goto(page.url.partition("/desk")[0] + path)
        page.locator(there).first.wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
        wide = page.evaluate("""() => [...document.querySelectorAll("main button, main h1")]
            .filter(one => one.offsetParent && !one.closest(".table-frame, .folders"))
            .filter(one => one.getBoundingClientRect().right > 391).map(one => one.outerHTML)""")
        assert wide == [], path


def test_scripts_in_names_are_text(enter, mock):
    page = enter("/desk/board")
    name = '<img src=x onerror="window.hacked=1">'
    page.get_by_text(name).first.wait_for()
    mock.play("row", conversation_id="web-c00014", fields={"customer": {"id": "u", "name": name}})
    page.locator("[data-conversation=web-c00014]").get_by_text(name).wait_for()
    for path in ("agents", "canned", "audit"):
        page.goto(page.url.partition("/desk")[0] + f"/desk/settings/{path}")
        page.get_by_text(name.replace('"', "") if path == "canned" else name).first.wait_for()
        assert page.evaluate("window.hacked") is None


def test_language_and_look_change_at_once_and_stay(enter, mock):
    page = enter("/desk/me")
    page.locator(".cards").get_by_text("English", exact=True).click()
    page.get_by_role("heading", name="Notifications").wait_for()
    assert page.evaluate("document.documentElement.lang") == "en"
    with page.expect_response("**/api/v1/me/settings"):
        page.locator(".cards").get_by_text("Dark", exact=True).click()
    expect(page.locator("html")).to_have_class(DARK)
    page.evaluate("localStorage.clear()")
    page.goto(f"{mock.url}/desk/board")
    page.get_by_role("heading", name="Board").wait_for()
    expect(page.locator("html")).to_have_class(DARK)
