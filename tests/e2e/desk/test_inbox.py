"""Serving customers: list, thread, composer, reviews, search; and what goes wrong meanwhile."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.looks import LOOKS

EVERYTHING = "web-c00001"  # a thread of all that can happen
PLAIN = "web-c00003"
LONG = "web-c00004"  # 5,000 messages
LIN = {"id": f"a{2:031d}", "name": "林小雨", "avatar": ""}
CHEN = {"id": f"a{3:031d}", "name": "陈志强", "avatar": ""}


def at(conversation, view="mine"):
    return f"/desk/inbox/{view}/{conversation}"


@pytest.fixture
def thread(enter):
    """Return a function that opens a conversation and waits for what was said in it."""

    def thread(conversation=PLAIN, login="lin", **options):
        page = enter(at(conversation), login=login, **options)
        page.locator(".message").first.wait_for()
        page.locator(".thread > .head .acts").wait_for()
        page.locator(".composer textarea").wait_for()
        return page

    return thread


def write(page, text):
    page.locator(".composer textarea").fill(text)


def said(page, text):
    return page.locator(".message", has_text=text)


def is_kept(page, text, times):
    """See how often the server has something, after the page asked it again for all of it."""
    page.reload()
    expect(page.locator(".message").first).to_be_visible()
    expect(said(page, text)).to_have_count(times)


@pytest.fixture
def sent():
    """Return a function that notes what a page sends to the customer from now on."""

    def sent(page):
        posts = []
        page.on(
            "request",
            lambda one: (
                one.method == "POST"
                and one.url.endswith("/messages")
                and posts.append(one.post_data_json)
            ),
        )
        return posts

    return sent


def test_what_one_says_is_there_at_once_and_once(thread, mock):
    page = thread()
    write(page, "马上帮您查")
    page.get_by_text("草稿已保存").wait_for()
    mock.play("delay", milliseconds=600)
    page.keyboard.press("Enter")
    said(page, "马上帮您查").get_by_text("发送中").wait_for()
    assert page.locator(".composer textarea").input_value() == ""
    mock.play("delay", milliseconds=0)
    expect(said(page, "马上帮您查").get_by_role("img", name="已读")).to_be_visible()
    expect(said(page, "马上帮您查")).to_have_count(1)
    is_kept(page, "马上帮您查", 1)


def test_what_could_not_be_sent_stays_and_is_sent_again_once(thread, mock):
    page = thread()
    where = f"/conversations/{PLAIN}/messages"
    mock.play("fault", path=where, status=503, times=3)
    write(page, "网断了也要留住")
    page.keyboard.press("Enter")
    failed = page.locator(".message.failed", has_text="网断了也要留住")
    failed.get_by_role("button", name="重试").click()
    expect(failed).to_have_count(0)
    is_kept(page, "网断了也要留住", 1)


def test_what_one_reads_does_not_move_when_the_customer_writes(thread, mock):
    page = thread()
    scroll = page.locator(".scroll")
    scroll.evaluate("element => { element.scrollTop = 300 }")
    page.locator(".to-end").wait_for()
    before = scroll.evaluate("element => element.scrollTop")
    mock.play("customer", conversation_id=PLAIN, text="在吗在吗")
    page.get_by_role("button", name="1 条新消息").wait_for()
    assert abs(scroll.evaluate("element => element.scrollTop") - before) < 2
    page.get_by_role("button", name="1 条新消息").click()
    said(page, "在吗在吗").wait_for()
    page.locator(".to-end").wait_for(state="detached")


def test_the_end_stays_in_sight_when_room_is_taken_from_it(thread):
    page = thread(EVERYTHING)
    box = page.locator(".thread .scroll")
    below = "one => one.scrollHeight - one.scrollTop - one.clientHeight"
    expect(page.get_by_role("button", name="回到最新")).to_have_count(0)
    # Browsers tell of scrolling before they tell of sizes: what moved was the end.
    box.evaluate(
        """one => {
          one.parentElement.style.marginBottom = "200px";
          one.dispatchEvent(new Event("scroll"));
        }"""
    )
    expect(page.get_by_role("button", name="回到最新")).to_have_count(0)
    assert box.evaluate(below) < 2
    # Whoever scrolls up is left there.
    box.evaluate("one => { one.scrollTop -= 300; }")
    expect(page.get_by_role("button", name="回到最新")).to_be_visible()
    assert box.evaluate(below) >= 300


def test_a_colleague_who_answers_meanwhile_is_told_before_one_sends(thread, mock, sent):
    page = thread()
    posts = sent(page)
    write(page, "我来说一句")
    seq = page.evaluate(
        f"fetch('/api/v1/conversations/{PLAIN}/row').then(one => one.json())"
        ".then(row => row.last_seq + 1)"
    )
    item = {"seq": seq, "at": "2026-11-29T05:00:00Z", "kind": "agent", "agent": CHEN}
    frame = {"type": "items", "conversation_id": PLAIN, "last_seq": seq, "row": None}
    mock.play("frame", frame=frame | {"items": [item | {"text": "已经处理好了"}]})
    page.get_by_text("陈志强 刚刚回复了客户").wait_for()
    page.locator(".composer textarea").press("Enter")
    page.get_by_role("dialog").get_by_text("已经处理好了").wait_for()
    page.get_by_role("button", name="取消").click()
    expect(page.locator(".composer textarea")).to_have_value("我来说一句")
    is_kept(page, "我来说一句", 0)
    assert posts == []


def test_nothing_typed_is_lost_when_the_conversation_is_taken_away(thread, mock):
    page = thread()
    write(page, "还没说完的话")
    page.get_by_text("草稿已保存").wait_for()
    mock.play("row", conversation_id=PLAIN, fields={"agent": CHEN})
    page.get_by_role("alert").get_by_text("会话已转到：陈志强").wait_for()
    assert page.locator(".composer textarea").input_value() == "还没说完的话"
    assert page.get_by_role("button", name="发送", exact=True).is_disabled()
    page.reload()
    page.get_by_text("你写的内容还在").wait_for()
    assert page.locator(".composer textarea").input_value() == "还没说完的话"


def test_canned_replies_are_found_by_a_slash_and_filled(thread):
    page = thread()
    page.locator(".composer textarea").press_sequentially("您好 /ddh")
    page.get_by_role("option").first.wait_for()
    page.keyboard.press("Enter")
    page.wait_for_function(
        "document.querySelector('.composer textarea').value.includes('订单号 2026')"
    )
    write(page, "订单 {{order_no}} 已发出")
    page.get_by_text("还没有填：order_no").wait_for()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").get_by_text("还有没填的内容")).to_be_visible()


def test_forbidden_words_are_not_sent(thread, sent):
    page = thread()
    posts = sent(page)
    write(page, "请加微信联系")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alertdialog").get_by_text("不能发送")).to_be_visible()
    expect(page.locator(".warning mark")).to_have_text(["加微信"])
    is_kept(page, "请加微信联系", 0)
    assert posts == []


def test_notes_look_different_and_mention_colleagues(thread):
    page = thread()
    page.keyboard.press("n")
    page.locator(".composer.note").wait_for()
    page.locator(".composer textarea").press_sequentially("@陈")
    page.get_by_role("option", name=re.compile("陈志强")).wait_for()
    page.keyboard.press("Enter")
    page.keyboard.type("请看")
    page.keyboard.press("Enter")
    note = page.locator(".message.private", has_text="请看")
    expect(note.locator(".mention")).to_have_text("@陈志强")
    expect(note).to_contain_text("@陈志强 请看")


def test_a_suggestion_is_put_in_by_one_key(thread):
    page = thread()
    page.locator(".part .one").first.wait_for()
    with page.expect_request("**/suggestions/f1/used"):
        page.keyboard.press("Alt+1")
    expect(page.locator(".composer textarea")).to_have_value(re.compile("退款"))


def test_a_picture_is_pasted_and_sent(thread):
    page = thread(EVERYTHING)
    before = page.locator(".message.mine .picture").count()
    page.locator(".composer textarea").evaluate(
        """element => {
          const data = new DataTransfer();
          data.items.add(new File([new Uint8Array([137, 80])], "截图.png", {type: "image/png"}));
          const options = {clipboardData: data, bubbles: true, cancelable: true};
          element.dispatchEvent(new ClipboardEvent("paste", options));
        }"""
    )
    page.locator(".files").get_by_text("截图.png").wait_for()
    page.get_by_role("button", name="发送", exact=True).click()
    expect(page.locator(".message.mine .picture")).to_have_count(before + 1)
    expect(page.locator(".files")).to_have_count(0)


def test_the_list_does_not_jump_while_the_pointer_is_on_it(enter, mock):
    page = enter("/desk/inbox/mine", login="lin")
    page.locator(".list-row").first.wait_for()
    page.locator(".list-row").nth(3).hover()
    before = page.locator(".list-row .name").all_inner_texts()
    last = {"seq": 41, "at": "2027-01-01T00:00:00Z", "by": "customer", "text": "?", "kind": "text"}
    fields = {"state": "assigned", "agent": LIN, "last": last}
    mock.play("row", conversation_id="web-c00020", fields=fields)
    fresh = page.get_by_role("button", name="1 个新会话")
    fresh.wait_for()
    assert page.locator(".list-row .name").all_inner_texts() == before
    fresh.click()
    fresh.wait_for(state="detached")
    assert page.locator(".list-row .name").all_inner_texts() != before


def test_keys_lead_through_the_list(enter):
    page = enter("/desk/inbox/mine", login="lin")
    page.locator(".list-row").nth(2).wait_for()
    rows = page.locator(".list-row [data-conversation]")
    one, two = (rows.nth(at).get_attribute("data-conversation") for at in (0, 1))
    for key, there in (("j", one), ("j", two), ("k", one)):
        page.keyboard.press(key)
        expect(page).to_have_url(re.compile(f"/inbox/mine/{there}$"))
    page.keyboard.press("x")
    expect(page.get_by_text("已选 1 个")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("已选 1 个")).to_have_count(0)
    expect(page).to_have_url(re.compile(f"/inbox/mine/{one}$"))


def test_a_conversation_is_closed_by_key_with_a_code(thread):
    page = thread()
    page.keyboard.press("Alt+e")
    page.locator("#close-code").wait_for()
    code = page.locator("#close-code option").nth(1).text_content()
    page.locator("#close-code").select_option(index=1)
    page.get_by_role("dialog").get_by_role("button", name="结束会话").click()
    expect(page.get_by_text("会话已结束。")).to_be_visible()
    expect(page.locator(".step", has_text="结束了会话").last).to_contain_text(
        f"（{code.rpartition(' / ')[2]}）"
    )


def test_a_hit_opens_the_thread_at_its_place(enter, mock):
    page = enter(f"/desk/conversations/{LONG}?seq=2500", login="lin")
    page.locator('[data-seq="2500"]').wait_for()
    page.locator(".to-end").click()
    page.locator('[data-seq="5000"]').wait_for()
    page.goto(f"{mock.url}/desk/customers?q=退款")
    page.locator(".hit mark").first.wait_for()
    assert set(page.locator(".hit mark").all_inner_texts()) == {"退款"}


def test_a_long_thread_keeps_the_page_small(enter):
    page = enter(at(LONG), login="lin")
    page.locator('[data-seq="5000"]').wait_for()
    for _ in range(12):
        first = int(page.locator("[data-seq]").first.get_attribute("data-seq"))
        page.locator(".scroll").evaluate("element => { element.scrollTop = 0 }")
        page.wait_for_function(
            f"Number(document.querySelector('[data-seq]').dataset.seq) < {first}"
        )
    assert page.locator(".message").count() <= 200


def test_a_review_is_approved_by_one_key(enter):
    page = enter("/desk/inbox/review", login="lin")
    page.locator(".decide").wait_for()
    before = page.locator(".queue .one").count()
    page.keyboard.press("a")
    expect(page.get_by_text("已批准并发送")).to_be_visible()
    expect(page.locator(".queue .one")).to_have_count(before - 1)


def test_that_one_looks_at_a_draft_is_said_again_while_one_does(enter, mock):
    page = enter("/desk/icon.svg", login="lin")
    page.clock.install()
    page.goto(f"{mock.url}/desk/inbox/review")
    page.locator(".decide").wait_for()
    claims = []
    page.on("request", lambda one: one.url.endswith("/claim") and claims.append(one.url))
    page.clock.run_for(31_000)  # it opened by itself: nobody looks at it
    with page.expect_response("**/claim") as first:
        page.locator(".queue .one").last.click()
    until = first.value.json()["claimed_until"]
    with page.expect_response("**/claim") as again:
        page.clock.run_for(31_000)
    assert again.value.json()["claimed_until"] > until
    assert claims == [first.value.url, again.value.url]
    page.get_by_role("link", name="我的").first.click()
    page.locator(".decide").wait_for(state="detached")
    page.clock.run_for(61_000)
    page.locator(".list-row").first.wait_for()
    assert len(claims) == 2, "who left does not look any more"


@pytest.mark.parametrize(
    ("state", "why"), [("superseded", "客户又发来了消息"), ("expired", "审核时间已过，已按默")]
)
def test_a_draft_that_is_edited_survives_that_it_is_over(enter, mock, state, why):
    page = enter("/desk/inbox/review", login="lin")
    page.locator(".decide").wait_for()
    page.wait_for_url("**/inbox/review/r*")
    number = page.url.rsplit("/", 1)[1]
    page.keyboard.press("e")
    page.locator(".decide textarea").fill("我改过的")
    review = page.evaluate(
        "fetch('/api/v1/reviews?state=open').then(one => one.json())"
        f".then(page => page.items.find(one => one.review_id === {number!r}))"
    )
    mock.play("tell", event={"kind": "review", "review": review | {"state": state}})
    page.get_by_role("alert").get_by_text(why).wait_for()
    assert page.locator(".decide textarea").input_value() == "我改过的"
    assert page.get_by_role("button", name="发送修改后的回复").is_disabled()


def test_what_cannot_be_loaded_says_so_and_is_tried_again(enter, mock):
    mock.play("fault", path=f"/conversations/{PLAIN}/thread", status=500, times=1)
    page = enter(at(PLAIN), login="lin")
    fault = page.locator(".scroll [role=alert]")
    # In the language of the screen: what the server says of itself is for its log.
    expect(fault).to_contain_text("服务器暂时无法处理")
    again = fault.get_by_role("button", name="重试")
    again.click()
    expect(page.locator(".message").first).to_be_visible()
    expect(again).to_have_count(0)


def test_what_is_not_there_is_said_once(enter):
    page = enter(at("web-nobody"), login="lin")
    expect(page.get_by_text("没有找到", exact=True)).to_have_count(1)
    expect(page.get_by_role("heading", name="客户与会话信息")).to_have_count(0)


def test_a_search_that_cannot_be_done_says_so_in_the_language_of_the_screen(enter):
    page = enter("/desk/customers?q=-x", login="lin")
    expect(page.get_by_role("alert").get_by_text("搜索条件有误")).to_be_visible()


def test_a_choice_that_its_label_draws_is_not_drawn_twice(thread):
    page = thread(EVERYTHING)
    page.get_by_role("button", name="转接").click()
    dialog = page.get_by_role("dialog", name="转接")
    dialog.get_by_text("机器人", exact=True).click()
    choice = dialog.get_by_role("radio", name="机器人")
    expect(choice).to_be_focused()
    assert choice.evaluate("one => getComputedStyle(one).clipPath") == "inset(50%)"


def test_customers_of_one_name_are_told_apart_before_they_are_merged(enter):
    page = enter(at(PLAIN, "all"), login="wang")
    page.get_by_role("button", name="更多操作", exact=True).click()
    page.get_by_role("menuitem", name="合并客户").click()
    dialog = page.get_by_role("dialog", name="合并客户")
    dialog.get_by_role("searchbox").fill("王伟")
    expect(dialog.locator(".one").first).to_contain_text(re.compile(r" · \d{4}年"))


def test_names_and_words_of_customers_are_text(thread):
    page = thread(EVERYTHING)
    page.locator(".list-row").get_by_text("<img src=x").first.wait_for()
    said(page, "<script>alert(1)</script>").first.wait_for()
    assert page.evaluate("window.hacked") is None


@LOOKS
def test_axe_finds_nothing_where_customers_are_served(enter, violations, language, theme):
    page = enter(at(EVERYTHING), login="lin", language=language, theme=theme)
    page.locator(".message").first.wait_for()
    page.locator(".part .one").first.wait_for()
    assert violations(page) == []
    page.locator(".scroll").evaluate("element => { element.scrollTop = 0 }")
    page.locator(".scroll .edge").first.wait_for()
    assert violations(page) == []
    page.locator(".composer textarea").press_sequentially("/")
    page.get_by_role("option").first.wait_for()
    assert violations(page) == []
    page.goto(page.url.partition("/desk")[0] + "/desk/inbox/review")
    page.locator(".decide").wait_for()
    assert violations(page) == []
    page.goto(page.url.partition("/desk")[0] + "/desk/customers?q=退款")
    page.locator(".hit").first.wait_for()
    assert violations(page) == []


DIALOGS = {
    "Alt+t": "[role=radiogroup] input[name=agent]",
    "Alt+i": "input[name=agent]",
    "Alt+m": "input[name=until]",
    "Alt+g": "input[type=checkbox]",
    "Alt+e": "#close-code",
}
MENU = {"合并客户|Merge": "[type=search]", "拉黑|Block": "form"}


@LOOKS
def test_axe_finds_nothing_in_what_is_asked_about_a_conversation(
    thread, violations, language, theme
):
    def is_fine(page, there, name):
        dialog = page.locator(".el-dialog")
        dialog.locator(there).first.wait_for()
        page.wait_for_function("document.getAnimations().every(one => one.playState != 'running')")
        assert violations(page) == [], name
        page.keyboard.press("Escape")
        dialog.wait_for(state="detached")

    page = thread(EVERYTHING, language=language, theme=theme)
    for keys, there in DIALOGS.items():
        page.keyboard.press(keys)
        is_fine(page, there, keys)
    page = thread(EVERYTHING, "wang", language=language, theme=theme)
    for act, there in MENU.items():
        page.locator(".thread > .head [aria-haspopup=menu]").last.click()
        page.get_by_role("menuitem", name=re.compile(act)).first.click()
        is_fine(page, there, act)


def test_one_pane_at_a_time_on_a_phone(enter):
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
    page = enter("/desk/inbox/mine", login="lin", **phone)
    page.locator(".list-row .link").nth(1).click()
    page.locator(".message").first.wait_for()
    assert not page.locator(".list-row").first.is_visible()
    page.get_by_role("button", name="信息面板").click()
    page.locator(".panel-drawer").get_by_text("推荐回复").wait_for()
    page.keyboard.press("Escape")
    page.locator(".panel-drawer").wait_for(state="hidden")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="返回列表").click()
    page.locator(".list-row").first.wait_for()


def test_what_was_said_in_a_conversation_that_was_merged_is_read_beside_the_thread(thread):
    page = thread(EVERYTHING)
    page.get_by_role("button", name="历史服务", exact=True).click()
    page.get_by_text("合并来的会话").wait_for()
    with page.expect_response(lambda answer: "of=" in answer.url) as told:
        page.locator("#panel-earlier .list").last.get_by_role("button").click()
    drawer = page.get_by_role("dialog", name="合并来的会话（只读）")
    items = [one for one in told.value.json()["items"] if one["kind"] == "customer"]
    expect(drawer.locator(".message").first).to_be_visible()
    expect(drawer).to_contain_text(next(one["text"] for one in items if one.get("text")))
    expect(drawer.get_by_role("button", name="在会话里查看")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
