"""Several agents and one conversation: handing on, helping, and not over one another."""

import pytest
from playwright.sync_api import expect

from tests.e2e.cutting import CutLine
from tests.e2e.office.people import NOTE


def hold_until_both(pages, pattern):
    """Let requests through only when each page has made one: they arrive at the same instant."""
    held = []

    def hold(route):
        held.append(route)
        if len(held) == len(pages):
            for one in held:
                one.continue_()

    for page in pages:
        page.route(pattern, hold)


def test_a_transfer_brings_the_note_and_takes_the_conversation_away(agent, customer, office):
    lin, he = agent("林小雨"), agent("何明", max_sessions=0)
    chat = customer()
    name = chat.asks_for_human()
    lin.open(name)
    office.ask("PUT", f"/agents/{he.id}", {"max_sessions": 3})
    lin.press("转接")
    dialog = lin.dialog("转接")
    dialog.get_by_role("radio", name="何明").check()
    dialog.get_by_label("附言").fill("麻烦查一下物流")
    dialog.get_by_role("button", name="转接", exact=True).click()
    he.toast("麻烦查一下物流").wait_for()
    he.open(name)
    he.sees("麻烦查一下物流")
    lin.row(name).wait_for(state="detached")
    chat.page.get_by_text("何明 为您服务").wait_for()
    he.reply("物流明天到")
    chat.hears("物流明天到")
    steps = [item for item in office.thread(name) if item.get("step") == "transferred"]
    assert "麻烦查一下物流" in str(steps)
    assert len(steps) == 1


def test_a_transfer_to_a_group_waits_there_and_one_to_the_bot_is_answered(agent, customer, office):
    lin, chat = agent("林小雨", "senior"), customer()
    name = chat.asks_for_human()
    lin.open(name)
    lin.press("转接")
    dialog = lin.dialog("转接")
    dialog.get_by_text("分组", exact=True).click()
    dialog.get_by_role("radio", name="贵宾").check()
    dialog.get_by_role("button", name="转接", exact=True).click()
    chat.is_in("queued")
    (group,) = [one["id"] for one in office.ask("GET", "/groups")["items"]]
    row = office.ask("GET", f"/conversations/{name}/row")
    assert (row["state"], row["group_id"], row["agent"]) == ("waiting", group, None)
    lin.look("排队")
    lin.open(name)
    lin.press("接入")
    chat.is_in("withAgent")
    lin.reply("稍后机器人接待您")
    lin.press("转接")
    dialog = lin.dialog("转接")
    dialog.get_by_text("机器人", exact=True).click()
    dialog.get_by_role("button", name="转接", exact=True).click()
    lin.toast("已转接").wait_for()
    chat.say("你好")
    chat.hears("您好！想问点什么？")
    assert office.ask("GET", f"/conversations/{name}/row")["state"] == "bot"


def test_a_supervisor_whispers_and_then_takes_over(agent, customer):
    lin, lead = agent("林小雨"), agent("陈班长", "supervisor", max_sessions=0)
    chat = customer()
    name = chat.asks_for_human()
    lin.open(name)
    lead.look("全部")
    lead.open(name)
    lead.sees("林小雨 正在接待", ".not-yours")
    lin.page.locator(".viewers", has_text="陈班长").wait_for()
    lead.page.locator(".modes").get_by_role("button", name="私密备注").click()
    lead.page.get_by_label("悄悄话").check()
    lead.field(NOTE).fill("先道歉")
    lead.field(NOTE).press("Enter")
    lin.message("private", "先道歉").wait_for()
    lin.field().fill("我正在写的话")
    lead.choose("接管")
    lead.dialog("接管").get_by_role("button", name="接管", exact=True).click()
    lin.page.locator(".not-yours.taken", has_text="陈班长").wait_for()
    lin.has_written("我正在写的话")
    lin.sees("你写的内容还在", ".not-yours")
    assert lin.page.locator(".send-main").is_disabled()
    lead.page.locator(".modes").get_by_role("button", name="回复").click()
    lead.reply("您好，我是班长")
    chat.hears("您好，我是班长")
    assert chat.page.get_by_text("先道歉").count() == 0


def test_who_takes_over_from_the_bot_sees_what_was_said_to_it(agent, customer, office):
    lead, chat = agent("陈班长", "supervisor"), customer()
    chat.say("你好")
    chat.hears("您好！想问点什么？")
    lead.page.goto(f"{office.url}/desk/conversations/{chat.conversation_id}")
    lead.sees("您好！想问点什么？")
    lead.choose("接管")
    lead.dialog("接管").get_by_role("button", name="接管", exact=True).click()
    lead.sees("坐席接管", ".panel")
    lead.sees("您好！想问点什么？", ".panel .summary")
    chat.page.get_by_text("陈班长 为您服务").wait_for()
    row = office.ask("GET", f"/conversations/{chat.conversation_id}/row")
    assert (row["state"], row["agent"]["id"]) == ("assigned", lead.id)


def test_who_looks_is_seen_and_a_second_answer_asks_first(agent, customer):
    lin, he = agent("林小雨"), agent("何明")
    he.declare("忙碌")
    chat = customer()
    name = chat.asks_for_human()
    lin.open(name)
    lin.choose("邀请同事")
    dialog = lin.dialog("邀请同事")
    dialog.get_by_role("radio", name="何明").check()
    dialog.get_by_role("button", name="邀请同事").click()
    he.toast("邀请你加入").get_by_role("button", name="打开").click()
    lin.page.locator(".viewers", has_text="何明 也在看").wait_for()
    he.page.locator(".viewers", has_text="林小雨 也在看").wait_for()
    he.field().press_sequentially("我来答")
    lin.page.locator(".viewers .types").wait_for()
    lin.field().fill("我也在写")
    he.field().press("Enter")
    chat.hears("我来答")
    lin.page.get_by_text("何明 刚刚回复了客户").wait_for()
    lin.field().press("Enter")
    asked = lin.dialog("何明 已经回复了")
    asked.get_by_text("我来答").wait_for()
    asked.get_by_role("button", name="取消").click()
    lin.has_written("我也在写")
    assert chat.page.get_by_text("我也在写").count() == 0
    lin.page.get_by_role("button", name="知道了").click()
    lin.field().press("Enter")
    chat.hears("我也在写")


def test_of_two_who_claim_at_once_one_gets_it(agent, customer, office):
    lin, he = agent("林小雨", "senior"), agent("何明", "senior")
    chat = customer()
    name = chat.asks_for_human("贵宾服务")
    for who in (lin, he):
        who.look("排队")
        who.open(name)
    answers = {}

    def note(who):
        who.page.on(
            "response",
            lambda one: one.url.endswith("/claim") and answers.update({who.id: one.status}),
        )

    note(lin)
    note(he)
    hold_until_both([lin.page, he.page], "**/claim")
    for who in (lin, he):
        who.press("接入")
    chat.is_in("withAgent")
    chat.page.get_by_text("为您服务").first.wait_for()
    winner = lin if chat.page.get_by_text("林小雨 为您服务").count() else he
    loser = he if winner is lin else lin
    winner.sees("我在接待", ".head")
    expect(loser.page.locator(".not-yours")).to_contain_text(winner.name)
    expect(loser.page.get_by_role("button", name="接入", exact=True)).to_have_count(0)
    assert answers == {winner.id: 200, loser.id: 409}
    winner.reply("我来帮您")
    chat.hears("我来帮您")
    taken = [item for item in office.thread(name) if item.get("step") == "assigned"]
    assert [item["agent"]["id"] for item in taken] == [winner.id], taken


@pytest.fixture
def line(office):
    line = CutLine(int(office.url.rpartition(":")[2]))
    yield line
    line.close()


def test_after_the_network_was_cut_exactly_what_was_missed_comes(people, customer, line, office):
    he = people.agent("何明")
    lin = people.at_desk(he.login, he.id, he.name, url=line.url)
    chat = customer()
    name = chat.asks_for_human()
    lin.open(name)
    chat.say("第一句")
    lin.hears("第一句")
    lin.page.context.set_offline(True)
    line.cut()
    lin.page.locator(".banner.lost").wait_for()
    for text in ("第二句", "第三句"):
        chat.say(text)
    chat.page.locator(".row-mine", has_text="第三句").locator("[class*=tick], svg").first.wait_for()
    lin.page.context.set_offline(False)
    lin.page.locator(".banner.back").wait_for()
    lin.hears("第三句")
    said = lin.page.locator(".thread .message.customer .bubble").all_inner_texts()
    assert said == ["转人工", "第一句", "第二句", "第三句"]
    lin.reply("都收到了")
    chat.hears("都收到了")
