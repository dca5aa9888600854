"""The chat page as a visitor meets it, in a real browser."""

import re

import pytest

expect = pytest.importorskip("playwright.sync_api").expect

TEXT = "#k-text"
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
BOT_SAID = ".log .row-them .bubble"
I_SAID = ".log .row-mine .bubble"


def say(page, text):
    page.fill(TEXT, text)
    page.click(".send")


def wait_for_text(page, text, selector=".log .bubble"):
    page.locator(selector, has_text=text).first.wait_for()


def bubbles(page):
    return page.locator(".log .bubble").all_inner_texts()


def conversation_of(page):
    token = page.evaluate("localStorage.getItem('kefu.token')")
    return "web-" + token.split(".")[1]


def choose_from_menu(page, name, menu="更多操作"):
    page.get_by_role("button", name=menu).click()
    page.get_by_role("dialog").get_by_role("button", name=name, exact=True).click()


def online(page):
    page.wait_for_selector(".status[data-state=online]")


def test_a_visitor_asks_and_is_answered(visit):
    page = visit()
    online(page)
    assert page.locator(".empty").is_visible()
    say(page, "你好")
    wait_for_text(page, "您好！想问点什么？", BOT_SAID)
    assert page.locator(".empty").count() == 0
    assert page.locator(I_SAID).inner_text() == "你好"
    page.wait_for_selector(".row-mine[data-state=read]")
    assert page.input_value(TEXT) == ""


def test_a_page_that_lost_its_storage_knows_the_visitor_by_the_cookie(visit):
    page = visit()
    online(page)
    say(page, "你好")
    wait_for_text(page, "您好！想问点什么？", BOT_SAID)
    before = conversation_of(page)
    page.evaluate("localStorage.clear()")
    page.reload()
    wait_for_text(page, "您好！想问点什么？", BOT_SAID)
    assert conversation_of(page) == before


def test_enter_sends_and_shift_enter_begins_a_line(visit):
    page = visit()
    online(page)
    page.focus(TEXT)
    page.keyboard.type("物流")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("快递")
    page.keyboard.press("Enter")
    wait_for_text(page, "包裹正在派送。", BOT_SAID)
    assert page.locator(I_SAID).inner_text() == "物流\n快递"


def test_a_button_says_its_caption_and_means_its_payload(visit, kefu):
    page = visit()
    say(page, "你好")
    page.get_by_role("button", name="查物流").click()
    wait_for_text(page, "包裹正在派送。", BOT_SAID)
    assert page.locator(I_SAID).all_inner_texts() == ["你好", "查物流"]
    state = kefu.api("GET", f"/conversations/{conversation_of(page)}/tracker")
    assert state["latest_message"]["intent"]["name"] == "track"


def test_paragraphs_links_images_and_unknown_content_are_shown(visit):
    page = visit()
    say(page, "你好")
    link = page.get_by_role("link", name="看看官网")
    assert link.get_attribute("href") == "https://shop.example.cn/"
    assert "noopener" in link.get_attribute("rel")
    say(page, "物流")
    wait_for_text(page, "请耐心等待", BOT_SAID)
    address = page.get_by_role("link", name="https://shop.example.cn/track")
    assert address.get_attribute("href") == "https://shop.example.cn/track"
    say(page, "新品")
    expect(page.locator(".log img.picture")).not_to_have_js_property("naturalWidth", 0)
    page.locator("details summary").click()
    assert '"points": 30' in page.locator("details pre").inner_text()


def test_nothing_that_is_said_becomes_part_of_the_page(visit):
    page = visit()
    say(page, "攻击<script>document.title='owned'</script>")
    wait_for_text(page, "<img src=x", BOT_SAID)
    assert page.title() == "在线客服"
    assert page.locator(".log script, .log b, .log img").count() == 0
    assert page.locator(".log a[href^=javascript]").count() == 0


def test_a_reload_keeps_the_history(visit):
    page = visit()
    say(page, "你好")
    wait_for_text(page, "您好！想问点什么？", BOT_SAID)
    before = bubbles(page)
    page.reload()
    wait_for_text(page, "您好！想问点什么？", BOT_SAID)
    assert bubbles(page) == before
    assert page.locator(".choice", has_text="查物流").count() == 1


def test_two_tabs_are_one_conversation(visit):
    first = visit()
    online(first)
    second = first.context.new_page()
    second.goto(first.url)
    online(second)
    say(first, "你好")
    wait_for_text(second, "您好！想问点什么？", BOT_SAID)
    say(second, "营业时间")
    wait_for_text(first, "我们全天营业。", BOT_SAID)
    assert bubbles(first) == bubbles(second)


def test_two_visitors_are_two_conversations(visit):
    first, second = visit(), visit()
    say(first, "你好")
    wait_for_text(first, "您好！想问点什么？", BOT_SAID)
    say(second, "营业时间")
    wait_for_text(second, "我们全天营业。", BOT_SAID)
    assert bubbles(second) == ["营业时间", "我们全天营业。"]


def test_a_killed_server_loses_nothing_and_the_page_comes_back(visit, mortal_kefu):
    page = visit(mortal_kefu)
    say(page, "你好")
    wait_for_text(page, "您好！想问点什么？", BOT_SAID)
    mortal_kefu.kill()
    page.wait_for_selector(".status[data-state=offline]")
    say(page, "营业时间")
    page.wait_for_selector(".row-mine[data-state=waiting]")
    page.locator(".banner", has_text="恢复后会自动发送").wait_for()
    mortal_kefu.start()
    wait_for_text(page, "我们全天营业。", BOT_SAID)
    online(page)
    page.wait_for_selector(".banner", state="hidden")
    said = ["你好", "您好！想问点什么？", "营业时间", "我们全天营业。"]
    assert bubbles(page) == said
    page.reload()
    wait_for_text(page, "我们全天营业。", BOT_SAID)
    assert bubbles(page) == said


def test_what_was_typed_while_offline_is_sent_after_a_reload(visit, mortal_kefu):
    page = visit(mortal_kefu)
    say(page, "你好")
    wait_for_text(page, "您好！想问点什么？", BOT_SAID)
    page.context.set_offline(True)
    mortal_kefu.kill()
    say(page, "营业时间")
    page.wait_for_selector(".row-mine[data-state=waiting]")
    mortal_kefu.start()
    page.context.set_offline(False)
    page.reload()
    wait_for_text(page, "我们全天营业。", BOT_SAID)
    assert bubbles(page).count("营业时间") == 1


def test_what_happened_while_the_line_was_cut_is_shown_when_it_is_back(visit, mortal_kefu):
    page = visit(mortal_kefu)
    say(page, "你好")
    wait_for_text(page, "您好！想问点什么？", BOT_SAID)
    mortal_kefu.kill()
    page.wait_for_selector(".status[data-state=offline]")
    mortal_kefu.start()
    path = f"/conversations/{conversation_of(page)}/tracker/events"
    mortal_kefu.api("POST", path, {"event": "bot", "text": "您不在时说的话"})
    wait_for_text(page, "您不在时说的话", BOT_SAID)
    assert bubbles(page).count("您不在时说的话") == 1


def test_where_websockets_do_not_get_through_polling_does(visit, browser, kefu):
    context = browser.new_context(locale="zh-CN")
    context.add_init_script(
        "window.WebSocket = class { constructor() { setTimeout(() => this.onclose()) } }"
    )
    page = context.new_page()
    page.goto(kefu.url)
    online(page)
    say(page, "你好")
    wait_for_text(page, "您好！想问点什么？", BOT_SAID)
    kefu.api(
        "POST",
        f"/conversations/{conversation_of(page)}/tracker/events",
        {"event": "bot", "text": "稍后的话"},
    )
    wait_for_text(page, "稍后的话", BOT_SAID)
    assert bubbles(page) == ["你好", "您好！想问点什么？", "稍后的话"]
    context.close()


def test_what_was_written_offline_arrives_in_order(visit, mortal_kefu):
    page = visit(mortal_kefu)
    online(page)
    mortal_kefu.kill()
    page.wait_for_selector(".status[data-state=offline]")
    texts = [f"营业时间{number}" for number in range(6)]
    for text in texts:
        say(page, text)
    mortal_kefu.start()
    page.locator("[data-state=read]").nth(5).wait_for()
    page.reload()
    page.locator("[data-state=read]").nth(5).wait_for()
    assert page.locator(I_SAID).all_inner_texts() == texts


def test_a_hand_over_is_announced_and_so_is_its_end(visit, kefu):
    page = visit()
    say(page, "你好")
    wait_for_text(page, "您好！想问点什么？", BOT_SAID)
    path = f"/conversations/{conversation_of(page)}/tracker/events"
    kefu.api("POST", path, {"event": "pause"})
    page.wait_for_selector(".status[data-state=queued]")
    page.locator(".banner", has_text="人工客服会在这里回复您").wait_for()
    kefu.api("POST", path, {"event": "agent", "text": "我是小王"})
    page.wait_for_selector(".status[data-state=withAgent]")
    assert "转接人工客服" in page.locator(".notice").inner_text()
    wait_for_text(page, "我是小王", ".log .row-them:has(.avatar-agent) .bubble")
    say(page, "在吗")
    page.wait_for_selector(".row-mine:last-child[data-state=delivered]")
    kefu.api("POST", path, {"event": "resume"})
    online(page)
    say(page, "营业时间")
    wait_for_text(page, "我们全天营业。", BOT_SAID)


def test_starting_over_asks_first_and_then_clears_the_screen(visit):
    page = visit()
    say(page, "你好")
    wait_for_text(page, "您好！想问点什么？", BOT_SAID)
    for answer in ("取消", "重新开始"):
        assert len(bubbles(page)) == 2
        choose_from_menu(page, "重新开始")
        page.get_by_role("dialog").get_by_role("button", name=answer, exact=True).click()
    page.locator(".notice", has_text="已开始新的对话").wait_for()
    assert bubbles(page) == []
    say(page, "营业时间")
    wait_for_text(page, "我们全天营业。", BOT_SAID)
    assert bubbles(page) == ["营业时间", "我们全天营业。"]


@pytest.mark.parametrize(
    ("locale", "title"),
    [
        ("zh-CN", "在线客服"),
        ("zh-TW", "線上客服"),
        ("en-GB", "Customer service"),
        ("fr-FR", "Customer service"),
    ],
)
def test_the_page_speaks_the_browsers_language(visit, locale, title):
    page = visit(locale=locale)
    expect(page.locator("h1")).to_have_text(title)


def test_the_language_can_be_switched_and_stays(visit):
    page = visit()
    say(page, "你好")
    wait_for_text(page, "您好！想问点什么？", BOT_SAID)
    before = bubbles(page)
    choose_from_menu(page, "English")
    page.keyboard.press("Escape")
    assert page.get_by_role("dialog").count() == 0
    expect(page.locator("h1")).to_have_text("Customer service")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert bubbles(page) == before
    page.reload()
    wait_for_text(page, "您好！想问点什么？", BOT_SAID)
    expect(page.locator("h1")).to_have_text("Customer service")


def test_on_a_phone_everything_fits_and_can_be_touched(visit):
    page = visit(**PHONE)
    say(page, "你好")
    wait_for_text(page, "您好！想问点什么？", BOT_SAID)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for control in page.locator("button:visible, a.choice:visible").all():
        box = control.bounding_box()
        assert round(box["height"], 2) >= 44, control.inner_text()
        assert box["width"] >= 44, control.inner_text()
    page.locator(".choice", has_text="查物流").tap()
    wait_for_text(page, "包裹正在派送。", BOT_SAID)


def test_it_can_be_used_by_keyboard_alone(visit):
    page = visit()
    online(page)
    page.keyboard.type("你好")
    page.keyboard.press("Enter")
    wait_for_text(page, "您好！想问点什么？", BOT_SAID)
    for _ in range(20):
        page.keyboard.press("Shift+Tab")
        focused = page.evaluate(
            "document.activeElement.shadowRoot?.activeElement?.textContent ?? ''"
        )
        if "查物流" in focused:
            break
    assert "查物流" in focused, "the button cannot be reached with the Tab key"
    page.keyboard.press("Enter")
    wait_for_text(page, "包裹正在派送。", BOT_SAID)
    assert page.locator(".row-mine").count() == 2


def test_a_screen_reader_hears_what_is_new_and_who_said_it(visit):
    page = visit()
    online(page)
    say(page, "你好")
    wait_for_text(page, "您好！想问点什么？", BOT_SAID)
    log = page.get_by_role("log")
    assert log.get_attribute("aria-live") == "polite"
    assert re.search("您：.*你好", log.text_content())
    assert re.search("智能客服：.*您好", log.text_content())
    is_named = "n => n.getAttribute('aria-label') || n.textContent.trim() || n.labels?.length"
    controls = page.locator("button, textarea, a").all()
    unnamed = [c.evaluate("n => n.outerHTML") for c in controls if not c.evaluate(is_named)]
    assert unnamed == []


def test_a_long_conversation_stays_at_its_end_unless_one_scrolls_up(visit, kefu):
    page = visit(viewport={"width": 800, "height": 500})
    for _ in range(4):
        say(page, "你好")
    page.locator(".log .row-them").nth(3).wait_for()
    expect(page.locator(".log .row-them").nth(3)).to_be_in_viewport()
    page.locator(".scroll").evaluate("box => { box.scrollTop = 0 }")
    page.wait_for_selector(".jump")
    path = f"/conversations/{conversation_of(page)}/tracker/events"
    kefu.api("POST", path, {"event": "bot", "text": "新的话"})
    page.locator(".jump", has_text="1 条新消息").wait_for()
    page.click(".jump")
    page.wait_for_selector(".jump", state="hidden")


def test_a_message_that_is_refused_can_be_sent_again(visit):
    page = visit()
    online(page)
    row = page.locator(".row-mine[data-state=failed]").first
    for number in range(40):  # the project lets a visitor send twelve at once
        say(page, f"营业时间{number}")
        if row.count():
            break
    row.wait_for()
    text = row.locator(".bubble").inner_text()
    row = page.locator(".row-mine", has_text=text)
    while row.get_attribute("data-state") == "failed":
        row.get_by_role("button", name="重新发送").click()
        settled = page.locator(".row-mine:is([data-state=read], [data-state=failed])")
        settled.filter(has_text=text).wait_for()
    assert row.get_attribute("data-state") == "read"
