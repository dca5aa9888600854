"""What stands around a thread: the list's marks and views, the panel, the quota, notifications."""

import re

import pytest
from playwright.sync_api import expect

SHOWCASE = "web-c00001"  # on WeChat, with everything that can happen in it
MORE_BELOW = """(() => { const one = document.querySelector(".pane .scroller");
  return one.scrollTop + one.clientHeight < one.scrollHeight - 100; })()"""
NOTICED = """window.told = [];
window.Notification = class { static permission = "granted"; static async requestPermission() {
  return "granted"; }
  constructor(title, options) { window.told.push([title, options.tag]); } close() {} };
Object.defineProperty(document, "hasFocus", {value: () => false});
window.rings = 0;
const nothing = () => {};
const gain = {setValueAtTime: nothing, linearRampToValueAtTime: nothing,
  exponentialRampToValueAtTime: nothing};
const node = () => ({frequency: {}, gain, connect: one => one, start: nothing, stop: nothing});
window.AudioContext = class { state = "running"; currentTime = 0; createGain = node;
  createOscillator() { window.rings++; return node(); } };
"""


@pytest.fixture
def showcase(enter):
    page = enter(f"/desk/inbox/mine/{SHOWCASE}", login="lin")
    page.locator(".message").first.wait_for()
    return page


def test_a_row_tells_channel_wait_unread_and_labels(showcase):
    row = showcase.locator(f".list-row:has([data-conversation={SHOWCASE}])")
    expect(row.get_by_role("img", name="微信公众号")).to_be_visible()
    expect(row.locator(".timer")).to_contain_text(re.compile(r"\d:\d\d"))
    expect(row.locator(".chips > *")).not_to_have_count(0)
    waiting = showcase.locator(".tabs").get_by_role("link", name="排队")
    count = showcase.evaluate("fetch('/api/v1/inbox/counts').then(one => one.json())")["waiting"]
    expect(waiting.locator(".count")).to_have_text(str(count) if count < 100 else "99+")


def test_of_ten_thousand_conversations_few_stand_on_the_page(enter):
    page = enter("/desk/inbox/all", login="wang")
    page.locator(".list-row").nth(5).wait_for()
    for _ in range(5):
        page.wait_for_function(MORE_BELOW)  # the next rows may still be on their way
        first = page.locator("[data-conversation]").first.get_attribute("data-conversation")
        page.mouse.move(200, 500)
        page.mouse.wheel(0, 4_000)
        page.wait_for_function(
            f"document.querySelector('[data-conversation]').dataset.conversation !== '{first}'"
        )
        assert page.locator(".list-row").count() < 60


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("width", [1280, 390])
def test_what_is_done_to_many_is_all_in_sight(enter, language, width):
    view = {"viewport": {"width": width, "height": 800}}
    page = enter("/desk/inbox/all", login="wang", language=language, **view)
    row = page.locator(".list-row").first
    row.hover()
    row.get_by_role("checkbox").check()
    page.locator(".bulk .all").click()
    bar = page.get_by_role("toolbar").bounding_box()
    for button in page.get_by_role("toolbar").get_by_role("button").all():
        box = button.bounding_box()
        assert bar["x"] <= box["x"]
        assert box["x"] + box["width"] <= bar["x"] + bar["width"], button.inner_text()


def test_days_are_told_apart(showcase):
    showcase.locator(".scroll").evaluate("element => { element.scrollTop = 0 }")
    showcase.get_by_text("会话从这里开始").wait_for()
    days = showcase.locator(".scroll .day-line, .scroll .day").all_inner_texts()
    assert len(days) == len(set(days)) >= 1


def test_the_channels_quota_is_shown_where_one_answers(showcase):
    quota = showcase.locator(".composer .quota")
    expect(quota).to_have_text(re.compile(r"微信公众号：还可发 3/5 条，\d\d:\d\d 前"))
    showcase.keyboard.press("n")
    expect(quota).to_have_count(0)  # a note is not sent


def test_the_panel_has_the_customer_orders_and_visits(showcase):
    panel = showcase.locator(".panel")
    for part in ("客户", "订单", "访问轨迹"):
        head = panel.get_by_role("button", name=part, exact=True)
        if head.get_attribute("aria-expanded") == "false":
            head.click()
    expect(panel.locator(".identity").first).to_be_visible()
    expect(panel.locator(".tags", has_text="金卡客户").first).to_be_visible()
    expect(panel.locator("li.order")).to_have_count(2)
    expect(panel.locator("li.order").first).to_contain_text("¥199.00")
    expect(panel.locator(".visit .page")).to_have_text(
        ["订单详情", "羊毛围巾", "双十一会场", "首页"]
    )
    expect(panel.locator(".visit a").first).to_have_attribute("href", "https://shop.example/p/1")
    panel.get_by_role("button", name="插入订单号 20261128000142").click()
    expect(showcase.locator(".composer textarea")).to_have_value(re.compile("20261128000142"))


def test_a_note_on_the_customer_stays(showcase):
    def notes():
        head = showcase.locator(".panel").get_by_role("button", name="客户备注", exact=True)
        if head.get_attribute("aria-expanded") == "false":
            head.click()
        return showcase.locator(".panel .note")

    notes()
    showcase.get_by_role("textbox", name="新的客户备注").fill("只收顺丰")
    showcase.get_by_role("textbox", name="新的客户备注").press("Control+Enter")
    expect(notes().first).to_contain_text("只收顺丰")
    showcase.reload()
    showcase.locator(".message").first.wait_for()
    expect(notes().first).to_contain_text("只收顺丰")


def test_a_view_is_saved_with_its_filters(enter):
    page = enter("/desk/inbox/all", login="wang")
    page.locator(".list-row").first.wait_for()
    page.get_by_role("button", name="筛选").click()
    page.get_by_label("渠道").select_option(label="微信公众号")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="更多视图").click()
    page.get_by_role("menuitem", name="保存当前视图").click()
    page.get_by_role("textbox", name="视图名称").fill("微信来的")
    with page.expect_response("**/api/v1/me/settings"):
        page.keyboard.press("Enter")
    page.goto(page.url.partition("/desk")[0] + "/desk/inbox/mine")
    page.locator(".list-row").first.wait_for()
    page.get_by_role("button", name="更多视图").click()
    with page.expect_response(lambda answer: "channel=wechat" in answer.url) as asked:
        page.get_by_role("menuitemcheckbox", name="微信来的").click()
    assert {row["channel"] for row in asked.value.json()["items"]} == {"wechat"}
    expect(page).to_have_url(re.compile("/inbox/all"))


def test_the_system_tells_and_rings_as_the_agent_wants(enter, mock):
    page = enter("/desk/icon.svg", login="lin")
    page.add_init_script(NOTICED)
    page.goto(f"{mock.url}/desk/me")
    page.get_by_role("heading", name="通知").click()  # browsers ring for who has clicked
    told = {"kind": "notice", "what": "assigned", "by": None, "text": "陈女士"}
    mock.play("tell", event=told | {"conversation_id": "web-c00001"})
    page.wait_for_function("window.told.length === 1 && window.rings > 0")
    assert page.evaluate("window.told") == [["新会话：陈女士", "assigned web-c00001"]]
    topic = "分给我或转给我的会话"
    with page.expect_response("**/api/v1/me/settings"):
        page.get_by_role("switch", name=f"{topic}: 桌面").press("Space")
    mock.play("tell", event=told | {"conversation_id": "web-c00002"})
    expect(page.locator(".toast")).to_have_count(2)  # the desk itself tells all the same
    mentioned = {"what": "mentioned", "conversation_id": "web-c00003", "text": "看一下"}
    mock.play("tell", event=told | mentioned)
    page.wait_for_function("window.told.length === 2")
    assert page.evaluate("window.told[1][1]") == "mentioned web-c00003"
