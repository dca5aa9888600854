"""Every place of the workbench: loading, a fault of the server, no network, nothing there."""

import json
import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import expect

TALK = "web-c00003"
INBOX = f"/desk/inbox/mine/{TALK}"
LISTS = {"items", "orders", "visits", "waiting", "agents", "groups", "suggestions", "merges"}
FAULT = json.dumps(
    {"type": "urn:kefu:problem:server-error", "status": 500, "detail": "An error. Number 3f."}
)


@dataclass(frozen=True)
class Place:
    """What is fetched from where, and where it stands."""

    name: str
    address: str
    api: str
    region: str
    there: str
    nothing: str = ""
    login: str = "admin"
    opens: str = ""
    """The button that unfolds it."""


def section(name, api, there, nothing, opens=""):
    """A part of the panel beside the thread."""
    api = f"/conversations/{TALK}/{api}" if not api.startswith("/") else api
    return Place(name, INBOX, api, f"#panel-{name}", there, nothing, "lin", opens)


def office(name, api, there, nothing=""):
    """A section of administration."""
    return Place(name, f"/desk/settings/{name}", api, "main", there, nothing)


PLACES = (
    Place("inbox", "/desk/inbox/mine", "/inbox", ".pane .scroller", ".list-row",
          "没有进行中的会话", "lin"),
    Place("thread", INBOX, f"/conversations/{TALK}/thread", ".thread .scroll", ".message",
          "还没有消息", "lin"),
    Place("context", INBOX, f"/conversations/{TALK}/context", ".panel", ".section", "", "lin"),
    section("suggestions", "suggestions", ".one", "没有推荐的回复"),
    section("orders", "orders", "li.order", "没有订单"),
    section("visits", r"/customers/[^/]+/visits", ".visit", "没有访问记录", "访问轨迹"),
    section("earlier", "sessions", ".one", "这是第一次人工服务", "历史服务"),
    section("notes", r"/customers/[^/]+/notes", ".list li", "还没有备注"),
    Place("reviews", "/desk/inbox/review", "/reviews", ".queue .scroller", ".one",
          "没有待审核的回复", "lin"),
    Place("search", "/desk/customers?q=退款", "/search", "main", ".hit", "没有找到", "lin"),
    Place("board", "/desk/board", "/board", "main", ".agents li", "没有人在排队"),
    Place("profile", "/desk/me", "/me/logins", "main", ".logins li", "没有已登录的浏览器"),
    office("agents", "/agents", "tbody tr", "还没有坐席"),
    office("groups", "/groups", "tbody tr", "还没有分组"),
    office("skills", "/skills", "tbody tr", "还没有技能"),
    office("canned", "/canned", ".text", "还没有快捷回复"),
    office("words", "/words", "tbody tr", "还没有敏感词"),
    office("labels", "/labels", ".label", "还没有标签"),
    office("codes", "/wrap_up_codes", ".name", "还没有会话小结"),
    office("hours", r"/hours/[^/]+", ".week"),
    office("desk", "/desk/settings", ".card .line"),
    office("audit", "/audit", "tbody tr", "没有符合条件的记录"),
)  # fmt: skip


class Answers:
    """What becomes of the requests for one address."""

    def __init__(self, context, api):
        self.mode = "hold"
        self._held = []
        context.route(re.compile(rf"/api/v1{api}(\?|$)"), self._answer)

    def _answer(self, route):
        if self.mode == "hold":
            self._held.append(route)
        elif self.mode == "fail":
            route.fulfill(status=500, content_type="application/problem+json", body=FAULT)
        elif self.mode == "cut":
            route.abort()
        elif self.mode == "nothing":
            answer = route.fetch()
            route.fulfill(response=answer, json=emptied(answer.json()))
        else:
            route.continue_()

    def now(self, mode):
        """Answer so from now on, also what was held."""
        self.mode = mode
        held, self._held = self._held, []
        for route in held:
            self._answer(route)


def emptied(body):
    return {
        name: [] if name in LISTS else None if name == "next" else value
        for name, value in body.items()
    }


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_each_place_says_that_it_loads_has_failed_is_cut_off_or_has_nothing(enter, place):
    page = enter("/desk/icon.svg", login=place.login)
    answers = Answers(page.context, place.api)
    page.goto(page.url.partition("/desk")[0] + place.address)
    if place.opens:
        page.locator(".panel").get_by_role("button", name=place.opens, exact=True).click()
    region = page.locator(place.region)
    there = region.locator(place.there).first
    expect(region.get_by_role("status").filter(has_text="加载中").first).to_be_visible()
    expect(there).to_have_count(0)

    answers.now("fail")
    fault = region.get_by_role("alert").first
    expect(fault).to_contain_text("服务器暂时无法处理")
    expect(fault).not_to_contain_text("Number")

    answers.now("cut")
    fault.get_by_role("button", name="重试").click()
    expect(fault).to_contain_text("请检查网络")

    if place.nothing:
        answers.now("nothing")
        fault.get_by_role("button", name="重试").click()
        expect(region.get_by_text(place.nothing).first).to_be_visible()
        expect(region.get_by_role("alert")).to_have_count(0)
        answers.now("pass")
        page.reload()
    else:
        answers.now("pass")
        fault.get_by_role("button", name="重试").click()
    expect(there).to_be_visible()
    expect(region.get_by_role("alert").filter(has_text="请检查网络")).to_have_count(0)


@dataclass(frozen=True)
class Question:
    """A dialog that shows a list: what opens it, what it fetches, what stands in it."""

    act: str
    api: str
    there: str
    chosen: str = ""


QUESTIONS = (
    Question("转接", "/agents", "[role=radiogroup] input[name=agent]"),
    Question("转接", "/groups", "[role=radiogroup] input[name=group]", "分组"),
    Question("标签", "/labels", "input[type=checkbox]"),
)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda one: one.api[1:])
def test_a_dialog_says_that_its_list_loads_or_has_failed(enter, question):
    page = enter("/desk/icon.svg", login="lin")
    answers = Answers(page.context, question.api)
    page.goto(page.url.partition("/desk")[0] + INBOX)
    page.locator(".message").first.wait_for()
    button = page.locator(".thread > .head").get_by_role("button", name=question.act, exact=True)
    if button.count():
        button.click()
    else:
        page.get_by_role("button", name="更多操作", exact=True).click()
        page.get_by_role("menuitem", name=question.act).click()
    dialog = page.get_by_role("dialog")
    if question.chosen:
        dialog.get_by_text(question.chosen, exact=True).click()
    expect(dialog.get_by_role("status")).to_contain_text("加载中")
    answers.now("fail")
    expect(dialog.get_by_role("alert")).to_contain_text("服务器暂时无法处理")
    answers.now("pass")
    dialog.get_by_role("button", name="重试").click()
    expect(dialog.locator(question.there).first).to_be_attached()
    expect(dialog.get_by_role("alert")).to_have_count(0)


def test_that_there_are_no_codes_to_close_with_is_told_from_that_they_did_not_come(enter):
    page = enter("/desk/icon.svg", login="lin")
    answers = Answers(page.context, "/wrap_up_codes")
    answers.now("fail")
    page.goto(page.url.partition("/desk")[0] + INBOX)
    page.locator(".message").first.wait_for()
    page.locator(".thread > .head").get_by_role("button", name="结束会话").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("alert")).to_contain_text("小结没有加载出来")
    answers.now("pass")
    dialog.get_by_role("button", name="重试").click()
    expect(dialog.get_by_role("alert")).to_have_count(0)
    expect(dialog.get_by_label("小结").locator("option")).not_to_have_count(1)


def test_without_a_network_one_stays_where_one_is(enter):
    page = enter(INBOX, login="admin")
    page.locator(".message").first.wait_for()
    page.locator(".composer textarea").wait_for()
    page.context.set_offline(True)
    page.get_by_role("link", name="看板").click()
    told = page.locator(".toast", has_text="这个页面没有加载出来")
    expect(told).to_be_visible()
    expect(page.locator(".message").first).to_be_visible()
    page.context.set_offline(False)
    told.get_by_role("button", name="重试").click()
    expect(page.get_by_role("heading", name="看板")).to_be_visible()


def test_who_is_signed_in_is_asked_again_when_the_server_could_not_say(enter, mock):
    page = enter("/desk/icon.svg", login="lin")
    answers = Answers(page.context, "/me")
    answers.now("fail")
    page.goto(f"{mock.url}/desk/inbox")
    fault = page.locator("main [role=alert]")
    expect(fault).to_contain_text("服务器暂时无法处理")
    answers.now("pass")
    fault.get_by_role("button", name="重试").click()
    expect(page.locator(".list-row").first).to_be_visible()


REFUSED = {
    "type": "urn:kefu:problem:bad-field",
    "status": 400,
    "detail": "name has 1 to 64 characters",
    "details": {"why": "length", "least": 1, "most": 64, "pointer": "/name"},
}


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh-CN", "内容有误：长度应为 1 到 64 个字符。"),
        ("en", "Something is not right: It has 1 to 64 characters."),
    ],
)
def test_a_refusal_is_said_in_the_language_of_the_screen(enter, language, words):
    page = enter("/desk/settings/labels", language=language)
    page.locator("main .el-button--primary").first.click()
    page.context.route(
        "**/api/v1/labels",
        lambda route: route.fulfill(
            status=400, content_type="application/problem+json", body=json.dumps(REFUSED)
        ),
    )
    page.locator("#label-name").fill("加急")
    page.locator("#label-name").press("Enter")
    expect(page.locator(".el-drawer").get_by_text(words).first).to_be_visible()
