"""Signing in, what may not be done, the live line and its banner, keys."""

import re

import pytest
from playwright.sync_api import expect

PASSWORD = "kefu-mock-12"
WAITING = "[data-conversation=web-c00014]"
ASSIGNED = {"state": "assigned", "waiting_since": None}


def test_signing_in_leads_back_to_where_one_was(enter):
    page = enter("/desk/settings/hours", login="")
    page.locator("#login").fill("admin")
    page.locator("#password").fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("登录名或密码不正确")
    expect(page.locator("#password")).to_be_focused()
    page.locator("#password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="营业时间")).to_be_visible()
    expect(page).to_have_url(re.compile("/desk/settings/hours$"))


def test_nobody_is_sent_to_another_site_after_signing_in(enter, mock):
    page = enter("/desk/login?to=//evil.example/desk", login="")
    page.locator("#login").fill("admin")
    page.locator("#password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"^{mock.url}/desk/inbox"))


def test_too_many_tries_are_said_to_wait(enter):
    page = enter("/desk/login", login="")
    page.locator("#login").fill("slow")
    page.locator("#password").fill("x")
    page.keyboard.press("Enter")
    expect(page.get_by_text(re.compile("请在 (29|30) 秒后再试")).first).to_be_visible()
    expect(page.get_by_role("button", name="登录", exact=True)).to_be_disabled()


def test_a_one_time_link_makes_an_account_and_signs_in(enter):
    page = enter("/desk/setup#token=setup", login="")
    page.locator("#login").fill("a")
    page.locator("#password").fill("short")
    page.locator("#again").fill("other")
    page.keyboard.press("Enter")
    expect(page.get_by_text("至少 2 个字符", exact=True)).to_be_visible()
    expect(page.get_by_text("请输入显示名", exact=True)).to_be_visible()
    expect(page.get_by_text("至少 10 个字符")).to_have_count(1)
    page.locator("#login").fill("admin")
    page.locator("#name").fill("周明远")
    expect(page.get_by_text("两次输入的密码不一致")).to_be_visible()
    page.locator("#password").fill(PASSWORD)
    page.locator("#again").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/desk/inbox"))
    expect(page.get_by_role("button", name="我的状态")).to_be_visible()


def test_who_is_signed_out_meanwhile_comes_to_the_login_and_back(enter):
    page = enter("/desk/settings/agents")
    page.locator("tbody tr").first.wait_for()
    page.context.clear_cookies()
    page.get_by_role("link", name="会话小结").click()
    expect(page.get_by_text("登录已失效")).to_be_visible()
    page.locator("#login").fill("admin")
    page.locator("#password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="会话小结")).to_be_visible()
    expect(page).to_have_url(re.compile("/desk/settings/codes$"))


def test_what_one_may_not_do_is_not_there_and_is_explained(enter, mock):
    page = enter("/desk/board", login="lin")
    expect(page.get_by_text("你没有权限打开“看板”")).to_be_visible()
    rail = page.get_by_role("navigation", name="主导航")
    expect(rail).to_be_visible()
    expect(rail.get_by_role("link", name="看板")).to_have_count(0)
    page.goto(f"{mock.url}/desk/settings")
    page.locator("tbody tr").first.wait_for()
    sections = page.get_by_role("navigation", name="系统设置").get_by_role("link")
    expect(sections).to_have_text(["坐席", "分组", "技能", "快捷回复"])
    expect(page.get_by_role("button", name="新建坐席")).to_have_count(0)
    expect(page.locator("tbody button")).to_have_count(0)


def test_a_refusal_is_explained_although_the_button_was_there(enter, mock):
    page = enter("/desk/settings/groups")
    page.get_by_role("button", name="新建分组").click()
    mock.play("fault", path="/groups", method="POST", status=403, problem="not-allowed")
    page.get_by_label("名称").fill("夜班组")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("alert")).to_contain_text("你的账号不能执行这个操作")
    expect(page.get_by_label("名称")).to_have_value("夜班组")


@pytest.fixture
def cut_off(enter, mock):
    """The board, of which the line is lost: neither sockets nor polls get through."""
    page = enter("/desk/icon.svg")
    page.clock.install()
    page.goto(f"{mock.url}/desk/board")
    expect(page.locator(WAITING)).to_be_visible()
    mock.play("fault", path="/live", status=503, times=1000)
    mock.play("drop", sockets=False)
    expect(page.locator(".banner.lost")).to_be_visible()
    return page


def test_the_banner_tells_when_the_line_is_lost_and_back(cut_off, mock):
    page = cut_off
    expect(page.locator("[role=status]").first).to_contain_text("已断开")
    mock.play("row", conversation_id="web-c00014", fields=ASSIGNED)
    mock.play("drop", sockets=True)
    # It tries by itself, a few seconds later at most.
    expect(page.locator(".banner.back")).to_be_visible(timeout=30_000)
    expect(page.locator(WAITING)).to_have_count(0)
    page.clock.run_for(3_000)
    expect(page.locator(".banner")).to_have_count(0)


def test_who_does_not_wait_for_the_next_try_has_it_at_once(cut_off, mock):
    page = cut_off
    now = page.evaluate("Date.now() / 1000")
    page.clock.pause_at(now + 5)  # from now on the line does not try by itself
    again = page.get_by_role("button", name="立即重连")
    with page.expect_websocket() as tried:
        again.click()
    if not tried.value.is_closed():
        tried.value.wait_for_event("close")
    expect(page.locator(".banner.lost")).to_be_visible()
    mock.play("drop", sockets=True)
    again.click()
    expect(page.locator(".banner.back")).to_be_visible()


def test_where_sockets_do_not_work_the_line_polls(enter, mock):
    page = enter("/desk/icon.svg")
    mock.play("drop", sockets=False)
    page.goto(f"{mock.url}/desk/board")
    with page.expect_request("**/api/v1/live/poll**"):
        page.locator(WAITING).wait_for()
    expect(page.locator(".banner")).to_have_count(0)
    mock.play("row", conversation_id="web-c00014", fields=ASSIGNED)
    expect(page.locator(WAITING)).to_have_count(0)


def test_a_screen_that_cannot_be_fetched_can_be_tried_again(enter, mock):
    page = enter("/desk/settings/groups")
    page.locator("tbody tr").first.wait_for()
    mock.play("fault", path="/audit", status=500, problem="server-error")
    page.get_by_role("link", name="操作日志").click()
    page.get_by_role("button", name="重试").click()
    expect(page.locator("tbody tr").first).to_be_visible()
    mock.play("fault", path="/labels", status=0, times=1000)
    page.get_by_role("link", name="标签").click()
    expect(page.get_by_text("连不上服务器")).to_be_visible()
    mock.play("heal")
    page.get_by_role("button", name="重试").click()
    expect(page.locator(".label").first).to_be_visible()
    expect(page.get_by_text("连不上服务器")).to_have_count(0)


def test_keys_go_everywhere(enter):
    page = enter("/desk/board")
    page.get_by_role("heading", name="看板").wait_for()
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="命令栏").fill("营业")
    assert page.get_by_role("option").count() == 0  # administration's are there once it is open
    page.get_by_role("combobox", name="命令栏").fill("设置")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="系统设置")).to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("b")
    expect(page.get_by_role("heading", name="看板")).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="快捷键")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="快捷键")).to_be_hidden()
    page.get_by_role("button", name="我的状态").focus()
    page.keyboard.press("Enter")
    page.get_by_role("radio", name="忙碌").wait_for()
    page.wait_for_function("document.activeElement.getAttribute('role') === 'radio'")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="我的状态：忙碌")).to_be_visible()
    page.keyboard.press("Escape")
    page.wait_for_function("document.activeElement.classList.contains('own')")


def test_keys_write_where_one_writes(enter):
    page = enter("/desk/settings/agents")
    page.get_by_placeholder("姓名、工号或登录名").press_sequentially("g b?")
    expect(page.get_by_placeholder("姓名、工号或登录名")).to_have_value("g b?")
    expect(page).to_have_url(re.compile("/desk/settings/agents$"))
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_one_is_told_of_a_new_conversation(enter, mock):
    page = enter("/desk/board")
    page.locator(".agents li").first.wait_for()
    event = {
        "kind": "notice",
        "what": "assigned",
        "conversation_id": "web-c00001",
        "by": None,
        "text": "陈女士",
    }
    mock.play("tell", event=event)
    expect(page.get_by_text("新会话：陈女士")).to_be_visible()
    page.get_by_role("button", name="打开").click()
    expect(page).to_have_url(re.compile("/desk/conversations/web-c00001$"))
    expect(page.locator(".message").first).to_be_visible()
