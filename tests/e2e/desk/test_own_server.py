"""The workbench on Kefu itself: from the start's link to a second agent who is shut out again."""

import re

import pytest
from playwright.sync_api import expect

PASSWORD = "correct horse 9 staple"


@pytest.fixture
def open_desk(browser, mortal_kefu, errors):
    """Return a function that opens an address of the server in a browser of its own."""
    contexts = []

    def open_desk(path):
        context = browser.new_context(locale="zh-CN", reduced_motion="reduce")
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        # What the page's policy forbids is told on the console.
        page.on(
            "console",
            lambda said: errors.append(said.text) if "Content Security" in said.text else None,
        )
        page.goto(mortal_kefu.url + path)
        return page

    yield open_desk
    for context in contexts:
        context.close()


def set_up(page, login, name):
    page.locator("#login").fill(login)
    page.locator("#name").fill(name)
    page.locator("#password").fill(PASSWORD)
    page.locator("#again").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/inbox**")


def test_from_the_first_start_to_an_agent_who_is_shut_out(open_desk, mortal_kefu):
    log = (mortal_kefu.folder / "run.log").read_text("utf-8")
    (path,) = re.findall(r"https?://[^/\s]+(/desk/setup#token=[\w-]+)", log)
    admin = open_desk(path)
    admin.get_by_role("heading", name="创建第一位管理员").wait_for()
    set_up(admin, "root", "周明远")

    admin.goto(f"{mortal_kefu.url}/desk/settings/groups")
    admin.get_by_role("button", name="新建分组").first.click()
    admin.locator("#named-name").fill("售后组")
    admin.get_by_role("button", name="保存").click()
    admin.get_by_role("row", name="售后组").wait_for()

    admin.get_by_role("link", name="坐席", exact=True).click()
    admin.get_by_role("button", name="新建坐席").click()
    admin.locator("#agent-name").fill('<img src=x onerror="window.hacked=1">')
    admin.locator("#agent-groups").press("Enter")
    admin.get_by_role("option", name="售后组").click()
    admin.get_by_role("button", name="保存").click()
    invited = admin.locator("#link-once").input_value()
    admin.get_by_role("dialog").get_by_role("button", name="完成").click()
    assert admin.evaluate("window.hacked") is None

    agent = open_desk(invited.removeprefix(mortal_kefu.url))
    agent.get_by_role("heading", name="设置你的账号").wait_for()
    set_up(agent, "lin", "林小雨")
    again = open_desk(invited.removeprefix(mortal_kefu.url))
    again.get_by_text("链接不可用").wait_for()

    agent.goto(f"{mortal_kefu.url}/desk/me")
    agent.get_by_text("本机").wait_for()
    admin.reload()
    admin.get_by_role("button", name="操作 林小雨").click()
    admin.get_by_role("menuitem", name="停用").click()
    admin.get_by_role("dialog", name="停用").get_by_role("button", name="停用").click()
    admin.get_by_role("row", name="林小雨").get_by_text("已停用").wait_for()
    # The live line tells at once; nobody has to click for it.
    agent.get_by_text("登录已失效").wait_for()

    admin.get_by_role("link", name="操作日志").click()
    admin.get_by_role("row", name="修改坐席").first.wait_for()


def test_what_is_kept_is_kept_by_the_server(open_desk, mortal_kefu):
    log = (mortal_kefu.folder / "run.log").read_text("utf-8")
    (path,) = re.findall(r"https?://[^/\s]+(/desk/setup#token=[\w-]+)", log)
    page = open_desk(path)
    set_up(page, "root", "周明远")
    for section, act, name in (
        ("canned", "新建快捷回复", "#canned-title"),
        ("words", "添加敏感词", "#word-word"),
        ("labels", "新建标签", "#label-name"),
        ("codes", "新建小结", "#code-name"),
    ):
        page.goto(f"{mortal_kefu.url}/desk/settings/{section}")
        page.get_by_role("button", name=act).first.click()
        page.locator(name).fill("加急")
        if section == "canned":
            page.locator("#canned-text").fill("{{customer.name|亲}}，已为您加急。")
        page.get_by_role("button", name="保存").click()
        page.locator("main").get_by_text("加急", exact=True).first.wait_for()
        page.reload()
        expect(page.locator("main").get_by_text("加急", exact=True).first).to_be_visible()
    page.goto(f"{mortal_kefu.url}/desk/settings/words")
    page.get_by_placeholder("例如：您可以").fill("请帮我加急处理")
    expect(page.locator("mark")).to_have_text("加急")
    page.goto(f"{mortal_kefu.url}/desk/settings/hours")
    page.get_by_text("全天营业").wait_for()
    page.locator(".own .el-switch").click()
    page.locator(".week").wait_for()
    page.get_by_role("button", name="保存").click()
    page.get_by_text("已保存").first.wait_for()
    page.reload()
    expect(page.locator(".week")).to_be_visible()
    page.goto(f"{mortal_kefu.url}/desk/settings/desk")
    page.get_by_role("switch", name="询问推荐意愿").press("Space")
    page.get_by_role("button", name="保存").click()
    page.get_by_text("已保存").first.wait_for()
    page.reload()
    expect(page.get_by_role("button", name="恢复")).to_be_visible()
    expect(page.get_by_role("switch", name="询问推荐意愿")).to_be_checked()
