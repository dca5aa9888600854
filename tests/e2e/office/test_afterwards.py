"""Putting aside, marking, closing, coming back to it, finding it and taking it along."""

import json

import pytest
from playwright.sync_api import expect


@pytest.fixture
def override(office):
    """Return a function that overrides settings of the desk in one test."""

    def override(**overrides):
        version = office.ask("GET", "/desk/settings")["version"]
        office.ask("PUT", "/desk/settings", {"overrides": overrides, "version": version})

    yield override
    override()


@pytest.fixture
def needs_wrap_up(override):
    """Makes a wrap-up code needed for closing, in one test."""
    return lambda: override(needs_wrap_up=True)


def _as_it_was(route):
    """Let a screen have the settings of the time before a code was needed."""
    told = route.fetch().json()
    told["settings"]["needs_wrap_up"] = False
    route.fulfill(json=told)


def test_a_conversation_is_put_aside_and_marked(agent, customer, office):
    label = office.ask("POST", "/labels", {"name": "加急", "color": "red"})
    lin, chat = agent(), customer()
    name = chat.asks_for_human()
    lin.open(name)
    lin.choose("标签")
    dialog = lin.dialog("标签")
    dialog.get_by_role("checkbox").check()
    dialog.get_by_role("button", name="保存").click()
    lin.row(name).locator(".chips", has_text="加急").wait_for()
    lin.sees("添加标签 加急")
    lin.press("搁置")
    dialog = lin.dialog("搁置到什么时候？")
    dialog.get_by_role("radio", name="一小时后").check()
    dialog.get_by_role("button", name="搁置", exact=True).click()
    lin.leave_the_list()
    lin.row(name).wait_for(state="detached")
    lin.look("已搁置")
    lin.row(name).get_by_text("已搁置").wait_for()
    chat.say("我又来了")
    lin.look("我的")
    # A customer who writes is no reminder: the thread says why it is back.
    expect(lin.row(name)).to_be_visible()
    lin.open(name)
    expect(lin.page.locator(".thread .step", has_text="客户发来消息，取消搁置")).to_have_count(1)
    office.ask("DELETE", f"/labels/{label['id']}")


def test_closing_with_a_code_rating_and_opening_again(agent, customer, office):
    lin, chat = agent(), customer()
    name = chat.asks_for_human()
    lin.open(name)
    lin.reply("已经为您办好")
    chat.hears("已经为您办好")
    lin.press("结束会话")
    dialog = lin.dialog("结束会话")
    dialog.get_by_label("小结").select_option(label="退换货")
    dialog.get_by_label("说明").fill("换了尺码")
    dialog.get_by_label("邀请客户评价").check()
    dialog.get_by_role("button", name="结束会话", exact=True).click()
    lin.sees("结束了会话（退换货）")
    lin.leave_the_list()
    lin.row(name).wait_for(state="detached")
    form = chat.page.locator(".rating").last
    form.locator("label").nth(3).click()
    form.locator("textarea").fill("还不错")
    form.get_by_role("button", name="提交评价").click()
    lin.sees("客户评价：4 分")
    chat.say("你好")
    chat.hears("您好！想问点什么？")
    lin.look("已结束")
    lin.row(name).click(button="right")
    lin.page.get_by_role("menuitem", name="重新打开").click()
    lin.look("我的")
    lin.open(name)
    lin.reply("还有什么可以帮您？")
    chat.hears("还有什么可以帮您？")
    (session,) = [
        one
        for one in office.ask("GET", f"/conversations/{name}/sessions")["items"]
        if one["wrap_up"]
    ]
    assert session["wrap_up"]["comment"] == "换了尺码"
    assert (session["rating"]["score"], session["rating"]["comment"]) == (4, "还不错")


def test_where_it_is_set_the_customer_is_asked_whether_they_recommend(
    agent, customer, office, override
):
    override(nps=True)
    lin, chat = agent(), customer()
    name = chat.asks_for_human()
    lin.open(name)
    lin.press("结束会话")
    dialog = lin.dialog("结束会话")
    dialog.get_by_label("邀请客户评价").check()
    dialog.get_by_role("button", name="结束会话", exact=True).click()
    forms = chat.page.locator(".rating")
    forms.last.locator("label").nth(4).click()
    forms.last.get_by_role("button", name="提交评价").click()
    expect(forms.last.locator("label")).to_have_count(11)  # 0 to 10
    forms.last.locator("label").nth(9).click()
    forms.last.get_by_role("button", name="提交评价").click()
    expect(chat.page.get_by_role("button", name="提交评价")).to_have_count(0)
    lin.sees("客户评价：9")
    (session,) = office.ask("GET", f"/conversations/{name}/sessions")["items"]
    assert (session["rating"]["score"], session["rating"]["nps"]) == (5, 9)


def test_a_code_that_is_needed_is_asked_for_beside_its_field(agent, customer, needs_wrap_up):
    needs_wrap_up()
    lin, chat = agent(), customer()
    lin.page.route("**/api/v1/desk/settings", _as_it_was)
    name = chat.asks_for_human()
    lin.open(name)
    lin.press("结束会话")
    dialog = lin.dialog("结束会话")
    close = dialog.get_by_role("button", name="结束会话", exact=True)
    close.click()
    dialog.get_by_role("alert").get_by_text("请先选择会话小结").wait_for()
    assert close.is_disabled()
    dialog.get_by_label("小结").select_option(label="退换货")
    close.click()
    lin.sees("结束了会话（退换货）")


def test_many_are_closed_with_one_code_and_each_customer_is_asked(
    agent, customer, office, needs_wrap_up
):
    needs_wrap_up()
    lin, chats = agent(), [customer(), customer()]
    names = [chat.asks_for_human() for chat in chats]
    for name in names:
        lin.row(name).hover()
        lin.row(name).get_by_role("checkbox").check()
    lin.page.get_by_role("toolbar", name="批量操作").get_by_role("button", name="结束会话").click()
    dialog = lin.dialog("结束 2 个会话")
    close = dialog.get_by_role("button", name="结束会话", exact=True)
    expect(close).to_be_disabled()
    dialog.get_by_label("小结").select_option(label="退换货")
    dialog.get_by_label("说明").fill("台风延误")
    dialog.get_by_label("邀请客户评价").check()
    close.click()
    lin.toast("已处理 2 个会话").wait_for()
    codes = {code["name"]: code["id"] for code in office.ask("GET", "/wrap_up_codes")["items"]}
    lin.look("已结束")
    for chat, name, stars in zip(chats, names, (2, 5), strict=True):
        form = chat.page.locator(".rating").last
        form.locator("label").nth(stars - 1).click()
        form.get_by_role("button", name="提交评价").click()
        lin.open(name)
        lin.sees(f"客户评价：{stars} 分")
        (session,) = office.ask("GET", f"/conversations/{name}/sessions")["items"]
        assert session["wrap_up"] == {"code": codes["退换货"], "comment": "台风延误"}
        assert session["rating"]["score"] == stars


def test_who_is_blocked_is_not_heard_until_that_ends(agent, customer, office):
    lin, chat = agent("梅姐", "senior"), customer()
    name = chat.asks_for_human()
    lin.open(name)
    lin.choose("拉黑")
    dialog = lin.dialog("拉黑")
    dialog.get_by_label("原因").fill("广告")
    dialog.get_by_role("button", name="拉黑", exact=True).click()
    lin.sees("客户已被拉黑，消息不会被接收。", ".composer")
    chat.say("加微信领红包")
    chat.page.locator(".row-mine[data-state=failed]", has_text="加微信领红包").wait_for()
    lin.choose("解除拉黑")
    lin.toast("已解除拉黑").wait_for()
    chat.say("对不起")
    lin.hears("对不起")
    said = [item["text"] for item in office.thread(name) if item["kind"] == "customer"]
    assert said == ["转人工", "对不起"]
    blocks = office.ask("GET", "/audit?act=block.")["items"]
    assert [entry["act"] for entry in blocks[:2]] == ["block.removed", "block.created"]


def test_where_no_code_can_be_chosen_it_is_said_what_to_do(agent, customer, office, needs_wrap_up):
    needs_wrap_up()
    codes = office.ask("GET", "/wrap_up_codes")["items"]
    lin, chat = agent(), customer()
    name = chat.asks_for_human()
    lin.open(name)
    _offer(office, codes, is_active=False)
    lin.press("结束会话")
    dialog = lin.dialog("结束会话")
    expect(dialog.get_by_role("alert")).to_contain_text("请联系管理员添加")
    expect(dialog.get_by_role("button", name="结束会话", exact=True)).to_be_disabled()
    _offer(office, codes, is_active=True)
    dialog.get_by_label("小结").select_option(label="咨询")
    dialog.get_by_role("button", name="结束会话", exact=True).click()
    lin.sees("结束了会话（咨询）")
    (session,) = office.ask("GET", f"/conversations/{name}/sessions")["items"]
    chosen = next(code["id"] for code in codes if code["name"] == "咨询")
    assert session["wrap_up"]["code"] == chosen


def _offer(office, codes, *, is_active):
    for code in codes:
        fields = {name: code[name] for name in ("name", "parent", "position", "description")}
        office.ask("PUT", f"/wrap_up_codes/{code['id']}", {**fields, "is_active": is_active})


def test_a_piece_of_chinese_is_found_and_leads_to_its_place(agent, customer):
    lin, chat = agent("林小雨", "senior"), customer()
    name = chat.asks_for_human()
    lin.open(name)
    chat.say("我的羽绒服袖口开线了怎么处理")
    lin.hears("袖口开线")
    for count in range(3):
        lin.reply(f"第 {count} 次答复")
    lin.page.get_by_role("link", name="客户").first.click()
    lin.page.locator("[role=search] input").fill("袖口开线")
    hit = lin.page.locator(".hit", has_text="羽绒服")
    hit.locator("mark", has_text="袖口开线").wait_for()
    hit.click()
    lin.page.locator(".message.customer.pointed", has_text="袖口开线").wait_for()
    lin.press("在会话中搜索")
    lin.page.get_by_role("searchbox", name="搜索这个会话").fill("次答复")
    expect(lin.page.get_by_text("3 处", exact=True)).to_be_visible()
    lin.page.keyboard.press("Enter")
    expect(lin.page.get_by_text("1 / 3", exact=True)).to_be_visible()
    expect(lin.page.locator(".message.agent.pointed")).to_contain_text("次答复")


def test_a_conversation_is_taken_along(agent, customer, office):
    lead, chat = agent("陈班长", "supervisor"), customer()
    name = chat.asks_for_human()
    lead.open(name)
    lead.reply("打印出来看看")
    with lead.page.context.expect_page() as opened:
        lead.choose("打印")
    printed = opened.value
    printed.get_by_text("打印出来看看").first.wait_for()
    address = f"{office.url}/api/v1/conversations/{name}/export?format="
    told = json.loads(lead.page.request.get(address + "json").text())
    assert "打印出来看看" in json.dumps(told, ensure_ascii=False)
    assert "打印出来看看" in lead.page.request.get(address + "csv").text()


def test_an_earlier_service_is_read_and_not_written(agent, customer):
    lin, chat = agent(), customer()
    name = chat.asks_for_human()
    lin.open(name)
    lin.reply("上次已经为您补发了")
    lin.press("结束会话")
    dialog = lin.dialog("结束会话")
    dialog.get_by_label("小结").select_option(label="咨询")
    dialog.get_by_role("button", name="结束会话", exact=True).click()
    lin.sees("结束了会话（咨询）")
    chat.asks_for_human("还要转人工")
    lin.open(name)
    panel = lin.page.locator(".panel")
    panel.get_by_role("button", name="历史服务").first.click()
    panel.locator("button.one", has_text="咨询").click()
    drawer = lin.page.locator(".el-drawer", has_text="上次已经为您补发了")
    drawer.locator(".message.agent", has_text="上次已经为您补发了").wait_for()
    expect(drawer).to_contain_text("结束了会话（咨询）")  # it goes to its end and no further
    expect(drawer).not_to_contain_text("还要转人工")
    assert drawer.get_by_role("textbox").count() == 0
