"""Two customers who are one person: made one at the desk, and two again."""

import json
import urllib.request

from playwright.sync_api import expect

from tests.e2e.conftest import TOKEN


def known_as(office, chat, phone):
    """Let the shop's system say whose number it is."""
    body = {"address": chat.conversation_id, "kind": "phone", "value": phone}
    request = urllib.request.Request(
        f"{office.url}/api/v1/customers/identify?token={TOKEN}",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status == 200


def test_two_customers_become_one_and_two_again(agent, customer, office):
    taker, watcher = agent("梅姐", "senior"), agent("陈班长", "supervisor")
    watcher.declare("忙碌")
    first, second = customer(), customer()
    other = second.conversation_id
    second.say("你好")
    second.hears("您好！想问点什么？")
    for chat, phone in ((first, "+8613800138001"), (second, "+8613900139002")):
        known_as(office, chat, phone)
    name = first.asks_for_human()
    watcher.page.goto(f"{office.url}/desk/conversations/{other}")
    watcher.sees("您好！想问点什么？")
    taker.open(name)
    taker.choose("合并客户")
    dialog = taker.dialog("合并客户")
    dialog.get_by_role("searchbox").fill("13900139002")
    dialog.locator(".one").first.click()
    dialog.get_by_role("button", name="合并客户", exact=True).click()
    taker.toast("客户已合并").wait_for()
    watcher.page.get_by_text("会话在合并后的会话里继续").wait_for()
    watcher.page.get_by_role("button", name="打开合并后的会话").click()
    watcher.sees("转人工")
    (merged,) = office.ask("GET", f"/conversations/{name}/context")["merged"]
    assert merged["conversation_id"] == other
    second.say("我换个手机问")
    taker.hears("我换个手机问")
    taker.choose("合并客户")
    dialog = taker.dialog("合并客户")
    dialog.get_by_role("button", name="撤销合并").click()
    taker.toast("合并已撤销").wait_for()
    expect(dialog.get_by_role("button", name="撤销合并")).to_have_count(0)
    assert office.ask("GET", f"/conversations/{name}/context")["merged"] == []
