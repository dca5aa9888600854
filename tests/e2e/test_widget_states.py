"""Every state of the widget: nothing that hinders anybody (axe), in light and dark, and fitting."""

import os
import re
from pathlib import Path

import pytest

from tests.e2e.stage import AXE, Stage, violations

LOCALES = Path(__file__).parents[2] / "web" / "apps" / "widget" / "src" / "locales"
TEXT = "#k-text"
WIDE = {"viewport": {"width": 1000, "height": 760}}
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
AGENT = {"name": "林小满", "avatar": "/pictures/agent.svg"}


def say(page, text):
    page.fill(TEXT, text)
    page.click(".send")


def menu(page, name):
    page.get_by_role("button", name="更多操作").click()
    page.get_by_role("dialog").get_by_role("button", name=name, exact=True).click()


def talk(stage):
    stage.say("customer", id="c1", text="你好，我想看看我的订单到哪里了")
    stage.say(
        "bot",
        text="您好！请问是哪一笔订单？\n\n也可以直接把订单号发给我。",
        buttons=[
            {"title": "最近一笔", "payload": "/latest"},
            {"title": "输入订单号", "payload": "/number"},
        ],
    )


def empty(page, _):
    page.get_by_role("button", name="多久能发货").wait_for()


def loading(page, _):
    page.wait_for_selector(".loading")


def conversation(page, stage):
    talk(stage)
    say(page, "最近一笔，谢谢 😊")
    stage.send("typing", on=True)
    page.wait_for_selector(".typing")


def cards(page, stage):
    stage.say(
        "bot",
        text="为您找到这些：",
        content={
            "type": "order_card",
            "order_id": "602600001003",
            "title": "明前龙井 特级 250g 礼盒装",
            "status": "运输中",
            "amount": "¥ 268.00",
            "image": "/pictures/tea.svg",
            "url": "https://shop.example.cn/orders/602600001003",
        },
    )
    stage.say(
        "bot",
        content={
            "type": "product_card",
            "title": "小叶茶铺 正山小种红茶",
            "price": "¥ 128.00",
            "image": "/pictures/red.svg",
            "url": "https://shop.example.cn/p/100",
            "description": "武夷山桐木关原产，松烟香，桂圆汤。",
        },
    )
    page.locator(".card-link").nth(1).wait_for()


def media(page, stage):
    stage.say("customer", id="c1", content={"type": "image", "url": "/pictures/a.svg"})
    stage.say("bot", content={"type": "voice", "url": "/pictures/v.webm", "seconds": 7})
    stage.say(
        "customer",
        id="c2",
        content={
            "type": "file",
            "url": "/x",
            "name": "发票抬头信息-2026年第四季度.pdf",
            "size": 183_200,
        },
    )
    stage.say(
        "bot",
        content={
            "type": "location",
            "latitude": 30.25,
            "longitude": 120.15,
            "label": "西湖门店",
            "address": "杭州市西湖区龙井路 1 号",
        },
    )
    page.wait_for_selector(".place")
    page.wait_for_selector(".voice")


def menu_and_quick_replies(page, stage):
    stage.say(
        "bot",
        content={
            "type": "menu",
            "text": "请选择您要办理的业务：",
            "choices": [{"title": "查询物流"}, {"title": "申请退换货"}, {"title": "发票与报销"}],
            "footer": "也可以直接输入问题",
        },
        quick_replies=[
            {"title": title}
            for title in ("人工客服", "退货地址", "运费说明", "会员权益", "门店查询", "优惠券")
        ],
    )
    page.wait_for_selector(".quick")


def elements(page, stage):
    stage.say(
        "bot",
        text="今日推荐",
        elements=[
            {
                "title": f"第 {number} 款",
                "subtitle": "清香型，适合夏天",
                "image_url": "/pictures/e.svg",
                "buttons": [{"title": "就要这款", "payload": f"/take{number}"}],
            }
            for number in (1, 2, 3)
        ],
        custom={"points": 30},
    )
    page.wait_for_selector(".cards")


def queue(page, stage):
    talk(stage)
    stage.note("paused")
    line = {"position": 3, "eta_seconds": 150}
    stage.send("state", owner="queue", queue=line, leave=True)
    page.locator(".banner", has_text="您前面还有 2 位").wait_for()
    page.locator(".banner", has_text="预计等待约 3 分钟").wait_for()
    page.locator(".banner").get_by_role("button", name="留言").wait_for()


def agent(page, stage):
    stage.say("customer", id="c1", text="转人工")
    stage.note("paused")
    stage.note("entered", data={"agent": AGENT})
    stage.send("state", owner="agent", agent=AGENT)
    stage.say("agent", text="您好，我是林小满，马上帮您看。", agent=AGENT)
    stage.say("agent", text="请稍等一下。", agent=AGENT)
    say(page, "好的，不急")
    stage.wait_for(page, "message")
    stage.send("ticks", delivered=99)
    page.locator(".under", has_text="已送达").wait_for()


def away(page, stage):
    stage.send("state", owner="queue", offline=True, leave=True)
    page.locator(".banner", has_text="留言").wait_for()


def ended(page, stage):
    talk(stage)
    stage.note("ended")
    stage.say("bot", content={"type": "rating_request", "text": "请为林小满的服务打分"})
    page.wait_for_selector(".rating")
    page.locator(".rating label").nth(3).click()
    page.wait_for_selector(".rating textarea")
    page.wait_for_selector(".status[data-state=ended]")


def offline(page, stage):
    talk(stage)
    page.get_by_text("也可以直接把订单号发给我").wait_for()
    page.wait_for_function(
        "() => performance.getEntriesByType('resource').some((one) => /more.js/.test(one.name))"
    )
    page.context.set_offline(True)
    stage.go_away()
    page.wait_for_selector(".status[data-state=offline]")
    say(page, "多久发货呀？")
    page.get_by_text("24 小时内发货").wait_for()


def failed(page, stage):
    stage.accepts = False
    say(page, "这条消息没有送到")
    page.wait_for_selector(".row-mine")
    said = stage.wait_for(page, "message")
    stage.send("error", code="too_many", message="slow", id=said["id"])
    page.get_by_role("button", name="重新发送").wait_for()


def recalled(page, stage):
    stage.accepts = True
    say(page, "写错了")
    page.get_by_text("写错了").wait_for()
    stage.note("recalled", id=stage.wait_for(page, "message")["id"])
    page.get_by_role("button", name="重新编辑").wait_for()


def new_messages(page, stage):
    talk(stage)
    for number in range(40):
        stage.say("bot", text=f"第 {number} 条消息")
    page.get_by_text("第 39 条消息").wait_for()
    page.locator(".scroll").evaluate("box => { box.scrollTop = 200 }")
    page.wait_for_selector(".jump")
    stage.say("bot", text="最新的一条")
    page.locator(".jump", has_text="1 条新消息").wait_for()


def more_menu(page, stage):
    talk(stage)
    page.get_by_role("button", name="更多操作").click()
    page.wait_for_selector(".menu")


def recommend(page, stage):
    talk(stage)
    question = "您有多大可能把我们推荐给朋友或同事？"
    stage.say("bot", content={"type": "rating_request", "text": question, "scale": 10})
    page.wait_for_selector(".rating")
    page.locator(".rating label", has_text="10").wait_for()
    page.locator(".rating label").nth(0).click()
    page.locator(".rating .is-on", has_text="0").wait_for()


def emoji(page, _):
    page.get_by_role("button", name="表情").click()
    page.wait_for_selector(".emoji")


def leave_message(page, _):
    menu(page, "留言")
    page.get_by_role("button", name="提交留言").click()
    page.get_by_text("请填写有效的手机号或邮箱").wait_for()


def faq(page, _):
    menu(page, "常见问题")
    page.get_by_role("dialog").get_by_text("怎么申请退货").click()
    page.get_by_text("7 天内").wait_for()


def my_data(page, _):
    menu(page, "我的资料")
    page.get_by_role("button", name="删除我的资料").wait_for()


def restart(page, stage):
    talk(stage)
    menu(page, "重新开始")
    page.get_by_text("机器人会忘记").wait_for()


def rating(page, _):
    menu(page, "评价服务")
    page.wait_for_selector(".rating")


def lightbox(page, stage):
    stage.say("bot", image="/pictures/a.svg")
    page.get_by_role("button", name="查看大图").click()
    page.wait_for_selector(".lightbox img")


def announcement(page, stage):
    stage.welcome["strings"] = {"announcement": "双十一期间订单较多，发货可能延迟，请您谅解。"}
    page.reload()
    page.wait_for_selector(".announcement")


def flash(page, _):
    page.set_input_files(
        "input[type=file]",
        files=[{"name": "大.bin", "mimeType": "application/zip", "buffer": b"0" * 5_000_001}],
    )
    page.locator(".flash.is-on").wait_for()


STATES = [
    empty, conversation, cards, media, menu_and_quick_replies, elements, queue, agent, away, ended,
    recommend, offline, failed, recalled, new_messages, more_menu, emoji, leave_message, faq,
    my_data, restart, rating, lightbox, announcement, flash,
]  # fmt: skip


@pytest.fixture
def show(visit, require):
    if not AXE.is_file():
        require("axe-core (make web)")
    stages = []

    def show(path="/widget/", is_silent=False, before=lambda stage: None, **options):
        def staged(context):
            stages.append(Stage(context, is_silent=is_silent))
            before(stages[-1])

        page = visit(path=path, before=staged, **{**WIDE, **options})
        stage = stages[-1]
        if not is_silent:
            page.wait_for_selector(".status[data-state=online]")
        return page, stage

    return show


def picture(page, name):
    """Keep what is seen where the variable PICTURES says, for people to look at."""
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"))


def looks_right(page, name):
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        picture(page, f"{name}-{theme}")
        assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_nothing_hinders_anybody(show, state):
    page, stage = show()
    state(page, stage)
    looks_right(page, state.__name__)


@pytest.mark.parametrize("state", [conversation, cards, media, queue, leave_message, more_menu])
def test_on_a_phone_neither(show, state):
    page, stage = show(**PHONE)
    state(page, stage)
    looks_right(page, f"phone-{state.__name__}")


def test_while_it_connects(show):
    page, stage = show(is_silent=True)
    loading(page, stage)
    looks_right(page, "loading")


MENU = ("human", "leave", "faq", "rate", "save", "dataMine", "restart", "end")


def words_of(language):
    """Return the words in the source of a language."""
    text = (LOCALES / f"{language}.ts").read_text("utf-8")
    return dict(re.findall(r'^  (\w+): "(.*)",$', text, re.MULTILINE))


@pytest.mark.parametrize(
    ("locale", "title", "word"),
    [("en-GB", "Customer service", "Talk to a person"), ("zh-TW", "線上客服", "轉真人客服")],
)
def test_every_language_fits(show, locale, title, word):
    page, stage = show(locale=locale)
    assert page.locator("h1").inner_text() == title
    queue_in = {"position": 3, "eta_seconds": 150}
    stage.say("customer", id="c1", text="Hello / 您好")
    stage.note("paused")
    stage.send("state", owner="queue", queue=queue_in)
    page.wait_for_selector(".banner")
    looks_right(page, f"{locale}-queue")
    stage.send("state", owner="bot")
    page.locator(".tool-more").click()
    page.get_by_role("button", name=word).wait_for()
    words = words_of({"en-GB": "en", "zh-TW": "zh-Hant"}[locale])
    assert page.locator(".entry").all_inner_texts() == [words[key] for key in MENU]
    looks_right(page, f"{locale}-menu")


def test_what_the_menu_offers_stays_in_its_place(show):
    page, stage = show(before=lambda stage: setattr(stage, "holds_faq", True))
    page.get_by_role("button", name="更多操作").click()
    questions = page.locator(".entry", has_text="常见问题")
    rate = page.locator(".entry", has_text="评价服务")
    assert questions.is_disabled()
    before = rate.bounding_box()
    stage.release_faq()
    page.locator(".entry:enabled", has_text="常见问题").wait_for()
    stage.say("bot", text="稍后来的话")
    page.locator(".row-them", has_text="稍后来的话").wait_for()
    assert rate.bounding_box() == before


def refuse(route):
    route.abort()


def test_parts_that_did_not_come_are_fetched_when_the_line_is_back(show):
    page, stage = show(before=lambda stage: stage.context.route("**/more.js*", refuse))
    stage.say("bot", content={"type": "file", "url": "/x", "name": "发票.pdf"})
    page.wait_for_selector(".row-them .spinner")
    stage.context.unroute("**/more.js*")
    stage.go_away()
    stage.is_gone = False
    page.get_by_text("发票.pdf").wait_for()
    assert page.locator(".row-them .spinner").count() == 0
