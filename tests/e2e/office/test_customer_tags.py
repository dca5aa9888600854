"""Agents tag customers beside the thread, see each other do it, and find by tags."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.e2e.stage import violations


def field(agent):
    return agent.page.locator(".panel").get_by_role("combobox", name="添加标签")


def chips(agent):
    return agent.page.locator(".panel .chip bdi")


def add(agent, tag):
    field(agent).fill(tag)
    field(agent).press("Enter")
    chips(agent).get_by_text(tag, exact=True).wait_for()


def options(agent):
    return agent.page.locator(".customer-tags").get_by_role("option")


@pytest.fixture
def talk(agent, customer):
    """An agent in a conversation of theirs, its name, and the customer."""
    lin, chat = agent("林小雨"), customer()
    name = chat.asks_for_human()
    lin.open(name)
    field(lin).wait_for()
    return lin, name, chat


def test_tags_are_put_on_and_taken_off_by_keys(talk, office):
    lin, _, chat = talk
    lin.sees("还没有标签", ".panel")
    for tag in ("键盘一", "键盘二", "键盘三"):
        add(lin, f"  {tag} ")
    expect(field(lin)).to_be_focused()
    expect(chips(lin)).to_have_text(["键盘一", "键盘二", "键盘三"])
    field(lin).press("Backspace")
    expect(chips(lin)).to_have_text(["键盘一", "键盘二"])
    lin.page.locator(".panel").get_by_role("button", name="去掉标签“键盘一”").click()
    expect(chips(lin)).to_have_text(["键盘二"])
    expect(field(lin)).to_be_focused()
    lin.sees("林小雨 给客户打上标签 键盘一")
    lin.sees("林小雨 去掉客户标签 键盘三")
    lin.page.reload()
    expect(chips(lin)).to_have_text(["键盘二"])
    chat.page.reload()
    chat.page.locator(".status[data-state=withAgent]").wait_for()
    assert "键盘" not in chat.page.inner_text("body")


def test_tags_in_use_are_offered_and_chosen_with_the_arrows(talk, agent, customer):
    lin, _, _ = talk
    for tag in ("建议甲", "建议乙", "Big Client"):
        add(lin, tag)
    he, chat = agent("何明"), customer()
    lin.declare("忙碌")
    other = chat.asks_for_human()
    he.open(other)
    field(he).fill("建议")
    expect(options(he)).to_have_count(2)
    assert violations(he.page) == []
    for key in ("ArrowDown", "ArrowDown", "ArrowUp"):
        field(he).press(key)
    chosen = he.page.locator(".panel [role=option][aria-selected=true] bdi").inner_text()
    field(he).press("Enter")
    expect(chips(he)).to_have_text([chosen])
    field(he).fill("建议")
    expect(options(he)).to_have_count(1)  # what is there is not offered again
    field(he).press("Escape")
    expect(options(he)).to_have_count(0)
    expect(field(he)).to_have_value("建议")
    field(he).press("Escape")
    expect(field(he)).to_have_value("")
    field(he).fill("big client")
    expect(options(he)).to_have_count(1)
    field(he).press("Enter")  # spelt as colleagues spell it
    expect(chips(he)).to_have_text([chosen, "Big Client"])
    field(he).fill("ＢＩＧ ｃｌｉｅｎｔ")
    field(he).press("Enter")
    expect(he.page.locator(".customer-tags [role=status]", has_text="已经有了")).to_have_count(1)
    expect(chips(he)).to_have_count(2)


def test_two_agents_see_each_others_changes_and_lose_none(talk, agent, office):
    lin, name, _ = talk
    lead = agent("陈班长", "supervisor", max_sessions=0)
    lead.page.goto(f"{office.url}/desk/conversations/{name}")
    field(lead).wait_for()
    add(lin, "小林加的")
    expect(chips(lead)).to_have_text(["小林加的"])
    add(lead, "班长加的")
    expect(chips(lin)).to_have_text(["小林加的", "班长加的"])
    for one, tag in ((lin, "同时一"), (lead, "同时二")):
        field(one).fill(tag)
    for one in (lin, lead):
        field(one).press("Enter")
    for one in (lin, lead):
        expect(chips(one)).to_have_count(4)
    lead.page.locator(".panel").get_by_role("button", name="去掉标签“小林加的”").click()
    expect(chips(lin)).to_have_count(3)
    tags = office.ask("GET", f"/conversations/{name}/context")["customer"]["tags"]
    assert sorted(tags) == sorted(["班长加的", "同时一", "同时二"])


def test_the_list_is_filtered_by_a_tag_as_it_changes(talk, agent, customer, office):
    lin, name, _ = talk
    add(lin, "只看我")
    lead = agent("陈班长", "supervisor", max_sessions=0)
    other = customer().asks_for_human()
    lead.look("全部")
    lead.row(other).wait_for()
    lead.page.get_by_role("button", name=re.compile("^筛选")).click()
    tag = lead.page.get_by_label("客户标签")
    tag.fill("只看")
    offered = lead.page.locator("datalist option[value='只看我']")
    offered.wait_for(state="attached")
    tag.fill("只看我")
    tag.press("Enter")
    lead.row(name).wait_for()
    expect(lead.row(other)).to_have_count(0)
    lead.page.keyboard.press("Escape")
    lead.leave_the_list()
    lin.page.locator(".panel").get_by_role("button", name="去掉标签“只看我”").click()
    expect(lead.row(name)).to_have_count(0)  # told by the live line
    add(lin, "只看我")
    lead.row(name).wait_for()


def test_a_customer_is_found_by_a_tag(talk, office):
    lin, _, _ = talk
    add(lin, "找得到的老主顾")
    lin.page.goto(f"{office.url}/desk/customers?q=老主顾")
    box = lin.page.locator("[role=search] input")
    box.fill("老主顾")
    box.press("Enter")
    expect(lin.page.get_by_text("找得到的老主顾").first).to_be_visible()


def test_what_cannot_be_done_is_told_where_it_was_tried(talk):
    lin, _, _ = talk
    field(lin).fill("长" * 41)
    field(lin).press("Enter")
    expect(lin.page.locator(".customer-tags [role=alert]")).to_have_text("标签最多 40 个字")
    expect(field(lin)).to_have_value("长" * 41)
    assert violations(lin.page) == []
    field(lin).fill("好")
    expect(lin.page.locator(".customer-tags [role=alert]")).to_have_count(0)
    problem = json.dumps({"type": "urn:kefu:problem:conflict", "status": 409, "title": "x"})
    lin.page.route("**/tags", lambda route: route.fulfill(
        status=409, content_type="application/problem+json", body=problem
    ))  # fmt: skip
    field(lin).press("Enter")
    lin.page.locator(".customer-tags [role=alert]").wait_for()
    expect(field(lin)).to_have_value("好")  # nothing typed is lost
    expect(chips(lin)).to_have_count(0)


def test_who_may_only_look_sees_tags_and_cannot_change_them(talk, people, agent, office):
    lin, name, _ = talk
    add(lin, "看得到")
    tao = agent("陶老师", "trainer")
    tao.page.goto(f"{office.url}/desk/conversations/{name}")
    expect(chips(tao)).to_have_text(["看得到"])
    expect(field(tao)).to_have_count(0)
    expect(tao.page.locator(".panel .chip button")).to_have_count(0)
    tao.page.wait_for_load_state("networkidle")
    # Trainers may not read orders and notes either.
    people.errors[:] = [one for one in people.errors if "403 (Forbidden)" not in one]


def test_tags_tell_routing_fill_replies_and_stand_in_private_exports(talk, office):
    lin, name, chat = talk
    add(lin, "贵宾标签")
    add(lin, "杭州")
    body = {"text": "亲爱的{{customer.tags}}", "conversation_id": name}
    assert office.ask("POST", "/canned/fill", body)["text"] == "亲爱的贵宾标签、杭州"
    export = f"/conversations/{name}/export?format=json"
    assert "tags" not in office.ask("GET", export)["customer"]
    assert office.ask("GET", f"{export}&private=1")["customer"]["tags"] == ["贵宾标签", "杭州"]
    assert office.ask("GET", f"/conversations/{name}/row")["customer"]["tier"] == 0
    lin.press("结束会话")
    dialog = lin.dialog("结束会话")
    dialog.get_by_role("button", name="结束会话", exact=True).click()
    lin.row(name).wait_for(state="detached")
    chat.say("转人工")
    lin.row(name).locator(".tier").wait_for()
    assert office.ask("GET", f"/conversations/{name}/row")["customer"]["tier"] == 2
