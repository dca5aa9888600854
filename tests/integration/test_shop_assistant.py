"""The assistant of this repository, whole: validated, trained, its stories played, talked to."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import aiohttp
import pytest

from kefu.core.tracker import Tracker
from kefu.dialogue.bot import Bot
from kefu.dialogue.ports import HandoffWish, Prospects
from kefu.project.load import load_project, load_test_stories
from tests.integration.command import ROOT, Server, kefu
from tests.integration.shop_customer import Customer
from tests.integration.shop_server import running_shop


def test_the_project_is_clean_and_as_large_as_promised() -> None:
    loaded = load_project(ROOT)
    assert [str(problem) for problem in loaded.problems] == []
    assert loaded.project is not None
    examples = loaded.project.nlu.examples
    intents = Counter(example.intent for example in examples if not example.response_key)
    answers = Counter(example.response_key for example in examples if example.intent == "faq")
    assert len(intents) >= 24
    assert min(intents.values()) >= 25
    assert len(answers) >= 24
    assert min(answers.values()) >= 8
    texts = [example.text for example in examples]
    assert [text for text, count in Counter(texts).items() if count > 1] == []


def test_the_test_stories_are_as_many_as_promised() -> None:
    stories, problems = load_test_stories([ROOT / "tests" / "stories"])
    assert problems == ()
    assert len(stories.stories) >= 40


def test_all_test_stories_pass(assistant: Path) -> None:
    done = kefu("test", "e2e", "--fail-on-prediction-errors", "--no-plot", cwd=assistant)
    assert done.status == 0, done.out


async def test_an_order_is_found_after_a_wrong_number(customer: Customer) -> None:
    assert "订单号" in await customer.says("帮我查下订单")
    assert "手机号" in await customer.says("602699999999")
    assert "没有查到订单 602699999999" in await customer.says("13800000001")
    assert "运输中" in await customer.says("602600001003，手机号13800000001")


async def test_a_return_with_a_question_in_between_reaches_the_shop(customer: Customer) -> None:
    answer = await customer.says("我要退货", "退货运费谁出")
    assert "运费由您承担" in answer
    assert "请发一下订单号" in answer
    assert "什么原因" in await customer.says("602600001001", "13800000001", "都退")
    assert "确认提交申请吗" in await customer.says("尺码不合适")
    assert "退货申请已提交" in await customer.says("好的")
    assert "待审核" in await customer.says("退款到哪了")


async def test_an_abandoned_return_leaves_nothing_behind(customer: Customer) -> None:
    await customer.says("我要退货", "602600001001", "13800000001", "都退", "质量问题")
    assert "没有提交任何内容" in await customer.says("算了不退了")
    assert "还没有退款或售后申请" in await customer.says("602600001001退款到哪了")


async def test_a_second_return_is_not_submitted_by_the_first_yes(customer: Customer) -> None:
    await customer.says("我要退货", "602600001001", "13800000001", "都退", "尺码不合适", "好的")
    asked = await customer.says("我要退货，订单602600001007，手机号13800000003", "尺码不合适")
    assert "确认提交申请吗" in asked
    assert "没有提交" in await customer.says("先不提交")


async def test_handing_over_silences_the_bot_until_the_conversation_is_resumed(
    customer: Customer,
) -> None:
    assert "没有客服在线" in await customer.says("602600001003到哪了", "转人工")
    assert await customer.says("有人吗") == ""
    async with customer.session.get("/api/v1/queue") as response:
        (entry,) = [
            one
            for one in (await response.json())["waiting"]
            if one["conversation_id"] == customer.name
        ]
    assert entry["reason"].startswith("客户要求转人工；订单 602600001003")
    assert (entry["channel"], entry["last_message"]) == ("rest", "有人吗")
    path = f"/conversations/{customer.name}/tracker/events"
    async with customer.session.post(path, json={"event": "resume"}) as response:
        assert response.status == 200
    async with customer.session.get("/api/v1/queue") as response:
        waiting = [one["conversation_id"] for one in (await response.json())["waiting"]]
    assert customer.name not in waiting
    assert "小橙" in await customer.says("你好")


@pytest.mark.parametrize(
    ("prospects", "expected"),
    [
        (None, "正在为您转接人工客服，请稍候"),
        (Prospects(is_open=True, agents_on_duty=2), "正在为您转接人工客服，请稍候"),
        (
            Prospects(is_open=True, agents_on_duty=2, waiting_before=3, wait_seconds=200.0),
            "您前面还有 3 位，预计等待约 4 分钟。",
        ),
        (
            Prospects(is_open=True, agents_on_duty=2, waiting_before=3),
            "您前面还有 3 位，预计等待时间暂时无法估计。",
        ),
        (
            Prospects(is_open=False, agents_on_duty=0, hours="每天 9:00–22:00"),
            "现在不在人工客服的服务时间（每天 9:00–22:00）",
        ),
        (Prospects(is_open=True, agents_on_duty=0), "现在没有客服在线"),
    ],
)
async def test_customers_are_told_what_to_expect_of_the_desk(
    prospects: Prospects | None, expected: str
) -> None:
    class Desk:
        async def prospects(self, wanted: HandoffWish) -> Prospects:
            assert prospects is not None
            return prospects

    project = load_project(ROOT).project
    assert project is not None
    bot = Bot(
        domain=project.domain,
        understanding=None,
        predictor=None,
        reception=None if prospects is None else Desk(),
    )
    tracker = Tracker("c1", project.domain)
    turn = await bot.execute_action(tracker, "action_handoff")
    (reply,) = turn.replies
    assert expected in (reply.text or "")
    assert "{" not in (reply.text or "")
    assert tracker.state.is_paused


async def test_the_log_tells_how_the_customer_feels(customer: Customer) -> None:
    await customer.says("你们就是这样欺负顾客的，太过分了")
    path = f"/conversations/{customer.name}/tracker"
    async with customer.session.get(path) as response:
        tracker = await response.json()
    (said,) = [event for event in tracker["events"] if event["event"] == "user"]
    assert said["parse_data"]["sentiment"]["name"] == "negative"
    assert tracker["latest_message"]["sentiment"] == said["parse_data"]["sentiment"]
    ranking = said["parse_data"]["sentiment_ranking"]
    assert {item["name"] for item in ranking} == {"negative", "neutral", "positive"}


async def test_the_customer_is_told_when_the_shop_is_down(
    assistant: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_shop() as url:
        monkeypatch.setenv("SHOP_URL", url)
    with Server(cwd=assistant) as server:
        async with aiohttp.ClientSession(base_url=server.url) as session:
            customer = Customer(session, "down")
            asked = await customer.says("602600001003到哪了", "13800000001")
            assert "订单系统正在忙" in asked
            assert "转人工" in asked
            assert "当天发出" in await customer.says("多久发货")


async def test_wrong_pairs_are_counted_across_forms_and_sessions(customer: Customer) -> None:
    order = "602600001003"
    await customer.says(f"查订单{order}", "13900000001", "13900000002", "算了")
    await customer.says("/session_start", f"{order}到哪了", "13900000003")
    told = await customer.says("算了", f"{order}我要退货，手机13800000001")
    assert "半小时后再试" in told, "even the right phone is not tried any more"
    assert "运输中" not in told
