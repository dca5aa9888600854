"""What administrators do, and what others do at the same moment."""

from playwright.sync_api import expect


def save(page):
    page.get_by_role("button", name="保存").click()


def test_an_agent_is_made_and_the_link_is_shown_once(enter):
    page = enter("/desk/settings/agents")
    page.get_by_role("button", name="新建坐席").click()
    save(page)
    page.get_by_text("请填写显示名").first.wait_for()
    page.locator("#agent-name").fill("郭靖")
    page.locator("#agent-login").fill("guo")
    save(page)
    dialog = page.get_by_role("dialog", name="郭靖 的账号已创建")
    dialog.wait_for()
    assert "/desk/setup#token=invite" in dialog.locator("input").input_value()
    dialog.get_by_role("button", name="完成").click()
    expect(page.get_by_role("row", name="郭靖")).to_contain_text("1018")
    expect(page.locator("input[value*='/desk/setup']")).to_have_count(0)
    page.reload()
    expect(page.get_by_role("row", name="郭靖")).to_be_visible()


def test_a_login_that_is_taken_is_said_in_the_form(enter):
    page = enter("/desk/settings/agents")
    page.get_by_role("button", name="新建坐席").click()
    page.locator("#agent-name").fill("另一个林")
    page.locator("#agent-login").fill("lin")
    save(page)
    expect(page.get_by_role("alert").get_by_text("登录名已被使用").first).to_be_visible()
    expect(page.locator("#agent-name")).to_have_value("另一个林")


def test_skills_have_levels(enter):
    page = enter("/desk/settings/agents")
    page.get_by_role("button", name="编辑 林小雨").click()
    page.get_by_role("radiogroup", name="退款的等级").get_by_text("5").first.click()
    with page.expect_request(lambda request: request.method == "PUT") as sent:
        save(page)
    assert sent.value.post_data_json == {"skills": {"退款": 5}, "version": 1}
    expect(page.get_by_role("row", name="林小雨")).to_contain_text("退款 5")


def test_what_somebody_else_changed_is_not_overwritten(enter, mock):
    page = enter("/desk/settings/agents")
    page.get_by_role("button", name="编辑 林小雨").click()
    mock.play("agent", agent_id=f"a{2:031}", fields={"display_name": "林雨"})
    page.locator("#agent-name").fill("林小雨儿")
    save(page)
    expect(page.get_by_role("alert")).to_contain_text("刚刚被别人改过了")
    page.get_by_role("button", name="加载最新内容").click()
    page.wait_for_function("document.getElementById('agent-name').value === '林雨'")
    page.locator("#agent-name").fill("林小雨儿")
    save(page)
    expect(page.get_by_role("row", name="林小雨儿")).to_be_visible()


def test_the_last_administrator_stays(enter):
    page = enter("/desk/settings/agents")
    page.get_by_role("button", name="操作 周明远").click()
    page.get_by_role("menuitem", name="停用").click()
    page.get_by_role("dialog", name="停用").get_by_role("button", name="停用").click()
    expect(page.get_by_text("这是最后一位能登录的管理员")).to_be_visible()
    page.reload()
    row = page.get_by_role("row", name="周明远")
    expect(row).to_be_visible()
    expect(row).not_to_contain_text("已停用")


def test_a_group_in_use_is_not_removed(enter):
    page = enter("/desk/settings/groups")
    page.get_by_role("button", name="删除 售后组").click()
    page.get_by_role("dialog").get_by_role("button", name="删除").click()
    expect(page.get_by_text("仍在使用中")).to_be_visible()
    page.reload()
    expect(page.get_by_role("row", name="售后组")).to_be_visible()


def test_hours_are_previewed_before_they_are_saved(enter):
    page = enter("/desk/settings/hours")
    page.locator(".week").wait_for()
    page.clock.set_fixed_time("2026-12-07T04:00:00Z")  # noon on a Monday in Shanghai
    page.reload()
    page.get_by_text("现在休息，今天").wait_for()
    monday = page.locator(".week .line").first

    def at(field, time):
        monday.get_by_label(field, exact=True).fill(time)
        monday.get_by_label(field, exact=True).press("Tab")

    at("周一 结束 1", "13:00")
    page.get_by_text("现在营业，今天").wait_for()
    at("周一 开始 2", "12:30")
    page.get_by_text("周一：时段互相重叠").wait_for()
    at("周一 开始 2", "13:30")
    page.get_by_role("button", name="节假日", exact=False).first.click()
    with page.expect_request(lambda request: request.method == "PUT") as sent:
        save(page)
    body = sent.value.post_data_json
    assert body["version"] == 1
    assert body["hours"]["weekly"]["mon"] == ["09:00-13:00", "13:30-18:00"]
    assert body["hours"]["holidays"][-1] == {"date": "2026-12-08", "closed": True}


def test_a_group_has_hours_of_its_own_or_everybody_s(enter):
    page = enter("/desk/settings/hours")
    page.locator(".week").wait_for()
    page.get_by_role("combobox", name="谁的营业时间").press("Enter")
    page.get_by_role("option", name="海外组").click()
    page.get_by_text("使用本组自己的时间").wait_for()
    assert page.locator(".week").count() == 0
    page.locator(".own .el-switch").click()
    page.locator(".week").wait_for()
    with page.expect_response("**/api/v1/hours/g*3"):
        save(page)
    page.get_by_role("button", name="保存").wait_for()
    page.locator(".own .el-switch").click()
    save(page)
    page.get_by_role("dialog").get_by_role("button", name="取消限定").click()
    page.get_by_text("已保存").first.wait_for()


def test_several_sensitive_words_are_added_and_tried(enter):
    page = enter("/desk/settings/words")
    page.get_by_role("button", name="添加敏感词").click()
    page.get_by_label("词语", exact=True).fill("刷单\n返现\n加微信\n\n刷单")
    save(page)
    for word in ("返现", "刷单", "加微信"):
        expect(page.get_by_role("row", name=word)).to_have_count(1)
    page.get_by_placeholder("例如：您可以").fill("😀加微信刷单")
    expect(page.locator("mark.block")).to_have_text("加微信")
    expect(page.locator("mark.warn")).to_have_text("刷单")


def test_a_canned_reply_shows_what_it_will_look_like(enter):
    page = enter("/desk/settings/canned", login="lin")
    page.get_by_role("button", name="新建快捷回复").click()
    page.get_by_label("标题", exact=True).fill("开场")
    page.get_by_label("内容", exact=True).fill("您好{{unknown}}，")
    page.get_by_role("button", name="坐席姓名").click()
    assert page.get_by_label("内容", exact=True).input_value() == "您好{{unknown}}，{{agent.name}}"
    page.locator(".preview mark.filled").get_by_text("林小雨").wait_for()
    page.locator(".preview mark.missing").get_by_text("{{unknown}}").wait_for()
    assert (
        page.get_by_role("combobox", name="范围").count() == 1
    )  # the filter; agents' own are personal
    save(page)
    page.get_by_text("开场", exact=True).wait_for()


def test_wrap_up_codes_are_a_tree_that_moves(enter):
    page = enter("/desk/settings/codes")
    page.get_by_role("button", name="在下级新建 物流").click()
    page.get_by_label("名称").fill("破损")
    save(page)
    page.get_by_role("button", name="上移 破损").click()
    names = "[...document.querySelectorAll('main li .name')].map(one => one.innerText.trim())"
    page.wait_for_function(f"{names}.indexOf('破损') < {names}.indexOf('丢件')")
    page.get_by_role("button", name="删除 售后", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="删除").click()
    expect(page.get_by_text("仍在使用中")).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name="删除 售后", exact=True)).to_be_visible()
    found = page.evaluate(names)
    assert found.index("物流") < found.index("破损") < found.index("丢件")


def test_settings_go_back_to_what_the_project_says(enter):
    page = enter("/desk/settings/desk")
    page.get_by_role("switch", name="询问推荐意愿").press("Space")
    page.get_by_label("评价有效期").fill("48")
    page.keyboard.press("Tab")
    with page.expect_request(lambda request: request.method == "PUT") as sent:
        save(page)
    assert sent.value.post_data_json == {
        "overrides": {"nps": True, "rating_hours": 48},
        "version": 0,
    }
    page.get_by_role("button", name="恢复").first.click()
    with page.expect_request(lambda request: request.method == "PUT") as sent:
        save(page)
    assert sent.value.post_data_json == {"overrides": {"rating_hours": 48}, "version": 1}


def test_the_audit_log_is_filtered_and_goes_on(enter):
    page = enter("/desk/settings/audit")
    page.locator("tbody tr").nth(49).wait_for()
    page.get_by_role("button", name="加载更多").click()
    page.locator("tbody tr").nth(99).wait_for()
    page.get_by_role("combobox", name="操作").press("Enter")
    page.get_by_role("option", name="敏感词").click()
    acts = page.locator("tbody tr td:nth-child(3)")
    expect(acts.filter(has_not_text="敏感词")).to_have_count(0)
    expect(acts.first).to_contain_text("敏感词")
    page.locator("tbody button").first.click()
    expect(page.get_by_text('"word": "加微信"')).to_be_visible()


def test_one_s_own_password_and_browsers(enter):
    page = enter("/desk/me")
    page.get_by_label("当前密码").fill("wrong")
    page.get_by_label("设置新密码").fill("another horse 7")
    page.get_by_label("再输入一次密码").fill("another horse 7")
    page.get_by_role("button", name="修改密码").click()
    page.get_by_text("当前密码不正确").wait_for()
    page.get_by_label("当前密码").fill("kefu-mock-12")
    page.get_by_role("button", name="修改密码").click()
    page.get_by_text("密码已修改").wait_for()
    page.get_by_text("<b>Firefox</b> 146, Linux").wait_for()
    assert page.locator(".logins li").first.get_by_role("button").count() == 0
    page.get_by_role("button", name="退出登录").first.click()
    page.get_by_text("已退出登录").first.wait_for()


def test_real_messages_become_examples_by_key_and_by_mouse(enter):
    page = enter("/desk/settings/training")
    groups = page.locator("article.group")
    expect(groups).to_have_count(2)
    first, second = groups.all()
    first.focus()
    page.keyboard.press("1")
    expect(first.locator(".result")).to_contain_text("data/nlu/orders.yml:48")
    expect(first.locator(".result")).to_contain_text("change_address")
    page.keyboard.press("u")
    expect(first.locator(".result")).to_have_count(0)
    first.get_by_role("textbox", name="样例").first.fill("地址改成这个，13812345678")
    first.get_by_role("button", name="track_logistics").click()
    expect(first.get_by_role("alert")).to_contain_text("没有写入")
    expect(first.get_by_role("alert")).to_contain_text("13812345678")
    first.focus()
    page.keyboard.press("j")
    expect(second).to_be_focused()
    second.get_by_role("combobox").fill("join_us")
    page.keyboard.press("Enter")
    second.get_by_role("button", name="写为新意图").click()
    expect(second.locator(".result")).to_contain_text("join_us 是新意图")
    second.get_by_role("button", name="撤销").click()
    expect(second.locator(".result")).to_have_count(0)
    second.focus()
    page.keyboard.press("d")
    expect(second.locator(".result")).to_contain_text("已忽略")
    page.get_by_placeholder("搜索说法").fill("招聘")
    page.keyboard.press("Enter")
    expect(groups).to_have_count(1)
    page.get_by_placeholder("搜索说法").fill("没有这句")
    page.keyboard.press("Enter")
    page.get_by_text("没有符合条件的消息").wait_for()
    page.get_by_role("button", name="清除筛选").click()
    expect(groups).to_have_count(2)
