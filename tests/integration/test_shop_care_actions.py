"""Compensation, soothing and recommendations as actions, against the real shop."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from actions import compensation_policy
from actions.shop_client import ask_shop
from kefu.core.events import SlotSet
from kefu.core.handoff import handoff_of
from kefu.core.messages import UserMessage
from kefu.core.tracker import Tracker
from kefu.dialogue.bot import Bot
from kefu.dialogue.ports import HandoffWish, Prospects
from kefu.model.load import load_model
from kefu.remote.in_process import InProcessActions
from tests.integration.shop_server import running_shop
from tests.integration.test_shop_actions import Talk


@pytest.fixture
async def talk(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Talk]:
    async with running_shop() as url:
        monkeypatch.setenv("SHOP_URL", url)
        yield Talk()


async def given_to(customer: str) -> list[dict[str, Any]]:
    answer = await ask_shop("GET", "/api/compensations", params={"customer": customer})
    return list(answer["compensations"])


async def test_an_upset_customer_gets_a_coupon_that_is_booked_until_it_is_enough(
    talk: Talk,
) -> None:
    talk.slots = {"customer_id": "C10003"}
    texts, _ = await talk.run("action_soothe", message_id="m1")
    assert texts[0] == "utter_apologize"
    assert "10 元无门槛优惠券" in texts[1]
    (booked,) = await given_to("C10003")
    assert (booked["kind"], booked["value"], booked["conversation"]) == ("coupon", 10, "c1")
    await talk.run("action_soothe", message_id="m2")
    texts, _ = await talk.run("action_soothe", message_id="m3")
    assert len(texts) == 1
    assert len(await given_to("C10003")) == 2


async def test_a_stranger_gets_words_only(talk: Talk) -> None:
    texts, _ = await talk.run("action_soothe")
    assert texts == ["utter_apologize"]


async def test_after_an_apology_there_is_no_second_one(talk: Talk) -> None:
    talk.log = [{"event": "bot", "text": "非常抱歉"}]
    assert (await talk.run("action_soothe"))[0] == ["utter_understood"]
    assert (await talk.run("action_apologize"))[0] == ["utter_understood"]


async def test_accepting_twice_books_once(talk: Talk) -> None:
    talk.slots = {
        "customer_id": "C10003",
        "order_no": "602600001004",
        "compensation_reason": "late_dispatch",
    }
    texts, _ = await talk.run("action_compensate", message_id="m1")
    assert "BC" in texts[0]
    talk.slots |= {"compensation_reason": "late_dispatch"}
    texts, _ = await talk.run("action_compensate", message_id="m2")
    assert texts == ["utter_compensation_same_order"]
    assert len(await given_to("C10003")) == 1


async def test_a_broken_policy_gives_nothing_and_says_so(
    talk: Talk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broken = compensation_policy.FILE.with_name("no_such_policy.yml")
    monkeypatch.setattr(compensation_policy, "FILE", broken)
    talk.slots = {"customer_id": "C10003", "compensation_reason": "late_dispatch"}
    texts, _ = await talk.run("action_compensate")
    assert texts == ["utter_compensation_nothing"]
    assert "no_such_policy.yml: cannot be read" in caplog.text
    assert await given_to("C10003") == []


async def test_recommendations_know_the_customer_the_page_and_the_budget(talk: Talk) -> None:
    page = {"page": "https://shop.example/product/P012"}
    texts, _ = await talk.run("action_recommend_product", metadata=page)
    assert "看过“羽绒服”的客户也在看" in texts[0]
    texts, _ = await talk.run("action_recommend_product", text="100元以内的推荐一下")
    assert "100 元以内" in texts[0]
    talk.slots = {"customer_id": "C10001", "customer_honorific": "陈女士"}
    texts, _ = await talk.run("action_recommend_product")
    assert texts[0].startswith("陈女士，")
    assert "和您买过的" in texts[0]


async def test_nothing_within_the_budget_is_told(talk: Talk) -> None:
    texts, _ = await talk.run("action_recommend_product", text="10元以内推荐")
    assert "10 元以内暂时没有" in texts[0]


class Desk:
    """One agent on duty."""

    async def prospects(self, wanted: HandoffWish) -> Prospects:
        self.wanted = wanted
        return Prospects(is_open=True, agents_on_duty=1)


async def test_an_upset_customer_is_soothed_compensated_and_gets_a_senior_agent(
    talk: Talk, assistant: Path
) -> None:
    (archive,) = (assistant / "models").glob("*.tar.gz")
    model, desk = load_model(archive), Desk()
    actions = InProcessActions("actions", assistant)
    bot = Bot(
        domain=model.domain,
        understanding=model.interpreter,
        predictor=model.ensemble,
        endpoint=actions,
        reception=desk,
    )
    tracker = Tracker("upset", model.domain)
    tracker.append(SlotSet(key="customer_id", value="C10002"))
    message = UserMessage(
        conversation_id="upset", message_id="m1", text="你们就是骗子，气死我了，垃圾！"
    )
    turn = await bot.take_turn(tracker, message)
    await actions.close()
    texts = [reply.text or "" for reply in turn.replies]
    assert "抱歉" in texts[0]
    assert "5 元无门槛优惠券" in texts[1]
    assert "转接人工客服" in texts[2]
    handoff = next(filter(None, map(handoff_of, turn.events)))
    assert (handoff["reason"], handoff["skills"]) == ("negative", ["投诉处理"])
    assert desk.wanted.skills == ("投诉处理",)
    assert tracker.state.is_paused
    assert [one["value"] for one in await given_to("C10002")] == [5]
