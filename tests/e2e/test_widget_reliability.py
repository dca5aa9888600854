"""The widget where little can be relied on: no storage, no network, a server that refuses."""

import json

from tests.e2e.stage import Stage
from tests.e2e.test_chat_page import bubbles, choose_from_menu, online, say, wait_for_text

NOTHING_KEPT = """
Object.defineProperty(window, "localStorage", {get() { throw new DOMException("denied"); }});
const refuse = () => Promise.reject(new DOMException("denied", "SecurityError"));
if (navigator.locks) navigator.locks.request = refuse;
"""


def staged(visit):
    stages = []
    page = visit(before=lambda context: stages.append(Stage(context)))
    online(page)
    return page, stages[0]


def test_a_frame_that_may_store_nothing_connects_and_talks(visit):
    page = visit(path="/widget/frame", before=lambda c: c.add_init_script(NOTHING_KEPT))
    online(page)
    say(page, "你好")
    wait_for_text(page, "您好！想问点什么？")
    assert bubbles(page) == ["你好", "您好！想问点什么？"]


def test_a_rating_given_without_network_arrives(visit):
    page, stage = staged(visit)
    choose_from_menu(page, "常见问题")  # by now the parts that are fetched later are there
    page.keyboard.press("Escape")
    page.context.set_offline(True)
    stage.go_away()
    page.wait_for_selector(".status[data-state=offline]")
    choose_from_menu(page, "评价服务")
    page.locator(".rating label").nth(4).click()
    page.get_by_role("button", name="提交评价").click()
    stage.is_gone = False
    page.context.set_offline(False)
    rated = stage.wait_for(page, "rate")
    assert rated["score"] == 5
    while page.evaluate("Object.keys(localStorage).some((key) => key.includes('outbox'))"):
        page.wait_for_timeout(10)
    assert len({frame["id"] for frame in stage.heard_of("rate")}) == 1


def test_what_was_refused_can_be_sent_again_after_a_reload(visit):
    page, stage = staged(visit)
    stage.accepts = False
    say(page, "我的包裹呢")
    refused = stage.wait_for(page, "message")
    stage.send("error", code="too_many", message="slow", id=refused["id"])
    page.get_by_role("button", name="重新发送").wait_for()
    stage.accepts = True
    page.reload()
    online(page)
    page.get_by_role("button", name="重新发送").click()
    page.locator(".row-mine[data-state=delivered]", has_text="我的包裹呢").wait_for()
    page.reload()
    online(page)
    page.locator(".row-mine", has_text="我的包裹呢").wait_for()
    assert page.get_by_role("button", name="重新发送").count() == 0


def test_a_text_that_became_too_long_is_cut_not_stuck(visit):
    page, stage = staged(visit)
    page.fill("#k-text", "长" * 4000)
    page.get_by_role("button", name="表情").click()
    page.locator(".emoji button").first.click()
    page.click(".send")
    assert len(stage.wait_for(page, "message")["text"]) == 4000


def test_the_end_of_a_chat_stays_until_something_is_said(visit, kefu):
    page = visit()
    online(page)
    say(page, "你好")
    wait_for_text(page, "您好！想问点什么？")
    token = page.evaluate("localStorage.getItem('kefu.token')")
    path = f"/conversations/web-{token.split('.')[1]}/tracker/events"
    kefu.api("POST", path, {"event": "pause"})
    page.wait_for_selector(".status[data-state=queued]")
    choose_from_menu(page, "结束会话")
    page.get_by_role("dialog").get_by_role("button", name="结束会话").click()
    page.locator(".rating label").nth(4).click()
    page.get_by_role("button", name="提交评价").click()
    page.locator(".notice", has_text="感谢").wait_for()
    page.wait_for_selector(".status[data-state=ended]")
    assert page.locator(".banner").count() == 0
    waiting = json.dumps(kefu.api("GET", "/api/v1/queue"))
    assert token.split(".")[1] not in waiting
    page.reload()
    page.wait_for_selector(".status[data-state=ended]")
    say(page, "营业时间")
    wait_for_text(page, "我们全天营业。")
    online(page)
    page.reload()
    online(page)
