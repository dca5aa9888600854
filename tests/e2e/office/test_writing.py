"""What an agent writes: canned replies, drafts, words that are not to be said."""

import re

import pytest
from playwright.sync_api import expect


@pytest.fixture
def kept(office):
    """Return a function that keeps something at the desk for this test."""
    paths = []

    def keep(kind, body):
        made = office.ask("POST", f"/{kind}", body)
        paths.append(f"/{kind}/{made['id']}")
        return made

    yield keep
    for path in paths:
        office.ask("DELETE", path)


def test_a_canned_reply_is_found_by_its_key_and_filled_in(agent, customer, office, kept):
    kept(
        "canned",
        {
            "title": "问候", "shortcut": "hello", "folder": "开场", "scope": "shared",
            "text": "{{customer.name|亲}}您好，我是{{agent.name}}。",
        },
    )  # fmt: skip
    lin, chat = agent(), customer()
    name = chat.asks_for_human()
    lin.open(name)
    lin.field().press_sequentially("/hel")
    lin.page.get_by_role("option", name="问候").wait_for()
    lin.field().press("Enter")
    expected = "亲您好，我是林小雨。"
    lin.page.locator("#canned-list").wait_for(state="detached")
    lin.page.locator(".send-main:enabled").wait_for()
    lin.has_written(expected)
    lin.field().press("Enter")
    chat.hears(expected)
    said = [item["text"] for item in office.thread(name) if item["kind"] == "agent"]
    assert said == [expected]


def test_a_canned_reply_is_looked_for_by_its_folder(agent, customer, kept):
    shared = {"scope": "shared", "shortcut": ""}
    for folder, title in (("售后/退款", "退款多久"), ("售后/换货", "怎么换货"), ("物流", "催发货")):
        kept("canned", {**shared, "folder": folder, "title": title, "text": f"{title}：请稍等"})
    lin, chat = agent(), customer()
    lin.open(chat.asks_for_human())
    lin.page.get_by_role("button", name="快捷回复", exact=True).click()
    folders = lin.page.get_by_role("group", name="文件夹")
    options = lin.page.locator("#canned-list").get_by_role("option")
    expect(options).to_have_count(3)
    folders.get_by_role("button", name="售后").click()
    expect(options.locator(".title")).to_have_text(["怎么换货", "退款多久"])
    folders.get_by_role("button", name="退款").click()
    expect(options.locator(".title")).to_have_text(["退款多久"])
    # What is looked for is looked for inside the folder.
    lin.page.get_by_role("combobox", name="搜索快捷回复").fill("发货")
    expect(options).to_have_count(0)
    folders.get_by_role("button", name="全部").click()
    expect(options.locator(".title")).to_have_text(["催发货"])
    lin.page.keyboard.press("Enter")
    lin.has_written("催发货：请稍等")
    lin.field().press("Enter")
    chat.hears("催发货：请稍等")


@pytest.mark.parametrize("letters", ["thzc", "tuihuo"])
def test_a_canned_reply_is_found_as_it_is_spelled(agent, customer, kept, letters):
    shared = {"scope": "shared", "shortcut": "", "folder": "售后"}
    kept("canned", {**shared, "title": "退货政策", "text": "签收后七天内可以退货。"})
    kept("canned", {**shared, "title": "发票", "text": "可以开发票。"})
    lin, chat = agent(), customer()
    lin.open(chat.asks_for_human())
    lin.field().press_sequentially(f"/{letters}")
    options = lin.page.locator("#canned-list").get_by_role("option")
    expect(options).to_have_text([re.compile("退货政策")])
    lin.field().press("Enter")
    lin.has_written("签收后七天内可以退货。")


def test_an_emoji_is_put_in_and_sending_closes(agent, customer, office):
    lin, chat = agent(), customer()
    name = chat.asks_for_human()
    lin.open(name)
    lin.field().fill("不客气")
    lin.page.get_by_role("button", name="表情").click()
    lin.page.locator(".emoji .face").first.click()
    said = lin.field().input_value()
    assert said.startswith("不客气")
    assert len(said) > len("不客气")
    lin.page.get_by_role("button", name="更多发送方式").click()
    lin.page.get_by_role("menuitem", name="发送并结束会话").click()
    dialog = lin.dialog("结束会话")
    dialog.get_by_label("小结").select_option(label="咨询")
    dialog.get_by_role("button", name="结束会话", exact=True).click()
    chat.hears(said)
    lin.sees("结束了会话（咨询）")
    told = [item.get("text") for item in office.thread(name) if item["kind"] == "agent"]
    assert told == [said, None]  # once, and then how it was is asked
    row = office.ask("GET", f"/conversations/{name}/row")
    assert row["state"] == "bot"


def test_a_draft_survives_a_reload_and_is_there_in_another_browser(people, customer, office):
    lin, chat = people.agent(), customer()
    name = chat.asks_for_human()
    lin.open(name)
    lin.field().fill("写到一半的话")
    lin.page.get_by_text("草稿已保存").wait_for()
    lin.page.reload()
    lin.page.locator(".thread .message").first.wait_for()
    lin.page.locator(".composer .send-main:enabled").wait_for()
    lin.has_written("写到一半的话")
    other = people.at_desk(lin.login, lin.id, lin.name)
    other.row(name).get_by_text("[草稿]").wait_for()
    other.open(name)
    other.page.locator(".composer .send-main:enabled").wait_for()
    other.has_written("写到一半的话")
    other.field().press("Enter")
    chat.hears("写到一半的话")
    said = [item["text"] for item in office.thread(name) if item["kind"] == "agent"]
    assert said == ["写到一半的话"]
    expect(other.row(name).get_by_text("[草稿]")).to_have_count(0)


def test_words_that_are_not_to_be_said(agent, customer, kept):
    kept("words", {"word": "最便宜", "action": "warn", "side": "agent"})
    kept("words", {"word": "加我微信", "action": "block", "side": "agent"})
    lin, chat = agent(), customer()
    lin.open(chat.asks_for_human())
    lin.field().fill("这是全网最便宜的")
    lin.field().press("Enter")
    warning = lin.page.get_by_role("alertdialog", name="包含敏感词，请确认")
    warning.get_by_role("button", name="确认发送").click()
    chat.hears("这是全网最便宜的")
    lin.field().fill("加我微信详聊")
    lin.field().press("Enter")
    refused = lin.page.get_by_role("alertdialog", name="包含禁用词，不能发送")
    refused.wait_for()
    assert refused.get_by_role("button", name="确认发送").count() == 0
    assert chat.page.get_by_text("加我微信").count() == 0


def test_an_answer_quotes_a_message_and_is_recalled(agent, customer):
    lin, chat = agent(), customer()
    lin.open(chat.asks_for_human())
    chat.say("红色的还有吗？")
    lin.message("customer", "红色的还有吗").locator(".bubble").click(button="right")
    lin.page.get_by_role("menuitem", name="引用回复").click()
    lin.reply("红色有货")
    lin.message("agent", "红色有货").locator(".quote", has_text="红色的还有吗").wait_for()
    chat.hears("红色有货")
    lin.message("agent", "红色有货").locator(".bubble").click(button="right")
    lin.page.get_by_role("menuitem", name="撤回").click()
    lin.page.locator(".message.agent .recalled").wait_for()
    chat.page.get_by_text("对方撤回了一条消息").wait_for()
    assert chat.page.get_by_text("红色有货").count() == 0
