"""What is done to several conversations at once."""

import pytest
from playwright.sync_api import expect


@pytest.fixture
def chosen(people, customer):
    """Return a function that gives an agent with two conversations, both chosen in the list."""

    def chosen(role="agent"):
        lin, chats = people.agent("林小雨", role), [customer(), customer()]
        names = [chat.asks_for_human() for chat in chats]
        choose(lin, names)
        return lin, chats, names

    return chosen


def choose(lin, names):
    for name in names:
        lin.row(name).hover()
        lin.row(name).get_by_role("checkbox").check()


def press(lin, act):
    lin.page.get_by_role("toolbar", name="批量操作").get_by_role("button", name=act).click()


def rows(office, names):
    return [office.ask("GET", f"/conversations/{name}/row") for name in names]


def test_many_are_labelled_and_only_what_changed_is(chosen, office):
    urgent = office.ask("POST", "/labels", {"name": "加急", "color": "red"})
    later = office.ask("POST", "/labels", {"name": "待跟进", "color": "blue"})
    lin, _, names = chosen()
    office.ask("POST", f"/conversations/{names[0]}/labels", {"add": [later["id"]], "remove": []})
    lin.row(names[0]).locator(".chips", has_text="待跟进").wait_for()
    press(lin, "标签")
    dialog = lin.dialog("标签")
    dialog.get_by_role("checkbox", name="加急").check()
    dialog.get_by_role("button", name="保存").click()
    lin.toast("已处理 2 个会话").wait_for()
    expect(lin.page.get_by_role("toolbar", name="批量操作")).to_have_count(0)
    for name in names:
        expect(lin.row(name).locator(".chips")).to_contain_text("加急")
    labels = [set(row["labels"]) for row in rows(office, names)]
    assert labels == [{urgent["id"], later["id"]}, {urgent["id"]}]
    for label in (urgent, later):
        office.ask("DELETE", f"/labels/{label['id']}")


def test_many_are_put_aside_until_one_time(chosen, office):
    lin, _, names = chosen()
    press(lin, "搁置")
    dialog = lin.dialog("搁置到什么时候？")
    dialog.get_by_role("radio", name="一小时后").check()
    dialog.get_by_role("button", name="搁置", exact=True).click()
    lin.toast("已处理 2 个会话").wait_for()
    lin.leave_the_list()
    for name in names:
        lin.row(name).wait_for(state="detached")
    lin.look("已搁置")
    for name in names:
        lin.row(name).get_by_text("已搁置").wait_for()
    until = {row["snoozed_until"] for row in rows(office, names)}
    assert len(until) == 1
    assert None not in until


def test_many_are_marked_as_read(chosen, office):
    lin, chats, names = chosen()
    for chat, name in zip(chats, names, strict=True):
        chat.say("在吗")
        lin.row(name).locator(".badge.number").wait_for()
    press(lin, "标为已读")
    lin.toast("已处理 2 个会话").wait_for()
    for name in names:
        expect(lin.row(name).locator(".badge.number")).to_have_count(0)


def test_many_are_given_to_a_colleague(people, chosen, office):
    lead, chats, names = chosen("supervisor")
    mei = people.agent("梅姐")
    press(lead, "分配")
    dialog = lead.dialog("分配 2 个会话")
    give = dialog.get_by_role("button", name="分配", exact=True)
    expect(give).to_be_disabled()
    dialog.get_by_role("searchbox").fill("梅")
    dialog.get_by_role("radio").check()
    dialog.get_by_label("附言").fill("两位都问发货")
    give.click()
    lead.toast("已处理 2 个会话").wait_for()
    for name, row in zip(names, rows(office, names), strict=True):
        assert row["agent"]["id"] == mei.id
        mei.open(name)
        mei.sees("两位都问发货")
        mei.reply("您好，我来接待")
    for chat in chats:
        chat.hears("您好，我来接待")


def test_of_many_those_that_find_no_place_stay_and_it_is_said_why(people, chosen, office):
    lead, _, names = chosen("supervisor")
    mei = people.agent("梅姐", max_sessions=1)
    press(lead, "分配")
    dialog = lead.dialog("分配 2 个会话")
    dialog.get_by_role("searchbox").fill("梅")
    dialog.get_by_role("radio").check()
    dialog.get_by_role("button", name="分配", exact=True).click()
    lead.toast("1 个成功，1 个没有成功：这位坐席的会话已达上限。").wait_for()
    owners = sorted(row["agent"]["id"] for row in rows(office, names))
    assert owners == sorted([mei.id, lead.id])
