"""Signing in, what may not be done, the live line and its banner, keys."""

import re

PASSWORD = "kefu-mock-12"


def test_signing_in_leads_back_to_where_one_was(enter):
    page = enter("/desk/settings/hours", login="")
    page.locator("#login").fill("admin")
    page.locator("#password").fill("wrong")
    page.keyboard.press("Enter")
    page.get_by_role("alert").get_by_text("登录名或密码不正确").wait_for()
    assert page.evaluate("document.activeElement.id") == "password"
    page.locator("#password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="营业时间").wait_for()
    assert page.url.endswith("/desk/settings/hours")


def test_nobody_is_sent_to_another_site_after_signing_in(enter):
    page = enter("/desk/login?to=//evil.example/desk", login="")
    page.locator("#login").fill("admin")
    page.locator("#password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/inbox**")


def test_too_many_tries_are_said_to_wait(enter):
    page = enter("/desk/login", login="")
    page.locator("#login").fill("slow")
    page.locator("#password").fill("x")
    page.keyboard.press("Enter")
    page.get_by_text(re.compile("请在 (29|30) 秒后再试")).first.wait_for()
    assert page.get_by_role("button", name="登录", exact=True).is_disabled()


def test_a_one_time_link_makes_an_account_and_signs_in(enter):
    page = enter("/desk/setup#token=setup", login="")
    page.locator("#login").fill("admin")
    page.locator("#name").fill("周明远")
    page.locator("#password").fill("short")
    page.locator("#again").fill("other")
    page.keyboard.press("Enter")
    page.get_by_text("至少 10 个字符", exact=True).wait_for()
    page.get_by_text("两次输入的密码不一致").wait_for()
    page.locator("#password").fill(PASSWORD)
    page.locator("#again").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/inbox**")


def test_who_is_signed_out_meanwhile_comes_to_the_login_and_back(enter):
    page = enter("/desk/settings/agents")
    page.locator("tbody tr").first.wait_for()
    page.context.clear_cookies()
    page.get_by_role("link", name="会话小结").click()
    page.get_by_text("登录已失效").wait_for()
    page.locator("#login").fill("admin")
    page.locator("#password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="会话小结").wait_for()


def test_what_one_may_not_do_is_not_there_and_is_explained(enter, mock):
    page = enter("/desk/board", login="lin")
    page.get_by_text("你没有权限打开“看板”").wait_for()
    rail = page.get_by_role("navigation", name="主导航")
    assert rail.get_by_role("link", name="看板").count() == 0
    page.goto(f"{mock.url}/desk/settings")
    page.locator("tbody tr").first.wait_for()
    sections = page.get_by_role("navigation", name="系统设置").get_by_role("link")
    assert sections.all_inner_texts() == ["坐席", "分组", "技能", "快捷回复"]
    assert page.get_by_role("button", name="新建坐席").count() == 0
    assert page.locator("tbody button").count() == 0


def test_a_refusal_is_explained_although_the_button_was_there(enter, mock):
    page = enter("/desk/settings/groups")
    page.get_by_role("button", name="新建分组").click()
    mock.play("fault", path="/groups", method="POST", status=403, problem="not-allowed")
    page.get_by_label("名称").fill("夜班组")
    page.get_by_role("button", name="保存").click()
    page.get_by_role("alert").get_by_text("你的账号不能执行这个操作").wait_for()


def test_the_banner_tells_when_the_line_is_lost_and_back(enter, mock):
    page = enter("/desk/board")
    page.locator("[data-conversation=web-c00014]").wait_for()
    mock.play("fault", path="/live", status=503, times=1000)
    mock.play("drop", sockets=False)
    page.locator(".banner.lost").wait_for()
    assert "已断开" in page.locator("[role=status]").first.inner_text()
    row = {"state": "assigned", "waiting_since": None}
    mock.play("row", conversation_id="web-c00014", fields=row)
    mock.play("drop", sockets=True)
    page.get_by_role("button", name="立即重连").click()
    page.locator(".banner.back").wait_for()
    page.locator("[data-conversation=web-c00014]").wait_for(state="detached")
    page.locator(".banner").wait_for(state="detached")


def test_where_sockets_do_not_work_the_line_polls(enter, mock):
    page = enter("/desk/icon.svg")
    mock.play("drop", sockets=False)
    page.goto(f"{mock.url}/desk/board")
    with page.expect_request("**/api/v1/live/poll**"):
        page.locator("[data-conversation=web-c00014]").wait_for()
    page.locator(".banner").wait_for(state="detached")
    row = {"state": "assigned", "waiting_since": None}
    mock.play("row", conversation_id="web-c00014", fields=row)
    page.locator("[data-conversation=web-c00014]").wait_for(state="detached")


def test_a_screen_that_cannot_be_fetched_can_be_tried_again(enter, mock):
    page = enter("/desk/settings/groups")
    page.locator("tbody tr").first.wait_for()
    mock.play("fault", path="/audit", status=500, problem="server-error")
    page.get_by_role("link", name="操作日志").click()
    page.get_by_role("button", name="重试").click()
    page.locator("tbody tr").first.wait_for()
    mock.play("fault", path="/labels", status=0, times=1000)
    page.get_by_role("link", name="标签").click()
    page.get_by_text("连不上服务器").wait_for()
    mock.play("heal")
    page.get_by_role("button", name="重试").click()
    page.locator(".label").first.wait_for()


def test_keys_go_everywhere(enter):
    page = enter("/desk/board")
    page.get_by_role("heading", name="看板").wait_for()
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="命令栏").fill("营业")
    assert page.get_by_role("option").count() == 0  # administration's are there once it is open
    page.get_by_role("combobox", name="命令栏").fill("设置")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="系统设置").wait_for()
    page.keyboard.press("g")
    page.keyboard.press("b")
    page.get_by_role("heading", name="看板").wait_for()
    page.keyboard.press("?")
    page.get_by_role("dialog", name="快捷键").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("dialog", name="快捷键").wait_for(state="hidden")
    page.get_by_role("button", name="我的状态").focus()
    page.keyboard.press("Enter")
    page.get_by_role("radio", name="忙碌").wait_for()
    page.wait_for_function("document.activeElement.getAttribute('role') === 'radio'")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="我的状态：忙碌").wait_for()
    page.keyboard.press("Escape")
    page.wait_for_function("document.activeElement.classList.contains('own')")


def test_keys_write_where_one_writes(enter):
    page = enter("/desk/settings/agents")
    page.get_by_placeholder("姓名、工号或登录名").press_sequentially("g b?")
    assert page.get_by_placeholder("姓名、工号或登录名").input_value() == "g b?"
    assert page.url.endswith("/desk/settings/agents")


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
    page.get_by_text("新会话：陈女士").wait_for()
    page.get_by_role("button", name="打开").click()
    page.wait_for_url("**/desk/conversations/web-c00001")
